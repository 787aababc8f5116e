//! One job's hiring, told day by day, and every figure that follows from it.
//!
//! Opened 5 January with two openings, paused from the 20th to the 25th. Ada is hired 4 February, Bob 24 February after going
//! back once; Cyd is rejected, Dot withdraws, Eve jumps over a stage and is rejected, Fay is under way. A third opening is
//! opened 10 March and closed 1 April with nobody hired.

use serde_json::{Value, json};

use super::{Story, each, near, one};

/// Nothing but the two hires is over yet.
const MARCH: &str = "as_of=2026-03-01T00:00:00Z";

async fn told() -> (Story, String) {
    let story = Story::begin("2026-01-05").await;
    let job = story.job("Joiner", 2).await;
    story.on("2026-01-10");
    let ada = story.apply(&job, "ada", Some("LinkedIn")).await;
    story.on("2026-01-11");
    let dot = story.apply(&job, "dot", Some("LinkedIn")).await;
    story.on("2026-01-12");
    story.enter(&ada, "screening").await;
    let cyd = story.apply(&job, "cyd", Some("LinkedIn")).await;
    story.on("2026-01-14");
    story.enter(&dot, "screening").await;
    story.on("2026-01-15");
    story.enter(&ada, "interview").await;
    let bob = story.apply(&job, "bob", Some("Referral")).await;
    story.on("2026-01-16");
    story.withdraw(&dot).await;
    story.on("2026-01-18");
    story.enter(&bob, "screening").await;
    story.on("2026-01-20");
    story.reject(&cyd).await;
    story.set_status(&job, "paused").await;
    story.on("2026-01-22");
    story.enter(&bob, "interview").await;
    story.on("2026-01-25");
    story.set_status(&job, "open").await;
    story.enter(&bob, "screening").await;
    story.on("2026-01-30");
    story.enter(&bob, "interview").await;
    story.on("2026-02-01");
    story.enter(&ada, "offer").await;
    let eve = story.apply(&job, "eve", Some("Referral")).await;
    story.on("2026-02-03");
    story.enter(&eve, "interview").await;
    story.on("2026-02-04");
    story.hire(&ada).await;
    story.on("2026-02-10");
    story.reject(&eve).await;
    story.on("2026-02-20");
    story.enter(&bob, "offer").await;
    let fay = story.apply(&job, "fay", None).await;
    story.on("2026-02-22");
    story.enter(&fay, "screening").await;
    story.on("2026-02-24");
    story.hire(&bob).await;
    story.on("2026-03-10");
    let openings = format!("/v1/jobs/{job}/openings");
    let third = story.owner.post(&openings, json!({ "openings": 1 })).await.expect(201).json();
    let third = third["data"][0]["id"].as_str().expect("it has an id").to_owned();
    story.set_status(&job, "open").await;
    story.on("2026-04-01");
    let closed = json!({ "status": "closed" });
    story.owner.put(&format!("{openings}/{third}/status"), closed, Some("*")).await.expect(200);
    story.on("2026-04-02");
    (story, job)
}

#[tokio::test]
async fn openings_take_so_long_to_fill() {
    let (story, job) = told().await;

    for scope in [String::new(), format!("&job_id={job}")] {
        let filled = story.total(&format!("time-to-fill?{MARCH}{scope}")).await;
        for (kind, mean, quarter) in [("gross", 40.0, 35.0), ("net", 35.0, 30.0)] {
            assert_eq!(filled[kind]["n"], 2, "{kind}");
            near(&filled[kind]["mean"], mean);
            near(&filled[kind]["median"], mean);
            near(&filled[kind]["p25"], quarter);
            near(&filled[kind]["rounded"]["mean"], mean);
        }
        assert_eq!(filled["censored"], 0);
        assert_eq!(filled["excluded"], json!({}));
        assert_eq!(filled["end_source"], json!({ "offer_accepted": 0, "hired": 2 }));
    }
}

#[tokio::test]
async fn an_opening_nobody_fills_is_censored_until_it_is_closed() {
    let (story, _) = told().await;

    let open = story.total("time-to-fill?as_of=2026-03-15&estimator=km").await;
    assert_eq!((&open["censored"], &open["excluded"]), (&json!(1), &json!({})));
    near(&open["open"]["gross"]["median"], 5.0);
    near(&open["open"]["net"]["median"], 5.0);
    // It was seen for five days only, so it is out before the first is filled.
    near(&open["kaplan_meier"]["gross"]["median"], 30.0);
    assert_eq!(
        (&open["kaplan_meier"]["net"]["n"], &open["kaplan_meier"]["net"]["ended"]),
        (&json!(3), &json!(2))
    );

    let closed = story.total("time-to-fill").await;
    assert_eq!((&closed["censored"], &closed["excluded"]), (&json!(0), &json!({ "closed_unfilled": 1 })));
    assert_eq!(closed["gross"]["n"], 2);
    assert_eq!(closed["kaplan_meier"], Value::Null);

    let early = story.total("time-to-fill?as_of=2026-02-10").await;
    assert_eq!((&early["gross"]["n"], &early["censored"]), (&json!(1), &json!(1)));
    near(&early["gross"]["mean"], 30.0);
    near(&early["open"]["gross"]["mean"], 36.0);
    near(&early["open"]["net"]["mean"], 31.0);

    let paused = story.total("time-to-fill?as_of=2026-01-22").await;
    near(&paused["open"]["gross"]["mean"], 17.0);
    near(&paused["open"]["net"]["mean"], 15.0);
}

#[tokio::test]
async fn hires_take_so_long() {
    let (story, _) = told().await;

    let hired = story.total(&format!("time-to-hire?{MARCH}")).await;
    assert_eq!(hired["time_to_hire"]["n"], 2);
    near(&hired["time_to_hire"]["mean"], 32.5);
    near(&hired["time_to_hire"]["median"], 32.5);
    near(&hired["time_to_hire"]["p90"], 38.5);
    assert_eq!((&hired["censored"], &hired["excluded"]), (&json!(1), &json!({})));

    let february = story.total("time-to-hire?from=2026-02-05&to=2026-02-25").await;
    assert_eq!(february["time_to_hire"]["n"], 1);
    near(&february["time_to_hire"]["median"], 40.0);
}

#[tokio::test]
async fn so_many_get_so_far() {
    let (story, job) = told().await;
    let expected = [
        ("population=concluded&reached=filled", [5, 4, 3, 2, 2]),
        ("population=concluded&reached=actual", [5, 3, 3, 2, 2]),
        ("population=all&reached=filled", [6, 5, 3, 2, 2]),
        ("population=all&reached=actual", [6, 4, 3, 2, 2]),
    ];

    for scope in [String::new(), format!("&job_id={job}")] {
        for (rules, reached) in &expected {
            let figures = story.total(&format!("stage-conversion?{MARCH}&{rules}{scope}")).await;
            assert_eq!(each(&figures["stages"], "reached"), reached.map(Value::from), "{rules}{scope}");
            assert_eq!(figures["cohort"], 6);
            assert_eq!(figures["censored"], 1);
        }
        let figures = story.total(&format!("stage-conversion?{MARCH}{scope}")).await;
        assert_eq!(each(&figures["stages"], "reached"), [5, 4, 3, 2, 2], "these are the defaults");
        for (stage, step) in
            figures["stages"].as_array().expect("a list").iter().skip(1).zip([0.8, 0.75, 0.6667, 1.0])
        {
            near(&stage["step"], step);
        }
        assert_eq!(figures["stages"][0]["step"], Value::Null);
        near(&figures["overall"], 0.4);
        assert_eq!(
            (&figures["hired"], &figures["rejected"], &figures["withdrawn"]),
            (&json!(2), &json!(2), &json!(1))
        );
        assert_eq!(each(&figures["stages"], "active"), [0, 1, 0, 0, 0]);
        let exits = each(&figures["stages"], "exits");
        assert_eq!(each(&Value::from(exits.clone()), "rejected"), [1, 0, 1, 0, 0]);
        assert_eq!(each(&Value::from(exits), "withdrawn"), [0, 1, 0, 0, 0]);
        near(&figures["stages"][1]["drop_rate"], 0.25);
        near(&figures["stages"][0]["reject_rate"], 0.2);
    }
    let actual = story.total(&format!("stage-conversion?{MARCH}&reached=actual&from=2026-02-01")).await;
    assert_eq!(each(&actual["stages"], "reached"), [1, 0, 1, 0, 0], "Eve jumped over a stage");
    assert_eq!(actual["stages"][2]["step"], Value::Null, "one of none is no share");
}

#[tokio::test]
async fn applications_stay_so_long_in_a_stage() {
    let (story, job) = told().await;

    for scope in [String::new(), format!("&job_id={job}")] {
        let of = async |stage: &str, rules: &str| {
            let figures = story.total(&format!("time-in-stage?{MARCH}{rules}{scope}")).await;
            one(&figures["stages"], "kind", stage).clone()
        };
        let visits = of("screening", "&estimator=km").await;
        assert_eq!((&visits["duration"]["n"], &visits["censored"]), (&json!(4), &json!(1)));
        near(&visits["duration"]["median"], 3.5);
        near(&visits["kaplan_meier"]["median"], 4.0);
        let curve: Vec<_> = each(&visits["kaplan_meier"]["curve"], "days");
        assert_eq!(curve, [2.0, 3.0, 4.0, 5.0]);
        for (point, share) in
            visits["kaplan_meier"]["curve"].as_array().expect("a list").iter().zip([0.8, 0.6, 0.4, 0.2])
        {
            near(&point["share"], share);
        }
        near(&visits["ageing"]["threshold"], 4.25);
        assert_eq!(visits["ageing"]["count"], 1);
        near(&visits["ageing"]["longest"][0]["days"], 7.0);
        assert_eq!(visits["ageing"]["longest"][0]["job_id"], job);

        let advanced = of("screening", "&exits=advance").await;
        assert_eq!(
            (&advanced["duration"]["n"], &advanced["excluded"]),
            (&json!(3), &json!({ "other_exit": 1 }))
        );
        near(&advanced["duration"]["median"], 4.0);

        let applications = of("screening", "&exits=advance&unit=application").await;
        assert_eq!(applications["duration"]["n"], 2);
        near(&applications["duration"]["median"], 6.0);
        near(&applications["duration"]["p25"], 4.5);

        let interviews = of("interview", "").await;
        assert_eq!(interviews["duration"]["n"], 4, "17 of Ada's, 3 and 21 of Bob's, 7 of Eve's");
        near(&interviews["duration"]["median"], 12.0);
        let advanced = of("interview", "&exits=advance").await;
        assert_eq!(advanced["duration"]["n"], 2);
        near(&advanced["duration"]["mean"], 19.0);
    }
}

#[tokio::test]
async fn hires_come_from_these_sources() {
    let (story, _) = told().await;

    let figures = story.total(&format!("sources?{MARCH}")).await;

    assert_eq!((&figures["applications"], &figures["hires"]), (&json!(6), &json!(2)));
    for (label, applications, concluded, hires, rate) in [
        ("LinkedIn", 3, 3, 1, Some(1.0 / 3.0)),
        ("Referral", 2, 2, 1, Some(0.5)),
        ("unattributed", 1, 0, 0, None),
    ] {
        let source = one(&figures["sources"], "label", label);
        assert_eq!(source["applications"], applications, "{label}");
        assert_eq!((&source["concluded"], &source["hires"]), (&json!(concluded), &json!(hires)), "{label}");
        match rate {
            Some(rate) => near(&source["hire_rate"], rate),
            None => assert_eq!(source["hire_rate"], Value::Null, "{label}"),
        }
    }
    let linked_in = one(&figures["sources"], "label", "LinkedIn");
    near(&linked_in["hire_rate_interval"]["low"], 0.0615);
    near(&linked_in["hire_rate_interval"]["high"], 0.7923);
    near(&linked_in["time_to_hire"]["median"], 25.0);
    near(&linked_in["share_of_hires"], 0.5);
    let unattributed = one(&figures["sources"], "label", "unattributed");
    assert_eq!((&unattributed["source"], &unattributed["hire_rate_interval"]), (&Value::Null, &Value::Null));
    assert_eq!(unattributed["censored"], 1);
    let referral = one(&figures["sources"], "label", "Referral");
    assert_eq!((&referral["reached_interview"], &referral["offers"]), (&json!(2), &json!(1)));
    near(&referral["interview_rate"], 1.0);

    let few = story.total(&format!("sources?{MARCH}&min_n=3")).await;
    let referral = one(&few["sources"], "label", "Referral");
    assert_eq!((&referral["suppressed"], &referral["hire_rate"]), (&json!(true), &Value::Null));
    assert_eq!(one(&few["sources"], "label", "LinkedIn")["suppressed"], false);
}

#[tokio::test]
async fn hires_cost_so_much() {
    let (story, job) = told().await;
    let euro = |amount: i64| json!({ "currency": "EUR", "amount": amount });
    for (source, starts_on, ends_on, cost) in [
        ("LinkedIn", "2026-01-01", "2026-01-31", euro(10_000)),
        // 28 of its 59 days are over on 1 March.
        ("LinkedIn", "2026-02-01", "2026-03-31", euro(59_000)),
        ("Referral", "2026-02-24", "2026-02-24", euro(50_001)),
        ("Referral", "2026-02-24", "2026-02-24", json!({ "currency": "USD", "amount": 300 })),
        ("Fair", "2026-01-20", "2026-01-21", euro(12_345)),
        ("Poster", "2026-03-01", "2026-03-31", euro(700)),
    ] {
        let cost = json!({ "source": source, "starts_on": starts_on, "ends_on": ends_on, "cost": cost });
        story.owner.post("/v1/source-costs", cost).await.expect(201);
    }
    let costs = |figures: &Value, label: &str| one(&figures["sources"], "label", label)["costs"].clone();
    let figure = |currency: &str, cost: i64, per_hire: Option<i64>| json!({ "currency": currency, "cost": cost, "cost_per_hire": per_hire });

    let figures = story.total(&format!("sources?{MARCH}")).await;
    assert_eq!(costs(&figures, "LinkedIn"), json!([figure("EUR", 38_000, Some(38_000))]));
    let referral = [figure("EUR", 50_001, Some(50_001)), figure("USD", 300, Some(300))];
    assert_eq!(costs(&figures, "Referral"), json!(referral));
    assert_eq!(costs(&figures, "unattributed"), json!([]));
    let fair = one(&figures["sources"], "label", "Fair");
    assert_eq!(
        (&fair["applications"], &fair["hires"], &fair["hire_rate"]),
        (&json!(0), &json!(0), &Value::Null)
    );
    assert_eq!(fair["costs"], json!([figure("EUR", 12_345, None)]), "0 of 0 is nothing");
    let labels = each(&figures["sources"], "label");
    assert_eq!(labels, ["LinkedIn", "Referral", "unattributed", "Fair"], "the poster has cost nothing yet");

    // Sixteen days of January, in which nobody came by LinkedIn.
    let window = story.total(&format!("sources?{MARCH}&from=2026-01-16&to=2026-02-01")).await;
    assert_eq!(costs(&window, "LinkedIn"), json!([figure("EUR", 5_161, None)]));
    let later = story.total("sources?as_of=2026-04-02").await;
    assert_eq!(costs(&later, "LinkedIn"), json!([figure("EUR", 69_000, Some(69_000))]));
    assert_eq!(costs(&later, "Poster"), json!([figure("EUR", 700, None)]));
    let earlier = story.total("sources?as_of=2026-01-21").await;
    assert_eq!(costs(&earlier, "Fair"), json!([figure("EUR", 6_173, None)]), "one of two days, rounded");
    let only = story.total(&format!("sources?{MARCH}&source=Referral")).await;
    assert_eq!(each(&only["sources"], "label"), ["Referral"]);
    assert_eq!(costs(&only, "Referral"), json!(referral));

    let months = story.read(&format!("sources?{MARCH}&group_by=month")).await;
    assert_eq!(each(&months["groups"], "key"), ["2026-01", "2026-02"]);
    let (january, february) = (&months["groups"][0]["figures"], &months["groups"][1]["figures"]);
    assert_eq!(costs(january, "LinkedIn"), json!([figure("EUR", 10_000, Some(10_000))]));
    assert_eq!(costs(february, "LinkedIn"), json!([figure("EUR", 28_000, None)]));
    assert_eq!(costs(february, "Referral"), json!([figure("EUR", 50_001, None), figure("USD", 300, None)]));
    // Nobody says which job they were for.
    let of_job = story.total(&format!("sources?{MARCH}&job_id={job}")).await;
    assert_eq!(each(&of_job["sources"], "costs"), [json!([]), json!([]), json!([])]);
}

#[tokio::test]
async fn the_overview_says_what_the_single_figures_say() {
    let (story, _) = told().await;

    let overview = story.total(&format!("overview?{MARCH}")).await;

    assert_eq!(overview["jobs"], json!({ "filled": 1 }));
    let applications = json!({
        "received": 6, "active": 1, "hired": 2, "rejected": 2, "withdrawn": 1, "transferred": 0,
    });
    assert_eq!(overview["applications"], applications);
    for (field, figure) in [
        ("time_to_fill", "time-to-fill"),
        ("time_to_hire", "time-to-hire"),
        ("stage_conversion", "stage-conversion"),
        ("offers", "offers"),
    ] {
        assert_eq!(overview[field], story.total(&format!("{figure}?{MARCH}")).await, "{field}");
    }
}

/// Whatever happened afterwards, a figure as of an instant is the same as it was then.
#[tokio::test]
async fn the_past_stays_as_it_was() {
    let (story, job) = told().await;
    let before = story.read(&format!("overview?{MARCH}")).await;

    let gil = story.apply(&job, "gil", Some("Fair")).await;
    story.on("2026-04-03");
    story.reject(&gil).await;

    assert_eq!(story.read(&format!("overview?{MARCH}")).await, before);
    assert_eq!(story.total("stage-conversion").await["cohort"], 7);
    assert_eq!(story.total("stage-conversion?as_of=2026-04-02").await["censored"], 2);
    assert_eq!(story.total("overview?as_of=2026-01-01").await["applications"]["received"], 0);
}
