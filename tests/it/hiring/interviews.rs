//! Interviews: scheduled for an active application, held by active members, moved, cancelled for good, and shown to whom
//! they concern.

use mortise_tests::actor::Actor;
use serde_json::{Value, json};

use super::company::{Company, faulty, field, list, member_id, refused, reject};

/// An interview as it is sent.
fn interview(starts_at: &str, interviewers: &[&str]) -> Value {
    json!({ "kind": "video", "starts_at": starts_at, "duration_minutes": 45, "interviewers": interviewers })
}

/// Schedules an interview; its path.
async fn schedule(actor: &Actor, application: &str, starts_at: &str, interviewers: &[&str]) -> String {
    let new = interview(starts_at, interviewers);
    let made = actor.post(&format!("/v1/applications/{application}/interviews"), new).await.expect(201);
    format!("/v1/interviews/{}", made.text("id"))
}

#[tokio::test]
async fn an_interview_is_scheduled_read_and_changed() {
    let company = Company::start().await;
    let owner = &company.owner;
    let interviewer = company.member("interviewer", None).await.member_id;
    let application = &company.engineering.application;
    let mut new = interview("2026-03-09T14:00:00.123456789+01:00", &[&interviewer]);
    new["title"] = json!(" Technical interview ");
    new["place"] = json!("Room 3");
    new["note"] = json!("Ask about joints.");

    let made = owner.post(&format!("/v1/applications/{application}/interviews"), new).await.expect(201);

    assert_eq!((made.header("etag"), made.text("status")), (Some("\"1\""), "scheduled".into()));
    assert_eq!(made.text("starts_at"), "2026-03-09T13:00:00.123456Z");
    assert_eq!(
        (made.text("title"), made.text("application_id")),
        ("Technical interview".into(), application.clone())
    );
    assert_eq!(made.json()["interviewers"], json!([interviewer]));
    assert_eq!(made.text("created_by"), member_id(owner).await);
    let path = format!("/v1/interviews/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.expect(200).json(), made.json());

    let other = company.member("interviewer", None).await.member_id;
    let changes = json!({ "title": null, "place": "Room 4", "kind": "onsite", "interviewers": [other] });
    let changed = owner.patch(&path, changes, "\"1\"").await.expect(200);
    assert_eq!(
        (&changed.json()["title"], &changed.json()["note"]),
        (&Value::Null, &json!("Ask about joints."))
    );
    assert_eq!((changed.text("place"), changed.text("kind")), ("Room 4".into(), "onsite".into()));
    assert_eq!(changed.json()["interviewers"], json!([other]));
    assert_eq!(owner.get(&path).await.expect(200).json(), changed.json());
    assert_eq!(list(owner, &format!("/v1/applications/{application}/interviews")).await, [changed.json()]);

    refused(owner.patch(&path, json!({ "place": "Room 5" }), "\"1\"").await, 412, "version_conflict");
    let without = owner.put(&format!("{path}/cancellation"), json!({}), None).await;
    refused(without, 428, "precondition_required");
}

#[tokio::test]
async fn another_time_is_a_rescheduling_and_counts() {
    let company = Company::start().await;
    let owner = &company.owner;
    let me = member_id(owner).await;
    let path = schedule(owner, &company.engineering.application, "2026-03-09T10:00:00Z", &[&me]).await;

    for (changes, reschedules) in [
        (json!({ "place": "Room 3" }), 0),
        (json!({ "starts_at": "2026-03-09T11:00:00+01:00" }), 0),
        (json!({ "starts_at": "2026-03-10T10:00:00Z" }), 1),
        (json!({ "duration_minutes": 60, "place": "Room 4" }), 2),
        (json!({ "note": "Bring the plans." }), 2),
    ] {
        let changed = owner.patch(&path, changes.clone(), "*").await.expect(200).json();
        assert_eq!(changed["reschedules"], reschedules, "{changes}");
    }

    assert_eq!(
        company.events("interview.").await,
        [
            "interview.scheduled",
            "interview.updated",
            "interview.updated",
            "interview.rescheduled",
            "interview.rescheduled",
            "interview.updated",
        ]
    );
}

#[tokio::test]
async fn what_is_cancelled_stays_so() {
    let company = Company::start().await;
    let owner = &company.owner;
    let me = member_id(owner).await;
    let path = schedule(owner, &company.engineering.application, "2026-03-09T10:00:00Z", &[&me]).await;
    let cancellation = format!("{path}/cancellation");

    faulty(
        owner.put(&cancellation, json!({ "reason": "x".repeat(2_001) }), Some("*")).await,
        "#/reason",
        "invalid_text",
    );
    let cancelled =
        owner.put(&cancellation, json!({ "reason": "The interviewer is ill." }), Some("\"1\"")).await;

    let cancelled = cancelled.expect(200);
    assert_eq!((cancelled.text("status"), cancelled.header("etag")), ("cancelled".into(), Some("\"2\"")));
    assert_eq!(cancelled.text("cancel_reason"), "The interviewer is ill.");
    refused(owner.put(&cancellation, json!({}), Some("*")).await, 409, "interview_cancelled");
    refused(owner.patch(&path, json!({ "place": "Room 3" }), "*").await, 409, "interview_cancelled");
    assert_eq!(owner.get(&path).await.expect(200).json(), cancelled.json());
    assert_eq!(company.events("interview.").await, ["interview.scheduled", "interview.cancelled"]);
}

#[tokio::test]
async fn only_an_active_application_gets_interviews() {
    let company = Company::start().await;
    let owner = &company.owner;
    let me = member_id(owner).await;
    let application = &company.engineering.application;
    let path = schedule(owner, application, "2026-03-09T10:00:00Z", &[&me]).await;
    reject(owner, application).await;

    let more = owner
        .post(
            &format!("/v1/applications/{application}/interviews"),
            interview("2026-03-10T10:00:00Z", &[&me]),
        )
        .await;

    refused(more, 409, "application_not_active");
    // What was agreed on before can still be called off.
    owner.put(&format!("{path}/cancellation"), json!({}), Some("*")).await.expect(200);
}

#[tokio::test]
async fn interviewers_are_active_members_each_named_once() {
    let company = Company::start().await;
    let owner = &company.owner;
    let me = member_id(owner).await;
    let path = format!("/v1/applications/{}/interviews", company.engineering.application);
    let invited = owner.post("/v1/members", json!({ "email": "new@acme.example" })).await.expect(201).json();
    let invited = invited["member"]["id"].as_str().expect("it is an id");
    let gone = company.member("viewer", None).await.member_id;
    owner.delete(&format!("/v1/members/{gone}"), Some("*")).await.expect(204);
    let disabled = company.member("viewer", None).await.member_id;
    let disable = json!({ "status": "disabled" });
    owner.put(&format!("/v1/members/{disabled}/status"), disable, Some("*")).await.expect(200);
    let foreign = member_id(&company.server.tenant("other").await).await;
    let crowd = vec![me.as_str(); 51];
    let at = "2026-03-09T10:00:00Z";

    for absent in [invited, &gone, &disabled] {
        let refused = owner.post(&path, interview(at, &[&me, absent])).await;
        faulty(refused, "#/interviewers/1", "member_not_active");
    }
    faulty(owner.post(&path, interview(at, &[])).await, "#/interviewers", "missing");
    faulty(owner.post(&path, interview(at, &crowd)).await, "#/interviewers", "too_many");
    faulty(owner.post(&path, interview(at, &[&me, &me])).await, "#/interviewers/1", "given_twice");
    owner.post(&path, interview(at, &[&me, &foreign])).await.expect(404);
    assert!(list(owner, &path).await.is_empty());

    let made = schedule(owner, &company.engineering.application, at, &[&me]).await;
    let changed = owner.patch(&made, json!({ "interviewers": [invited] }), "*").await;
    faulty(changed, "#/interviewers/0", "member_not_active");
    owner.patch(&made, json!({ "interviewers": [foreign] }), "*").await.expect(404);
    assert_eq!(owner.get(&made).await.json()["interviewers"], json!([me]));
}

#[tokio::test]
async fn an_interview_that_cannot_be_is_refused_at_its_place() {
    let company = Company::start().await;
    let owner = &company.owner;
    let me = member_id(owner).await;
    let path = format!("/v1/applications/{}/interviews", company.engineering.application);

    for (name, value, pointer, code) in [
        ("kind", json!("letter"), "#/kind", "invalid_value"),
        ("starts_at", json!("tomorrow"), "#/starts_at", "invalid_value"),
        ("starts_at", json!("+10000-01-01T00:00:00Z"), "#/starts_at", "out_of_range"),
        ("duration_minutes", json!(0), "#/duration_minutes", "out_of_range"),
        ("duration_minutes", json!(1441), "#/duration_minutes", "out_of_range"),
        ("title", json!("one\ntwo"), "#/title", "invalid_text"),
        ("note", json!("x".repeat(10_001)), "#/note", "invalid_text"),
        ("interviewers", json!(["nobody"]), "#/interviewers/0", "invalid_value"),
    ] {
        let mut new = interview("2026-03-09T10:00:00Z", &[&me]);
        new[name] = value;
        faulty(owner.post(&path, new).await, pointer, code);
    }
    let mut stray = interview("2026-03-09T10:00:00Z", &[&me]);
    stray["colour"] = json!("red");
    owner.post(&path, stray).await.expect(422);
    owner
        .post("/v1/applications/nowhere/interviews", interview("2026-03-09T10:00:00Z", &[&me]))
        .await
        .expect(404);
    assert!(list(owner, "/v1/interviews").await.is_empty());
}

#[tokio::test]
async fn lists_go_in_the_order_in_which_interviews_begin() {
    let company = Company::start().await;
    let owner = &company.owner;
    let me = member_id(owner).await;
    let other = company.member("interviewer", None).await.member_id;
    let (one, two) = (&company.engineering.application, &company.sales.application);
    for (application, at, who) in [
        (one, "2026-03-11T10:00:00Z", &me),
        (two, "2026-03-09T10:00:00Z", &me),
        (one, "2026-03-12T10:00:00.5Z", &other),
        (two, "2026-03-12T10:00:00Z", &me),
    ] {
        schedule(owner, application, at, &[who]).await;
    }
    let third = schedule(owner, two, "2026-03-10T10:00:00Z", &[&me, &other]).await;
    owner.put(&format!("{third}/cancellation"), json!({}), Some("*")).await.expect(200);
    let days = async |query: &str| {
        let starts = field(owner, &format!("/v1/interviews{query}"), "starts_at").await;
        starts.iter().map(|at| at["2026-03-".len()..].trim_end_matches(":00Z").to_owned()).collect::<Vec<_>>()
    };

    let all = ["09T10:00", "10T10:00", "11T10:00", "12T10:00", "12T10:00:00.500Z"];
    assert_eq!(days("").await, all);
    assert_eq!(days(&format!("?application_id={two}")).await, ["09T10:00", "10T10:00", "12T10:00"]);
    assert_eq!(days(&format!("?member_id={other}")).await, ["10T10:00", "12T10:00:00.500Z"]);
    assert_eq!(days("?status=cancelled").await, ["10T10:00"]);
    assert_eq!(days("?from=2026-03-10T10:00:00Z&to=2026-03-12T10:00:00Z").await, ["10T10:00", "11T10:00"]);
    assert_eq!(
        days(&format!("?status=scheduled&member_id={other}&from=2026-03-01T00:00:00Z")).await.len(),
        1
    );
    owner.get("/v1/interviews?status=done").await.expect(422);
    owner.get("/v1/interviews?from=tomorrow").await.expect(422);
    faulty(owner.get("/v1/interviews?to=%2B10000-01-01T00:00:00Z").await, "to", "out_of_range");

    let mut seen = Vec::new();
    let mut path = String::from("/v1/interviews?limit=2");
    loop {
        let page = owner.get(&path).await.expect(200).json();
        seen.extend(page["data"].as_array().expect("a list").clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/interviews?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, list(owner, "/v1/interviews").await);
    let cursor = owner.get("/v1/interviews?limit=1").await.expect(200).text("next_cursor");
    faulty(
        owner.get(&format!("/v1/interviews?status=cancelled&cursor={cursor}")).await,
        "cursor",
        "wrong_cursor",
    );
}

#[tokio::test]
async fn a_role_for_a_department_reaches_the_interviews_of_its_jobs_only() {
    let company = Company::start().await;
    let Company { owner, engineering, sales, .. } = &company;
    let me = member_id(owner).await;
    let at = "2026-03-09T10:00:00Z";
    let own = schedule(owner, &engineering.application, at, &[&me]).await;
    let foreign = schedule(owner, &sales.application, at, &[&me]).await;
    let recruiter = company.member("recruiter", Some(&engineering.department)).await.actor;

    assert_eq!(field(&recruiter, "/v1/interviews", "application_id").await, [&*engineering.application]);
    recruiter.get(&own).await.expect(200);
    recruiter.patch(&own, json!({ "place": "Room 3" }), "*").await.expect(200);
    schedule(&recruiter, &engineering.application, at, &[&me]).await;
    recruiter.get(&foreign).await.expect(404);
    recruiter.patch(&foreign, json!({ "place": "Room 3" }), "*").await.expect(404);
    recruiter.put(&format!("{foreign}/cancellation"), json!({}), Some("*")).await.expect(404);
    let path = format!("/v1/applications/{}/interviews", sales.application);
    recruiter.get(&path).await.expect(404);
    recruiter.post(&path, interview(at, &[&me])).await.expect(404);
    recruiter.get(&format!("/v1/interviews?application_id={}", sales.application)).await.expect(404);

    // For one job alone.
    let hired = company.member("candidate", None).await;
    let role = json!({ "role_id": owner.role_id("interviewer").await, "job_id": sales.job });
    owner.post(&format!("/v1/members/{}/roles", hired.member_id), role).await.expect(201);
    assert_eq!(field(&hired.actor, "/v1/interviews", "application_id").await, [&*sales.application]);
    hired.actor.get(&own).await.expect(404);
    refused(hired.actor.post(&path, interview(at, &[&me])).await, 403, "forbidden");
}

#[tokio::test]
async fn everybody_sees_the_interviews_they_take_part_in() {
    let company = Company::start().await;
    let Company { owner, engineering, sales, .. } = &company;
    let interviewer = company.member("interviewer", Some(&sales.department)).await;
    let candidate = company.member("candidate", None).await;
    let link = json!({ "member_id": candidate.member_id });
    owner.put(&format!("/v1/candidates/{}/member", engineering.candidate), link, None).await.expect(204);
    let path = format!("/v1/applications/{}/interviews", engineering.application);
    let mut new = interview("2026-03-09T10:00:00Z", &[&interviewer.member_id]);
    new["note"] = json!("Ask about joints.");
    owner.post(&path, new).await.expect(201);
    schedule(owner, &sales.application, "2026-03-08T10:00:00Z", &[&member_id(owner).await]).await;

    // Whoever holds it, though no role of theirs reaches the job.
    let held = list(&interviewer.actor, "/v1/me/interviews").await;
    assert_eq!(held.len(), 1, "{held:#?}");
    assert_eq!((&held[0]["role"], &held[0]["note"]), (&json!("interviewer"), &json!("Ask about joints.")));
    assert_eq!(
        (&held[0]["job_id"], &held[0]["job_title"]),
        (&json!(engineering.job), &json!("Head of Engineering"))
    );
    assert_eq!(held[0]["candidate_id"], json!(engineering.candidate));

    // The candidate, without what is not for them.
    let asked = list(&candidate.actor, "/v1/me/interviews").await;
    assert_eq!(asked.len(), 1, "{asked:#?}");
    assert_eq!((&asked[0]["role"], &asked[0]["note"]), (&json!("candidate"), &Value::Null));
    assert!(!asked[0].to_string().contains("joints"));
    assert_eq!(asked[0]["starts_at"], "2026-03-09T10:00:00Z");
    let interview = format!("/v1/interviews/{}", asked[0]["id"].as_str().expect("it is an id"));
    for hidden in [&interview, &path, "/v1/interviews", &format!("{interview}/evaluations")] {
        refused(candidate.actor.get(hidden).await, 403, "forbidden");
    }
    for query in ["?from=2026-03-10T00:00:00Z", "?to=2026-03-09T10:00:00Z"] {
        assert!(list(&candidate.actor, &format!("/v1/me/interviews{query}")).await.is_empty(), "{query}");
    }
    // Somebody who takes part in none.
    let viewer = company.member("viewer", None).await.actor;
    assert!(list(&viewer, "/v1/me/interviews").await.is_empty());
}

#[tokio::test]
async fn the_audit_log_tells_that_words_changed_and_not_to_which() {
    let company = Company::start().await;
    let owner = &company.owner;
    let me = member_id(owner).await;
    let path = schedule(owner, &company.engineering.application, "2026-03-09T10:00:00Z", &[&me]).await;
    owner.patch(&path, json!({ "note": "Limps.", "duration_minutes": 60 }), "*").await.expect(200);

    let id = path.rsplit_once('/').expect("it has an id").1;
    let entries = list(owner, &format!("/v1/audit-log?object_id={id}")).await;

    let actions: Vec<_> = entries.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["interview.rescheduled", "interview.scheduled"]);
    assert_eq!(entries[0]["after"], json!({ "duration_minutes": 60, "note": "***" }));
}
