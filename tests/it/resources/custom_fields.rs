//! Custom fields: what a tenant defines beyond what every tenant has, and what of a definition may change.

use mortise_host::permissions::{Permission, Permissions};
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::Server;
use serde_json::{Value, json};

/// A custom field; its path.
async fn make(actor: &Actor, subject: &str, key: &str, kind: &str, options: &[&str]) -> String {
    let field = json!({ "subject": subject, "key": key, "label": key, "kind": kind, "options": options });
    let made = actor.post("/v1/custom-fields", field).await.expect(201);
    format!("/v1/custom-fields/{}", made.text("id"))
}

/// The answer names this one fault, at this place.
#[track_caller]
fn faulty(answer: Answer, pointer: &str, code: &str) {
    let answer = answer.expect(422);
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(1), "{answer:?}");
    assert_eq!(answer.fault(), (pointer.into(), code.into()), "{answer:?}");
}

async fn keys(actor: &Actor, path: &str) -> Vec<String> {
    let page = actor.get(path).await.expect(200).json();
    let fields = page["data"].as_array().expect("a list has data");
    fields.iter().map(|field| field["key"].as_str().expect("it has a key").to_owned()).collect()
}

#[tokio::test]
async fn a_definition_is_made_read_changed_and_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let new = json!({
        "subject": "candidate", "key": "t_shirt_size", "label": " T-shirt size ", "kind": "single_select",
        "options": ["S", "M"], "description": "For the parcel.", "is_required": true,
    });

    let made = owner.post("/v1/custom-fields", new).await.expect(201);
    assert_eq!((made.header("etag"), made.text("label")), (Some("\"1\""), "T-shirt size".into()));
    let path = format!("/v1/custom-fields/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json(), made.json());

    let changes =
        json!({ "label": "Size", "description": null, "options": ["L", "M", "S"], "is_required": false });
    let changed = owner.patch(&path, changes, "\"1\"").await.expect(200).json();
    assert_eq!((&changed["label"], &changed["description"]), (&json!("Size"), &Value::Null));
    assert_eq!((&changed["options"], &changed["is_required"]), (&json!(["L", "M", "S"]), &json!(false)));
    assert_eq!((&changed["key"], &changed["kind"]), (&json!("t_shirt_size"), &json!("single_select")));
    assert_eq!(owner.get(&path).await.expect(200).json(), changed);

    owner.patch(&path, json!({ "label": "Other" }), "\"1\"").await.expect(412);
    owner.delete(&path, Some("\"1\"")).await.expect(412);
    owner.delete(&path, None).await.expect(428);
    owner.delete(&path, Some("\"2\"")).await.expect(204);
    owner.get(&path).await.expect(404);
    owner.patch(&path, json!({ "label": "Other" }), "*").await.expect(404);
    assert!(keys(&owner, "/v1/custom-fields").await.is_empty());
}

#[tokio::test]
async fn what_is_kept_under_a_key_never_comes_to_mean_something_else() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let path = make(&owner, "job", "team", "text", &[]).await;

    for changes in [json!({ "kind": "number" }), json!({ "key": "crew" }), json!({ "subject": "candidate" })]
    {
        owner.patch(&path, changes, "*").await.expect(422);
    }
    let again = json!({ "subject": "job", "key": "team", "label": "Team", "kind": "number" });
    let taken = owner.post("/v1/custom-fields", again.clone()).await.expect(409);
    assert_eq!(taken.text("code"), "custom_field_key_taken");

    owner.delete(&path, Some("*")).await.expect(204);
    let reserved = owner.post("/v1/custom-fields", again).await.expect(409);
    assert_eq!(reserved.text("code"), "custom_field_key_taken");
    // Another subject's keys are its own.
    make(&owner, "candidate", "team", "number", &[]).await;
}

#[tokio::test]
async fn options_only_grow() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let path = make(&owner, "candidate", "colours", "multi_select", &["red", "green"]).await;

    let removed = owner.patch(&path, json!({ "options": ["red", "blue"] }), "*").await.expect(409);
    assert_eq!(removed.text("code"), "option_removed");
    assert!(removed.text("detail").contains("green"), "{removed:?}");
    faulty(owner.patch(&path, json!({ "options": [] }), "*").await, "#/options", "missing");
    assert_eq!(owner.get(&path).await.json()["options"], json!(["red", "green"]));

    owner.patch(&path, json!({ "options": ["green", "red", "blue"] }), "*").await.expect(200);
    let plain = make(&owner, "candidate", "plain", "text", &[]).await;
    faulty(owner.patch(&plain, json!({ "options": ["a"] }), "*").await, "#/options", "options_not_allowed");
}

#[tokio::test]
async fn a_definition_that_cannot_be_is_refused_at_its_place() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let many: Vec<_> = (0..201).map(|number| format!("option {number}")).collect();

    for (field, value, pointer, code) in [
        ("key", json!("Team"), "#/key", "invalid_key"),
        ("key", json!("a".repeat(64)), "#/key", "invalid_key"),
        ("label", json!(" "), "#/label", "invalid_text"),
        ("kind", json!("colour"), "#/kind", "invalid_value"),
        ("subject", json!("offer"), "#/subject", "invalid_value"),
        ("options", json!([]), "#/options", "missing"),
        ("options", json!(many), "#/options", "too_many"),
        ("options", json!(["a", "b", "a"]), "#/options/2", "given_twice"),
        ("options", json!(["a", "b\nc"]), "#/options/1", "invalid_text"),
    ] {
        let mut new = json!({
            "subject": "job", "key": "team", "label": "Team", "kind": "single_select", "options": ["a"],
        });
        new[field] = value;
        faulty(owner.post("/v1/custom-fields", new).await, pointer, code);
    }
    let stray = json!({ "subject": "job", "key": "team", "label": "Team", "kind": "text", "options": ["a"] });
    faulty(owner.post("/v1/custom-fields", stray).await, "#/options", "options_not_allowed");
    let unknown =
        json!({ "subject": "job", "key": "team", "label": "Team", "kind": "text", "colour": "red" });
    owner.post("/v1/custom-fields", unknown).await.expect(422);
    assert!(keys(&owner, "/v1/custom-fields").await.is_empty());
}

#[tokio::test]
async fn a_list_is_of_one_subject_or_of_all() {
    let server = Server::start().await;
    let (owner, other) = (server.tenant("acme").await, server.tenant("other").await);
    for (subject, key) in [("candidate", "one"), ("job", "two"), ("application", "three"), ("job", "four")] {
        make(&owner, subject, key, "boolean", &[]).await;
    }

    assert_eq!(keys(&owner, "/v1/custom-fields").await, ["four", "three", "two", "one"]);
    assert_eq!(keys(&owner, "/v1/custom-fields?subject=job").await, ["four", "two"]);
    assert!(keys(&other, "/v1/custom-fields").await.is_empty());
    owner.get("/v1/custom-fields?subject=offer").await.expect(422);
    let page = owner.get("/v1/custom-fields?subject=job&limit=1").await.expect(200);
    let cursor = page.text("next_cursor");
    assert_eq!(keys(&owner, &format!("/v1/custom-fields?subject=job&cursor={cursor}")).await, ["two"]);
    faulty(owner.get(&format!("/v1/custom-fields?cursor={cursor}")).await, "cursor", "wrong_cursor");
}

#[tokio::test]
async fn a_subject_has_two_hundred_fields_at_most() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for number in 0..200 {
        make(&owner, "job", &format!("field_{number}"), "text", &[]).await;
    }

    let more = json!({ "subject": "job", "key": "more", "label": "More", "kind": "text" });
    let refused = owner.post("/v1/custom-fields", more).await.expect(409);
    assert_eq!(refused.text("code"), "too_many_custom_fields");
    make(&owner, "candidate", "more", "text", &[]).await;
}

#[tokio::test]
async fn a_role_for_a_department_neither_reads_nor_defines_what_is_the_tenants() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let path = make(&owner, "job", "team", "text", &[]).await;
    let department = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let head = server.member(&owner, "head@acme.example", &[("admin", Some(&department))]).await.actor;

    for path in ["/v1/custom-fields", &path] {
        assert_eq!(head.get(path).await.expect(403).text("code"), "forbidden");
    }
    let new = json!({ "subject": "job", "key": "more", "label": "More", "kind": "text" });
    head.post("/v1/custom-fields", new).await.expect(403);

    let viewer = server.member(&owner, "viewer@acme.example", &[("viewer", None)]).await.actor;
    viewer.get(&path).await.expect(200);
    viewer.delete(&path, Some("*")).await.expect(403);
}

#[tokio::test]
async fn every_change_of_a_definition_is_in_the_audit_log() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let path = make(&owner, "job", "team", "text", &[]).await;
    owner.patch(&path, json!({ "label": "Crew" }), "*").await.expect(200);
    owner.delete(&path, Some("*")).await.expect(204);

    let auditor = server.restricted(&founded, Permissions::of(&[Permission::AuditLogRead])).await;
    let log = auditor.get("/v1/audit-log").await.expect(200).json();
    let about = |entry: &&Value| path.ends_with(entry["object_id"].as_str().expect("it is about something"));
    let entries: Vec<_> = log["data"].as_array().expect("a list").iter().filter(about).collect();
    let actions: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["custom_field.deleted", "custom_field.updated", "custom_field.created"]);
    assert_eq!(
        (&entries[1]["before"]["label"], &entries[1]["after"]["label"]),
        (&json!("team"), &json!("Crew"))
    );
}

#[tokio::test]
async fn a_value_of_every_kind_is_kept_as_its_definition_says() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sizes = ["S", "M", "L"];
    for (key, kind, options) in [
        ("text", "text", &[][..]),
        ("long_text", "long_text", &[]),
        ("number", "number", &[]),
        ("boolean", "boolean", &[]),
        ("date", "date", &[]),
        ("url", "url", &[]),
        ("email", "email", &[]),
        ("one", "single_select", &sizes),
        ("some", "multi_select", &sizes),
    ] {
        make(&owner, "job", key, kind, options).await;
    }
    let given = json!({
        "text": " a line ", "long_text": "two\nlines", "number": 1.5, "boolean": false, "date": "2028-02-29",
        "url": "https://example.com", "email": "Ada@Example.com", "one": "M", "some": ["L", "S"],
    });

    let job = json!({ "title": "Joiner", "custom_fields": given });
    let made = owner.post("/v1/jobs", job).await.expect(201);

    let mut kept = given;
    (kept["text"], kept["email"]) = (json!("a line"), json!("ada@example.com"));
    kept["some"] = json!(["S", "L"]);
    assert_eq!(made.json()["custom_fields"], kept);
    let path = format!("/v1/jobs/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json()["custom_fields"], kept);

    let wrong = json!({
        "text": 1, "long_text": " ", "number": "1", "boolean": "yes", "date": "2027-02-29", "url": "example.com",
        "email": "ada", "one": "XL", "some": ["S", "XL"], "else": 1,
    });
    let answer =
        owner.post("/v1/jobs", json!({ "title": "Joiner", "custom_fields": wrong })).await.expect(422);
    let body = answer.json();
    let places: Vec<_> =
        body["errors"].as_array().expect("faults").iter().map(|f| f["pointer"].clone()).collect();
    let keys = ["boolean", "date", "else", "email", "long_text", "number", "one", "some/1", "text", "url"];
    assert_eq!(places, keys.map(|key| json!(format!("#/custom_fields/{key}"))));
}

#[tokio::test]
async fn what_is_required_is_missed_where_something_is_made_or_its_fields_are_set() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let old = owner.post("/v1/jobs", json!({ "title": "Old" })).await.expect(201).text("id");
    let team = make(&owner, "job", "team", "text", &[]).await;
    owner.patch(&team, json!({ "is_required": true }), "*").await.expect(200);
    let missing = |answer: Answer| faulty(answer, "#/custom_fields/team", "missing");

    missing(owner.post("/v1/jobs", json!({ "title": "New" })).await);
    missing(owner.post("/v1/jobs", json!({ "title": "New", "custom_fields": { "team": null } })).await);
    let new = json!({ "title": "New", "custom_fields": { "team": "Red" } });
    let path = format!("/v1/jobs/{}", owner.post("/v1/jobs", new).await.expect(201).text("id"));
    missing(owner.patch(&path, json!({ "custom_fields": {} }), "*").await);
    // What was there before goes on without it.
    let old = format!("/v1/jobs/{old}");
    owner.patch(&old, json!({ "title": "Older" }), "*").await.expect(200);
    missing(owner.patch(&old, json!({ "custom_fields": {} }), "*").await);

    owner.delete(&team, Some("*")).await.expect(204);
    owner.post("/v1/jobs", json!({ "title": "New" })).await.expect(201);
    let gone = owner.patch(&old, json!({ "custom_fields": { "team": "Red" } }), "*").await;
    faulty(gone, "#/custom_fields/team", "unknown_custom_field");
}
