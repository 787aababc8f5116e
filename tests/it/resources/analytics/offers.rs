//! Offers, and what they date.

use serde_json::{Value, json};

use super::{Story, each, near, one};

#[tokio::test]
async fn acceptance_is_of_those_that_answered() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 9).await;
    let mut applications = Vec::new();
    for (name, source) in
        [("ada", Some("Fair")), ("bob", Some("Fair")), ("cyd", None), ("dot", None), ("eve", None)]
    {
        applications.push(story.apply(&job, name, source).await);
    }
    let [ada, bob, cyd, dot, eve] = &applications[..] else { panic!("there are five") };
    let (fay, gil) = (story.apply(&job, "fay", None).await, story.apply(&job, "gil", None).await);
    story.on("2026-01-04");
    let superseded = story.offer(bob, None).await;
    story.answer(&superseded, "sending").await;
    story.on("2026-01-05");
    let of_ada = story.offer(ada, Some("2026-01-15T00:00:00Z")).await;
    let (of_cyd, of_eve) = (story.offer(cyd, None).await, story.offer(eve, None).await);
    let of_fay = story.offer(&fay, Some("2026-01-12T00:00:00Z")).await;
    for offer in [&of_ada, &of_cyd, &of_eve, &of_fay] {
        story.answer(offer, "sending").await;
    }
    story.on("2026-01-06");
    story.answer(&of_eve, "rescission").await;
    let of_bob = story.offer(bob, None).await;
    story.answer(&of_bob, "sending").await;
    story.on("2026-01-07");
    story.answer(&of_bob, "acceptance").await;
    story.on("2026-01-08");
    story.answer(&of_ada, "acceptance").await;
    story.on("2026-01-09");
    story.answer(&story.offer(dot, None).await, "sending").await;
    story.on("2026-01-10");
    story.answer(&of_cyd, "decline").await;
    story.offer(&gil, None).await;
    story.on("2026-01-20");

    let offers = story.total("offers").await;
    for (field, count) in [
        ("sent", 6),
        ("accepted", 2),
        ("declined", 1),
        ("pending", 1),
        ("expired", 1),
        ("rescinded", 1),
        ("superseded", 1),
        ("drafts", 1),
        ("censored", 1),
    ] {
        assert_eq!(offers[field], count, "{field}");
    }
    near(&offers["acceptance_rate"], 2.0 / 3.0);
    assert!(offers["acceptance_rate_interval"]["low"].as_f64() < Some(2.0 / 3.0));
    assert_eq!(offers["time_to_decision"]["n"], 3);
    near(&offers["time_to_decision"]["median"], 3.0);
    assert_eq!(offers["excluded"], json!({ "draft": 1, "expired": 1, "rescinded": 1, "superseded": 1 }));
    assert_eq!(story.total("overview").await["offers"], offers);

    let early = story.total("offers?as_of=2026-01-07T12:00:00Z").await;
    assert_eq!(
        (&early["accepted"], &early["pending"]),
        (&json!(1), &json!(3)),
        "nobody but Bob had answered"
    );
    let before = story.total("offers?as_of=2026-01-05T12:00:00Z").await;
    assert_eq!((&before["pending"], &before["superseded"]), (&json!(5), &json!(0)), "it was his only one");
    let window = story.total("offers?from=2026-01-06&to=2026-01-09").await;
    assert_eq!((&window["sent"], &window["accepted"]), (&json!(1), &json!(1)));
    let by_source = story.read("offers?group_by=source").await;
    near(&one(&by_source["groups"], "key", "Fair")["figures"]["acceptance_rate"], 1.0);
    assert_eq!(one(&by_source["groups"], "key", Value::Null)["figures"]["acceptance_rate"], 0.0);
    assert_eq!(each(&story.read("offers?group_by=month").await["groups"], "key"), ["2026-01"]);
    assert_eq!(story.total("offers?source=unattributed").await["sent"], 4);
    assert_eq!(story.total(&format!("offers?job_id={job}")).await, offers);
}

#[tokio::test]
async fn a_draft_that_is_thrown_away_was_never_an_offer() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    let ada = story.apply(&job, "ada", None).await;
    story.answer(&story.offer(&ada, None).await, "rescission").await;

    let offers = story.total("offers").await;

    assert_eq!((&offers["sent"], &offers["rescinded"], &offers["drafts"]), (&json!(0), &json!(0), &json!(0)));
    assert_eq!(offers["excluded"], json!({ "discarded": 1 }));
    assert_eq!(story.total("sources").await["sources"][0]["offers"], 0);
}

#[tokio::test]
async fn an_accepted_offer_dates_the_hire() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 2).await;
    let ada = story.apply(&job, "ada", Some("Fair")).await;
    let bob = story.apply(&job, "bob", None).await;
    story.on("2026-01-05");
    let offer = story.offer(&ada, None).await;
    story.answer(&offer, "sending").await;
    story.on("2026-01-09");
    story.answer(&offer, "acceptance").await;
    story.on("2026-01-13");
    story.hire(&ada).await;
    story.hire(&bob).await;
    story.on("2026-01-20");

    let hired = story.total("time-to-hire").await;
    near(&hired["time_to_hire"]["mean"], 10.0);
    assert_eq!(hired["end_source"], json!({ "offer_accepted": 1, "hired": 1 }));
    near(&hired["days_to_offer"]["median"], 8.0);
    near(&story.total("time-to-hire?end=hired").await["time_to_hire"]["mean"], 12.0);
    let filled = story.total("time-to-fill").await;
    near(&filled["gross"]["mean"], 10.0);
    assert_eq!(filled["end_source"], json!({ "offer_accepted": 1, "hired": 1 }));
    near(&story.total("time-to-fill?end=hired").await["gross"]["mean"], 12.0);
    let sources = story.total("sources").await;
    let fair = one(&sources["sources"], "label", "Fair");
    assert_eq!(fair["offers"], 1);
    near(&fair["time_to_hire"]["median"], 8.0);
    assert_eq!(one(&sources["sources"], "label", "unattributed")["offers"], 0);
    assert_eq!(
        story.total("time-to-hire?from=2026-01-10").await["time_to_hire"]["n"],
        1,
        "Ada's was on the 9th"
    );
}
