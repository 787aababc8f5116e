//! Members: from the invitation over the roles they are given to their removal, and everybody's own record.

use std::time::Duration;

use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::{PASSWORD, Server, SignedIn};
use serde_json::{Value, json};

use super::roles::{faulty, give, list, refused};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Invites somebody without any role: their id and the invitation.
async fn invite(owner: &Actor, email: &str) -> (String, String) {
    let invited = owner.post("/v1/members", json!({ "email": email })).await.expect(201);
    let id = invited.json()["member"]["id"].as_str().expect("it has an id").to_owned();
    (id, invited.text("invitation_token"))
}

async fn invite_again(owner: &Actor, member: &str) -> Answer {
    owner.post(&format!("/v1/members/{member}/invitations"), json!({})).await
}

async fn accept(server: &Server, token: &str, password: &str) -> Answer {
    let acceptance = json!({ "token": token, "password": password });
    server.nobody().post("/v1/auth/invitations", acceptance).await
}

#[track_caller]
fn is_no_invitation(answer: Answer) {
    faulty(answer, "#/token", "invalid_invitation");
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    let credentials = json!({ "tenant": "acme", "email": email, "password": password });
    server.nobody().post("/v1/auth/tokens", credentials).await
}

async fn refresh(server: &Server, token: &str) -> Answer {
    server.nobody().post("/v1/auth/tokens/refresh", json!({ "refresh_token": token })).await
}

async fn set_status(actor: &Actor, member: &str, status: &str) -> Answer {
    actor.put(&format!("/v1/members/{member}/status"), json!({ "status": status }), Some("*")).await
}

async fn remove(actor: &Actor, member: &str) -> Answer {
    actor.delete(&format!("/v1/members/{member}"), Some("*")).await
}

/// The member behind an actor.
async fn own_id(actor: &Actor) -> String {
    let me = actor.get("/v1/me").await.expect(200).json();
    me["member"]["id"].as_str().expect("it has an id").to_owned()
}

/// The id of the only role a member has.
async fn only_role(actor: &Actor, member: &str) -> String {
    let roles = list(actor, &format!("/v1/members/{member}/roles")).await;
    assert_eq!(roles.len(), 1, "{roles:?}");
    roles[0]["id"].as_str().expect("it has an id").to_owned()
}

async fn second_owner(server: &Server, owner: &Actor) -> SignedIn {
    server.member(owner, "second@acme.example", &[("owner", None)]).await
}

#[tokio::test]
async fn somebody_invited_comes_in_and_works() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let viewer = owner.role_id("viewer").await;
    let new = json!({ "email": " Ada@ACME.example", "name": "Ada", "roles": [{ "role_id": viewer }] });

    let invited = owner.post("/v1/members", new).await.expect(201).json();
    let member = invited["member"].clone();
    assert_eq!(member["email"], "ada@acme.example");
    assert_eq!((&member["status"], &member["name"]), (&json!("invited"), &json!("Ada")));
    assert_eq!(invited["expires_at"], "2026-03-09T09:00:00Z");
    let id = member["id"].as_str().expect("it has an id");
    refused(sign_in(&server, "ada@acme.example", PASSWORD).await, 401, "sign_in_failed");

    let token = invited["invitation_token"].as_str().expect("it is shown");
    let acceptance = json!({ "token": token, "password": PASSWORD, "name": "Ada Lovelace" });
    let tokens = server.nobody().post("/v1/auth/invitations", acceptance).await.expect(200);

    assert_eq!(tokens.text("member_id"), id);
    let ada = server.nobody().with_key(tokens.text("access_token"));
    let me = ada.get("/v1/me").await.expect(200).json();
    assert_eq!((&me["member"]["status"], &me["member"]["name"]), (&json!("active"), &json!("Ada Lovelace")));
    assert_eq!(me["roles"][0]["role_id"], viewer);
    ada.get("/v1/candidates").await.expect(200);
    refused(ada.post("/v1/members", json!({ "email": "x@acme.example" })).await, 403, "forbidden");
    sign_in(&server, "ADA@acme.example ", PASSWORD).await.expect(200);
    let read = owner.get(&format!("/v1/members/{id}")).await.expect(200);
    assert_eq!((read.text("status"), read.header("etag")), ("active".into(), Some("\"2\"")));
}

#[tokio::test]
async fn an_invitation_is_good_once() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (_, token) = invite(&owner, "ada@acme.example").await;

    accept(&server, &token, PASSWORD).await.expect(200);

    is_no_invitation(accept(&server, &token, "another good password").await);
    refused(sign_in(&server, "ada@acme.example", "another good password").await, 401, "sign_in_failed");
    sign_in(&server, "ada@acme.example", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn of_two_who_accept_at_once_one_comes_in() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (_, token) = invite(&owner, "ada@acme.example").await;

    let (one, other) =
        tokio::join!(accept(&server, &token, PASSWORD), accept(&server, &token, "another good password"));

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422], "{one:?} {other:?}");
}

#[tokio::test]
async fn a_new_invitation_replaces_the_one_before() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (id, first) = invite(&owner, "ada@acme.example").await;

    let second = invite_again(&owner, &id).await.expect(201).text("invitation_token");

    is_no_invitation(accept(&server, &first, PASSWORD).await);
    accept(&server, &second, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn an_invitation_is_good_for_seven_days() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (_, early) = invite(&owner, "early@acme.example").await;
    let (_, late) = invite(&owner, "late@acme.example").await;

    server.clock.advance(7 * DAY - Duration::from_secs(1));
    accept(&server, &early, PASSWORD).await.expect(200);
    server.clock.advance(Duration::from_secs(1));

    is_no_invitation(accept(&server, &late, PASSWORD).await);
}

#[tokio::test]
async fn an_invitation_of_somebody_who_is_gone_or_disabled_is_none() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (gone, to_gone) = invite(&owner, "gone@acme.example").await;
    let idle = server.member(&owner, "idle@acme.example", &[]).await;
    let to_idle = invite_again(&owner, &idle.member_id).await.expect(201).text("invitation_token");

    remove(&owner, &gone).await.expect(204);
    set_status(&owner, &idle.member_id, "disabled").await.expect(200);

    is_no_invitation(accept(&server, &to_gone, PASSWORD).await);
    is_no_invitation(accept(&server, &to_idle, PASSWORD).await);
    invite_again(&owner, &gone).await.expect(404);
    refused(invite_again(&owner, &idle.member_id).await, 409, "member_disabled");
    let read = owner.get(&format!("/v1/members/{}", idle.member_id)).await.expect(200);
    assert_eq!(read.text("status"), "disabled");
}

#[tokio::test]
async fn what_is_no_invitation_lets_nobody_in() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (_, token) = invite(&owner, "ada@acme.example").await;
    let ada = server.member(&owner, "bob@acme.example", &[]).await;

    for wrong in ["", "mortiseinvite_", &token[..token.len() - 1], owner.key(), &ada.refresh_token] {
        is_no_invitation(accept(&server, wrong, PASSWORD).await);
    }

    // Nor is an invitation a credential.
    owner.with_key(&token).get("/v1/me").await.expect(401);
    refused(refresh(&server, &token).await, 401, "sign_in_failed");
}

#[tokio::test]
async fn a_weak_password_does_not_use_up_the_invitation() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (_, token) = invite(&owner, "ada@acme.example").await;

    for weak in ["short", "password1"] {
        let answer = accept(&server, &token, weak).await.expect(422).json();
        assert_eq!(answer["errors"][0]["pointer"], "#/password");
    }

    accept(&server, &token, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn whoever_forgot_the_password_is_invited_again_and_earlier_sessions_end() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("viewer", None)]).await;

    let token = invite_again(&owner, &ada.member_id).await.expect(201).text("invitation_token");
    // Nothing happens before it is used: whoever invites cannot sign anybody out.
    ada.actor.get("/v1/me").await.expect(200);
    let tokens = accept(&server, &token, "another good password").await.expect(200);

    assert_eq!(tokens.text("member_id"), ada.member_id);
    ada.actor.get("/v1/me").await.expect(401);
    refused(refresh(&server, &ada.refresh_token).await, 401, "sign_in_failed");
    refused(sign_in(&server, &ada.email, &ada.password).await, 401, "sign_in_failed");
    sign_in(&server, &ada.email, "another good password").await.expect(200);
    let now = ada.actor.with_key(tokens.text("access_token"));
    assert_eq!(now.get("/v1/me").await.expect(200).json()["roles"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_disabled_member_can_do_nothing_nor_can_their_keys() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("admin", None)]).await;
    let new = json!({ "name": "hers", "permissions": ["contact:read"] });
    let key = ada.actor.with_key(ada.actor.post("/v1/api-keys", new).await.expect(201).text("secret"));

    let disabled = set_status(&owner, &ada.member_id, "disabled").await.expect(200);
    assert_eq!(disabled.text("status"), "disabled");
    ada.actor.get("/v1/me").await.expect(401);
    key.get("/v1/contacts").await.expect(401);
    refused(refresh(&server, &ada.refresh_token).await, 401, "sign_in_failed");
    refused(sign_in(&server, &ada.email, &ada.password).await, 401, "sign_in_failed");

    set_status(&owner, &ada.member_id, "active").await.expect(200);
    key.get("/v1/contacts").await.expect(200);
    sign_in(&server, &ada.email, &ada.password).await.expect(200);
    let roles = list(&owner, &format!("/v1/members/{}/roles", ada.member_id)).await;
    assert_eq!(roles[0]["role_name"], "Admin");
}

#[tokio::test]
async fn a_member_is_changed_in_the_version_that_was_read() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[]).await;
    let path = format!("/v1/members/{}", ada.member_id);
    let etag = owner.etag(&path).await;

    let renamed = owner.patch(&path, json!({ "name": "Ada" }), &etag).await.expect(200);
    assert_eq!(renamed.text("name"), "Ada");
    refused(owner.patch(&path, json!({ "name": "Eve" }), &etag).await, 412, "version_conflict");
    let status = json!({ "status": "disabled" });
    let stale = owner.put(&format!("{path}/status"), status.clone(), Some(&etag)).await;
    refused(stale, 412, "version_conflict");
    refused(owner.put(&format!("{path}/status"), status, None).await, 428, "precondition_required");
    refused(owner.delete(&path, Some(&etag)).await, 412, "version_conflict");
    refused(owner.delete(&path, None).await, 428, "precondition_required");
    faulty(owner.patch(&path, json!({}), "*").await, "#/name", "missing");

    assert_eq!(owner.get(&path).await.expect(200).text("name"), "Ada");
    let cleared = owner.patch(&path, json!({ "name": null }), "*").await.expect(200);
    assert_eq!(cleared.json()["name"], Value::Null);
}

#[tokio::test]
async fn only_the_member_accepts_the_invitation() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (id, _) = invite(&owner, "ada@acme.example").await;

    refused(set_status(&owner, &id, "active").await, 409, "member_not_accepted");
    refused(set_status(&owner, &id, "disabled").await, 409, "member_not_accepted");
    set_status(&owner, &id, "invited").await.expect(422);
}

#[tokio::test]
async fn whoever_is_removed_is_gone_and_what_they_did_stays() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("admin", None)]).await;
    let bob = server.member(&owner, "bob@acme.example", &[]).await;
    let new = json!({ "name": "hers", "permissions": ["contact:read"] });
    let key = ada.actor.with_key(ada.actor.post("/v1/api-keys", new).await.expect(201).text("secret"));
    give(&ada.actor, &bob.member_id, &owner.role_id("viewer").await, None).await;

    remove(&owner, &ada.member_id).await.expect(204);

    owner.get(&format!("/v1/members/{}", ada.member_id)).await.expect(404);
    remove(&owner, &ada.member_id).await.expect(404);
    set_status(&owner, &ada.member_id, "active").await.expect(404);
    let emails: Vec<_> = list(&owner, "/v1/members").await.iter().map(|m| m["email"].clone()).collect();
    assert_eq!(emails, ["bob@acme.example", "owner@acme.example"]);
    ada.actor.get("/v1/me").await.expect(401);
    key.get("/v1/contacts").await.expect(401);
    refused(sign_in(&server, &ada.email, &ada.password).await, 401, "sign_in_failed");
    let roles = list(&owner, &format!("/v1/members/{}/roles", bob.member_id)).await;
    assert_eq!(roles[0]["created_by"], json!(ada.member_id));

    // The address is free for somebody else, who begins with nothing.
    let again = server.member(&owner, "ada@acme.example", &[]).await;
    assert_ne!(again.member_id, ada.member_id);
    assert!(list(&owner, &format!("/v1/members/{}/roles", again.member_id)).await.is_empty());
    ada.actor.get("/v1/me").await.expect(401);
    key.get("/v1/contacts").await.expect(401);
}

#[tokio::test]
async fn the_last_owner_stays_owner() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let id = own_id(&owner).await;
    let role = format!("/v1/members/{id}/roles/{}", only_role(&owner, &id).await);
    // One who has not come in yet, and one who is disabled, own nothing.
    let owner_role = owner.role_id("owner").await;
    let (invited, _) = invite(&owner, "new@acme.example").await;
    give(&owner, &invited, &owner_role, None).await;
    let idle = second_owner(&server, &owner).await;
    set_status(&owner, &idle.member_id, "disabled").await.expect(200);

    refused(set_status(&owner, &id, "disabled").await, 409, "last_owner");
    refused(remove(&owner, &id).await, 409, "last_owner");
    refused(owner.delete(&role, None).await, 409, "last_owner");

    set_status(&owner, &idle.member_id, "active").await.expect(200);
    owner.delete(&role, None).await.expect(204);
    owner.get("/v1/me").await.expect(403);
}

#[tokio::test]
async fn an_owner_of_a_department_is_no_owner_of_the_tenant() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let id = own_id(&owner).await;
    let department = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    server.member(&owner, "ada@acme.example", &[("owner", Some(&department))]).await;

    refused(remove(&owner, &id).await, 409, "last_owner");

    // Giving that up for a department is nobody's business but one's own.
    let owner_role = owner.role_id("owner").await;
    let given = give(&owner, &id, &owner_role, Some(&department)).await;
    owner.delete(&format!("/v1/members/{id}/roles/{given}"), None).await.expect(204);
}

#[tokio::test]
async fn of_two_owners_who_remove_each_other_at_once_one_stays() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for round in 0..5 {
        let email = |name| format!("{name}{round}@acme.example");
        let one = server.member(&owner, &email("one"), &[("owner", None)]).await;
        let other = server.member(&owner, &email("other"), &[("owner", None)]).await;

        let (first, second) =
            tokio::join!(remove(&one.actor, &other.member_id), remove(&other.actor, &one.member_id));

        let gone = [&first, &second].into_iter().filter(|answer| answer.status == 204).count();
        assert_eq!(gone, 1, "{first:?} {second:?}");
    }
}

#[tokio::test]
async fn of_two_last_owners_who_step_down_at_once_one_stays() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let first = own_id(&owner).await;
    let second = second_owner(&server, &owner).await;
    let of_first = format!("/v1/members/{first}/roles/{}", only_role(&owner, &first).await);
    let of_second =
        format!("/v1/members/{0}/roles/{1}", second.member_id, only_role(&owner, &second.member_id).await);

    let (one, other) = tokio::join!(owner.delete(&of_first, None), second.actor.delete(&of_second, None));

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "{one:?} {other:?}");
}

#[tokio::test]
async fn everybody_reads_and_changes_their_own_record() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("candidate", None)]).await;

    let me = ada.actor.get("/v1/me").await.expect(200);
    assert_eq!(me.json()["member"]["id"], json!(ada.member_id));
    assert_eq!(me.json()["permissions"], json!(["me:read", "me:write"]));
    assert_eq!(me.json()["department_permissions"], json!([]));
    assert_eq!(me.json()["roles"][0]["role_name"], "Candidate");
    let etag = me.header("etag").expect("it has a version").to_owned();

    let changed = ada.actor.patch("/v1/me", json!({ "name": "Ada King" }), &etag).await.expect(200);
    assert_eq!(changed.text("name"), "Ada King");
    refused(ada.actor.patch("/v1/me", json!({ "name": "Eve" }), &etag).await, 412, "version_conflict");
    let body = json!({ "name": "Eve", "email": "eve@acme.example" });
    ada.actor.patch("/v1/me", body, "*").await.expect(422);
    refused(ada.actor.get("/v1/members").await, 403, "forbidden");

    let me = ada.actor.get("/v1/me").await.expect(200).json();
    assert_eq!((&me["member"]["name"], &me["member"]["email"]), (&json!("Ada King"), &json!(ada.email)));
}

#[tokio::test]
async fn me_tells_what_holds_in_departments_beyond_the_tenant() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let top = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let below = json!({ "name": "Africa", "parent_id": top });
    let below = owner.post("/v1/departments", below).await.expect(201).text("id");
    let roles = [("candidate", None), ("integration", Some(&*below)), ("viewer", Some(&*top))];
    let ada = server.member(&owner, "ada@acme.example", &roles).await;

    let me = ada.actor.get("/v1/me").await.expect(200).json();

    assert_eq!(me["permissions"], json!(["me:read", "me:write"]));
    let at = |id: &str| {
        let list = me["department_permissions"].as_array().expect("it is a list");
        let found = list.iter().find(|line| line["department_id"] == id).expect("the department is there");
        found["permissions"].as_array().expect("it is a list").clone()
    };
    assert!(at(&top).contains(&json!("contact:read")) && !at(&top).contains(&json!("contact:write")));
    assert!(at(&below).contains(&json!("contact:read")) && at(&below).contains(&json!("contact:write")));
    assert!(!at(&below).contains(&json!("me:read")), "what holds everywhere is not told twice");
}

#[tokio::test]
async fn roles_are_given_listed_and_taken() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[]).await;
    let department = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let path = format!("/v1/members/{}/roles", ada.member_id);
    let viewer = owner.role_id("viewer").await;
    // Without any role there is nothing to see, not even of oneself.
    refused(ada.actor.get("/v1/me").await, 403, "forbidden");

    let everywhere = give(&owner, &ada.member_id, &viewer, None).await;
    let there = give(&owner, &ada.member_id, &viewer, Some(&department)).await;
    for department_id in [Value::Null, json!(department)] {
        let again = json!({ "role_id": viewer, "department_id": department_id });
        refused(owner.post(&path, again).await, 409, "role_given_already");
    }

    let listed = list(&owner, &path).await;
    let listed: Vec<_> =
        listed.iter().map(|held| (held["id"].clone(), held["department_id"].clone())).collect();
    assert_eq!(listed, [(json!(everywhere), Value::Null), (json!(there), json!(department))]);
    ada.actor.get("/v1/members").await.expect(200);

    owner.delete(&format!("{path}/{everywhere}"), None).await.expect(204);
    owner.delete(&format!("{path}/{everywhere}"), None).await.expect(404);
    refused(ada.actor.get("/v1/members").await, 403, "forbidden");
    ada.actor.get("/v1/contacts").await.expect(200);
    owner.delete(&format!("{path}/{there}"), None).await.expect(204);
    refused(ada.actor.get("/v1/contacts").await, 403, "forbidden");
}

#[tokio::test]
async fn a_role_is_taken_from_the_member_who_has_it() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("viewer", None)]).await;
    let bob = server.member(&owner, "bob@acme.example", &[]).await;
    let given = only_role(&owner, &ada.member_id).await;

    owner.delete(&format!("/v1/members/{}/roles/{given}", bob.member_id), None).await.expect(404);

    assert_eq!(only_role(&owner, &ada.member_id).await, given);
}

#[tokio::test]
async fn a_role_or_department_that_is_not_there_is_given_to_nobody() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[]).await;
    let path = format!("/v1/members/{}/roles", ada.member_id);
    let viewer = owner.role_id("viewer").await;
    let role = super::roles::make(&owner, "Sourcer", &[]).await;
    owner.delete(&format!("/v1/roles/{role}"), Some("*")).await.expect(204);
    let department = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    owner.delete(&format!("/v1/departments/{department}"), Some("*")).await.expect(204);

    owner.post(&path, json!({ "role_id": role })).await.expect(404);
    owner.post(&path, json!({ "role_id": viewer, "department_id": department })).await.expect(404);
    let new = json!({ "email": "bob@acme.example", "roles": [{ "role_id": role }] });
    owner.post("/v1/members", new).await.expect(404);

    // All or nothing: nobody was invited.
    assert_eq!(list(&owner, "/v1/members").await.len(), 2);
}

#[tokio::test]
async fn an_address_is_one_members() {
    let server = Server::start().await;
    let (owner, other) = (server.tenant("acme").await, server.tenant("other").await);
    invite(&owner, "ada@acme.example").await;

    for email in ["ada@acme.example", " ADA@Acme.Example", "owner@acme.example"] {
        refused(owner.post("/v1/members", json!({ "email": email })).await, 409, "member_exists");
    }

    invite(&other, "ada@acme.example").await;
}

#[tokio::test]
async fn an_invitation_that_makes_no_sense_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let viewer = owner.role_id("viewer").await;

    for email in ["", "ada", "ada@", "@acme.example", "ada@acme", "a da@acme.example"] {
        faulty(owner.post("/v1/members", json!({ "email": email })).await, "#/email", "invalid_email");
    }
    let roles = vec![json!({ "role_id": viewer }); 51];
    let many = json!({ "email": "ada@acme.example", "roles": roles });
    faulty(owner.post("/v1/members", many).await, "#/roles", "too_many");
    let twice =
        json!({ "email": "ada@acme.example", "roles": [{ "role_id": viewer }, { "role_id": viewer }] });
    refused(owner.post("/v1/members", twice).await, 409, "role_given_already");

    assert_eq!(list(&owner, "/v1/members").await.len(), 1);
}
