//! Sessions: going on with a refresh token, ending them, and how soon an end is seen.

use std::time::{Duration, Instant};

use futures::future::join_all;
use mortise_host::start::{Node, Running};
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::binary;
use mortise_tests::server::{PASSWORD, Server, SignedIn};
use serde_json::{Value, json};

use super::tokens;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const GRACE: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// How soon every node sees that a credential has ended.
const PROMISED: Duration = Duration::from_secs(5);

async fn refresh(server: &Server, token: &str) -> Answer {
    server.nobody().post("/v1/auth/tokens/refresh", json!({ "refresh_token": token })).await
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    let credentials = json!({ "tenant": "acme", "email": email, "password": password });
    server.nobody().with_header("user-agent", "abacus/1").post("/v1/auth/tokens", credentials).await
}

/// A recruiter of the tenant acme, and its owner.
async fn recruiter(server: &Server) -> (Actor, SignedIn) {
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("recruiter", None)]).await;
    (owner, ada)
}

async fn is_signed_in(actor: &Actor) -> bool {
    actor.get("/v1/me").await.status == 200
}

fn entries(answer: &Answer) -> Vec<Value> {
    answer.json()["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_refresh_token_brings_new_tokens_of_the_same_session() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;
    server.clock.advance(Duration::from_secs(3600));
    assert!(!is_signed_in(&ada.actor).await);

    let tokens = refresh(&server, &ada.refresh_token).await.expect(200);

    assert_eq!(tokens.text("session_id"), ada.session_id);
    assert_eq!(tokens.text("member_id"), ada.member_id);
    assert_ne!(tokens.text("refresh_token"), ada.refresh_token);
    assert_eq!(tokens.json()["refresh_expires_at"], "2026-04-01T09:00:00Z");
    let actor = ada.actor.with_key(tokens.text("access_token"));
    let own = entries(&actor.get("/v1/me/sessions").await.expect(200));
    assert_eq!(own[0]["last_used_at"], "2026-03-02T10:00:00Z");
    assert_eq!(own[0]["created_at"], "2026-03-02T09:00:00Z");
    server.clock.advance(Duration::from_secs(3600));
    refresh(&server, &tokens.text("refresh_token")).await.expect(200);
}

#[tokio::test]
async fn a_spent_refresh_token_ends_its_session() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    let next = refresh(&server, &ada.refresh_token).await.expect(200);
    let actor = ada.actor.with_key(next.text("access_token"));
    assert!(is_signed_in(&actor).await);
    server.clock.advance(GRACE + SECOND);

    let answer = refresh(&server, &ada.refresh_token).await.expect(401);

    assert_eq!(answer.text("code"), "sign_in_failed");
    assert!(!is_signed_in(&actor).await);
    assert!(!is_signed_in(&ada.actor).await);
    refresh(&server, &next.text("refresh_token")).await.expect(401);
    let path = format!("/v1/audit-log?action=session.revoked&object_id={}", ada.session_id);
    let noted = entries(&owner.get(&path).await.expect(200));
    assert_eq!(noted[0]["after"]["revoked_reason"], "refresh_token_reused", "{noted:?}");
    // Nobody else's session falls with it.
    let other = sign_in(&server, "ada@acme.example", PASSWORD).await.expect(200);
    refresh(&server, &ada.refresh_token).await.expect(401);
    assert!(is_signed_in(&ada.actor.with_key(other.text("access_token"))).await);
}

#[tokio::test]
async fn a_refresh_may_be_repeated_at_once_for_an_answer_that_was_lost() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;
    let lost = refresh(&server, &ada.refresh_token).await.expect(200);
    server.clock.advance(GRACE);

    let again = refresh(&server, &ada.refresh_token).await.expect(200);

    assert_ne!(again.text("refresh_token"), lost.text("refresh_token"));
    for tokens in [lost, again] {
        assert!(is_signed_in(&ada.actor.with_key(tokens.text("access_token"))).await);
        refresh(&server, &tokens.text("refresh_token")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refreshes_at_once_all_go_on() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;

    let answers = join_all((0..8).map(|_| refresh(&server, &ada.refresh_token))).await;

    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

#[tokio::test]
async fn a_refresh_token_that_is_none_is_refused() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    let key = owner.key();
    let changed = |at: usize| {
        let mut token = ada.refresh_token.clone();
        let other = if token.as_bytes()[at] == b'x' { "y" } else { "x" };
        token.replace_range(at..=at, other);
        token
    };
    let long = "x".repeat(10_000);
    for token in ["", "mortiserefresh_", key, ada.actor.key(), &*changed(20), &*changed(40), &*long] {
        assert_eq!(refresh(&server, token).await.expect(401).text("code"), "sign_in_failed", "{token}");
    }
    refresh(&server, &ada.refresh_token).await.expect(200);
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_however_often_it_is_refreshed() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;
    let mut token = ada.refresh_token.clone();
    for _ in 0..3 {
        server.clock.advance(9 * DAY);
        token = refresh(&server, &token).await.expect(200).text("refresh_token");
    }
    server.clock.advance(3 * DAY - SECOND);
    let last = refresh(&server, &token).await.expect(200);
    let actor = ada.actor.with_key(last.text("access_token"));
    assert!(is_signed_in(&actor).await);

    server.clock.advance(SECOND);

    refresh(&server, &last.text("refresh_token")).await.expect(401);
    // The cache may know the caller for the rest of these seconds, never a new token.
    server.services().known_callers.forget();
    assert!(!is_signed_in(&actor).await);
}

#[tokio::test]
async fn who_signs_out_is_signed_out() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    let other = sign_in(&server, "ada@acme.example", PASSWORD).await.expect(200);
    assert!(is_signed_in(&ada.actor).await);

    ada.actor.delete("/v1/auth/tokens", None).await.expect(204);

    assert!(!is_signed_in(&ada.actor).await);
    refresh(&server, &ada.refresh_token).await.expect(401);
    ada.actor.delete("/v1/auth/tokens", None).await.expect(401);
    assert!(is_signed_in(&ada.actor.with_key(other.text("access_token"))).await);
    // A key has no session to end.
    assert_eq!(owner.delete("/v1/auth/tokens", None).await.expect(409).text("code"), "no_session");
}

#[tokio::test]
async fn everybody_sees_and_ends_their_own_sessions() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    let eve = server.member(&owner, "eve@acme.example", &[("recruiter", None)]).await;
    server.clock.advance(SECOND);
    let other = sign_in(&server, "ada@acme.example", PASSWORD).await.expect(200);
    let second = ada.actor.with_key(other.text("access_token"));

    let own = entries(&ada.actor.get("/v1/me/sessions").await.expect(200));

    let ids: Vec<_> = own.iter().map(|session| session["id"].clone()).collect();
    assert_eq!(ids, [other.text("session_id"), ada.session_id.clone()]);
    assert_eq!((&own[0]["is_current"], &own[1]["is_current"]), (&json!(false), &json!(true)));
    assert_eq!((&own[0]["user_agent"], &own[0]["address"]), (&json!("abacus/1"), &json!("127.0.0.1")));
    let end = async |actor: &Actor, id: &str| actor.delete(&format!("/v1/me/sessions/{id}"), None).await;
    end(&ada.actor, &eve.session_id).await.expect(404);
    end(&ada.actor, "session_none").await.expect(404);
    end(&ada.actor, &other.text("session_id")).await.expect(204);
    assert!(!is_signed_in(&second).await);
    assert!(is_signed_in(&ada.actor).await && is_signed_in(&eve.actor).await);
    end(&ada.actor, &other.text("session_id")).await.expect(404);
    assert_eq!(entries(&ada.actor.get("/v1/me/sessions").await.expect(200)).len(), 1);
}

#[tokio::test]
async fn an_admin_sees_and_ends_the_sessions_of_a_member() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    let admin = server.member(&owner, "admin@acme.example", &[("admin", None)]).await;
    let boss = server.member(&owner, "boss@acme.example", &[("owner", None)]).await;
    let umbrella = server.tenant("umbrella").await;
    sign_in(&server, "ada@acme.example", PASSWORD).await.expect(200);
    let path = format!("/v1/members/{}/sessions", ada.member_id);

    assert_eq!(entries(&admin.actor.get(&path).await.expect(200)).len(), 2);
    ada.actor.get(&path).await.expect(403);
    ada.actor.delete(&path, None).await.expect(403);
    umbrella.get(&path).await.expect(404);
    umbrella.delete(&path, None).await.expect(404);
    assert!(is_signed_in(&ada.actor).await);
    admin.actor.delete(&path, None).await.expect(204);

    assert!(!is_signed_in(&ada.actor).await);
    refresh(&server, &ada.refresh_token).await.expect(401);
    assert!(entries(&admin.actor.get(&path).await.expect(200)).is_empty());
    assert!(is_signed_in(&admin.actor).await);
    // Nobody ends the sessions of somebody who holds more.
    let above = format!("/v1/members/{}/sessions", boss.member_id);
    assert_eq!(admin.actor.delete(&above, None).await.expect(403).text("code"), "member_above");
    assert!(is_signed_in(&boss.actor).await);
    sign_in(&server, "ada@acme.example", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    let other = sign_in(&server, "ada@acme.example", PASSWORD).await.expect(200);
    let second = ada.actor.with_key(other.text("access_token"));
    assert!(is_signed_in(&second).await);

    let change = json!({ "present_password": PASSWORD, "password": "viele bunte Smarties" });
    ada.actor.put("/v1/me/password", change, None).await.expect(204);

    assert!(!is_signed_in(&second).await);
    refresh(&server, &other.text("refresh_token")).await.expect(401);
    assert!(is_signed_in(&ada.actor).await);
    refresh(&server, &ada.refresh_token).await.expect(200);
    sign_in(&server, "ada@acme.example", PASSWORD).await.expect(401);
    sign_in(&server, "ada@acme.example", "viele bunte Smarties").await.expect(200);
    let noted = owner.get("/v1/audit-log?action=member.password_changed").await.expect(200);
    assert_eq!(entries(&noted)[0]["object_id"], ada.member_id);
}

#[tokio::test]
async fn an_invitation_after_a_forgotten_password_ends_all_sessions() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    let path = format!("/v1/members/{}/invitations", ada.member_id);
    let invitation = owner.post(&path, json!({})).await.expect(201).text("invitation_token");
    assert!(is_signed_in(&ada.actor).await);

    let again = server.accept(&invitation, "ada@acme.example").await;

    assert_eq!(again.member_id, ada.member_id);
    assert!(!is_signed_in(&ada.actor).await);
    refresh(&server, &ada.refresh_token).await.expect(401);
    assert!(is_signed_in(&again.actor).await);
}

#[tokio::test]
async fn a_disabled_member_is_stopped_at_once() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    let admin = server.member(&owner, "admin@acme.example", &[("admin", None)]).await;
    let key = json!({ "name": "hers", "permissions": ["me:read"] });
    let key = admin.actor.post("/v1/api-keys", key).await.expect(201).text("secret");
    let by_key = admin.actor.with_key(key);
    assert!(is_signed_in(&admin.actor).await && is_signed_in(&by_key).await);
    let path = format!("/v1/members/{}/status", admin.member_id);

    owner.put(&path, json!({ "status": "disabled" }), Some("*")).await.expect(200);

    assert!(!is_signed_in(&admin.actor).await && !is_signed_in(&by_key).await);
    refresh(&server, &admin.refresh_token).await.expect(401);
    sign_in(&server, "admin@acme.example", PASSWORD).await.expect(401);
    assert!(is_signed_in(&ada.actor).await);

    owner.put(&path, json!({ "status": "active" }), Some("*")).await.expect(200);
    sign_in(&server, "admin@acme.example", PASSWORD).await.expect(200);
    assert!(is_signed_in(&by_key).await);
}

#[tokio::test]
async fn a_removed_member_is_stopped_at_once() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    assert!(is_signed_in(&ada.actor).await);

    owner.delete(&format!("/v1/members/{}", ada.member_id), Some("*")).await.expect(204);

    assert!(!is_signed_in(&ada.actor).await);
    refresh(&server, &ada.refresh_token).await.expect(401);
    // The address comes back as somebody else.
    let again = server.member(&owner, "ada@acme.example", &[("recruiter", None)]).await;
    assert_ne!(again.member_id, ada.member_id);
    assert!(!is_signed_in(&ada.actor).await);
}

#[tokio::test]
async fn a_role_taken_away_is_gone_at_once() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    ada.actor.get("/v1/candidates").await.expect(200);
    let roles = format!("/v1/members/{}/roles", ada.member_id);
    let held = owner.get(&roles).await.expect(200).json();
    let given = held["data"][0]["id"].as_str().expect("she has one").to_owned();

    owner.delete(&format!("{roles}/{given}"), None).await.expect(204);

    ada.actor.get("/v1/candidates").await.expect(403);
}

#[tokio::test]
async fn a_session_is_forgotten_a_month_after_its_end() {
    let server = Server::start().await;
    recruiter(&server).await;
    let schedules = mortise_host::worker::schedules().expect("the patterns are sound");
    let advance = async |by: Duration| {
        server.clock.advance(by);
        mortise_host::tasks::fire(server.services(), &schedules).await.expect("the database answers");
        server.run_tasks().await;
        let sessions = server.texts("select coalesce(revoked_reason, '') from sessions").await;
        let tokens = server.texts("select prefix from refresh_tokens").await;
        (sessions.len(), tokens.len())
    };

    assert_eq!(advance(Duration::ZERO).await, (1, 1));
    assert_eq!(advance(59 * DAY).await, (1, 1));
    assert_eq!(advance(2 * DAY).await, (0, 0));
}

#[tokio::test]
async fn no_secret_of_a_session_is_stored() {
    let server = Server::start().await;
    let (_, ada) = recruiter(&server).await;
    let stored = server.texts("select prefix from refresh_tokens").await;

    assert_eq!(stored.len(), 1);
    let secret = ada.refresh_token.rsplit_once('_').expect("it has parts").1;
    assert!(ada.refresh_token.contains(&stored[0]) && !secret.contains(&stored[0]));
}

/// Another node on the server's database and clock.
async fn another_node(server: &Server) -> (Running, Actor) {
    let node = Node {
        config: (*server.services().config).clone(),
        clock: server.clock.clone(),
        serves: true,
        works: false,
        compiler: Some(binary::mortise()),
    };
    let node = node.start().await.expect("it starts");
    let url = format!("http://{}", node.address().expect("it serves"));
    (node, Actor::new(url, None))
}

/// Waits until it is refused, which has to be soon enough.
async fn is_refused_in_time(actor: &Actor, what: &str) {
    let start = Instant::now();
    while is_signed_in(actor).await {
        assert!(start.elapsed() < PROMISED, "{what} goes on");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_sees_within_seconds_that_a_credential_ended() {
    let server = Server::start().await;
    let (owner, ada) = recruiter(&server).await;
    let eve = server.member(&owner, "eve@acme.example", &[("recruiter", None)]).await;
    let made = json!({ "name": "soon gone", "permissions": ["me:read"] });
    let key = owner.post("/v1/api-keys", made).await.expect(201);
    let (node, there) = another_node(&server).await;
    let session = there.with_key(ada.actor.key());
    let member = there.with_key(eve.actor.key());
    let program = there.with_key(key.text("secret"));
    for known in [&session, &member, &program] {
        assert!(is_signed_in(known).await);
    }

    ada.actor.delete("/v1/auth/tokens", None).await.expect(204);
    let path = format!("/v1/members/{}/status", eve.member_id);
    owner.put(&path, json!({ "status": "disabled" }), Some("*")).await.expect(200);
    owner.delete(&format!("/v1/api-keys/{}", key.text("id")), Some("*")).await.expect(204);

    tokio::join!(
        is_refused_in_time(&session, "the session"),
        is_refused_in_time(&member, "the disabled member"),
        is_refused_in_time(&program, "the key"),
    );
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_one_node_counts_at_another_whatever_key_signed_it() {
    let server = Server::start().await;
    recruiter(&server).await;
    let (node, there) = another_node(&server).await;
    // This node makes a key that the other has never seen.
    server.clock.advance(31 * DAY);
    let token = sign_in(&server, "ada@acme.example", PASSWORD).await.expect(200).text("access_token");
    assert_eq!(tokens::read(&token).0["alg"], "EdDSA");

    assert!(is_signed_in(&there.with_key(token)).await);

    node.stop().await;
}
