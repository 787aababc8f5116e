//! Saved searches: a list's filters under a name; one's own, and those that others share.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use reqwest::Url;
use serde_json::{Value, json};

use super::company::{faulty, field, list, member_id, refused};
use super::{apply, open_job, open_job_with, put};

/// Saves a search of candidates; its path.
async fn save(actor: &Actor, name: &str, is_shared: bool) -> String {
    let search =
        json!({ "subject": "candidates", "name": name, "query": { "q": "rust" }, "is_shared": is_shared });
    let made = actor.post("/v1/saved-searches", search).await.expect(201);
    format!("/v1/saved-searches/{}", made.text("id"))
}

async fn names(actor: &Actor, query: &str) -> Vec<String> {
    field(actor, &format!("/v1/saved-searches{query}"), "name").await
}

#[tokio::test]
async fn a_search_is_saved_read_changed_and_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let query = json!({ "skill": ["rust", "sql"], "location": "Berlin", "custom.size": "M", "q": "" });

    let new = json!({ "subject": "candidates", "name": " Joiners ", "query": query });
    let made = owner.post("/v1/saved-searches", new).await.expect(201);

    assert_eq!((made.header("etag"), made.text("name")), (Some("\"1\""), "Joiners".into()));
    assert_eq!((&made.json()["query"], &made.json()["is_shared"]), (&query, &json!(false)));
    assert_eq!(made.text("member_id"), member_id(&owner).await);
    let path = format!("/v1/saved-searches/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json(), made.json());
    let changes = json!({ "query": { "skill": "rust" }, "is_shared": true });
    let changed = owner.patch(&path, changes, "\"1\"").await.expect(200).json();
    assert_eq!((&changed["query"], &changed["name"]), (&json!({ "skill": "rust" }), &json!("Joiners")));
    assert_eq!(owner.get(&path).await.expect(200).json(), changed);
    refused(owner.patch(&path, json!({ "name": "Late" }), "\"1\"").await, 412, "version_conflict");
    owner.patch(&path, json!({ "subject": "jobs" }), "*").await.expect(422);
    refused(owner.delete(&path, None).await, 428, "precondition_required");
    owner.delete(&path, Some("\"2\"")).await.expect(204);
    owner.get(&path).await.expect(404);

    let entries = list(&owner, &format!("/v1/audit-log?object_id={}", made.text("id"))).await;
    let actions: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["saved_search.deleted", "saved_search.updated", "saved_search.created"]);
    assert_eq!(entries[2]["after"]["query"], "***");
}

#[tokio::test]
async fn one_sees_ones_own_and_what_others_share() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let department = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let viewer = server.member(&owner, "viewer@acme.example", &[("viewer", None)]).await.actor;
    // Searches are everybody's own, wherever their role is for.
    let head = server.member(&owner, "head@acme.example", &[("viewer", Some(&department))]).await.actor;
    let own = save(&owner, "own", false).await;
    let shared = save(&owner, "shared", true).await;
    save(&head, "of the head", false).await;

    assert_eq!(names(&owner, "").await, ["shared", "own"]);
    assert_eq!(names(&viewer, "").await, ["shared"]);
    assert_eq!(names(&head, "").await, ["of the head", "shared"]);
    viewer.get(&shared).await.expect(200);
    for (method, path, status, code) in [
        ("get", &own, 404, "not_found"),
        ("patch", &own, 404, "not_found"),
        ("delete", &own, 404, "not_found"),
        ("patch", &shared, 403, "not_your_saved_search"),
        ("delete", &shared, 403, "not_your_saved_search"),
    ] {
        let answer = match method {
            "get" => viewer.get(path).await,
            "patch" => viewer.patch(path, json!({ "name": "taken" }), "*").await,
            _ => viewer.delete(path, Some("*")).await,
        };
        refused(answer, status, code);
    }
    owner.patch(&shared, json!({ "is_shared": false }), "*").await.expect(200);
    viewer.get(&shared).await.expect(404);

    let other = server.tenant("other").await;
    assert!(names(&other, "").await.is_empty());
    let nobody = server.member(&owner, "nobody@acme.example", &[("candidate", None)]).await.actor;
    refused(nobody.get("/v1/saved-searches").await, 403, "forbidden");
}

#[tokio::test]
async fn a_list_of_searches_is_of_one_subject_or_of_all() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for subject in ["candidates", "jobs", "applications"] {
        let search = json!({ "subject": subject, "name": subject, "query": {} });
        owner.post("/v1/saved-searches", search).await.expect(201);
    }

    assert_eq!(names(&owner, "").await, ["applications", "jobs", "candidates"]);
    assert_eq!(names(&owner, "?subject=jobs").await, ["jobs"]);
    owner.get("/v1/saved-searches?subject=offers").await.expect(422);
    let cursor = owner.get("/v1/saved-searches?limit=1").await.expect(200).text("next_cursor");
    assert_eq!(names(&owner, &format!("?limit=2&cursor={cursor}")).await, ["jobs", "candidates"]);
    faulty(
        owner.get(&format!("/v1/saved-searches?subject=jobs&cursor={cursor}")).await,
        "cursor",
        "wrong_cursor",
    );
}

/// Runs a saved search: its list, with its parameters; what was found, by one field.
async fn run(actor: &Actor, saved: &str, found: &str) -> Vec<String> {
    let saved = actor.get(saved).await.expect(200).json();
    let text = |value: &Value| value.as_str().expect("a parameter is a text").to_owned();
    let mut parameters = Vec::new();
    for (name, value) in saved["query"].as_object().expect("it has parameters") {
        let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        parameters.extend(values.iter().map(|value| (name.clone(), text(value))));
    }
    let encoded = Url::parse_with_params("http://nowhere.example", &parameters).expect("it is an address");
    let list = format!("/v1/{}?{}", text(&saved["subject"]), encoded.query().unwrap_or_default());
    let page = actor.get(&list).await.expect(200).json();
    page["data"].as_array().expect("it is a list").iter().map(|item| text(&item[found])).collect()
}

#[tokio::test]
async fn a_saved_search_finds_what_its_list_finds_for_whoever_runs_it() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sales = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let field = json!({ "subject": "candidate", "key": "size", "label": "Size", "kind": "text" });
    owner.post("/v1/custom-fields", field).await.expect(201);
    let add = async |name: &str, tags: &[&str], size: &str, city: &str| {
        let new = json!({
            "name": name, "tags": tags, "custom_fields": { "size": size }, "location": { "city": city },
        });
        owner.post("/v1/candidates", new).await.expect(201).text("id")
    };
    let ada = add("Ada", &["rust", "C & A"], "M", "Köln").await;
    add("Ben", &["rust"], "M", "Köln").await;
    add("Cat", &["rust", "C & A"], "L", "Köln").await;
    add("Dot", &["rust", "C & A"], "M", "Bonn").await;
    let job = open_job_with(&owner, json!({ "title": "Seller", "department_id": sales })).await;
    let other = open_job(&owner, "Welder").await;
    let of_ada = apply(&owner, &ada, &job).await;
    let rejected = apply(&owner, &ada, &other).await;
    put(&owner, &rejected, "rejection", json!({ "reason": "no_show" })).await.expect(200);
    let save = async |subject: &str, query: Value| {
        let search = json!({ "subject": subject, "name": subject, "query": query, "is_shared": true });
        let made = owner.post("/v1/saved-searches", search).await.expect(201);
        format!("/v1/saved-searches/{}", made.text("id"))
    };
    let candidates =
        save("candidates", json!({ "tag": ["rust", "C & A"], "custom.size": "M", "location": "Köln" })).await;
    let words = save("candidates", json!({ "q": "\"ada\" -ben", "sort": "-created_at" })).await;
    let jobs = save("jobs", json!({ "status": "open", "q": "-welder" })).await;
    let applications = save("applications", json!({ "outcome": "active", "candidate_id": ada })).await;
    let mistaken = save("jobs", json!({ "colour": "red" })).await;

    assert_eq!(run(&owner, &candidates, "name").await, ["Ada"]);
    assert_eq!(run(&owner, &words, "name").await, ["Ada"]);
    assert_eq!(run(&owner, &jobs, "id").await, [&*job]);
    assert_eq!(run(&owner, &applications, "id").await, [&*of_ada]);
    // Which parameters a list takes is said by the list.
    let wrong = owner.get("/v1/jobs?colour=red").await;
    faulty(wrong, "colour", "invalid_parameter");
    owner.get(&mistaken).await.expect(200);

    // Whoever runs a search that others share sees what they may see.
    let seller = server.member(&owner, "seller@acme.example", &[("viewer", Some(&sales))]).await.actor;
    assert_eq!(run(&seller, &candidates, "name").await, ["Ada"]);
    assert_eq!(run(&seller, &applications, "id").await, [&*of_ada]);
    put(&owner, &of_ada, "rejection", json!({ "reason": "no_show" })).await.expect(200);
    assert!(run(&seller, &applications, "id").await.is_empty());
    let welder = save("jobs", json!({ "q": "welder" })).await;
    assert_eq!(run(&owner, &welder, "id").await, [&*other]);
    assert!(run(&seller, &welder, "id").await.is_empty());
}

#[tokio::test]
async fn a_search_that_cannot_be_is_refused_at_its_place() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let many: serde_json::Map<String, Value> =
        (0..51).map(|number| (format!("p{number}"), json!("x"))).collect();

    for (query, pointer, code) in [
        (json!({ "skill": 1 }), "#/query/skill", "invalid_value"),
        (json!({ "skill": ["rust", 1] }), "#/query/skill", "invalid_value"),
        (json!({ "skill": [] }), "#/query/skill", "out_of_range"),
        (json!({ "skill": vec!["x"; 51] }), "#/query/skill", "out_of_range"),
        (json!({ "skill": ["rust", "a\nb"] }), "#/query/skill/1", "invalid_text"),
        (json!({ "q": "x".repeat(1_001) }), "#/query/q", "invalid_text"),
        (json!({ "a b": "x" }), "#/query/a b", "invalid_parameter"),
        (json!({ "": "x" }), "#/query/", "invalid_parameter"),
        (json!({ "cursor": "x" }), "#/query/cursor", "invalid_parameter"),
        (json!(many), "#/query", "too_many"),
        (json!("q=rust"), "#/query", "invalid_value"),
    ] {
        let search = json!({ "subject": "candidates", "name": "Joiners", "query": query });
        faulty(owner.post("/v1/saved-searches", search).await, pointer, code);
    }
    let nameless = json!({ "subject": "candidates", "name": " ", "query": {} });
    faulty(owner.post("/v1/saved-searches", nameless).await, "#/name", "invalid_text");
    let stray = json!({ "subject": "people", "name": "Joiners", "query": {} });
    faulty(owner.post("/v1/saved-searches", stray).await, "#/subject", "invalid_value");
    assert!(names(&owner, "").await.is_empty());
}
