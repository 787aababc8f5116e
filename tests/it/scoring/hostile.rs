//! Rules that lie, loop or give up: their score is marked as failed, the others' count, and the application goes on.

use mortise_host::hooks::Kind;
use mortise_tests::guests;
use serde_json::{Value, json};

use super::{Hospital, SKILLS, by, number};
use crate::hiring::{move_to, word};

#[tokio::test]
async fn scores_that_are_none_are_refused_and_marked() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, job, .. } = &hospital;
    let liar = guests::install(server, "nan-score", Kind::ScoringRule).await;
    let honest = number(&hospital.score().await);
    hospital.bind(SKILLS, json!({})).await;
    hospital.bind(&liar, json!({ "weight": 9 })).await;

    for title in ["nan", "infinity", "minus infinity", "negative", "too high", "does not sum"] {
        owner.patch(&format!("/v1/jobs/{job}"), json!({ "title": title }), "*").await.expect(200);
        server.run_tasks().await;

        let both = hospital.scores().await;
        let failed = by(&both, &liar);
        assert_eq!((&failed["status"], &failed["value"]), (&json!("failed"), &Value::Null), "{title}");
        assert_eq!(failed["error"]["code"], "plugin_result_invalid", "{title}");
        assert_eq!(failed["contributions"], json!([]), "{title}");
        assert!(failed["run_id"].is_string() && failed["result_hash"].is_null(), "{title}");
        // The title is a part of what the others are given, but none of theirs depends on it here.
        assert!((number(&both["score"]) - honest).abs() < 6.0, "{title}: {both:#}");
        assert_eq!(both["score"], by(&both, SKILLS)["value"], "{title}");
    }
    let refused =
        server.texts("select outcome from plugin_runs where error_code = 'plugin_result_invalid'").await;
    assert_eq!(refused.len(), 6, "{refused:?}");
    move_to(owner, &hospital.application, "interview").await.expect(200);
}

#[tokio::test]
async fn an_endless_loop_is_stopped_and_marked() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, .. } = &hospital;
    let spins = guests::install(server, "spins", Kind::ScoringRule).await;
    hospital.bind(SKILLS, json!({})).await;
    let binding = hospital.bind(&spins, json!({})).await;
    server.run_tasks().await;

    let both = hospital.scores().await;
    let failed = by(&both, &spins);
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!("plugin_timeout")));
    assert_eq!(both["score"], by(&both, SKILLS)["value"]);
    move_to(owner, &hospital.application, "interview").await.expect(200);
    let dead = owner.get("/v1/tasks?state=dead").await.expect(200).json();
    assert_eq!(dead["data"], json!([]), "a rule's failure is not the task's");

    // Alone it leaves no score at all.
    let bindings = owner.get("/v1/plugin-bindings").await.expect(200).json();
    for other in
        bindings["data"].as_array().expect("it is a list").iter().filter(|other| other["id"] != *binding)
    {
        owner.delete(&format!("/v1/plugin-bindings/{}", word(&other["id"])), Some("*")).await.expect(204);
    }
    server.run_tasks().await;
    assert_eq!(hospital.score().await, Value::Null);
    let told = "select coalesce(cast(payload ->> 'score' as text), 'none') from events where type = 'application.scored' order by id";
    let told = server.texts(told).await;
    assert_eq!(
        told.last().map(String::as_str),
        Some("none"),
        "that the score is gone is told, too: {told:?}"
    );
}
