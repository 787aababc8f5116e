//! Notes: about one thing each, seen by whoever sees that thing, changed by whoever wrote them; private ones by nobody else.

use mortise_tests::actor::Actor;
use serde_json::{Value, json};

use super::candidate;
use super::company::{Company, faulty, field, list, member_id, refused};

/// Writes a note; its path.
async fn write(actor: &Actor, about: &str, id: &str, body: &str) -> String {
    let made = actor.post("/v1/notes", json!({ about: id, "body": body })).await.expect(201);
    format!("/v1/notes/{}", made.text("id"))
}

async fn bodies(actor: &Actor, query: &str) -> Vec<String> {
    field(actor, &format!("/v1/notes{query}"), "body").await
}

#[tokio::test]
async fn a_note_is_written_read_changed_and_deleted() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;

    let new = json!({ "candidate_id": engineering.candidate, "body": " Called.\nCan start in June. " });
    let made = owner.post("/v1/notes", new).await.expect(201);

    assert_eq!(
        (made.header("etag"), made.text("body")),
        (Some("\"1\""), "Called.\nCan start in June.".into())
    );
    assert_eq!(
        (made.text("created_by"), &made.json()["is_private"]),
        (member_id(owner).await, &json!(false))
    );
    assert_eq!((&made.json()["job_id"], &made.json()["application_id"]), (&Value::Null, &Value::Null));
    let path = format!("/v1/notes/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json(), made.json());
    let changed = owner.patch(&path, json!({ "body": "Called again." }), "\"1\"").await.expect(200);
    assert_eq!(owner.get(&path).await.expect(200).json(), changed.json());
    refused(owner.patch(&path, json!({ "body": "Late." }), "\"1\"").await, 412, "version_conflict");
    refused(owner.delete(&path, None).await, 428, "precondition_required");
    owner.delete(&path, Some("\"2\"")).await.expect(204);
    owner.get(&path).await.expect(404);
    assert!(bodies(owner, "").await.is_empty());

    let entries = list(owner, &format!("/v1/audit-log?object_id={}", made.text("id"))).await;
    let actions: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["note.deleted", "note.updated", "note.created"]);
    assert_eq!(entries[2]["after"]["body"], "***");
}

#[tokio::test]
async fn a_note_is_about_exactly_one_thing() {
    let company = Company::start().await;
    let Company { owner, engineering, sales, .. } = &company;
    let (candidate, job, application) = (&engineering.candidate, &engineering.job, &engineering.application);
    write(owner, "candidate_id", candidate, "of a candidate").await;
    write(owner, "job_id", job, "of a job").await;
    write(owner, "application_id", application, "of an application").await;
    write(owner, "job_id", &sales.job, "of another job").await;

    assert_eq!(bodies(owner, &format!("?candidate_id={candidate}")).await, ["of a candidate"]);
    assert_eq!(bodies(owner, &format!("?job_id={job}")).await, ["of a job"]);
    assert_eq!(bodies(owner, &format!("?application_id={application}")).await, ["of an application"]);
    assert_eq!(bodies(owner, "").await.len(), 4);

    faulty(owner.post("/v1/notes", json!({ "body": "of nothing" })).await, "#", "one_subject");
    let both = json!({ "candidate_id": candidate, "job_id": job, "body": "of two" });
    faulty(owner.post("/v1/notes", both).await, "#", "one_subject");
    faulty(
        owner.get(&format!("/v1/notes?candidate_id={candidate}&job_id={job}")).await,
        "query",
        "one_subject",
    );
    faulty(owner.post("/v1/notes", json!({ "job_id": job, "body": " " })).await, "#/body", "invalid_text");
    let long = json!({ "job_id": job, "body": "x".repeat(50_001) });
    faulty(owner.post("/v1/notes", long).await, "#/body", "invalid_text");
    let moved = owner.patch("/v1/notes/nowhere", json!({ "job_id": job }), "*").await;
    assert!([404, 422].contains(&moved.status), "{moved:?}");
}

#[tokio::test]
async fn a_note_is_changed_and_deleted_by_whoever_wrote_it() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;
    let recruiter = company.member("recruiter", None).await.actor;
    let path = write(&recruiter, "job_id", &engineering.job, "Mine.").await;

    owner.get(&path).await.expect(200);
    refused(owner.patch(&path, json!({ "body": "Ours." }), "*").await, 403, "not_your_note");
    refused(owner.delete(&path, Some("*")).await, 403, "not_your_note");

    assert_eq!(owner.get(&path).await.text("body"), "Mine.");
    recruiter.delete(&path, Some("*")).await.expect(204);
}

#[tokio::test]
async fn a_private_note_is_there_for_its_author_alone() {
    let company = Company::start().await;
    let Company { owner, engineering, .. } = &company;
    let recruiter = company.member("recruiter", None).await.actor;
    let private = json!({ "application_id": engineering.application, "body": "Hush.", "is_private": true });
    let path = format!("/v1/notes/{}", recruiter.post("/v1/notes", private).await.expect(201).text("id"));
    let query = format!("?application_id={}", engineering.application);

    assert_eq!(bodies(&recruiter, &query).await, ["Hush."]);
    owner.get(&path).await.expect(404);
    owner.patch(&path, json!({ "body": "Heard." }), "*").await.expect(404);
    owner.delete(&path, Some("*")).await.expect(404);
    assert!(bodies(owner, &query).await.is_empty() && bodies(owner, "").await.is_empty());

    recruiter.patch(&path, json!({ "is_private": false }), "*").await.expect(200);
    assert_eq!(bodies(owner, &query).await, ["Hush."]);
    assert_eq!(owner.get(&path).await.expect(200).text("body"), "Hush.");
}

#[tokio::test]
async fn notes_are_seen_by_whoever_sees_what_they_are_about() {
    let company = Company::start().await;
    let Company { owner, engineering, sales, .. } = &company;
    let unknown = candidate(owner, "Eve Ellis").await;
    let mut hidden = Vec::new();
    for (about, own, foreign) in [
        ("candidate_id", &engineering.candidate, &sales.candidate),
        ("job_id", &engineering.job, &sales.job),
        ("application_id", &engineering.application, &sales.application),
    ] {
        write(owner, about, own, about).await;
        hidden.push((about, foreign, write(owner, about, foreign, "foreign").await));
    }
    hidden.push((
        "candidate_id",
        &unknown,
        write(owner, "candidate_id", &unknown, "of somebody who applied for nothing").await,
    ));
    let manager = company.member("hiring_manager", Some(&engineering.department)).await.actor;

    assert_eq!(bodies(&manager, "").await, ["application_id", "job_id", "candidate_id"]);
    assert_eq!(bodies(owner, "").await.len(), 7);
    for (about, id, path) in hidden {
        manager.get(&path).await.expect(404);
        manager.patch(&path, json!({ "body": "Taken." }), "*").await.expect(404);
        manager.delete(&path, Some("*")).await.expect(404);
        manager.get(&format!("/v1/notes?{about}={id}")).await.expect(404);
        manager.post("/v1/notes", json!({ about: id, "body": "Smuggled." })).await.expect(404);
    }
    write(&manager, "candidate_id", &engineering.candidate, "of the manager").await;

    // For one job alone; and without the permission nothing at all.
    let helper = company.member("candidate", None).await;
    refused(helper.actor.get("/v1/notes").await, 403, "forbidden");
    let role = json!({ "role_id": owner.role_id("viewer").await, "job_id": sales.job });
    owner.post(&format!("/v1/members/{}/roles", helper.member_id), role).await.expect(201);
    assert_eq!(bodies(&helper.actor, "").await, ["foreign"; 3]);
    let attempt = helper.actor.post("/v1/notes", json!({ "job_id": sales.job, "body": "No." })).await;
    refused(attempt, 403, "forbidden");
}

#[tokio::test]
async fn pages_of_notes_go_on_within_what_is_visible() {
    let company = Company::start().await;
    let Company { owner, engineering, sales, .. } = &company;
    for number in 1..=3 {
        write(owner, "job_id", &engineering.job, &format!("engineering {number}")).await;
        write(owner, "job_id", &sales.job, &format!("sales {number}")).await;
    }
    let viewer = company.member("viewer", Some(&engineering.department)).await.actor;

    let first = viewer.get("/v1/notes?limit=2").await.expect(200).json();
    let cursor = first["next_cursor"].as_str().expect("there is more").to_owned();
    assert_eq!(first["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(bodies(&viewer, &format!("?limit=2&cursor={cursor}")).await, ["engineering 1"]);
    let other = viewer.get(&format!("/v1/notes?job_id={}&cursor={cursor}", engineering.job)).await;
    faulty(other, "cursor", "wrong_cursor");
}
