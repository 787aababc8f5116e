//! What is taken back, taken up again, handed on or deleted.

use serde_json::json;

use super::{Story, each, near};

#[tokio::test]
async fn a_hire_that_is_taken_back_counts_until_then_and_no_longer() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let ada = story.apply(&job, "ada", None).await;
    story.on("2026-01-11");
    story.hire(&ada).await;
    story.on("2026-01-21");
    story.take_back(&ada).await;
    story.on("2026-01-31");

    let then = story.total("overview?as_of=2026-01-15").await;
    near(&then["time_to_hire"]["time_to_hire"]["median"], 10.0);
    near(&then["time_to_fill"]["gross"]["median"], 10.0);
    assert_eq!(then["applications"]["hired"], 1);

    let now = story.total("overview").await;
    for (figure, durations) in [("time_to_hire", "time_to_hire"), ("time_to_fill", "gross")] {
        assert_eq!(now[figure][durations]["n"], 0, "{figure}");
        assert_eq!(now[figure]["excluded"], json!({ "unhired": 1 }), "{figure}");
        assert_eq!(now[figure]["censored"], 1, "{figure}");
    }
    near(&now["time_to_fill"]["open"]["gross"]["median"], 30.0);
    assert_eq!(now["applications"]["active"], 1);
}

#[tokio::test]
async fn a_hire_that_is_made_again_counts_from_the_last_one() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let ada = story.apply(&job, "ada", None).await;
    story.on("2026-01-11");
    story.hire(&ada).await;
    story.on("2026-01-21");
    story.take_back(&ada).await;
    story.on("2026-01-25");
    story.hire(&ada).await;

    let now = story.total("overview").await;

    near(&now["time_to_hire"]["time_to_hire"]["median"], 24.0);
    assert_eq!(now["time_to_hire"]["excluded"], json!({}), "she is hired");
    near(&now["time_to_fill"]["gross"]["median"], 24.0);
    assert_eq!(now["time_to_fill"]["excluded"], json!({ "unhired": 1 }), "one fill was undone");
}

#[tokio::test]
async fn a_move_that_is_taken_back_has_never_been() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let ada = story.apply(&job, "ada", None).await;
    story.on("2026-01-03");
    story.enter(&ada, "offer").await;
    story.on("2026-01-05");
    story.take_back(&ada).await;
    story.on("2026-01-09");
    story.enter(&ada, "screening").await;
    story.on("2026-01-10");

    let reached = story.total("stage-conversion?population=all").await;
    assert_eq!(each(&reached["stages"], "reached"), [1, 1, 0, 0, 0]);
    let times = story.total("time-in-stage").await;
    near(&times["stages"][0]["duration"]["median"], 8.0);
    assert_eq!(times["stages"][1]["censored"], 1);
    assert_eq!(
        (&times["stages"][3]["duration"]["n"], &times["stages"][3]["censored"]),
        (&json!(0), &json!(0))
    );

    let then = story.total("stage-conversion?population=all&as_of=2026-01-04").await;
    assert_eq!(each(&then["stages"], "reached"), [1, 1, 1, 1, 0]);
}

#[tokio::test]
async fn a_reopened_application_goes_on_from_where_it_began() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let ada = story.apply(&job, "ada", None).await;
    story.on("2026-01-05");
    story.reject(&ada).await;
    story.on("2026-01-15");
    story.post(&ada, "reopenings", json!({})).await;
    story.on("2026-01-21");
    story.hire(&ada).await;

    near(&story.total("time-to-hire").await["time_to_hire"]["median"], 20.0);
    near(&story.total("time-to-hire?restart_on_reopen=true").await["time_to_hire"]["median"], 6.0);
    let visits = story.total("time-in-stage").await;
    assert_eq!(visits["stages"][0]["duration"]["n"], 2, "four days and six");
    near(&visits["stages"][0]["duration"]["mean"], 5.0);
    let sums = story.total("time-in-stage?unit=application").await;
    near(&sums["stages"][0]["duration"]["mean"], 10.0);
    let then = story.total("stage-conversion?as_of=2026-01-10").await;
    assert_eq!((&then["rejected"], &then["censored"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn a_transfer_is_nobodys_failure() {
    let story = Story::begin("2026-01-01").await;
    let (joiner, carver) = (story.job("Joiner", 1).await, story.job("Carver", 1).await);
    let ada = story.apply(&joiner, "ada", Some("Fair")).await;
    story.on("2026-01-03");
    let other = story.post(&ada, "transfers", json!({ "job_id": carver })).await.text("id");
    story.on("2026-01-08");
    story.hire(&other).await;

    let conversion = story.total("stage-conversion").await;
    assert_eq!((&conversion["cohort"], &conversion["counted"]), (&json!(2), &json!(1)));
    assert_eq!(conversion["excluded"], json!({ "transferred": 1 }));
    assert_eq!(conversion["stages"][0]["exits"], json!({ "rejected": 0, "withdrawn": 0, "transferred": 1 }));
    let all = story.total("stage-conversion?population=all").await;
    assert_eq!((&all["counted"], &all["censored"]), (&json!(1), &json!(0)));
    let sources = story.total("sources").await;
    let fair = &sources["sources"][0];
    assert_eq!(
        (&fair["applications"], &fair["concluded"], &fair["hires"]),
        (&json!(2), &json!(1), &json!(1))
    );
    near(&fair["time_to_hire"]["median"], 5.0);
}

#[tokio::test]
async fn what_was_deleted_counts_nowhere() {
    let story = Story::begin("2026-01-01").await;
    let (joiner, carver) = (story.job("Joiner", 1).await, story.job("Carver", 1).await);
    let ada = story.apply(&joiner, "ada", None).await;
    story.apply(&joiner, "bob", None).await;
    story.set_status(&carver, "closed").await;
    assert_eq!(story.total("stage-conversion").await["cohort"], 2);
    assert_eq!(story.total("time-to-fill").await["excluded"], json!({ "closed_unfilled": 1 }));

    story.owner.delete(&format!("/v1/applications/{ada}"), Some("*")).await.expect(204);
    story.owner.delete(&format!("/v1/jobs/{carver}"), Some("*")).await.expect(204);

    assert_eq!(story.total("stage-conversion").await["cohort"], 1);
    assert_eq!(story.total("time-to-hire").await["censored"], 1);
    assert_eq!(story.total("time-to-fill").await["excluded"], json!({}));
    assert_eq!(story.total("overview").await["jobs"], json!({ "open": 1 }));
}

#[tokio::test]
async fn an_opening_that_is_opened_again_begins_anew_unless_the_first_time_is_asked_for() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let openings = format!("/v1/jobs/{job}/openings");
    let opening = story.owner.get(&openings).await.expect(200).json()["data"][0]["id"].clone();
    let status = format!("{openings}/{}/status", opening.as_str().expect("it has an id"));
    story.on("2026-01-10");
    story.owner.put(&status, json!({ "status": "closed" }), Some("*")).await.expect(200);
    story.on("2026-01-20");
    story.owner.put(&status, json!({ "status": "open" }), Some("*")).await.expect(200);
    let ada = story.apply(&job, "ada", None).await;
    story.on("2026-01-25");
    story.hire(&ada).await;

    near(&story.total("time-to-fill").await["gross"]["median"], 5.0);
    near(&story.total("time-to-fill?basis=first_open").await["gross"]["median"], 24.0);
    let then = story.total("time-to-fill?as_of=2026-01-15").await;
    assert_eq!((&then["excluded"], &then["censored"]), (&json!({ "closed_unfilled": 1 }), &json!(0)));
}

#[tokio::test]
async fn evergreen_jobs_are_left_out_of_the_time_to_fill() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job_with(json!({ "title": "Apprentice", "openings": 1, "is_evergreen": true })).await;
    let ada = story.apply(&job, "ada", None).await;
    story.on("2026-01-25");
    story.hire(&ada).await;

    let filled = story.total("time-to-fill").await;
    assert_eq!((&filled["gross"]["n"], &filled["excluded"]), (&json!(0), &json!({ "evergreen": 1 })));
    near(&story.total("time-to-fill?include_evergreen=true").await["gross"]["median"], 24.0);
    assert_eq!(story.total("time-to-hire").await["time_to_hire"]["n"], 1);
}
