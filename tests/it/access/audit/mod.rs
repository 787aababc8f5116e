//! The audit log: what every change leaves there, and what never gets in.

mod seals;

use std::collections::BTreeSet;
use std::slice::from_ref;
use std::time::Duration;

use mortise_tests::actor::{Actor, Answer};
use mortise_tests::samples;
use mortise_tests::server::{PASSWORD, Server};
use serde_json::{Value, json};

use super::departments;
use super::roles::{faulty, give, list, make, refused};

async fn entries(actor: &Actor, filter: &str) -> Vec<Value> {
    list(actor, &format!("/v1/audit-log?limit=200&{filter}")).await
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The latest entry of this kind, which this answer's request must have left.
async fn left(owner: &Actor, answer: &Answer, action: &str, object: &str) -> Value {
    let entries = entries(owner, &format!("action={action}&object_id={object}")).await;
    let entry = entries.first().unwrap_or_else(|| panic!("no {action} of {object} after {answer:?}")).clone();
    assert_eq!(entry["request_id"].as_str(), answer.header("x-request-id"), "{action}: {entry:#}");
    assert_eq!(entry["address"], "127.0.0.1", "{action}");
    assert_eq!(entry["object_id"], object, "{action}");
    entry
}

/// How many entries there are of all tenants.
async fn count(server: &Server) -> usize {
    server.texts("select action from audit_log").await.len()
}

async fn member_id(actor: &Actor) -> String {
    let me = actor.get("/v1/me").await.expect(200).json();
    text(&me["member"]["id"]).to_owned()
}

#[tokio::test]
async fn every_change_of_what_a_tenant_is_made_of_leaves_an_entry() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let answer = owner.patch("/v1/tenant", json!({ "time_zone": "Africa/Lagos" }), "*").await.expect(200);
    let entry = left(&owner, &answer, "tenant.updated", &answer.text("id")).await;
    assert_eq!(entry["before"], json!({ "time_zone": "UTC" }));
    assert_eq!(entry["after"], json!({ "time_zone": "Africa/Lagos" }));

    for (noun, path, new, changes) in [
        (
            "role",
            "/v1/roles",
            json!({ "name": "Sourcer", "permissions": ["contact:read"] }),
            json!({ "permissions": ["contact:read", "contact:write"] }),
        ),
        ("department", "/v1/departments", json!({ "name": "Sales" }), json!({ "name": "Trade" })),
        ("contact", "/v1/contacts", json!({ "name": "Grace Hopper" }), json!({ "title": "Head" })),
        (
            "identity_provider",
            "/v1/identity-providers",
            json!({
                "name": "Login", "issuer": "https://login.example.com", "audience": "mortise",
                "jwks_url": "https://login.example.com/keys",
            }),
            json!({ "is_enabled": false }),
        ),
    ] {
        let made = owner.post(path, new).await.expect(201);
        let id = made.text("id");
        let entry = left(&owner, &made, &format!("{noun}.created"), &id).await;
        assert!(entry["before"].is_null() && entry["after"].is_object(), "{entry:#}");
        let path = format!("{path}/{id}");
        let changed = owner.patch(&path, changes.clone(), "*").await.expect(200);
        let entry = left(&owner, &changed, &format!("{noun}.updated"), &id).await;
        let fields = |side: &str| {
            let fields = entry[side].as_object().expect("it has fields");
            fields.keys().cloned().collect::<BTreeSet<_>>()
        };
        let changed: BTreeSet<_> = changes.as_object().expect("it has fields").keys().cloned().collect();
        assert_eq!((fields("before"), fields("after")), (changed.clone(), changed), "only what differs");
        let deleted = owner.delete(&path, Some("*")).await.expect(204);
        let entry = left(&owner, &deleted, &format!("{noun}.deleted"), &id).await;
        assert!(entry["before"].is_object() && entry["after"].is_null(), "{entry:#}");
    }
}

#[tokio::test]
async fn every_change_of_a_member_leaves_an_entry() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let viewer = owner.role_id("viewer").await;
    let new = json!({ "email": "ada@acme.example", "roles": [{ "role_id": viewer }] });

    let answer = owner.post("/v1/members", new).await.expect(201);
    let id = text(&answer.json()["member"]["id"]).to_owned();
    let created = left(&owner, &answer, "member.created", &id).await;
    assert_eq!(created["after"], json!({ "email": "***", "name": null, "status": "invited" }));
    left(&owner, &answer, "member.invited", &id).await;
    let given = left(&owner, &answer, "member.role_given", &id).await;
    let whole = json!({ "member_id": id, "role_id": viewer, "department_id": null, "job_id": null });
    assert_eq!(given["after"], whole);

    let acceptance = json!({ "token": answer.text("invitation_token"), "password": PASSWORD });
    let answer = server.nobody().post("/v1/auth/invitations", acceptance).await.expect(200);
    let entry = left(&owner, &answer, "member.accepted", &id).await;
    assert_eq!(
        (&entry["before"], &entry["after"]),
        (&json!({ "status": "invited" }), &json!({ "status": "active" }))
    );
    left(&owner, &answer, "session.opened", &answer.text("session_id")).await;

    let path = format!("/v1/members/{id}");
    let answer = owner.patch(&path, json!({ "name": "Ada" }), "*").await.expect(200);
    let entry = left(&owner, &answer, "member.updated", &id).await;
    assert_eq!((&entry["before"], &entry["after"]), (&json!({ "name": null }), &json!({ "name": "***" })));

    let answer =
        owner.post(&format!("{path}/roles"), json!({ "role_id": owner.role_id("recruiter").await })).await;
    left(&owner, &answer, "member.role_given", &id).await;
    let answer = owner.delete(&format!("{path}/roles/{}", answer.text("id")), None).await.expect(204);
    let entry = left(&owner, &answer, "member.role_taken", &id).await;
    assert_eq!(entry["before"]["role_id"], json!(owner.role_id("recruiter").await));

    let answer = owner.post(&format!("{path}/invitations"), json!({})).await.expect(201);
    left(&owner, &answer, "member.invited", &id).await;
    let answer = owner.delete(&format!("{path}/sessions"), None).await.expect(204);
    let entry = left(&owner, &answer, "member.sessions_revoked", &id).await;
    assert_eq!(entry["after"]["sessions"], 1);

    for (status, action) in [("disabled", "member.disabled"), ("active", "member.enabled")] {
        let answer = owner.put(&format!("{path}/status"), json!({ "status": status }), Some("*")).await;
        let entry = left(&owner, &answer, action, &id).await;
        assert_eq!(entry["after"], json!({ "status": status }));
    }
    let answer = owner.delete(&path, Some("*")).await.expect(204);
    let entry = left(&owner, &answer, "member.removed", &id).await;
    assert_eq!(entry["after"], json!({ "status": "removed" }));
}

#[tokio::test]
async fn every_sign_in_and_key_leaves_an_entry() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("admin", None)]).await;
    let mut credentials = json!({ "tenant": "acme", "email": ada.email, "password": "wrong, all of it" });

    let answer = server.nobody().post("/v1/auth/tokens", credentials.clone()).await.expect(401);
    let entry = left(&owner, &answer, "session.refused", &ada.member_id).await;
    assert_eq!((&entry["before"], &entry["after"]), (&Value::Null, &Value::Null));
    server.clock.advance(Duration::from_secs(60));
    credentials["password"] = json!(ada.password);
    let answer = server.nobody().post("/v1/auth/tokens", credentials).await.expect(200);
    let session = answer.text("session_id");
    let entry = left(&owner, &answer, "session.opened", &session).await;
    assert_eq!(entry["actor_id"], json!(ada.member_id));
    let signed_in = server.nobody().with_key(answer.text("access_token"));
    let change = json!({ "present_password": ada.password, "password": "another good password" });
    let answer = signed_in.put("/v1/me/password", change, None).await.expect(204);
    left(&owner, &answer, "member.password_changed", &ada.member_id).await;
    left(&owner, &answer, "member.sessions_revoked", &ada.member_id).await;

    let new = json!({ "name": "careers site", "permissions": ["contact:read"] });
    let made = signed_in.post("/v1/api-keys", new).await.expect(201);
    let entry = left(&owner, &made, "api_key.created", &made.text("id")).await;
    assert_eq!(entry["after"]["permissions"], json!(["contact:read"]));
    let path = format!("/v1/api-keys/{}", made.text("id"));
    let rotated = signed_in.post(&format!("{path}/rotations"), json!({})).await.expect(201);
    left(&owner, &rotated, "api_key.rotated", &made.text("id")).await;
    left(&owner, &rotated, "api_key.created", &rotated.text("id")).await;
    let path = format!("/v1/api-keys/{}", rotated.text("id"));
    let revoked = signed_in.delete(&path, Some("*")).await.expect(204);
    let entry = left(&owner, &revoked, "api_key.revoked", &rotated.text("id")).await;
    assert_eq!(
        (&entry["before"], &entry["after"]),
        (&json!({ "revoked": false }), &json!({ "revoked": true }))
    );

    let answer = signed_in.delete("/v1/auth/tokens", None).await.expect(204);
    let entry = left(&owner, &answer, "session.revoked", &session).await;
    assert_eq!(entry["after"]["revoked_reason"], "signed_out");
}

#[tokio::test]
async fn an_entry_says_who_did_it_and_for_whom() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let owner_id = member_id(&owner).await;
    let admin = server.member(&owner, "admin@acme.example", &[("admin", None)]).await;
    let permissions = json!(["member:act_for", "contact:write", "contact:read"]);
    let new = json!({ "name": "program", "permissions": permissions });
    let key = owner.post("/v1/api-keys", new).await.expect(201);
    let key_id = key.text("id");
    let key = owner.with_key(key.text("secret"));
    let contact = json!({ "name": "Grace" });
    let who = |entry: &Value| {
        ["actor_kind", "actor_id", "member_id", "on_behalf_of"].map(|field| entry[field].clone())
    };

    let by_session = admin.actor.post("/v1/contacts", contact.clone()).await.expect(201);
    let entry = left(&owner, &by_session, "contact.created", &by_session.text("id")).await;
    assert_eq!(who(&entry), [json!("member"), json!(admin.member_id), json!(admin.member_id), Value::Null]);

    let by_key = key.post("/v1/contacts", contact.clone()).await.expect(201);
    let entry = left(&owner, &by_key, "contact.created", &by_key.text("id")).await;
    assert_eq!(who(&entry), [json!("api_key"), json!(key_id), json!(owner_id), Value::Null]);

    let for_admin = key.with_header("on-behalf-of", &admin.member_id);
    let by_key = for_admin.post("/v1/contacts", contact).await.expect(201);
    let entry = left(&owner, &by_key, "contact.created", &by_key.text("id")).await;
    assert_eq!(who(&entry), [json!("api_key"), json!(key_id), json!(owner_id), json!(admin.member_id)]);

    let founding = entries(&owner, "action=tenant.created").await;
    assert_eq!(who(&founding[0]), [json!("operator"), Value::Null, Value::Null, Value::Null]);
    assert_eq!((&founding[0]["request_id"], &founding[0]["address"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn what_a_request_says_of_itself_is_not_believed() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let liar = owner.with_header("x-forwarded-for", "203.0.113.7").with_header("x-request-id", "req_mine");

    let made = liar.post("/v1/contacts", json!({ "name": "Grace" })).await.expect(201);

    assert_ne!(made.header("x-request-id"), Some("req_mine"));
    left(&owner, &made, "contact.created", &made.text("id")).await;
}

#[tokio::test]
async fn an_address_is_believed_of_a_proxy_that_is_trusted() {
    let trusted = "127.0.0.0/8".parse().expect("it is a range");
    let server = Server::start_with(|config| config.trusted_proxies = vec![trusted]).await;
    let owner = server.tenant("acme").await;

    let proxied = owner.with_header("x-forwarded-for", "203.0.113.7");
    let made = proxied.post("/v1/contacts", json!({ "name": "Grace" })).await.expect(201);

    let entry = &entries(&owner, &format!("object_id={}", made.text("id"))).await[0];
    assert_eq!(entry["address"], "203.0.113.7");
}

#[tokio::test]
async fn no_person_and_no_secret_stands_in_the_log() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let new = json!({ "email": "katherine@private.example", "name": "Katherine Johnson" });
    let invited = owner.post("/v1/members", new).await.expect(201);
    let token = invited.text("invitation_token");
    let acceptance = json!({ "token": token, "password": PASSWORD, "name": "Katherine Goble" });
    let tokens = server.nobody().post("/v1/auth/invitations", acceptance).await.expect(200);
    let member = tokens.text("member_id");
    give(&owner, &member, &owner.role_id("admin").await, None).await;
    let katherine = server.nobody().with_key(tokens.text("access_token"));
    katherine.patch("/v1/me", json!({ "name": "Katherine" }), "*").await.expect(200);
    let contact = json!({
        "name": "Dorothy Vaughan", "email": "dorothy@private.example", "phone": "+1 202-555-0143",
        "title": "Supervisor",
    });
    let contact = katherine.post("/v1/contacts", contact).await.expect(201).text("id");
    let changes = json!({ "name": "Dorothy", "email": "dv@private.example", "phone": "+1 202-555-0199" });
    katherine.patch(&format!("/v1/contacts/{contact}"), changes, "*").await.expect(200);
    katherine.delete(&format!("/v1/contacts/{contact}"), Some("*")).await.expect(204);
    let credentials = json!({ "tenant": "acme", "email": "katherine@private.example", "password": "no" });
    server.nobody().post("/v1/auth/tokens", credentials).await.expect(401);
    let new = json!({ "name": "careers", "permissions": ["contact:read"] });
    let key = katherine.post("/v1/api-keys", new).await.expect(201).text("secret");
    let resume = owner.upload("cv.txt", samples::text_resume("Mary Jackson", "mary@private.example")).await;
    server.run_tasks().await;
    let resume = owner.get(&format!("/v1/resumes/{}", resume.text("id"))).await.expect(200);
    let link = json!({ "member_id": member });
    let candidate = format!("/v1/candidates/{}/member", resume.text("candidate_id"));
    owner.put(&candidate, link, None).await.expect(204);
    owner.delete(&candidate, None).await.expect(204);
    owner.delete(&format!("/v1/members/{member}"), Some("*")).await.expect(204);

    let fields =
        ["action", "object_id", "actor_kind", "actor_id", "before", "after", "request_id", "address"];
    let fields = fields.map(|field| format!("coalesce(cast({field} as text), '')")).join(" || ' ' || ");
    let log = server.texts(&format!("select {fields} from audit_log")).await;

    assert!(log.len() > 15, "{log:#?}");
    let secret = |token: &str| token.rsplit('_').next().expect("it has a secret").to_owned();
    let (invitation, refresh) = (secret(&token), secret(&tokens.text("refresh_token")));
    let key = secret(&key);
    let private =
        ["Katherine", "Dorothy", "Mary", "Supervisor", "202-555", "private", "@", PASSWORD, "argon2"];
    for line in &log {
        for word in private.into_iter().chain([&*invitation, &*refresh, &*key]) {
            assert!(!line.contains(word), "{word} stands in {line}");
        }
    }
}

#[tokio::test]
async fn entries_are_found_by_what_was_done_by_whom_and_when() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let owner_id = member_id(&owner).await;
    let ada = server.member(&owner, "ada@acme.example", &[("admin", None)]).await;
    let new = json!({ "name": "hers", "permissions": ["contact:write", "member:act_for"] });
    let key = ada.actor.post("/v1/api-keys", new).await.expect(201);
    let key_id = key.text("id");
    let key = ada.actor.with_key(key.text("secret"));
    server.clock.advance(Duration::from_secs(60));
    let by_ada = ada.actor.post("/v1/contacts", json!({ "name": "One" })).await.expect(201).text("id");
    server.clock.advance(Duration::from_secs(60));
    let by_key = key.post("/v1/contacts", json!({ "name": "Two" })).await.expect(201).text("id");
    let for_owner = key.with_header("on-behalf-of", &owner_id);
    let for_owner = for_owner.post("/v1/contacts", json!({ "name": "Three" })).await.expect(201).text("id");
    let contacts = async |filter: &str| {
        let entries = entries(&owner, &format!("action=contact.created&{filter}")).await;
        entries.iter().map(|entry| text(&entry["object_id"]).to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(contacts("").await, [for_owner.clone(), by_key.clone(), by_ada.clone()]);
    assert_eq!(contacts(&format!("object_id={by_key}")).await, from_ref(&by_key));
    assert_eq!(contacts(&format!("actor_id={}", ada.member_id)).await, from_ref(&by_ada));
    assert_eq!(contacts(&format!("actor_id={key_id}")).await, [for_owner.clone(), by_key.clone()]);
    let by_member = contacts(&format!("member_id={}", ada.member_id)).await;
    assert_eq!(by_member, [for_owner.clone(), by_key.clone(), by_ada.clone()]);
    assert_eq!(contacts(&format!("member_id={owner_id}")).await, from_ref(&for_owner));
    // From an instant on, and up to but without another.
    assert_eq!(contacts("since=2026-03-02T09:01:00Z&until=2026-03-02T09:02:00Z").await, from_ref(&by_ada));
    assert_eq!(contacts("since=2026-03-02T09:02:00Z").await, [for_owner, by_key]);
    assert_eq!(contacts("until=2026-03-02T09:01:00Z").await, Vec::<String>::new());
    assert_eq!(contacts("until=2026-03-02T09:01:00.000001Z").await, [by_ada]);
    assert!(entries(&owner, "action=contact.painted").await.is_empty());

    for wrong in ["member_id=ada", "since=yesterday", "colour=red"] {
        refused(owner.get(&format!("/v1/audit-log?{wrong}")).await, 422, "invalid_request");
    }
}

#[tokio::test]
async fn the_log_goes_on_page_by_page_within_its_filter() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for number in 1..=5 {
        departments::make(&owner, &format!("Department {number}"), None).await;
        make(&owner, &format!("Role {number}"), &[]).await;
    }

    let filter = "/v1/audit-log?action=department.created&limit=2";
    let (mut seen, mut path) = (Vec::new(), filter.to_owned());
    loop {
        let page = owner.get(&path).await.expect(200).json();
        seen.extend(
            page["data"].as_array().into_iter().flatten().map(|entry| entry["after"]["name"].clone()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{filter}&cursor={cursor}");
        let elsewhere = owner.get(&format!("/v1/audit-log?action=role.created&cursor={cursor}")).await;
        faulty(elsewhere, "cursor", "wrong_cursor");
    }

    let expected = [5, 4, 3, 2, 1].map(|number| json!(format!("Department {number}")));
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn another_tenants_entries_are_not_there() {
    let server = Server::start().await;
    let (acme, other) = (server.tenant("acme").await, server.tenant("other").await);
    let theirs = departments::make(&acme, "Sales", None).await;
    let member = member_id(&acme).await;

    assert!(entries(&other, &format!("object_id={theirs}")).await.is_empty());
    assert!(entries(&other, &format!("member_id={member}")).await.is_empty());
    assert!(entries(&other, "action=department.created").await.is_empty());
    let objects = |entries: Vec<Value>| {
        entries.iter().map(|entry| text(&entry["id"]).to_owned()).collect::<BTreeSet<_>>()
    };
    let (here, there) = (objects(entries(&acme, "").await), objects(entries(&other, "").await));
    assert!(here.is_disjoint(&there));
    assert_eq!(here.len() + there.len(), count(&server).await);
}

#[tokio::test]
async fn only_who_may_read_the_log_does() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sales = departments::make(&owner, "Sales", None).await;
    let recruiter = server.member(&owner, "r@acme.example", &[("recruiter", None)]).await;
    let head = server.member(&owner, "h@acme.example", &[("admin", Some(&sales))]).await;
    let admin = server.member(&owner, "a@acme.example", &[("admin", None)]).await;

    refused(recruiter.actor.get("/v1/audit-log").await, 403, "forbidden");
    refused(head.actor.get("/v1/audit-log").await, 403, "forbidden");
    admin.actor.get("/v1/audit-log").await.expect(200);
}

#[tokio::test]
async fn what_did_not_happen_leaves_no_entry() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("viewer", None)]).await;
    let (viewer, sales) = (owner.role_id("viewer").await, departments::make(&owner, "Sales", None).await);
    let gone = make(&owner, "Gone", &[]).await;
    owner.delete(&format!("/v1/roles/{gone}"), Some("*")).await.expect(204);
    let before = count(&server).await;

    // The last role fails after the member and the first role have been written.
    let roles = json!([{ "role_id": viewer }, { "role_id": gone }]);
    let new = json!({ "email": "bob@acme.example", "roles": roles });
    owner.post("/v1/members", new).await.expect(404);
    let twice = json!([{ "role_id": viewer }, { "role_id": viewer }]);
    owner.post("/v1/members", json!({ "email": "bob@acme.example", "roles": twice })).await.expect(409);
    owner.post("/v1/roles", json!({ "name": "Viewer", "permissions": [] })).await.expect(409);
    owner.patch(&format!("/v1/departments/{sales}"), json!({ "name": "Trade" }), "\"9\"").await.expect(412);
    owner.patch(&format!("/v1/departments/{sales}"), json!({ "parent_id": sales }), "*").await.expect(422);
    ada.actor.post("/v1/contacts", json!({ "name": "Grace" })).await.expect(403);
    owner.get("/v1/audit-log").await.expect(200);

    assert_eq!(count(&server).await, before);
}
