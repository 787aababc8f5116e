//! Which rules are asked, and what several of them add up to.

use mortise_host::hooks::Kind;
use mortise_tests::guests;
use serde_json::{Value, json};

use super::{Hospital, SKILLS, by, number, nurse_job, scores, sums};
use crate::hiring::{apply, listed, refused};

#[tokio::test]
async fn several_rules_count_by_their_weights() {
    let hospital = Hospital::start().await;
    let echo = guests::install(&hospital.server, "echo-score", Kind::ScoringRule).await;
    let alone = number(&hospital.score().await);
    hospital.bind(SKILLS, json!({})).await;
    hospital.bind(&echo, json!({ "weight": 3, "config": { "value": 20 } })).await;
    hospital.server.run_tasks().await;

    let both = hospital.scores().await;

    assert_eq!(both["data"].as_array().map(Vec::len), Some(2), "{both:#}");
    sums(&by(&both, SKILLS));
    assert_eq!(number(&by(&both, SKILLS)["value"]), alone);
    assert_eq!((&by(&both, &echo)["value"], &by(&both, &echo)["weight"]), (&json!(20.0), &json!(3.0)));
    assert!((number(&both["score"]) - (alone + 60.0) / 4.0).abs() < 1e-6, "{both:#}");
    assert_eq!(hospital.score().await, both["score"]);
}

#[tokio::test]
async fn a_change_of_a_binding_is_seen_in_the_scores() {
    let hospital = Hospital::start().await;
    let echo = guests::install(&hospital.server, "echo-score", Kind::ScoringRule).await;
    let binding = hospital.bind(&echo, json!({ "config": { "value": 20 } })).await;
    hospital.server.run_tasks().await;
    assert_eq!(hospital.score().await, json!(20.0), "any binding switches the default off");
    let path = format!("/v1/plugin-bindings/{binding}");

    let changed =
        hospital.owner.patch(&path, json!({ "config": { "value": 30.5 } }), "\"1\"").await.expect(200);
    hospital.server.run_tasks().await;
    assert_eq!((changed.header("etag"), hospital.score().await), (Some("\"2\""), json!(30.5)));

    hospital.owner.patch(&path, json!({ "is_enabled": false }), "*").await.expect(200);
    hospital.server.run_tasks().await;
    assert_eq!((hospital.score().await, &hospital.scores().await["data"]), (Value::Null, &json!([])));

    hospital.owner.delete(&path, Some("*")).await.expect(204);
    hospital.server.run_tasks().await;
    assert_eq!(
        hospital.only().await["plugin"]["id"],
        SKILLS,
        "without any binding the default is there again"
    );
    refused(hospital.owner.get(&path).await, 404, "not_found");
    let log = format!("/v1/audit-log?object_id={binding}");
    let actions = [
        "plugin_binding.deleted",
        "plugin_binding.updated",
        "plugin_binding.updated",
        "plugin_binding.created",
    ];
    assert_eq!(listed(&hospital.owner, &log, "action").await, actions);
}

#[tokio::test]
async fn the_default_can_be_switched_off() {
    let hospital = Hospital::start().await;
    hospital.bind(SKILLS, json!({ "is_enabled": false })).await;
    hospital.server.run_tasks().await;
    assert_eq!((hospital.score().await, &hospital.scores().await["data"]), (Value::Null, &json!([])));
}

#[tokio::test]
async fn a_jobs_own_binding_takes_the_place_of_the_tenants() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, job, .. } = &hospital;
    let echo = guests::install(server, "echo-score", Kind::ScoringRule).await;
    let other = nurse_job(owner).await;
    let elsewhere = apply(owner, &hospital.candidate, &other).await;
    hospital.bind(&echo, json!({ "config": { "value": 20 } })).await;
    hospital.bind(&echo, json!({ "config": { "value": 60 }, "job_id": job })).await;
    server.run_tasks().await;

    assert_eq!(hospital.score().await, json!(60.0));
    assert_eq!(scores(owner, &elsewhere).await["score"], json!(20.0));
    assert_eq!(listed(owner, "/v1/plugin-bindings", "plugin").await, [&*echo, &*echo]);
}

#[tokio::test]
async fn what_cannot_be_bound_is_refused_with_its_place() {
    let hospital = Hospital::start().await;
    let Hospital { owner, job, .. } = &hospital;
    let post = async |body: Value| owner.post("/v1/plugin-bindings", body).await;
    let new = |plugin: &str, more: Value| {
        let mut new = json!({ "kind": "scoring", "plugin": plugin });
        new.as_object_mut().expect("it is one").extend(more.as_object().expect("it is one").clone());
        new
    };
    for (body, pointer, code) in [
        (new("nobody/rule", json!({})), "#/plugin", "unknown_plugin"),
        (new("mortise/resume-parser", json!({})), "#/plugin", "unknown_plugin"),
        (new("", json!({})), "#/plugin", "invalid_text"),
        (new(SKILLS, json!({ "weight": 0 })), "#/weight", "out_of_range"),
        (new(SKILLS, json!({ "weight": 1e300 })), "#/weight", "out_of_range"),
        (new(SKILLS, json!({ "config": [] })), "#/config", "invalid_value"),
        (new(SKILLS, json!({ "config": { "a": "x".repeat(70_000) } })), "#/config", "too_large"),
        (new(SKILLS, json!({ "config": { "talent": 1 } })), "#/config", "invalid_setting"),
        (new(SKILLS, json!({ "config": { "skills": -1 } })), "#/config/skills", "invalid_setting"),
        (json!({ "kind": "parsing", "plugin": SKILLS }), "#/kind", "invalid_value"),
    ] {
        let refused = post(body.clone()).await.expect(422);
        assert_eq!(refused.fault(), (pointer.to_owned(), code.to_owned()), "{body}");
    }
    post(new(SKILLS, json!({ "job_id": job }))).await.expect(201);
    refused(post(new(SKILLS, json!({ "job_id": job }))).await, 409, "plugin_bound_already");
    post(new(SKILLS, json!({}))).await.expect(201);
    refused(post(new(SKILLS, json!({}))).await, 409, "plugin_bound_already");
}

#[tokio::test]
async fn settings_a_rule_does_not_understand_are_its_failure() {
    let hospital = Hospital::start().await;
    // Its schema cannot say that something has to weigh anything.
    let nothing = json!({ "skills": 0, "years": 0, "level": 0, "education": 0, "location": 0 });
    let binding = hospital.bind(SKILLS, json!({ "config": nothing })).await;
    hospital.server.run_tasks().await;

    let failed = hospital.only().await;
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!("weights")));
    assert_eq!((hospital.score().await, &failed["value"]), (Value::Null, &Value::Null));

    let only_place = json!({ "config": { "skills": 0, "years": 0, "level": 0, "education": 0 } });
    hospital.owner.patch(&format!("/v1/plugin-bindings/{binding}"), only_place, "*").await.expect(200);
    hospital.server.run_tasks().await;
    assert_eq!(hospital.score().await, json!(100.0), "the place alone");
}
