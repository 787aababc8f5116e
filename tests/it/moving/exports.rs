//! Everything of a kind, line by line, as far as whoever asks may read it.

use std::time::Duration;

use mortise_host::permissions::{Permission, Permissions};
use mortise_tests::actor::Actor;
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::Method;
use serde_json::{Value, json};

use super::{counts, faults, import, ndjson};
use crate::hiring::{apply, candidate, listed, move_to, open_job, open_job_with, refused};

async fn start() -> (Server, Actor) {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    (server, owner)
}

async fn export(actor: &Actor, what: &str) -> Vec<Value> {
    let answer = actor.get(&format!("/v1/exports/{what}")).await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    answer.lines()
}

fn ids(lines: &[Value]) -> Vec<String> {
    lines.iter().map(|line| line["id"].as_str().expect("it has an id").to_owned()).collect()
}

#[tokio::test]
async fn each_line_is_what_a_single_one_is_answered_as() {
    let (server, owner) = start().await;
    let resume = samples::text_resume("Ada Lovelace", "ada@example.com");
    owner.upload("ada.txt", resume).await.expect(202);
    server.run_tasks().await;
    let ada = listed(&owner, "/v1/candidates", "id").await[0].clone();
    let grace = candidate(&owner, "Grace Hopper").await;
    let job = open_job(&owner, "Joiner").await;
    let application = apply(&owner, &ada, &job).await;
    apply(&owner, &grace, &job).await;
    move_to(&owner, &application, "interview").await.expect(200);
    let me = owner.get("/v1/me").await.expect(200).json()["member"]["id"].clone();
    let interview = json!({ "kind": "phone", "starts_at": "2026-03-09T10:00:00Z", "duration_minutes": 30,
        "interviewers": [me], "note": "Bring a saw." });
    owner.post(&format!("/v1/applications/{application}/interviews"), interview).await.expect(201);
    let offer = json!({ "terms": { "title": "Joiner" } });
    owner.post(&format!("/v1/applications/{application}/offers"), offer).await.expect(201);
    owner.post("/v1/notes", json!({ "candidate_id": ada, "body": "Called." })).await.expect(201);

    for (what, count) in [
        ("candidates", 2),
        ("jobs", 1),
        ("applications", 2),
        ("resumes", 1),
        ("interviews", 1),
        ("offers", 1),
        ("notes", 1),
    ] {
        let lines = export(&owner, what).await;
        assert_eq!(lines.len(), count, "{what}");
        for line in lines {
            let id = line["id"].as_str().expect("it has an id");
            assert_eq!(owner.get(&format!("/v1/{what}/{id}")).await.expect(200).json(), line, "{what}");
        }
    }
    let log = owner.get("/v1/audit-log?action=export.read").await.expect(200).json();
    assert_eq!(log["data"].as_array().map(Vec::len), Some(7));
    assert_eq!(log["data"][0]["after"]["kind"], json!("notes"));
}

#[tokio::test]
async fn more_than_a_page_comes_whole_and_once() {
    let (server, owner) = start().await;
    let rows: Vec<_> = (0..450).map(|number| json!({ "name": format!("Somebody {number}") })).collect();
    import(&server, &owner, "people.ndjson", ndjson(&rows), &[("kind", "candidates")]).await;
    server.clock.advance(Duration::from_secs(60));
    let newest = candidate(&owner, "Ada Lovelace").await;

    let all = export(&owner, "candidates").await;

    let distinct: std::collections::BTreeSet<_> = ids(&all).into_iter().collect();
    assert_eq!((all.len(), distinct.len()), (451, 451));
    assert_eq!(ids(&export(&owner, "candidates?updated_after=2026-03-02T09:00:30Z").await), [newest]);
    refused(
        owner.get("/v1/exports/candidates?updated_after=-0001-01-01T00:00:00Z").await,
        422,
        "invalid_request",
    );
    refused(owner.get("/v1/exports/notes?include_deleted=true").await, 422, "invalid_request");
}

#[tokio::test]
async fn nothing_is_left_of_whoever_was_deleted() {
    let (server, owner) = start().await;
    owner.upload("ada.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await.expect(202);
    server.run_tasks().await;
    let ada = listed(&owner, "/v1/candidates", "id").await[0].clone();
    owner.delete(&format!("/v1/candidates/{ada}"), Some("*")).await.expect(204);

    assert!(export(&owner, "candidates").await.is_empty());
    let lines = export(&owner, "candidates?include_deleted=true").await;

    assert_eq!((ids(&lines), lines[0]["deleted_at"].is_string()), (vec![ada], true));
    let shown = lines[0].to_string();
    assert!(!shown.contains("Ada") && !shown.contains("Nurse") && !shown.contains("\"resume_"), "{shown}");
    let resumes = export(&owner, "resumes?include_deleted=true").await;
    assert_eq!((resumes.len(), &resumes[0]["file"]["name"]), (1, &json!("")));
}

#[tokio::test]
async fn an_export_holds_what_its_reader_may_read() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let sales = owner.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");
    let own = open_job_with(&owner, json!({ "title": "Seller", "department_id": sales })).await;
    let other = open_job(&owner, "Joiner").await;
    let (ada, grace) = (candidate(&owner, "Ada Lovelace").await, candidate(&owner, "Grace Hopper").await);
    apply(&owner, &ada, &own).await;
    apply(&owner, &grace, &other).await;
    for (about, id) in [("job_id", &own), ("job_id", &other)] {
        owner.post("/v1/notes", json!({ about: id, "body": "Hm." })).await.expect(201);
    }
    let words = ["export:read", "candidate:read", "job:read", "application:read", "note:read"];
    let role = owner
        .post("/v1/roles", json!({ "name": "exporter", "permissions": words }))
        .await
        .expect(201)
        .text("id");
    let bob = server.member(&owner, "bob@acme.example", &[("viewer", None)]).await;
    refused(bob.actor.get("/v1/exports/candidates").await, 403, "forbidden");
    let role = json!({ "role_id": role, "department_id": sales });
    owner.post(&format!("/v1/members/{}/roles", bob.member_id), role).await.expect(201);

    // He may read everybody, and export those of one department.
    assert_eq!(ids(&export(&bob.actor, "candidates").await), [ada]);
    assert_eq!(ids(&export(&bob.actor, "jobs").await), [own.as_str()]);
    assert_eq!(export(&bob.actor, "applications").await.len(), 1);
    assert_eq!(export(&bob.actor, "notes").await[0]["job_id"], json!(own));
    let only = server.restricted(&founded, Permissions::of(&[Permission::ExportRead])).await;
    refused(only.get("/v1/exports/candidates").await, 403, "not_readable");
    let private = json!({ "job_id": own, "body": "Hush.", "is_private": true });
    bob.actor.post("/v1/notes", private.clone()).await.expect(403);
    owner.post("/v1/notes", private).await.expect(201);
    assert_eq!(export(&bob.actor, "notes").await.len(), 1);
    assert_eq!(export(&owner, "notes").await.len(), 3);
}

#[tokio::test]
async fn whoever_is_shut_out_meanwhile_does_not_get_the_rest() {
    let (server, owner) = start().await;
    // Far more than sockets hold between the two.
    let profile = json!({ "basics": { "summary": ". ".repeat(20_000) } });
    let rows: Vec<_> =
        (0..900).map(|number| json!({ "name": format!("P {number}"), "profile": profile })).collect();
    let done = import(&server, &owner, "people.ndjson", ndjson(&rows), &[("kind", "candidates")]).await;
    assert_eq!(counts(&done), ("done", [900, 900, 0, 0, 0]));
    let admin = server.member(&owner, "bob@acme.example", &[("admin", None)]).await;

    let mut answer =
        admin.actor.request(Method::GET, "/v1/exports/candidates").send().await.expect("it answers");
    assert_eq!(answer.status(), 200);
    let mut size = answer.chunk().await.expect("it begins").expect("there is something").len();
    let gone = json!({ "status": "disabled" });
    owner.put(&format!("/v1/members/{}/status", admin.member_id), gone, Some("*")).await.expect(200);
    server.clock.advance(Duration::from_secs(5));

    let end = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => size += chunk.len(),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(end.is_err(), "an export that ends like this is not whole, and says so");
    assert!(size < 900 * 40_000, "{size}");
}

#[tokio::test]
async fn what_one_tenant_exports_another_imports() {
    let (server, acme) = start().await;
    let globex = server.tenant("globex").await;
    for owner in [&acme, &globex] {
        let field = json!({ "subject": "candidate", "key": "notice", "label": "Notice", "kind": "text" });
        owner.post("/v1/custom-fields", field).await.expect(201);
    }
    for (name, email) in [("Ada Lovelace", "ada@example.com"), ("Grace Hopper", "grace@example.com")] {
        acme.upload("cv.txt", samples::text_resume(name, email)).await.expect(202);
    }
    for sample in ["civil-eng-za.pdf", "nurse-us.pdf"] {
        if samples::names().iter().any(|name| format!("{name}.pdf") == sample) {
            acme.upload(sample, samples::read(sample)).await.expect(202);
        }
    }
    server.run_tasks().await;
    let ada = listed(&acme, "/v1/candidates?email=ada@example.com", "id").await[0].clone();
    let changes = json!({ "headline": "Countess", "tags": ["Chess"], "custom_fields": { "notice": "a month" },
        "emails": ["ada@example.com", "King@example.com"] });
    acme.patch(&format!("/v1/candidates/{ada}"), changes, "*").await.expect(200);
    let by_hand = json!({ "given_name": "Alan", "family_name": "Turing", "phones": ["+44 20 7946 0000"],
        "links": ["https://example.com/alan"], "location": { "city": "London" }, "source": "fair" });
    acme.post("/v1/candidates", by_hand).await.expect(201);
    let gone = candidate(&acme, "Gone Girl").await;
    acme.delete(&format!("/v1/candidates/{gone}"), Some("*")).await.expect(204);
    let file = acme.get("/v1/exports/candidates?include_deleted=true").await.expect(200).body;

    let done = import(&server, &globex, "candidates.ndjson", file, &[("kind", "candidates")]).await;

    let total = i64::try_from(export(&acme, "candidates").await.len()).expect("they are few");
    assert_eq!(counts(&done), ("done", [total + 1, total, 0, 1, 0]), "{:?}", faults(&globex, &done).await);
    let [ours, theirs] = [export(&acme, "candidates").await, export(&globex, "candidates").await].map(plain);
    assert_eq!(ours, theirs);
    assert!(ours[0]["emails"].is_array() && total >= 3);
    assert_eq!(listed(&globex, "/v1/candidates?q=countess&skill=triage", "name").await, ["Ada Lovelace"]);
}

/// Without ids and times, in the order of what is left.
fn plain(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        let line = line.as_object_mut().expect("a line is an object");
        for own in ["id", "profile_resume_id", "created_by", "created_at", "updated_at", "version"] {
            line.remove(own);
        }
    }
    lines.sort_by_key(Value::to_string);
    lines
}
