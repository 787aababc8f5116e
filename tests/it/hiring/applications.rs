//! Applications: one active a candidate and job, moved by rules, with a history nobody can forge.

use std::time::Duration;

use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{
    apply, candidate, history, lines, listed, move_to, open_job, open_job_with, post, put, refused,
    set_status, stage, word,
};

#[tokio::test]
async fn an_application_begins_in_the_first_stage_with_a_line_of_history() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let ada = candidate(&owner, "Ada Lovelace").await;
    let new = json!({
        "candidate_id": ada, "job_id": job, "source": "careers page", "tags": ["hot"],
        "tracking": { "utm_source": "newsletter", "referrer": "https://jobs.example" },
    });

    let made = owner.post("/v1/applications", new).await.expect(201);

    assert_eq!(made.header("etag"), Some("\"1\""));
    let application = made.json();
    assert_eq!((&application["outcome"], &application["attempt"]), (&json!("active"), &json!(1)));
    assert_eq!(word(&application["stage_id"]), stage(&owner, &job, "applied").await);
    assert_eq!(application["tracking"]["utm_source"], "newsletter");
    let id = word(&application["id"]);
    assert_eq!(owner.get(&format!("/v1/applications/{id}")).await.expect(200).json(), application);
    let lines = lines(&owner, &id).await;
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["kind"], &lines[0]["stage_kind"]), (&json!("applied"), &json!("applied")));
    assert_eq!(lines[0]["occurred_at"], application["applied_at"]);
    assert!(word(&lines[0]["member_id"]).starts_with("member_"));
    for path in [
        format!("/v1/jobs/{job}/applications"),
        format!("/v1/candidates/{ada}/applications"),
        format!("/v1/applications?job_id={job}&outcome=active&stage_kind=applied&tag=hot"),
        format!(
            "/v1/applications?candidate_id={ada}&source=careers%20page&applied_after=2026-03-02T09:00:00Z"
        ),
    ] {
        assert_eq!(listed(&owner, &path, "id").await, [&*id], "{path}");
    }
    for query in [
        "outcome=hired",
        "stage_kind=offer",
        "tag=ho",
        "source=careers",
        "applied_before=2026-03-02T09:00:00Z",
    ] {
        assert!(listed(&owner, &format!("/v1/applications?{query}"), "id").await.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn a_candidate_has_one_active_application_for_a_job() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let ada = candidate(&owner, "Ada Lovelace").await;
    let first = apply(&owner, &ada, &job).await;
    let again = json!({ "candidate_id": ada, "job_id": job, "again": true });
    let plain = json!({ "candidate_id": ada, "job_id": job });

    let detail = refused(owner.post("/v1/applications", again.clone()).await, 409, "application_exists");
    assert!(detail.contains(&first), "{detail}");
    put(&owner, &first, "rejection", json!({ "reason": "no_show" })).await.expect(200);
    refused(owner.post("/v1/applications", plain).await, 409, "applied_before");
    let second = owner.post("/v1/applications", again).await.expect(201).json();

    assert_eq!(second["attempt"], 2);
    refused(post(&owner, &first, "reopenings", json!({})).await, 409, "application_exists");
    assert_eq!(
        listed(&owner, &format!("/v1/jobs/{job}/applications"), "outcome").await,
        ["active", "rejected"]
    );
}

#[tokio::test]
async fn only_an_open_or_paused_job_takes_applications() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = owner.post("/v1/jobs", json!({ "title": "Joiner" })).await.expect(201).text("id");
    let ada = candidate(&owner, "Ada Lovelace").await;
    let new = json!({ "candidate_id": ada, "job_id": job });

    refused(owner.post("/v1/applications", new.clone()).await, 409, "job_not_open");
    set_status(&owner, &job, "open").await.expect(200);
    set_status(&owner, &job, "paused").await.expect(200);
    owner.post("/v1/applications", new).await.expect(201);
    set_status(&owner, &job, "closed").await.expect(200);
    let bob = candidate(&owner, "Bob Noyce").await;
    let late = json!({ "candidate_id": bob, "job_id": job });
    refused(owner.post("/v1/applications", late).await, 409, "job_not_open");
}

#[tokio::test]
async fn moves_follow_the_rules_and_the_answer_says_which() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let other = open_job(&owner, "Clerk").await;
    let application = apply(&owner, &candidate(&owner, "Ada Lovelace").await, &job).await;
    let path = format!("/v1/applications/{application}");

    server.clock.advance(Duration::from_secs(60));
    let moved = move_to(&owner, &application, "offer").await.expect(200);
    assert_eq!(moved.text("stage_since"), "2026-03-02T09:01:00Z");
    move_to(&owner, &application, "screening").await.expect(200);
    let detail = refused(move_to(&owner, &application, "screening").await, 409, "application_transition");
    assert!(
        detail.contains("(Interview)") && !detail.contains("(Screening)") && !detail.contains("(Hired)"),
        "{detail}"
    );
    refused(move_to(&owner, &application, "hired").await, 409, "application_transition");
    let foreign = json!({ "stage_id": stage(&owner, &other, "offer").await });
    refused(put(&owner, &application, "stage", foreign).await, 404, "not_found");
    let wanted = json!({ "stage_id": stage(&owner, &job, "offer").await });
    refused(
        owner.put(&format!("{path}/stage"), wanted.clone(), Some("\"1\"")).await,
        412,
        "version_conflict",
    );
    refused(owner.put(&format!("{path}/stage"), wanted, None).await, 428, "precondition_required");

    put(&owner, &application, "withdrawal", json!({ "reason": "another_offer" })).await.expect(200);
    for (what, body) in [
        ("stage", json!({ "stage_id": stage(&owner, &job, "offer").await })),
        ("rejection", json!({ "reason": "other" })),
        ("withdrawal", json!({ "reason": "other" })),
        ("hire", json!({})),
    ] {
        let detail = refused(put(&owner, &application, what, body).await, 409, "application_transition");
        assert_eq!(
            detail, "the application is withdrawn; what can be done: reopenings, corrections",
            "{what}"
        );
    }
    refused(
        post(&owner, &application, "transfers", json!({ "job_id": other })).await,
        409,
        "application_transition",
    );
    assert_eq!(history(&owner, &application).await, ["applied", "moved", "moved", "withdrawn"]);
}

#[tokio::test]
async fn an_end_says_who_ended_it_and_why_and_can_be_followed_by_a_return() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let application = apply(&owner, &candidate(&owner, "Ada Lovelace").await, &job).await;
    let me = word(&owner.get("/v1/me").await.expect(200).json()["member"]["id"]);

    for (body, place) in [
        (json!({ "reason": "because" }), "#/reason"),
        (json!({}), "#"),
        (json!({ "reason": "other", "by": me }), "#/by"),
        (json!({ "reason": "other", "detail": "\u{7}" }), "#/detail"),
    ] {
        assert_eq!(
            put(&owner, &application, "rejection", body.clone()).await.expect(422).fault().0,
            place,
            "{body}"
        );
    }
    let rejection = json!({ "reason": "salary_expectation", "detail": "Twice the budget" });
    let rejected = put(&owner, &application, "rejection", rejection).await.expect(200).json();
    assert_eq!(
        (&rejected["outcome"], &rejected["reason"]),
        (&json!("rejected"), &json!("salary_expectation"))
    );
    assert_eq!(rejected["decided_at"], "2026-03-02T09:00:00Z");
    let interview = json!({ "stage_id": stage(&owner, &job, "interview").await });
    let back = post(&owner, &application, "reopenings", interview).await.expect(201).json();
    assert_eq!(
        (&back["outcome"], &back["reason"], &back["decided_at"]),
        (&json!("active"), &Value::Null, &Value::Null)
    );

    let lines = lines(&owner, &application).await;
    assert_eq!(history(&owner, &application).await, ["applied", "rejected", "reopened"]);
    assert_eq!(
        (&lines[1]["reason_detail"], &lines[1]["member_id"]),
        (&json!("Twice the budget"), &json!(me))
    );
    assert_eq!(lines[2]["stage_kind"], "interview");
    refused(post(&owner, &application, "reopenings", json!({})).await, 409, "application_transition");
}

#[tokio::test]
async fn a_transfer_ends_one_application_and_begins_another() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (joiner, clerk) = (open_job(&owner, "Joiner").await, open_job(&owner, "Clerk").await);
    let ada = candidate(&owner, "Ada Lovelace").await;
    let new = json!({ "candidate_id": ada, "job_id": joiner, "source": "referral" });
    let first = owner.post("/v1/applications", new).await.expect(201).text("id");
    move_to(&owner, &first, "interview").await.expect(200);

    let same = post(&owner, &first, "transfers", json!({ "job_id": joiner })).await.expect(422);
    assert_eq!(same.fault().1, "same_job");
    let begun = post(&owner, &first, "transfers", json!({ "job_id": clerk })).await.expect(201).json();

    assert_eq!((&begun["job_id"], &begun["source"]), (&json!(clerk), &json!("referral")));
    assert_eq!((&begun["transferred_from"], &begun["outcome"]), (&json!(first), &json!("active")));
    let ended = owner.get(&format!("/v1/applications/{first}")).await.expect(200).json();
    assert_eq!((&ended["outcome"], &ended["transferred_to"]), (&json!("transferred"), &begun["id"]));
    assert_eq!(history(&owner, &first).await, ["applied", "moved", "transferred"]);
    assert_eq!(history(&owner, &word(&begun["id"])).await, ["applied"]);
    let detail = refused(post(&owner, &first, "reopenings", json!({})).await, 409, "application_transition");
    assert!(detail.contains("goes on as another one"), "{detail}");
}

#[tokio::test]
async fn answers_are_to_the_jobs_questions_and_of_their_kind() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let questions = json!([
        { "key": "start", "label": "When?", "kind": "date", "is_required": true },
        { "key": "tool", "label": "Which?", "kind": "single_select", "options": ["Chisel", "Lathe"] },
    ]);
    let job = open_job_with(&owner, json!({ "title": "Joiner", "questions": questions })).await;
    let ada = candidate(&owner, "Ada Lovelace").await;
    let with = |answers: Value| json!({ "candidate_id": ada, "job_id": job, "answers": answers });

    for (answers, place) in [
        (json!({ "start": "soon" }), "#/answers/start"),
        (json!({ "tool": "Axe" }), "#/answers/tool"),
        (json!({ "colour": "red" }), "#/answers/colour"),
        (json!([]), "#/answers"),
    ] {
        let answer = owner.post("/v1/applications", with(answers.clone())).await.expect(422);
        assert_eq!(answer.fault().0, place, "{answers}");
    }
    let made = owner.post("/v1/applications", with(json!({ "tool": "Lathe" }))).await.expect(201).json();
    assert_eq!(made["answers"], json!({ "tool": "Lathe" }), "whoever types it in may not know all");
    let path = format!("/v1/applications/{}", word(&made["id"]));
    let changed =
        owner.patch(&path, json!({ "answers": { "start": "2026-09-01" }, "source": "fair" }), "*").await;
    assert_eq!(changed.expect(200).json()["answers"], json!({ "start": "2026-09-01" }));
}

#[tokio::test]
async fn a_deleted_application_is_gone_but_for_whoever_keeps_a_copy() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job_with(&owner, json!({ "title": "Joiner", "openings": 2 })).await;
    let ada = candidate(&owner, "Ada Lovelace").await;
    let application = apply(&owner, &ada, &job).await;
    let path = format!("/v1/applications/{application}");

    put(&owner, &application, "hire", json!({})).await.expect(200);
    refused(owner.delete(&path, Some("*")).await, 409, "application_hired");
    let hired = word(&lines(&owner, &application).await[1]["id"]);
    post(&owner, &application, "corrections", json!({ "change_id": hired })).await.expect(201);
    owner.delete(&path, Some("*")).await.expect(204);

    refused(owner.get(&path).await, 404, "not_found");
    refused(owner.get(&format!("{path}/history")).await, 404, "not_found");
    assert!(listed(&owner, "/v1/applications", "id").await.is_empty());
    let changed = "/v1/applications?updated_after=2026-01-01T00:00:00Z";
    assert!(listed(&owner, changed, "id").await.is_empty());
    let tombstones = owner.get(&format!("{changed}&include_deleted=true")).await.expect(200).json();
    assert_eq!(tombstones["data"][0]["deleted_at"], "2026-03-02T09:00:00Z");
    apply(&owner, &ada, &job).await;
}

#[tokio::test]
async fn every_change_leaves_its_event_and_its_line_in_the_audit_log() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (job, other) = (open_job(&owner, "Joiner").await, open_job(&owner, "Clerk").await);
    let application = apply(&owner, &candidate(&owner, "Ada Lovelace").await, &job).await;
    move_to(&owner, &application, "screening").await.expect(200);
    put(&owner, &application, "rejection", json!({ "reason": "spam", "detail": "Odd" })).await.expect(200);
    post(&owner, &application, "reopenings", json!({})).await.expect(201);
    put(&owner, &application, "withdrawal", json!({ "reason": "personal" })).await.expect(200);
    post(&owner, &application, "reopenings", json!({})).await.expect(201);
    post(&owner, &application, "transfers", json!({ "job_id": other })).await.expect(201);

    let query = format!("select type from events where subject_id = '{application}' order by id");
    let happened = [
        "application.created",
        "application.stage_changed",
        "application.rejected",
        "application.reopened",
        "application.withdrawn",
        "application.reopened",
        "application.transferred",
    ];
    assert_eq!(server.texts(&query).await, happened);
    let log = owner.get(&format!("/v1/audit-log?object_id={application}&limit=200")).await.expect(200).json();
    let entries = log["data"].as_array().expect("it is a list");
    assert_eq!(entries.len(), happened.len());
    let rejected =
        entries.iter().find(|entry| entry["action"] == "application.rejected").expect("it is there");
    assert_eq!(
        (&rejected["after"]["reason"], &rejected["after"]["reason_detail"]),
        (&json!("spam"), &json!("***"))
    );
}
