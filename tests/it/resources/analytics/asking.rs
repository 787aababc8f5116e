//! What may be asked, and what is answered where there is nothing to count.

use serde_json::{Value, json};

use super::Story;

const FIGURES: [&str; 7] =
    ["time-to-fill", "time-to-hire", "stage-conversion", "time-in-stage", "sources", "offers", "overview"];

#[tokio::test]
async fn nothing_of_nothing_is_null() {
    let story = Story::begin("2026-01-01").await;

    let fill = story.total("time-to-fill?estimator=km").await;
    let none = json!({ "mean": null, "median": null, "p25": null, "p75": null, "p90": null });
    let durations = json!({
        "n": 0, "mean": null, "median": null, "p25": null, "p75": null, "p90": null, "rounded": none,
    });
    assert_eq!((&fill["gross"], &fill["net"]), (&durations, &durations));
    assert_eq!(fill["kaplan_meier"]["gross"]["median"], Value::Null);
    let conversion = story.total("stage-conversion").await;
    assert_eq!((&conversion["overall"], &conversion["stages"][1]["step"]), (&Value::Null, &Value::Null));
    let offers = story.total("offers").await;
    assert_eq!(
        (&offers["acceptance_rate"], &offers["acceptance_rate_interval"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(story.total("sources").await["sources"], json!([]));
    for figure in FIGURES {
        let report = story.read(figure).await;
        assert_eq!((&report["groups"], &report["group_by"]), (&json!([]), &Value::Null), "{figure}");
        assert_eq!(report["as_of"], "2026-01-01T00:00:00Z", "{figure}");
    }
}

#[tokio::test]
async fn what_nobody_knows_is_refused_and_named() {
    let story = Story::begin("2026-01-01").await;
    let wrong = [
        ("colour=red", "colour"),
        ("group_by=colour", "colour"),
        ("job_id=1", "job_id"),
        ("department_id=job_01k7z1v5jafz8rk3m2w9y6t4qd", "department_id"),
    ];
    for figure in FIGURES {
        for (query, named) in wrong {
            // The overview has no groups at all.
            let named =
                if figure == "overview" && query.starts_with("group_by") { "group_by" } else { named };
            let answer = story.owner.get(&format!("/v1/analytics/{figure}?{query}")).await.expect(422);
            assert!(answer.text("detail").contains(named), "{figure}?{query}: {answer:?}");
        }
    }
    for query in [
        "time-to-fill?basis=approved",
        "time-to-fill?group_by=source",
        "time-to-fill?include_evergreen=perhaps",
        "time-to-fill?estimator=mean",
        "time-to-hire?start=birth",
        "time-to-hire?end=closed",
        "stage-conversion?population=some",
        "stage-conversion?reached=nearly",
        "time-in-stage?unit=person",
        "time-in-stage?exits=none",
        "sources?attribution=last_touch",
        "sources?min_n=-1",
        "sources?group_by=source",
        "overview?group_by=job",
    ] {
        let answer = story.owner.get(&format!("/v1/analytics/{query}")).await.expect(422);
        let parameter = query.split(['?', '=']).nth(1).expect("it has one");
        assert!(answer.text("detail").contains(parameter), "{query}: {answer:?}");
    }
}

#[tokio::test]
async fn an_instant_that_is_none_is_refused_and_named() {
    let story = Story::begin("2026-01-01").await;

    for figure in FIGURES {
        for parameter in ["as_of", "from", "to"] {
            for wrong in ["yesterday", "2026-02-30", "2026-01-01T00:00:00", "1772323200"] {
                let answer =
                    story.owner.get(&format!("/v1/analytics/{figure}?{parameter}={wrong}")).await.expect(422);
                assert_eq!(
                    answer.fault(),
                    (parameter.into(), "invalid_instant".into()),
                    "{figure} {wrong:?}"
                );
            }
        }
        let answer = story
            .owner
            .get(&format!("/v1/analytics/{figure}?from=2026-02-02&to=2026-02-01"))
            .await
            .expect(422);
        assert_eq!(answer.fault(), ("from".into(), "after_end".into()), "{figure}");
        story.read(&format!("{figure}?from=2026-02-01&to=2026-02-01")).await;
    }
}

#[tokio::test]
async fn instants_are_taken_with_their_offset_and_answered_in_utc() {
    let story = Story::begin("2026-01-01").await;
    let query = "overview?as_of=2026-03-01T12:00:00.25%2B01:00&from=2026-02-01T00:00:00+01:00&to=2026-04-01";

    let report = story.read(query).await;

    assert_eq!(report["as_of"], "2026-03-01T11:00:00.250Z");
    assert_eq!(
        (&report["from"], &report["to"]),
        (&json!("2026-01-31T23:00:00Z"), &json!("2026-04-01T00:00:00Z"))
    );
}

#[tokio::test]
async fn a_span_holds_its_beginning_and_not_its_end() {
    let story = Story::begin("2026-01-01").await;
    let job = story.job("Joiner", 1).await;
    story.on("2026-01-10");
    let ada = story.apply(&job, "ada", None).await;
    story.on("2026-01-20");
    story.hire(&ada).await;
    story.on("2026-02-01");

    for (from, to, cohort, hires) in [
        ("2026-01-10", "2026-01-20", 1, 0),
        ("2026-01-01", "2026-01-10", 0, 0),
        ("2026-01-20", "2026-01-21", 0, 1),
        ("2026-01-10T00:00:00.000001Z", "2026-01-20T00:00:00.000001Z", 0, 1),
    ] {
        let span = format!("from={from}&to={to}");
        assert_eq!(story.total(&format!("stage-conversion?{span}")).await["cohort"], cohort, "{span}");
        assert_eq!(story.total(&format!("sources?{span}")).await["applications"], cohort, "{span}");
        assert_eq!(story.total(&format!("time-to-hire?{span}")).await["time_to_hire"]["n"], hires, "{span}");
        assert_eq!(story.total(&format!("time-to-fill?{span}")).await["gross"]["n"], hires, "{span}");
    }
    for (as_of, cohort) in [("2026-01-10T00:00:00Z", 1), ("2026-01-09T23:59:59.999999Z", 0)] {
        assert_eq!(
            story.total(&format!("stage-conversion?as_of={as_of}")).await["cohort"],
            cohort,
            "{as_of}"
        );
    }
}
