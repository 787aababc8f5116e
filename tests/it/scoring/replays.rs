//! The same input gives the same score, and anybody can check that it did.

use std::time::Duration;

use serde_json::{Value, json};

use super::Hospital;
use crate::hiring::{refused, word};

/// Without what differs from call to call.
fn essence(score: &Value) -> Value {
    let mut essence = score.clone();
    for field in ["run_id", "scored_at"] {
        essence[field] = Value::Null;
    }
    essence
}

#[tokio::test]
async fn two_runs_are_the_same_byte_for_byte() {
    let hospital = Hospital::start().await;
    let first = hospital.only().await;
    hospital.server.clock.advance(Duration::from_secs(40 * 24 * 60 * 60));

    let path = format!("/v1/applications/{}/scores", hospital.application);
    let begun = hospital.owner.post(&path, json!({})).await.expect(202).json();
    assert_eq!(begun["applications"], 1);
    assert_eq!(hospital.server.run_tasks().await, ["scores.score"]);

    let second = hospital.only().await;
    assert_ne!((&second["run_id"], &second["scored_at"]), (&first["run_id"], &first["scored_at"]));
    assert_eq!(essence(&second), essence(&first));
}

#[tokio::test]
async fn a_replay_says_that_it_is_the_same_and_changes_nothing() {
    let hospital = Hospital::start().await;
    let before = hospital.only().await;
    let path = format!("/v1/scores/{}/replays", word(&before["id"]));

    let replay = hospital.owner.post(&path, json!({})).await.expect(200).json();

    assert_eq!(replay["is_same"], true, "{replay:#}");
    assert_eq!(
        (&replay["result_hash"], &replay["replayed_hash"]),
        (&before["result_hash"], &before["result_hash"])
    );
    assert_eq!((&replay["fuel"], &replay["replayed_fuel"]), (&before["fuel"], &before["fuel"]));
    assert_eq!((&replay["value"], &replay["input_hash"]), (&before["value"], &before["input_hash"]));
    assert_eq!(replay["replayed_value"], before["value"], "both are rounded alike");
    assert_eq!(hospital.only().await, before);
    let runs = hospital.server.texts("select outcome from plugin_runs where kind = 'scoring-rule'").await;
    assert_eq!(runs, ["ok", "ok"], "the replay is a run of its own");
}

#[tokio::test]
async fn what_would_be_given_something_else_now_cannot_be_replayed() {
    let hospital = Hospital::start().await;
    let before = hospital.only().await;
    let path = format!("/v1/scores/{}/replays", word(&before["id"]));
    let tags = json!({ "tags": ["night shift"] });
    hospital.owner.patch(&format!("/v1/candidates/{}", hospital.candidate), tags, "*").await.expect(200);

    let detail = refused(hospital.owner.post(&path, json!({})).await, 409, "input_changed");

    let hash = word(&before["input_hash"]);
    assert!(detail.contains(&hash), "{detail}");
    let hashes = detail.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() == 64);
    assert_eq!(hashes.collect::<std::collections::BTreeSet<_>>().len(), 2, "{detail}");
}

#[tokio::test]
async fn only_a_score_can_be_replayed() {
    let hospital = Hospital::start().await;
    let nothing = json!({ "skills": 0, "years": 0, "level": 0, "education": 0, "location": 0 });
    hospital.bind(super::SKILLS, json!({ "config": nothing })).await;
    hospital.server.run_tasks().await;
    let failed = hospital.only().await;
    let path = format!("/v1/scores/{}/replays", word(&failed["id"]));
    refused(hospital.owner.post(&path, json!({})).await, 409, "not_scored");
}
