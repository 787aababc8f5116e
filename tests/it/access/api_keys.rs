//! API keys: what they may do and for how long, and acting for somebody with one.

use std::time::Duration;

use mortise_host::digest::sha256;
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::{Server, SignedIn};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(60 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// A key of this actor's.
async fn key(actor: &Actor, permissions: &[&str]) -> Answer {
    actor.post("/v1/api-keys", json!({ "name": "careers site", "permissions": permissions })).await
}

/// Whoever holds the secret of a key that was made.
fn holder(actor: &Actor, made: &Answer) -> Actor {
    actor.with_key(made.text("secret"))
}

fn path(made: &Answer) -> String {
    format!("/v1/api-keys/{}", made.text("id"))
}

async fn admin(server: &Server) -> (Actor, SignedIn) {
    let owner = server.tenant("acme").await;
    let admin = server.member(&owner, "admin@acme.example", &[("admin", None)]).await;
    (owner, admin)
}

#[tokio::test]
async fn a_key_works_and_is_shown_once() {
    let server = Server::start().await;
    let (_, admin) = admin(&server).await;

    let made = key(&admin.actor, &["candidate:read", "me:read"]).await.expect(201);

    let secret = made.text("secret");
    assert!(secret.starts_with(&format!("mortise_{}_", made.text("prefix"))), "{secret}");
    assert_eq!(made.text("member_id"), admin.member_id);
    assert_eq!(made.header("etag"), Some("\"1\""));
    holder(&admin.actor, &made).get("/v1/candidates").await.expect(200);
    holder(&admin.actor, &made).get("/v1/members").await.expect(403);
    let hidden = secret.rsplit_once('_').expect("it has parts").1;
    for shown in [admin.actor.get("/v1/api-keys").await, admin.actor.get(&path(&made)).await] {
        let text = String::from_utf8(shown.expect(200).body).expect("it is text");
        assert!(
            text.contains(&made.text("prefix")) && !text.contains(hidden) && !text.contains("secret"),
            "{text}"
        );
    }
    let noted = admin.actor.get(&format!("/v1/audit-log?object_id={}", made.text("id"))).await.expect(200);
    let text = String::from_utf8(noted.body).expect("it is text");
    assert!(text.contains("api_key.created") && !text.contains(hidden), "{text}");
}

#[tokio::test]
async fn a_key_holds_no_more_than_who_makes_it() {
    let server = Server::start().await;
    let (owner, admin) = admin(&server).await;
    let recruiter = server.member(&owner, "ada@acme.example", &[("recruiter", None)]).await;
    let narrow = holder(&owner, &key(&owner, &["api_key:write", "candidate:read"]).await.expect(201));

    for (actor, permissions) in [
        (&admin.actor, vec!["tenant:own"]),
        (&admin.actor, vec!["candidate:read", "tenant:own"]),
        (&narrow, vec!["candidate:write"]),
        (&narrow, vec!["api_key:write", "candidate:read", "me:read"]),
    ] {
        let answer = key(actor, &permissions).await.expect(403);
        assert_eq!(answer.text("code"), "escalation", "{permissions:?}");
    }
    assert_eq!(key(&recruiter.actor, &["candidate:read"]).await.expect(403).text("code"), "forbidden");
    key(&narrow, &["api_key:write", "candidate:read"]).await.expect(201);
    key(&owner, &["tenant:own"]).await.expect(201);
}

#[tokio::test]
async fn a_key_that_cannot_be_is_refused() {
    let server = Server::start().await;
    let (_, admin) = admin(&server).await;
    let make = async |changes: Value| {
        let sound = json!({ "name": "careers site", "permissions": ["candidate:read"] });
        admin.actor.post("/v1/api-keys", super::tokens::with(&sound, changes)).await.expect(422)
    };

    assert_eq!(make(json!({ "permissions": [] })).await.fault().0, "#/permissions");
    assert_eq!(make(json!({ "permissions": ["candidate:eat"] })).await.fault().0, "#/permissions/0");
    assert_eq!(make(json!({ "name": " " })).await.fault().0, "#/name");
    let past = make(json!({ "expires_at": "2026-03-02T09:00:00Z" })).await;
    assert_eq!(past.fault(), ("#/expires_at".to_owned(), "in_the_past".to_owned()));
    assert_eq!(make(json!({ "expires_at": "tomorrow" })).await.fault().0, "#/expires_at");
    assert_eq!(make(json!({ "secret": "mine" })).await.fault().0, "#/secret");
}

#[tokio::test]
async fn a_key_ends_when_it_was_to() {
    let server = Server::start().await;
    let (_, admin) = admin(&server).await;
    let new = json!({ "name": "trial", "permissions": ["me:read"], "expires_at": "2026-03-02T09:00:30Z" });
    let made = admin.actor.post("/v1/api-keys", new).await.expect(201);
    let holder = holder(&admin.actor, &made);

    server.clock.advance(29 * SECOND);
    holder.get("/v1/me").await.expect(200);
    server.clock.advance(SECOND);

    holder.get("/v1/me").await.expect(401);
    assert_eq!(admin.actor.get(&path(&made)).await.expect(200).text("expires_at"), "2026-03-02T09:00:30Z");
}

#[tokio::test]
async fn a_rotated_key_ends_at_once() {
    let server = Server::start().await;
    let (_, admin) = admin(&server).await;
    let made = key(&admin.actor, &["me:read", "candidate:read"]).await.expect(201);
    let before = holder(&admin.actor, &made);
    before.get("/v1/me").await.expect(200);

    let next = admin.actor.post(&format!("{}/rotations", path(&made)), json!({})).await.expect(201);

    before.get("/v1/me").await.expect(401);
    holder(&admin.actor, &next).get("/v1/candidates").await.expect(200);
    assert_ne!(next.text("id"), made.text("id"));
    for same in ["name", "permissions", "member_id", "expires_at"] {
        assert_eq!(next.json()[same], made.json()[same], "{same}");
    }
    admin.actor.post(&format!("{}/rotations", path(&made)), json!({})).await.expect(404);
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_the_overlap() {
    let server = Server::start().await;
    let (owner, admin) = admin(&server).await;
    let made = key(&owner, &["me:read"]).await.expect(201);
    let before = holder(&owner, &made);
    let rotate = async |overlap: u64| {
        owner.post(&format!("{}/rotations", path(&made)), json!({ "overlap_seconds": overlap })).await
    };
    assert_eq!(rotate(7 * 24 * 3600 + 1).await.expect(422).fault().0, "#/overlap_seconds");
    // Who makes a new secret of a key can act with it, so not of one that may do more.
    let rotation = format!("{}/rotations", path(&key(&owner, &["tenant:own"]).await.expect(201)));
    assert_eq!(admin.actor.post(&rotation, json!({})).await.expect(403).text("code"), "member_above");

    let next = rotate(3600).await.expect(201);

    let after = holder(&owner, &next);
    server.clock.advance(HOUR - SECOND);
    before.get("/v1/me").await.expect(200);
    after.get("/v1/me").await.expect(200);
    server.clock.advance(SECOND);
    before.get("/v1/me").await.expect(401);
    after.get("/v1/me").await.expect(200);
    server.clock.advance(1000 * HOUR);
    after.get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_rotation_makes_no_key_last_longer() {
    let server = Server::start().await;
    let (_, admin) = admin(&server).await;
    let new = json!({ "name": "trial", "permissions": ["me:read"], "expires_at": "2026-03-02T09:05:00Z" });
    let made = admin.actor.post("/v1/api-keys", new).await.expect(201);

    let rotation = json!({ "overlap_seconds": 3600 });
    let next = admin.actor.post(&format!("{}/rotations", path(&made)), rotation).await.expect(201);

    server.clock.advance(Duration::from_secs(300));
    for made in [made, next] {
        assert_eq!(made.text("expires_at"), "2026-03-02T09:05:00Z");
        holder(&admin.actor, &made).get("/v1/me").await.expect(401);
    }
}

#[tokio::test]
async fn a_revoked_key_ends_at_once() {
    let server = Server::start().await;
    let (owner, admin) = admin(&server).await;
    let umbrella = server.tenant("umbrella").await;
    let made = key(&admin.actor, &["me:read"]).await.expect(201);
    let holder = holder(&admin.actor, &made);
    holder.get("/v1/me").await.expect(200);

    umbrella.delete(&path(&made), Some("*")).await.expect(404);
    holder.delete(&path(&made), Some("*")).await.expect(403);
    assert_eq!(
        admin.actor.delete(&path(&made), None).await.expect(428).text("code"),
        "precondition_required"
    );
    admin.actor.delete(&path(&made), Some("\"7\"")).await.expect(412);
    holder.get("/v1/me").await.expect(200);
    owner.delete(&path(&made), made.header("etag")).await.expect(204);

    holder.get("/v1/me").await.expect(401);
    owner.get(&path(&made)).await.expect(404);
    let listed = owner.get("/v1/api-keys").await.expect(200).json();
    assert!(listed["data"].as_array().expect("a list").iter().all(|key| key["id"] != made.text("id")));
    owner.delete(&path(&made), Some("*")).await.expect(404);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_known() {
    let server = Server::start().await;
    let (_, admin) = admin(&server).await;
    let made = key(&admin.actor, &["me:read"]).await.expect(201);
    let read = async || admin.actor.get(&path(&made)).await.expect(200);
    assert_eq!(read().await.json()["last_used_at"], Value::Null);
    server.clock.advance(Duration::from_secs(90));

    holder(&admin.actor, &made).get("/v1/me").await.expect(200);

    assert_eq!(read().await.text("last_used_at"), "2026-03-02T09:01:30Z");
    // Using a key is no change of it.
    assert_eq!(read().await.header("etag"), made.header("etag"));
}

#[tokio::test]
async fn a_key_with_one_character_changed_is_nobodys() {
    let server = Server::start().await;
    let (_, admin) = admin(&server).await;
    let secret = key(&admin.actor, &["me:read"]).await.expect(201).text("secret");

    for at in 0..secret.len() {
        let mut changed = secret.clone();
        changed.replace_range(at..=at, if secret.as_bytes()[at] == b'x' { "y" } else { "x" });
        admin.actor.with_key(changed).get("/v1/me").await.expect(401);
    }
    let (cut, longer) = (secret[..secret.len() - 1].to_owned(), format!("{secret}x"));
    for changed in [cut, longer, secret.to_uppercase(), secret.replace("mortise_", "mortiserefresh_")] {
        admin.actor.with_key(changed).get("/v1/me").await.expect(401);
    }
    admin.actor.with_key(secret).get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_guessed_secret_with_a_sound_checksum_is_nobodys() {
    let server = Server::start().await;
    let (_, admin) = admin(&server).await;
    let made = key(&admin.actor, &["me:read"]).await.expect(201);
    let rebuilt = |secret: &str| {
        let prefix = made.text("prefix");
        format!("mortise_{prefix}_{secret}{}", checksum(&format!("{prefix}_{secret}")))
    };
    let own = made.text("secret");
    let rest = own.rsplit_once('_').expect("it has parts").1;
    let secret = &rest[..rest.len() - 6];
    assert_eq!(rebuilt(secret), own, "the checksum is the server's");

    let other = if secret.starts_with('x') { 'y' } else { 'x' };
    let guess = format!("{other}{}", &secret[1..]);

    admin.actor.with_key(rebuilt(&guess)).get("/v1/me").await.expect(401);
}

/// As the server computes it: six digits to the base of 62.
fn checksum(text: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digest = sha256(text.as_bytes());
    let mut number = u64::from_le_bytes(digest[..8].try_into().expect("it has 32 bytes"));
    let digit = |_| {
        let digit = DIGITS[usize::try_from(number % 62).expect("it is small")];
        number /= 62;
        char::from(digit)
    };
    (0..6).map(digit).collect()
}

#[tokio::test]
async fn a_key_stops_and_narrows_with_its_member() {
    let server = Server::start().await;
    let (owner, admin) = admin(&server).await;
    let wanted = ["me:read", "candidate:read", "department:write"];
    let holder = holder(&admin.actor, &key(&admin.actor, &wanted).await.expect(201));
    let held = async || holder.get("/v1/me").await.expect(200).json()["permissions"].clone();
    assert_eq!(held().await, json!(["department:write", "me:read", "candidate:read"]));

    // Another role in place of the one the key was made with.
    let roles = format!("/v1/members/{}/roles", admin.member_id);
    let given = owner.get(&roles).await.expect(200).json()["data"][0]["id"].clone();
    let viewer = json!({ "role_id": owner.role_id("viewer").await });
    owner.post(&roles, viewer).await.expect(201);
    owner.delete(&format!("{roles}/{}", given.as_str().expect("an id")), None).await.expect(204);

    assert_eq!(held().await, json!(["me:read", "candidate:read"]));
    holder.post("/v1/departments", json!({ "name": "Engineering" })).await.expect(403);

    // Nothing it was given comes to more than its member holds, nor is anything lost for good.
    let admin_again = json!({ "role_id": owner.role_id("admin").await });
    owner.post(&roles, admin_again).await.expect(201);
    holder.post("/v1/departments", json!({ "name": "Engineering" })).await.expect(201);

    let member = format!("/v1/members/{}", admin.member_id);
    owner.put(&format!("{member}/status"), json!({ "status": "disabled" }), Some("*")).await.expect(200);
    holder.get("/v1/me").await.expect(401);
    owner.put(&format!("{member}/status"), json!({ "status": "active" }), Some("*")).await.expect(200);
    holder.get("/v1/me").await.expect(200);
    owner.delete(&member, Some("*")).await.expect(204);
    holder.get("/v1/me").await.expect(401);
}

/// Permissions of a key that acts for others.
const AGENT: [&str; 6] =
    ["member:act_for", "me:read", "candidate:read", "department:read", "department:write", "audit_log:read"];

fn acting_for(actor: &Actor, member: &str) -> Actor {
    actor.with_header("on-behalf-of", member)
}

#[tokio::test]
async fn a_key_acts_for_a_member_with_what_both_may() {
    let server = Server::start().await;
    let (owner, admin) = admin(&server).await;
    let viewer = server.member(&owner, "viewer@acme.example", &[("viewer", None)]).await;
    let made = key(&owner, &AGENT).await.expect(201);
    let agent = holder(&owner, &made);

    let me = acting_for(&agent, &viewer.member_id).get("/v1/me").await.expect(200).json();

    assert_eq!(me["member"]["id"], viewer.member_id);
    assert_eq!(me["permissions"], json!(["department:read", "me:read", "candidate:read"]));
    let department = json!({ "name": "Engineering" });
    acting_for(&agent, &viewer.member_id).post("/v1/departments", department.clone()).await.expect(403);
    // What the member may and the key may not stays shut, too.
    acting_for(&agent, &viewer.member_id).get("/v1/contacts").await.expect(403);
    acting_for(&agent, &viewer.member_id).get("/v1/audit-log").await.expect(403);
    let made_by = acting_for(&agent, &admin.member_id).post("/v1/departments", department).await.expect(201);

    let path = format!("/v1/audit-log?object_id={}", made_by.text("id"));
    let entry = owner.get(&path).await.expect(200).json()["data"][0].clone();
    assert_eq!(entry["action"], "department.created");
    assert_eq!((&entry["actor_kind"], &entry["actor_id"]), (&json!("api_key"), &json!(made.text("id"))));
    assert_eq!(entry["on_behalf_of"], admin.member_id);
    assert_ne!(entry["member_id"], entry["on_behalf_of"]);
    let without = agent.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201);
    let path = format!("/v1/audit-log?object_id={}", without.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json()["data"][0]["on_behalf_of"], Value::Null);
}

#[tokio::test]
async fn acting_for_somebody_takes_a_permission() {
    let server = Server::start().await;
    let (owner, admin) = admin(&server).await;
    let plain = holder(&owner, &key(&owner, &["me:read"]).await.expect(201));
    let agent = holder(&owner, &key(&owner, &AGENT).await.expect(201));

    let answer = acting_for(&plain, &admin.member_id).get("/v1/me").await.expect(403);
    assert_eq!(answer.text("code"), "forbidden");
    assert!(answer.text("detail").contains("member:act_for"), "{answer:?}");

    // The built-in role for programs has it; its member cannot make keys, so an owner's key stands for it here.
    acting_for(&agent, &admin.member_id).get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn nobody_acts_for_who_is_not_an_active_member_of_the_tenant() {
    let server = Server::start().await;
    let (owner, admin) = admin(&server).await;
    let disabled = server.member(&owner, "disabled@acme.example", &[("viewer", None)]).await;
    let agent = holder(&owner, &key(&owner, &AGENT).await.expect(201));
    acting_for(&agent, &disabled.member_id).get("/v1/me").await.expect(200);
    let path = format!("/v1/members/{}/status", disabled.member_id);
    owner.put(&path, json!({ "status": "disabled" }), Some("*")).await.expect(200);
    let removed = server.member(&owner, "removed@acme.example", &[("viewer", None)]).await;
    owner.delete(&format!("/v1/members/{}", removed.member_id), Some("*")).await.expect(204);
    let invited = owner.post("/v1/members", json!({ "email": "invited@acme.example" })).await.expect(201);
    let invited = invited.json()["member"]["id"].as_str().expect("an id").to_owned();
    let umbrella = server.tenant("umbrella").await;
    let eve = server.member(&umbrella, "eve@umbrella.example", &[("owner", None)]).await;
    let what_is_seen = |answer: &Answer| (answer.status, answer.text("code"), answer.text("detail"));

    let unknown = acting_for(&agent, "member_01k7z1v5jafz8rk3m2w9y6t4qd").get("/v1/me").await;

    assert_eq!((unknown.status, unknown.text("code")), (403, "cannot_act_for".to_owned()));
    for member in
        [&disabled.member_id, &removed.member_id, &invited, &eve.member_id, "", "ada@acme.example", "*"]
    {
        let answer = acting_for(&agent, member).get("/v1/me").await;
        assert_eq!(what_is_seen(&answer), what_is_seen(&unknown), "{member}");
    }
    // A person acts for nobody, not even for themselves.
    for member in [&admin.member_id, &eve.member_id] {
        let answer = acting_for(&admin.actor, member).get("/v1/me").await;
        assert_eq!(what_is_seen(&answer), what_is_seen(&unknown), "{member}");
    }
    acting_for(&server.nobody(), &admin.member_id).get("/v1/me").await.expect(401);
    agent.get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn what_a_key_may_for_one_member_it_may_not_for_another() {
    let server = Server::start().await;
    let (owner, admin) = admin(&server).await;
    let viewer = server.member(&owner, "viewer@acme.example", &[("viewer", None)]).await;
    let agent = holder(&owner, &key(&owner, &AGENT).await.expect(201));
    for _ in 0..2 {
        acting_for(&agent, &admin.member_id).get("/v1/audit-log").await.expect(200);
        acting_for(&agent, &viewer.member_id).get("/v1/audit-log").await.expect(403);
        agent.get("/v1/audit-log").await.expect(200);
    }
}
