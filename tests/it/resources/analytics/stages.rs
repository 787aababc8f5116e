//! A job's own stages, and who is told to be ageing.

use serde_json::{Value, json};

use super::{Story, each, near, one};

/// The job's stages, all of them.
async fn set_stages(story: &Story, job: &str, stages: Value) {
    story
        .owner
        .put(&format!("/v1/jobs/{job}/stages"), json!({ "stages": stages }), Some("*"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_jobs_own_stages_are_told_by_name() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let present = story.owner.get(&format!("/v1/jobs/{job}/stages")).await.expect(200).json()["data"].clone();
    let kept = |kind: &str| {
        let stage = one(&present, "kind", kind);
        json!({ "id": stage["id"], "name": stage["name"], "kind": kind })
    };
    let stages = json!([
        kept("applied"), { "name": "Phone", "kind": "screening" }, { "name": "Test piece", "kind": "screening" },
        kept("offer"), kept("hired"),
    ]);
    set_stages(&story, &job, stages).await;
    let named = async |name: &str| {
        let stages = story.owner.get(&format!("/v1/jobs/{job}/stages")).await.expect(200).json();
        one(&stages["data"], "name", name)["id"].as_str().expect("it has an id").to_owned()
    };
    let enter = async |application: &str, stage: &str| {
        let body = json!({ "stage_id": named(stage).await });
        let path = format!("/v1/applications/{application}/stage");
        story.owner.put(&path, body, Some("*")).await.expect(200);
    };
    let (ada, bob) = (story.apply(&job, "ada", None).await, story.apply(&job, "bob", None).await);
    story.on("2026-01-02");
    enter(&ada, "Phone").await;
    enter(&bob, "Phone").await;
    story.on("2026-01-06");
    enter(&ada, "Test piece").await;
    story.on("2026-01-08");
    enter(&ada, "Offer").await;
    story.on("2026-01-10");

    let own = story.total(&format!("stage-conversion?job_id={job}&population=all")).await;
    assert_eq!(each(&own["stages"], "name"), ["Applied", "Phone", "Test piece", "Offer", "Hired"]);
    assert_eq!(each(&own["stages"], "reached"), [2, 2, 1, 1, 0]);
    assert_eq!(own["stages"][1]["stage_id"], named("Phone").await);
    near(&own["stages"][2]["step"], 0.5);
    let kinds = story.total("stage-conversion?population=all").await;
    assert_eq!(each(&kinds["stages"], "reached"), [2, 2, 1, 1, 0]);
    assert_eq!(kinds["stages"][1]["name"], Value::Null);
    let times = story.total(&format!("time-in-stage?job_id={job}")).await;
    near(&one(&times["stages"], "name", "Phone")["duration"]["median"], 4.0);
    near(&one(&times["stages"], "name", "Test piece")["duration"]["median"], 2.0);
    assert_eq!(one(&times["stages"], "name", "Phone")["censored"], 1);
    let times = story.total("time-in-stage").await;
    near(&one(&times["stages"], "kind", "screening")["duration"]["median"], 3.0);

    // A stage that is taken out keeps its times, and its place in how far somebody got.
    let stages = json!([
        kept("applied"), { "id": named("Phone").await, "name": "Call", "kind": "screening" }, kept("offer"),
        kept("hired"),
    ]);
    set_stages(&story, &job, stages).await;
    let own = story.total(&format!("stage-conversion?job_id={job}&population=all&reached=actual")).await;
    assert_eq!(each(&own["stages"], "name"), ["Applied", "Call", "Offer", "Hired"]);
    assert_eq!(each(&own["stages"], "reached"), [2, 2, 1, 0]);
    let times = story.total(&format!("time-in-stage?job_id={job}")).await;
    assert_eq!(each(&times["stages"], "name"), ["Applied", "Call", "Offer", "Test piece"]);
    near(&one(&times["stages"], "name", "Test piece")["duration"]["median"], 2.0);
}

#[tokio::test]
async fn who_stays_longest_is_named_first() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let mut waiting = Vec::new();
    for day in 1..=25 {
        story.on(&format!("2026-01-{day:02}"));
        waiting.push(story.apply(&job, &format!("waits{day}"), None).await);
    }
    let quick = story.apply(&job, "quick", None).await;
    story.on("2026-01-26");
    story.enter(&quick, "screening").await;
    story.on("2026-02-01");

    let times = story.total("time-in-stage").await;
    let ageing = &times["stages"][0]["ageing"];

    near(&ageing["threshold"], 1.0);
    assert_eq!(ageing["count"], 25);
    let longest = each(&ageing["longest"], "application_id");
    assert_eq!(longest, waiting[..20].iter().map(|id| json!(id)).collect::<Vec<_>>());
    near(&ageing["longest"][0]["days"], 31.0);
    let by_application = story.total(&format!("time-in-stage?unit=application&job_id={job}")).await;
    assert_eq!(by_application["stages"][0]["ageing"]["longest"], ageing["longest"]);
}

#[tokio::test]
async fn only_a_person_touches_an_application() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let ada = story.apply(&job, "ada", None).await;
    let recruiter =
        story.server.member(&story.owner, "rita@acme.example", &[("recruiter", None)]).await.actor;
    story.on("2026-01-04");
    // A program's key is nobody.
    story.enter(&ada, "screening").await;
    story.after(std::time::Duration::from_secs(60));
    assert_eq!(story.total("time-to-hire").await["time_to_first_touch"]["n"], 0);

    let stage = story.stage(&job, "interview").await;
    let path = format!("/v1/applications/{ada}/stage");
    let recruiter = refreshed(&story, &recruiter).await;
    recruiter.put(&path, json!({ "stage_id": stage }), Some("*")).await.expect(200);

    let touched = story.total("time-to-hire").await["time_to_first_touch"].clone();
    assert_eq!(touched["n"], 1);
    near(&touched["mean"], 3.0 + 60.0 / 86_400.0);
}

/// Signed in again: the token of days ago has expired.
async fn refreshed(story: &Story, member: &mortise_tests::actor::Actor) -> mortise_tests::actor::Actor {
    let credentials = json!({
        "tenant": story.owner.slug().await, "email": "rita@acme.example", "password": mortise_tests::server::PASSWORD,
    });
    let tokens = story.server.nobody().post("/v1/auth/tokens", credentials).await.expect(200);
    member.with_key(tokens.text("access_token"))
}
