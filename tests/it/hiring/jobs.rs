//! Jobs: what they say, how they stand, who can be told of them.

use std::time::Duration;

use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{apply, candidate, listed, open_job, open_job_with, refused, set_status, word};

fn joiner() -> Value {
    json!({
        "title": " Joiner ", "reference": "REQ-12", "employment_type": "full_time", "experience_level": "senior",
        "location": { "workplace": "hybrid", "city": "Berlin", "country": "DE", "address": "Torstraße 1" },
        "descriptions": [
            { "text": "Für LinkedIn.", "language": "de", "platform": "linkedin" },
            { "text": "You design joints that hold." },
        ],
        "responsibilities": ["Cut mortises", "Fit tenons"],
        "skills": [{ "name": "Chisels", "weight": 8 }, { "name": "Lathe", "importance": "nice" }],
        "compensation": { "period": "year", "currency": "EUR", "min_amount": 5_500_000, "max_amount": 7_000_000, "benefits": ["30 days"] },
        "interview_process": [{ "title": "Talk" }],
        "questions": [{ "key": "start", "label": "When could you start?", "kind": "date", "is_required": true }],
        "tags": ["Urgent", "urgent", "wood"], "apply_url": "https://acme.example/jobs/12",
        "closes_at": "2026-06-01T00:00:00Z", "openings": 2,
    })
}

#[tokio::test]
async fn a_job_says_what_it_was_told() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let made = owner.post("/v1/jobs", joiner()).await.expect(201);

    assert_eq!(made.header("etag"), Some("\"1\""));
    let job = made.json();
    for (field, value) in [
        ("title", json!("Joiner")),
        ("status", json!("draft")),
        ("tags", json!(["Urgent", "wood"])),
        ("opened_at", Value::Null),
        ("is_evergreen", json!(false)),
    ] {
        assert_eq!(job[field], value, "{field}");
    }
    let descriptions = json!([
        { "text": "Für LinkedIn.", "language": "de", "platform": "linkedin", "goal": null },
        { "text": "You design joints that hold.", "language": "en", "platform": null, "goal": null },
    ]);
    assert_eq!(job["descriptions"], descriptions);
    assert_eq!(job["skills"][1], json!({ "name": "Lathe", "weight": 5, "importance": "nice" }));
    let path = format!("/v1/jobs/{}", word(&job["id"]));
    assert_eq!(owner.get(&path).await.expect(200).json(), job);
    let openings = owner.get(&format!("{path}/openings")).await.expect(200).json();
    assert_eq!(openings["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(openings["data"][0]["status"], "planned");

    let changes = json!({ "title": "Master joiner", "reference": null, "skills": [], "location": null });
    let changed = owner.patch(&path, changes, "\"1\"").await.expect(200).json();
    assert_eq!((&changed["title"], &changed["reference"]), (&json!("Master joiner"), &Value::Null));
    assert_eq!((&changed["skills"], &changed["location"]), (&json!([]), &Value::Null));
    assert_eq!(changed["compensation"], job["compensation"], "what was not named stays");
    assert_eq!(changed["descriptions"], descriptions, "what was not named stays");
    let for_one =
        json!([{ "text": "For Xing.", "language": "de-AT", "platform": "xing", "goal": "More women apply" }]);
    let rewritten = owner.patch(&path, json!({ "descriptions": for_one }), "\"2\"").await.expect(200).json();
    assert_eq!(rewritten["descriptions"], for_one);
    assert_eq!(owner.get(&path).await.expect(200).json()["descriptions"], for_one);
    refused(owner.patch(&path, json!({ "title": "Late" }), "\"1\"").await, 412, "version_conflict");
}

#[tokio::test]
async fn what_a_job_cannot_say_is_refused_at_its_place() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let stranger = server.tenant("globex").await;
    let foreign = stranger.post("/v1/departments", json!({ "name": "Sales" })).await.expect(201).text("id");

    for (change, pointer, code) in [
        (json!({ "title": " " }), "#/title", "invalid_text"),
        (json!({ "salary": 3 }), "#/salary", "invalid_value"),
        (json!({ "employment_type": "slave" }), "#/employment_type", "invalid_value"),
        (json!({ "location": { "country": "Germany" } }), "#/location/country", "invalid_country"),
        (json!({ "location": { "planet": "Mars" } }), "#/location/planet", "invalid_value"),
        (json!({ "descriptions": [{ "text": " " }] }), "#/descriptions/0/text", "invalid_text"),
        (
            json!({ "descriptions": [{ "text": "x", "language": "?" }] }),
            "#/descriptions/0/language",
            "invalid_language",
        ),
        (json!({ "skills": [{ "name": "A", "weight": 11 }] }), "#/skills/0/weight", "out_of_range"),
        (json!({ "skills": [{ "name": "A" }, { "name": "a" }] }), "#/skills/1", "given_twice"),
        (
            json!({ "compensation": { "period": "year", "currency": "EUR", "min_amount": 2, "max_amount": 1 } }),
            "#/compensation/max_amount",
            "out_of_range",
        ),
        (
            json!({ "compensation": { "period": "year", "currency": "euro" } }),
            "#/compensation/currency",
            "invalid_currency",
        ),
        (
            json!({ "questions": [{ "key": "A", "label": "?", "kind": "text" }] }),
            "#/questions/0/key",
            "invalid_key",
        ),
        (json!({ "apply_url": "javascript:alert(1)" }), "#/apply_url", "invalid_url"),
        (json!({ "closes_at": "2026-02-30T00:00:00Z" }), "#/closes_at", "invalid_value"),
        (json!({ "closes_at": "+12000-01-01T00:00:00Z" }), "#/closes_at", "out_of_range"),
        (json!({ "custom_fields": { "nothing": 1 } }), "#/custom_fields/nothing", "unknown_custom_field"),
        (json!({ "openings": 1001 }), "#/openings", "out_of_range"),
        (json!({ "tags": ["a\nb"] }), "#/tags/0", "invalid_text"),
    ] {
        let mut job = json!({ "title": "Joiner" });
        job.as_object_mut().expect("it is an object").extend(change.as_object().expect("it is one").clone());
        let answer = owner.post("/v1/jobs", job).await.expect(422);
        assert_eq!(answer.fault(), (pointer.into(), code.into()), "{change}");
    }
    let job = json!({ "title": "Joiner", "department_id": foreign });
    refused(owner.post("/v1/jobs", job).await, 404, "not_found");
    assert!(listed(&owner, "/v1/jobs", "id").await.is_empty(), "nothing of it was kept");
}

#[tokio::test]
async fn a_reference_is_one_jobs() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let first =
        owner.post("/v1/jobs", json!({ "title": "A", "reference": "REQ-1" })).await.expect(201).text("id");
    let second = owner.post("/v1/jobs", json!({ "title": "B" })).await.expect(201).text("id");

    let taken = owner.post("/v1/jobs", json!({ "title": "C", "reference": "REQ-1" })).await;
    refused(taken, 409, "job_reference_taken");
    let taken = owner.patch(&format!("/v1/jobs/{second}"), json!({ "reference": "REQ-1" }), "*").await;
    refused(taken, 409, "job_reference_taken");

    owner.delete(&format!("/v1/jobs/{first}"), Some("*")).await.expect(204);
    owner.post("/v1/jobs", json!({ "title": "C", "reference": "REQ-1" })).await.expect(201);
    let stranger = server.tenant("globex").await;
    stranger.post("/v1/jobs", json!({ "title": "D", "reference": "REQ-1" })).await.expect(201);
}

#[tokio::test]
async fn a_jobs_status_has_a_history_that_names_who_and_why() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = owner.post("/v1/jobs", json!({ "title": "Joiner" })).await.expect(201).text("id");
    let path = format!("/v1/jobs/{job}/status");

    let detail = refused(set_status(&owner, &job, "paused").await, 409, "job_status_transition");
    assert_eq!(detail, "a job that is draft cannot become paused; it can become open, closed");
    server.clock.advance(Duration::from_secs(60));
    let opened =
        owner.put(&path, json!({ "status": "open", "reason": "Budget" }), Some("\"1\"")).await.expect(200);
    assert_eq!(opened.text("opened_at"), "2026-03-02T09:01:00Z");
    refused(owner.put(&path, json!({ "status": "closed" }), Some("\"1\"")).await, 412, "version_conflict");
    let forged = json!({ "status": "paused", "changed_by_user_id": "member_01k7z1v5jafz8rk3m2w9y6t4qd" });
    assert_eq!(owner.put(&path, forged, Some("*")).await.expect(422).fault().0, "#/changed_by_user_id");
    set_status(&owner, &job, "paused").await.expect(200);
    set_status(&owner, &job, "closed").await.expect(200);

    let history = owner.get(&format!("/v1/jobs/{job}/history")).await.expect(200).json();
    let lines: Vec<_> = history["data"].as_array().expect("it is a list").iter().collect();
    let steps: Vec<_> = lines.iter().map(|line| (&line["from_status"], word(&line["to_status"]))).collect();
    assert_eq!(steps[0], (&Value::Null, "draft".into()));
    assert_eq!(steps[3], (&json!("paused"), "closed".into()));
    assert_eq!(lines[1]["reason"], "Budget");
    assert!(lines.iter().all(|line| word(&line["member_id"]).starts_with("member_")), "{lines:?}");
}

#[tokio::test]
async fn a_job_with_applications_is_closed_not_deleted() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let ada = candidate(&owner, "Ada Lovelace").await;
    apply(&owner, &ada, &job).await;

    refused(owner.delete(&format!("/v1/jobs/{job}"), Some("*")).await, 409, "job_has_applications");

    set_status(&owner, &job, "closed").await.expect(200);
    let openings = owner.get(&format!("/v1/jobs/{job}/openings")).await.expect(200).json();
    assert_eq!(openings["data"][0]["status"], "closed");
}

#[tokio::test]
async fn jobs_are_found_by_everything_they_say() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let top = owner.post("/v1/departments", json!({ "name": "Wood" })).await.expect(201).text("id");
    let below = json!({ "name": "Joints", "parent_id": top });
    let below = owner.post("/v1/departments", below).await.expect(201).text("id");
    let mut described = joiner();
    described["department_id"] = json!(below);
    let described = open_job_with(&owner, described).await;
    let plain = open_job(&owner, "Clerk").await;

    for query in [
        "employment_type=full_time",
        "experience_level=senior",
        "workplace=hybrid",
        "country=de",
        "city=BERLIN",
        "skill=chisels&skill=Lathe",
        "tag=WOOD&status=open",
        "reference=REQ-12",
        &format!("department_id={below}"),
        &format!("department_id={top}"),
    ] {
        assert_eq!(listed(&owner, &format!("/v1/jobs?{query}"), "id").await, [&*described], "{query}");
    }
    for query in
        ["skill=chisels&skill=rust", "city=Bern", "status=closed", "created_after=2027-01-01T00:00:00Z"]
    {
        assert!(listed(&owner, &format!("/v1/jobs?{query}"), "id").await.is_empty(), "{query}");
    }
    assert_eq!(listed(&owner, "/v1/jobs", "id").await, [&*plain, &*described]);
    for (query, pointer) in [("status=gone", "status"), ("colour=red", "colour"), ("city=a&city=b", "city")] {
        let answer = owner.get(&format!("/v1/jobs?{query}")).await.expect(422);
        assert_eq!(answer.fault(), (pointer.into(), "invalid_parameter".into()), "{query}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_filter_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for title in ["A", "B", "C"] {
        open_job(&owner, title).await;
    }
    let first = owner.get("/v1/jobs?limit=2&status=open").await.expect(200).json();
    let cursor = word(&first["next_cursor"]);

    let second = owner.get(&format!("/v1/jobs?limit=1&status=open&cursor={cursor}")).await.expect(200).json();
    assert_eq!(second["data"][0]["title"], "A");
    for query in
        [format!("cursor={cursor}"), format!("status=draft&cursor={cursor}"), "cursor=nonsense".into()]
    {
        let answer = owner.get(&format!("/v1/jobs?{query}")).await.expect(422);
        assert_eq!(answer.fault(), ("cursor".into(), "wrong_cursor".into()), "{query}");
    }
}

#[tokio::test]
async fn a_copy_of_the_jobs_is_kept_up_to_date_by_their_changes() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut jobs = Vec::new();
    for title in ["A", "B", "C"] {
        jobs.push(owner.post("/v1/jobs", json!({ "title": title })).await.expect(201).text("id"));
        server.clock.advance(Duration::from_secs(60));
    }
    let seen = "2026-03-02T09:02:30Z";
    owner.patch(&format!("/v1/jobs/{}", jobs[0]), json!({ "title": "A2" }), "*").await.expect(200);
    server.clock.advance(Duration::from_secs(60));
    owner.delete(&format!("/v1/jobs/{}", jobs[1]), Some("*")).await.expect(204);

    let path = format!("/v1/jobs?updated_after={seen}&include_deleted=true&limit=1");
    let first = owner.get(&path).await.expect(200).json();
    assert_eq!((&first["data"][0]["title"], &first["has_more"]), (&json!("A2"), &json!(true)));
    let next = format!("{path}&cursor={}", word(&first["next_cursor"]));
    let second = owner.get(&next).await.expect(200).json();
    assert_eq!(second["data"][0]["id"], json!(jobs[1]));
    assert_eq!(
        (&second["data"][0]["deleted_at"], &second["has_more"]),
        (&json!("2026-03-02T09:04:00Z"), &json!(false))
    );
    assert_eq!(listed(&owner, &format!("/v1/jobs?updated_after={seen}"), "title").await, ["A2"]);
}

#[tokio::test]
async fn an_open_job_is_a_posting_for_everybody_and_no_other_is() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = owner.post("/v1/jobs", joiner()).await.expect(201).text("id");
    let path = format!("/v1/jobs/{job}/json-ld");
    refused(server.nobody().get(&path).await, 404, "not_found");
    set_status(&owner, &job, "open").await.expect(200);

    let posting = server.nobody().get(&path).await.expect(200);

    assert_eq!(posting.header("content-type"), Some("application/ld+json"));
    let posting = posting.json();
    for (key, value) in [
        ("@type", json!("JobPosting")),
        ("title", json!("Joiner")),
        ("description", json!("You design joints that hold.")),
        ("datePosted", json!("2026-03-02T09:00:00Z")),
        ("validThrough", json!("2026-06-01T00:00:00Z")),
        ("employmentType", json!("FULL_TIME")),
        ("totalJobOpenings", json!(2)),
        ("directApply", json!(false)),
        ("skills", json!("Chisels, Lathe")),
    ] {
        assert_eq!(posting[key], value, "{key}");
    }
    assert_eq!(posting["hiringOrganization"]["name"], "acme");
    assert_eq!(posting["jobLocation"]["address"]["addressLocality"], "Berlin");
    assert_eq!(posting["baseSalary"]["value"]["minValue"], json!(55_000.0));
    assert!(!posting.to_string().contains("urgent"), "tags are the tenant's own: {posting}");

    server.clock.advance(Duration::from_secs(100 * 24 * 60 * 60));
    refused(server.nobody().get(&path).await, 404, "not_found");
    refused(server.nobody().get("/v1/jobs/job_01k7z1v5jafz8rk3m2w9y6t4qd/json-ld").await, 404, "not_found");
    refused(server.nobody().get("/v1/jobs/nonsense/json-ld").await, 404, "not_found");
}
