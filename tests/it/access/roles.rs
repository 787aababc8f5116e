//! Roles: the built-in ones every tenant has, a tenant's own, and what a change of one does to whoever has it.

use mortise_host::permissions::Permission;
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::Server;
use serde_json::{Value, json};

/// A role of the tenant's own; its id.
pub(super) async fn make(actor: &Actor, name: &str, permissions: &[&str]) -> String {
    let role = json!({ "name": name, "permissions": permissions });
    actor.post("/v1/roles", role).await.expect(201).text("id")
}

/// Gives a member a role, for the tenant or a department; the assignment's id.
pub(super) async fn give(actor: &Actor, member: &str, role: &str, department: Option<&str>) -> String {
    let wanted = json!({ "role_id": role, "department_id": department });
    actor.post(&format!("/v1/members/{member}/roles"), wanted).await.expect(201).text("id")
}

/// The answer, if it is a refusal with this status and code.
#[track_caller]
pub(super) fn refused(answer: Answer, status: u16, code: &str) -> Answer {
    let answer = answer.expect(status);
    assert_eq!(answer.text("code"), code, "{answer:?}");
    answer
}

/// The answer names this one fault, at this place.
#[track_caller]
pub(super) fn faulty(answer: Answer, pointer: &str, code: &str) {
    let faults = refused(answer, 422, "invalid_request").json()["errors"].clone();
    assert_eq!(faults.as_array().map(Vec::len), Some(1), "{faults:#}");
    assert_eq!((&faults[0]["pointer"], &faults[0]["code"]), (&json!(pointer), &json!(code)), "{faults:#}");
}

/// What a list holds; it has to fit one page.
pub(super) async fn list(actor: &Actor, path: &str) -> Vec<Value> {
    let page = actor.get(path).await.expect(200).json();
    assert_ne!(page["has_more"], true, "{page:#}");
    page["data"].as_array().expect("a list has data").clone()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn every_tenant_has_the_built_in_roles() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let roles = list(&owner, "/v1/roles").await;

    let built_in: Vec<_> = roles.iter().map(|role| role["built_in"].as_str().expect("a word")).collect();
    assert_eq!(
        built_in,
        [
            "owner",
            "admin",
            "recruiter",
            "hiring_manager",
            "interviewer",
            "viewer",
            "integration",
            "candidate"
        ]
    );
    let every: Vec<_> = Permission::EVERY.iter().map(|permission| permission.as_str()).collect();
    assert_eq!(words(&roles[0]["permissions"]), every);
    let but_owning: Vec<_> = every.into_iter().filter(|word| *word != "tenant:own").collect();
    assert_eq!(words(&roles[1]["permissions"]), but_owning);
    assert_eq!(words(&roles[7]["permissions"]), ["me:read", "me:write"]);
}

#[tokio::test]
async fn built_in_roles_stay_as_they_are() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let before = list(&owner, "/v1/roles").await;

    for role in &before {
        let path = format!("/v1/roles/{}", role["id"].as_str().expect("it has an id"));
        let renamed = owner.patch(&path, json!({ "name": "Boss" }), "*").await;
        refused(renamed, 409, "role_is_built_in");
        let narrowed = owner.patch(&path, json!({ "permissions": [] }), "*").await;
        refused(narrowed, 409, "role_is_built_in");
        refused(owner.delete(&path, Some("*")).await, 409, "role_is_built_in");
    }

    assert_eq!(list(&owner, "/v1/roles").await, before);
}

#[tokio::test]
async fn a_role_of_ones_own_is_made_changed_and_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let new = json!({ "name": " Sourcer ", "permissions": ["resume:create", "candidate:read"] });

    let made = owner.post("/v1/roles", new).await.expect(201);
    assert_eq!(made.header("etag"), Some("\"1\""));
    let role = made.json();
    assert_eq!((&role["name"], &role["built_in"]), (&json!("Sourcer"), &Value::Null));
    // In the order of GET /v1/permissions, whatever the order of the request.
    assert_eq!(words(&role["permissions"]), ["candidate:read", "resume:create"]);
    let path = format!("/v1/roles/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json(), role);

    let changed = owner.patch(&path, json!({ "permissions": ["resume:create"] }), "\"1\"").await.expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.text("name"), "Sourcer");
    refused(owner.patch(&path, json!({ "name": "Other" }), "\"1\"").await, 412, "version_conflict");
    refused(owner.delete(&path, Some("\"1\"")).await, 412, "version_conflict");
    refused(owner.delete(&path, None).await, 428, "precondition_required");

    owner.delete(&path, Some("\"2\"")).await.expect(204);
    owner.get(&path).await.expect(404);
    owner.delete(&path, Some("*")).await.expect(404);
    assert_eq!(list(&owner, "/v1/roles").await.len(), 8);
    // A deleted role leaves its name to another.
    make(&owner, "Sourcer", &[]).await;
}

#[tokio::test]
async fn a_role_name_is_one_roles() {
    let server = Server::start().await;
    let (owner, other) = (server.tenant("acme").await, server.tenant("other").await);
    make(&owner, "Sourcer", &[]).await;
    let second = make(&owner, "Scheduler", &[]).await;

    for name in ["Sourcer", "  Sourcer ", "Owner"] {
        let new = json!({ "name": name, "permissions": [] });
        refused(owner.post("/v1/roles", new).await, 409, "role_name_taken");
        let renamed = owner.patch(&format!("/v1/roles/{second}"), json!({ "name": name }), "*").await;
        refused(renamed, 409, "role_name_taken");
    }

    // Its own name is no other's.
    owner.patch(&format!("/v1/roles/{second}"), json!({ "name": "Scheduler" }), "*").await.expect(200);
    make(&other, "Sourcer", &[]).await;
}

#[tokio::test]
async fn a_role_without_a_proper_name_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let id = make(&owner, "Sourcer", &[]).await;

    for name in ["", "   ", "two\nlines", &"x".repeat(101)] {
        let new = json!({ "name": name, "permissions": [] });
        faulty(owner.post("/v1/roles", new).await, "#/name", "invalid_text");
        let renamed = owner.patch(&format!("/v1/roles/{id}"), json!({ "name": name }), "*").await;
        faulty(renamed, "#/name", "invalid_text");
    }
}

#[tokio::test]
async fn a_role_somebody_has_is_not_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("viewer", None)]).await;
    let role = make(&owner, "Sourcer", &["contact:write"]).await;
    let given = give(&owner, &ada.member_id, &role, None).await;

    refused(owner.delete(&format!("/v1/roles/{role}"), Some("*")).await, 409, "role_in_use");

    owner.delete(&format!("/v1/members/{}/roles/{given}", ada.member_id), None).await.expect(204);
    owner.delete(&format!("/v1/roles/{role}"), Some("*")).await.expect(204);
}

#[tokio::test]
async fn an_unknown_permission_is_named_with_its_place() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let role = make(&owner, "Sourcer", &[]).await;

    let new = json!({ "name": "Pilot", "permissions": ["candidate:read", "candidate:fly"] });
    faulty(owner.post("/v1/roles", new).await, "#/permissions/1", "unknown_permission");
    let changed =
        owner.patch(&format!("/v1/roles/{role}"), json!({ "permissions": ["CANDIDATE:READ"] }), "*").await;
    faulty(changed, "#/permissions/0", "unknown_permission");
    let both = json!({ "name": "Pilot", "permissions": ["fly", "candidate:read", ""] });
    let faults = refused(owner.post("/v1/roles", both).await, 422, "invalid_request").json();
    assert_eq!(faults["errors"][0]["pointer"], "#/permissions/0");
    assert_eq!(faults["errors"][1]["pointer"], "#/permissions/2");
}

#[tokio::test]
async fn no_role_of_ones_own_makes_owners() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let role = make(&owner, "Sourcer", &[]).await;

    let new = json!({ "name": "Second owner", "permissions": ["candidate:read", "tenant:own"] });
    faulty(owner.post("/v1/roles", new).await, "#/permissions", "owners_only");
    let changed =
        owner.patch(&format!("/v1/roles/{role}"), json!({ "permissions": ["tenant:own"] }), "*").await;
    faulty(changed, "#/permissions", "owners_only");
}

#[tokio::test]
async fn a_change_of_a_role_takes_effect_at_once() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("candidate", None)]).await;
    let role = make(&owner, "Phone book", &["contact:read"]).await;
    let path = format!("/v1/roles/{role}");
    refused(ada.actor.get("/v1/contacts").await, 403, "forbidden");

    give(&owner, &ada.member_id, &role, None).await;
    ada.actor.get("/v1/contacts").await.expect(200);

    owner.patch(&path, json!({ "permissions": ["department:read"] }), "*").await.expect(200);
    refused(ada.actor.get("/v1/contacts").await, 403, "forbidden");
    ada.actor.get("/v1/departments").await.expect(200);

    owner.patch(&path, json!({ "permissions": ["contact:read"] }), "*").await.expect(200);
    ada.actor.get("/v1/contacts").await.expect(200);
    refused(ada.actor.get("/v1/departments").await, 403, "forbidden");
}

#[tokio::test]
async fn a_change_of_a_role_reaches_the_keys_of_whoever_has_it() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = server.member(&owner, "ada@acme.example", &[("candidate", None)]).await;
    let role = make(&owner, "Phone book", &["contact:read", "api_key:write"]).await;
    give(&owner, &ada.member_id, &role, None).await;
    let new = json!({ "name": "phone", "permissions": ["contact:read"] });
    let key = ada.actor.post("/v1/api-keys", new).await.expect(201).text("secret");
    let phone = ada.actor.with_key(key);
    phone.get("/v1/contacts").await.expect(200);

    owner.patch(&format!("/v1/roles/{role}"), json!({ "permissions": [] }), "*").await.expect(200);

    refused(phone.get("/v1/contacts").await, 403, "forbidden");
}

#[tokio::test]
async fn every_permission_is_listed_with_a_sentence() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let listed = owner.get("/v1/permissions").await.expect(200).json();

    let listed = listed["data"].as_array().expect("it is a list");
    assert_eq!(listed.len(), Permission::EVERY.len());
    for (line, permission) in listed.iter().zip(Permission::EVERY) {
        let word = line["permission"].as_str().expect("it has a word");
        assert_eq!(word, permission.as_str());
        let (resource, action) = word.split_once(':').expect("resource:action");
        let is_plain =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(is_plain(resource) && is_plain(action), "{word}");
        assert!(line["description"].as_str().is_some_and(|text| text.ends_with('.')), "{line}");
    }
}

#[tokio::test]
async fn roles_are_listed_page_by_page_newest_first() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for name in ["Ant", "Bee", "Cat"] {
        make(&owner, name, &[]).await;
    }

    let mut names = Vec::new();
    let mut path = String::from("/v1/roles?limit=4");
    loop {
        let page = owner.get(&path).await.expect(200).json();
        names.extend(page["data"].as_array().into_iter().flatten().map(|role| role["name"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/roles?limit=4&cursor={cursor}");
    }

    assert_eq!(names.len(), 11);
    assert_eq!(names[..4], ["Cat", "Bee", "Ant", "Owner"]);
}
