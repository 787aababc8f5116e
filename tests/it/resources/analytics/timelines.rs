//! What figures are read from is what the history says, whatever changes in whichever table.

use serde_json::json;

use super::{Story, near, one};

/// Rows in which the timelines differ from the history they are made of.
async fn differences(story: &Story) -> Vec<String> {
    let columns = "tenant_id, job_id, application_id, source, first_source, first_contact, steps";
    let (kept, made) = ("application_timelines", "application_histories");
    let minus = |one: &str, other: &str| {
        format!("select steps from (select {columns} from {one} except select {columns} from {other}) differ")
    };
    let mut differences = story.server.texts(&minus(kept, made)).await;
    differences.extend(story.server.texts(&minus(made, kept)).await);
    differences
}

#[tokio::test]
async fn timelines_follow_every_change() {
    let story = Story::begin("2026-01-01").await;
    let (joiner, carver) = (story.job("Joiner", 2).await, story.job("Carver", 1).await);
    let ada = story.apply(&joiner, "ada", Some("Fair")).await;
    let bob = story.apply(&joiner, "bob", None).await;
    let cyd = story.apply(&joiner, "cyd", None).await;
    story.after(std::time::Duration::from_micros(86_400_000_123));
    for application in [&ada, &bob, &cyd] {
        story.enter(application, "interview").await;
    }
    story.after(std::time::Duration::from_millis(1_500));
    story.hire(&ada).await;
    story.take_back(&ada).await;
    story.hire(&ada).await;
    story.withdraw(&bob).await;
    story.post(&bob, "reopenings", json!({})).await;
    story.post(&bob, "transfers", json!({ "job_id": carver })).await;
    story.owner.delete(&format!("/v1/applications/{cyd}"), Some("*")).await.expect(204);

    let steps = story.server.texts("select steps from application_timelines").await;
    assert_eq!(steps.len(), 3, "Ada's, and Bob's two: {steps:?}");
    assert!(steps.iter().any(|steps| steps.contains('~')), "a hire was taken back: {steps:?}");
    assert!(steps.iter().any(|steps| steps.contains(":1767312000000123")), "to the microsecond: {steps:?}");
    assert_eq!(differences(&story).await, [""; 0]);
}

#[tokio::test]
async fn a_source_that_is_put_right_counts_at_once() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let candidate = story.candidate("ada", Some("Newsletter")).await;
    let ada = story.apply_as(&job, &candidate, Some("Fair")).await;
    let sources = async |parameters: &str| {
        let figures = story.total(&format!("sources?{parameters}")).await;
        figures["sources"][0]["label"].as_str().expect("there is one").to_owned()
    };
    assert_eq!(sources("").await, "Fair");
    assert_eq!(sources("attribution=first_touch").await, "Newsletter");

    let path = format!("/v1/applications/{ada}");
    story.owner.patch(&path, json!({ "source": "LinkedIn" }), "*").await.expect(200);
    assert_eq!(sources("").await, "LinkedIn");
    assert_eq!(sources("attribution=first_touch&source=Newsletter").await, "Newsletter");
    assert_eq!(differences(&story).await, [""; 0]);
}

#[tokio::test]
async fn first_contact_comes_before_the_application() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let candidate = story.candidate("ada", None).await;
    story.on("2026-01-11");
    let ada = story.apply_as(&job, &candidate, None).await;
    story.on("2026-01-21");
    story.hire(&ada).await;

    near(&story.total("time-to-hire").await["time_to_hire"]["median"], 10.0);
    for scope in [String::new(), format!("&job_id={job}")] {
        let hired = story.total(&format!("time-to-hire?start=first_contact{scope}")).await;
        near(&hired["time_to_hire"]["median"], 20.0);
    }
    let by_source = story.read("time-to-hire?start=first_contact&group_by=source").await;
    near(&one(&by_source["groups"], "label", "unattributed")["figures"]["time_to_hire"]["median"], 20.0);
}

#[tokio::test]
async fn who_turns_out_to_be_known_already_came_from_where_they_first_came_from() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let known = story.candidate("ada", Some("Fair")).await;
    story.on("2026-01-11");
    let twin = story.candidate("ada.lovelace", Some("LinkedIn")).await;
    let application = story.apply_as(&job, &twin, None).await;
    story.on("2026-01-21");
    story.hire(&application).await;
    let source = async || {
        let figures = story.total("sources?attribution=first_touch").await;
        figures["sources"][0]["label"].as_str().expect("there is one").to_owned()
    };
    assert_eq!(source().await, "LinkedIn");

    let merge = json!({ "candidate_id": known });
    let path = format!("/v1/candidates/{twin}/merges");
    let merged = story.owner.with_header("if-match", "*").post(&path, merge).await;
    assert!(matches!(merged.status, 200 | 201), "{merged:?}");

    assert_eq!(source().await, "Fair");
    near(&story.total("time-to-hire?start=first_contact").await["time_to_hire"]["median"], 20.0);
    assert_eq!(differences(&story).await, [""; 0]);

    let another = story.job("Carver", 1).await;
    story.apply_as(&another, &twin, None).await;
    assert_eq!(source().await, "Fair", "of whoever applies afterwards, too");
    assert_eq!(differences(&story).await, [""; 0]);
}

#[tokio::test]
async fn timelines_follow_every_version_of_an_offer() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let ada = story.apply(&job, "ada", None).await;

    let first = story.offer(&ada, Some("2026-03-01T00:00:00Z")).await;
    assert_eq!(differences(&story).await, [""; 0]);
    let changes = json!({ "expires_at": "2026-02-01T00:00:00Z" });
    story.owner.patch(&first, changes, "*").await.expect(200);
    story.answer(&first, "sending").await;
    assert_eq!(differences(&story).await, [""; 0]);
    assert_eq!(story.total("offers?as_of=2026-02-02").await["expired"], 1);
    assert_eq!(story.total("offers?as_of=2026-01-31").await["pending"], 1);

    let second = story.offer(&ada, None).await;
    story.answer(&second, "sending").await;
    story.answer(&second, "decline").await;
    assert_eq!(differences(&story).await, [""; 0]);
    let offers = story.total("offers?as_of=2026-02-02").await;
    assert_eq!(
        (&offers["declined"], &offers["superseded"], &offers["expired"]),
        (&json!(1), &json!(1), &json!(0))
    );
}
