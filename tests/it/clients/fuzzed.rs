//! Whatever the document allows, and some of what it does not, is sent to every operation: none answers with an error of the
//! server's own, nor anything that the document does not say. What is sent names real things, so that it gets further than
//! to what is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use mortise_tests::actor::Actor;
use mortise_tests::samples;
use serde_json::{Map, Value, json};

use super::{Site, document, installed, run};
use crate::hiring::{apply, candidate, open_job_with};

/// Made-up requests of each operation, beside those that try every limit of its schemas, and seconds for all.
const EXAMPLES: &str = "8";
const SECONDS: &str = "150";

#[tokio::test]
async fn every_operation_answers_what_the_document_says_whatever_it_is_sent() {
    let site = Site::start().await;
    let owner = site.node.actor(&site.key);
    furnish(&owner).await;
    let (file, mut described) = document(&site).await;
    let ids = ids(&owner, &described).await;
    assert!(ids.len() > 15, "{:?}", ids.keys());
    name_real_things(&mut described, &ids);
    std::fs::write(&file, described.to_string()).expect("there is room for a file");

    let mut fuzz = Command::new(installed("schemathesis"));
    fuzz.arg("run").arg(&file).args(["--url", &site.node.url()]);
    fuzz.args(["--header", &format!("Authorization: Bearer {}", site.key)]);
    // One, as Python before 3.13 counts the depth of what it parses for all threads together and fails when two of them parse.
    fuzz.args(["--phases", "examples,coverage,fuzzing", "--workers", "1"]);
    fuzz.args(["--max-examples", EXAMPLES, "--max-time", SECONDS, "--seed", "20260302"]);
    let checks = [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    ];
    fuzz.args(["--checks", &checks.join(",")]);
    fuzz.args(["--generation-database", "none", "--no-shrink", "--no-color", "--continue-on-failure"]);
    fuzz.args(["--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "60"]);

    let said = run("trying every operation", &mut fuzz, site.folder.path());

    assert!(said.contains("passed") || said.contains("No issues found"), "{said}");
}

/// One or several of everything.
async fn furnish(owner: &Actor) {
    let department =
        owner.post("/v1/departments", json!({ "name": "Engineering" })).await.expect(201).text("id");
    owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201);
    owner.post("/v1/contacts", json!({ "name": "Grace", "department_id": department })).await.expect(201);
    let role = json!({ "name": "reader", "permissions": ["candidate:read"] });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    let member = json!({ "email": "bob@acme.example", "roles": [{ "role_id": role }] });
    owner.post("/v1/members", member).await.expect(201);
    owner
        .post("/v1/api-keys", json!({ "name": "spare", "permissions": ["candidate:read"] }))
        .await
        .expect(201);
    let field = json!({ "subject": "candidate", "key": "notice", "label": "Notice", "kind": "text" });
    owner.post("/v1/custom-fields", field).await.expect(201);
    owner.post("/v1/skill-aliases", json!({ "alias": "dovetailing", "skill": "joinery" })).await.expect(201);
    let search = json!({ "subject": "candidates", "name": "Rust", "query": { "q": "rust" } });
    owner.post("/v1/saved-searches", search).await.expect(201);
    let me = owner.get("/v1/me").await.expect(200).json()["member"]["id"].clone();
    for number in 0..3 {
        let question = json!({ "key": "start", "label": "When?", "kind": "date" });
        let job = json!({ "title": format!("Joiner {number}"), "department_id": department, "questions": [question] });
        let job = open_job_with(owner, job).await;
        let person = candidate(owner, &format!("Ada {number}")).await;
        let application = apply(owner, &person, &job).await;
        let interview = json!({ "kind": "phone", "starts_at": "2026-03-09T10:00:00Z", "duration_minutes": 30,
            "interviewers": [me] });
        let path = format!("/v1/applications/{application}");
        let interview = owner.post(&format!("{path}/interviews"), interview).await.expect(201).text("id");
        owner
            .post(&format!("/v1/interviews/{interview}/evaluations"), json!({ "rating": 3 }))
            .await
            .expect(201);
        owner.post(&format!("{path}/offers"), json!({ "terms": { "title": "Joiner" } })).await.expect(201);
        owner.post("/v1/notes", json!({ "candidate_id": person, "body": "Called." })).await.expect(201);
        let resume = samples::text_resume(&format!("Grace {number}"), &format!("grace{number}@example.com"));
        owner.upload("grace.txt", resume).await.expect(202);
        let row = json!({ "name": "Alan Turing" }).to_string();
        owner.import("people.ndjson", row, &[("kind", "candidates")]).await.expect(202);
    }
}

/// The ids a tenant's owner finds, by prefix; but the owner's own, and their key's, which the rest is tried with.
async fn ids(owner: &Actor, document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut ids = BTreeMap::new();
    let me = owner.get("/v1/me").await.expect(200).json();
    let mut own = BTreeMap::new();
    collect(&me, &mut own);
    let lists = document["paths"].as_object().expect("the document has paths").iter();
    let lists = lists.filter(|(path, item)| !path.contains('{') && item["get"].is_object());
    let mut paths: Vec<_> = lists.map(|(path, _)| path.clone()).collect();
    let jobs = owner.get("/v1/jobs").await.expect(200).json();
    for job in jobs["data"].as_array().into_iter().flatten() {
        let job = job["id"].as_str().expect("a job has an id");
        paths.extend(["stages", "openings"].map(|below| format!("/v1/jobs/{job}/{below}")));
    }
    let applications = owner.get("/v1/applications").await.expect(200).json();
    for application in applications["data"].as_array().into_iter().flatten() {
        let application = application["id"].as_str().expect("an application has an id");
        paths.extend(["history", "offers"].map(|below| format!("/v1/applications/{application}/{below}")));
    }
    for path in paths {
        let answer = owner.get(&path).await;
        for line in answer.body.split(|byte| *byte == b'\n') {
            if let Ok(value) = serde_json::from_slice(line) {
                collect(&value, &mut ids);
            }
        }
    }
    let keys = owner.get("/v1/api-keys").await.expect(200).json();
    let mut first = BTreeMap::new();
    let keys = keys["data"].as_array().into_iter().flatten();
    keys.filter(|key| key["name"] != "spare").for_each(|key| collect(&key["id"], &mut first));
    for (prefix, found) in own.into_iter().chain(first) {
        ids.entry(prefix).or_default().retain(|id| !found.contains(id));
    }
    ids.retain(|_, found| !found.is_empty());
    ids
}

fn collect(value: &Value, ids: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::String(text) => {
            if let Some((prefix, rest)) = text.rsplit_once('_')
                && rest.len() == 26
                && rest.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
            {
                ids.entry(prefix.to_owned()).or_default().insert(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, ids)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, ids)),
        _ => {}
    }
}

/// In what is sent, ids are those of real things, and a version is whichever is there. What is answered is described as before.
fn name_real_things(document: &mut Value, ids: &BTreeMap<String, BTreeSet<String>>) {
    let schemas = document["components"]["schemas"].as_object().expect("there are schemas").clone();
    let mut sent = Map::new();
    for (name, schema) in &schemas {
        let mut schema = schema.clone();
        point(&mut schema, ids);
        sent.insert(format!("Sent{name}"), schema);
    }
    document["components"]["schemas"].as_object_mut().expect("there are schemas").extend(sent);
    let paths = document["paths"].as_object_mut().expect("the document has paths");
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        for part in ["requestBody", "parameters"] {
            if let Some(part) = operation.get_mut(part) {
                point(part, ids);
            }
        }
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            if parameter["name"] == "If-Match" {
                parameter["schema"] = json!({ "type": "string", "enum": ["*"] });
            }
        }
    }
}

/// References lead to what is sent, and whatever takes an id takes one that is there.
fn point(value: &mut Value, ids: &BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(fields) => {
            let pattern = fields.get("pattern").and_then(Value::as_str).unwrap_or_default();
            let prefix = pattern.strip_prefix('^').and_then(|pattern| pattern.rsplit_once("_[0-7]"));
            if let Some(known) = prefix.and_then(|(prefix, _)| ids.get(prefix)) {
                *value = json!({ "type": "string", "enum": known });
                return;
            }
            if let Some(Value::String(reference)) = fields.get_mut("$ref") {
                *reference = reference.replace("/schemas/", "/schemas/Sent");
            }
            fields.values_mut().for_each(|field| point(field, ids));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| point(item, ids)),
        _ => {}
    }
}
