//! Whoever is erased leaves a number, and no word of why.

use mortise_host::hooks::Kind;
use mortise_tests::guests;
use serde_json::{Value, json};

use super::Hospital;
use crate::hiring::{put, refused, word};
use crate::privacy::everywhere::tables_with;

#[tokio::test]
async fn of_somebody_who_is_erased_the_number_stays_and_no_word() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, candidate, application, .. } = &hospital;
    let echo = guests::install(server, "echo-score", Kind::ScoringRule).await;
    hospital.bind(&echo, json!({ "config": { "value": 64.25 } })).await;
    server.run_tasks().await;
    let before = hospital.only().await;
    let tables = tables_with(server, "lovelace").await;
    for table in ["scores", "plugin_runs"] {
        assert!(tables.contains(table), "{table}: what is written is where it is looked for: {tables:?}");
    }
    put(owner, application, "rejection", json!({ "reason": "other" })).await.expect(200);

    owner.delete(&format!("/v1/candidates/{candidate}/personal-data"), Some("*")).await.expect(200);

    assert!(tables_with(server, "lovelace").await.is_empty());
    let after = hospital.only().await;
    assert_eq!((&after["value"], hospital.score().await), (&json!(64.25), json!(64.25)));
    assert_eq!(
        (&after["contributions"], &after["label"], &after["extra"]),
        (&json!([]), &Value::Null, &json!({}))
    );
    assert_eq!((&after["input_hash"], &after["result_hash"]), (&Value::Null, &Value::Null));
    assert_eq!((&after["config_hash"], &after["plugin"]), (&before["config_hash"], &before["plugin"]));
    let replay = format!("/v1/scores/{}/replays", word(&after["id"]));
    refused(owner.post(&replay, json!({})).await, 409, "input_erased");
    let again = format!("/v1/applications/{application}/scores");
    refused(owner.post(&again, json!({})).await, 409, "candidate_gone");
}

#[tokio::test]
async fn whoever_is_scored_again_after_a_part_was_erased_is_scored_by_nothing() {
    let hospital = Hospital::start().await;
    let Hospital { server, owner, candidate, application, .. } = &hospital;
    let echo = guests::install(server, "echo-score", Kind::ScoringRule).await;
    hospital.bind(&echo, json!({})).await;
    server.run_tasks().await;

    // The application is active: only what was read of its résumé goes.
    owner
        .delete(&format!("/v1/candidates/{candidate}/personal-data?part=resumes"), Some("*"))
        .await
        .expect(200);

    assert_eq!(hospital.only().await["contributions"], json!([]));
    owner.post(&format!("/v1/applications/{application}/scores"), json!({})).await.expect(202);
    server.run_tasks().await;
    let after = hospital.only().await;
    assert_eq!((&after["status"], &after["error"]["code"]), (&json!("skipped"), &json!("no_resume")));
    assert_eq!(hospital.score().await, Value::Null);
}

#[tokio::test]
async fn whoever_asks_what_is_known_of_them_gets_their_scores() {
    let hospital = Hospital::start().await;
    let answer =
        hospital.owner.get(&format!("/v1/candidates/{}/export", hospital.candidate)).await.expect(200);
    let mut archive =
        zip::ZipArchive::new(std::io::Cursor::new(answer.body.clone())).expect("it is a ZIP file");
    let file = archive.by_name("applications.json").expect("it is there");
    let applications: Value = serde_json::from_reader(file).expect("it is JSON");

    let own = hospital.only().await;
    assert_eq!(applications[0]["scores"], json!([own]));
    assert_eq!(applications[0]["application"]["score"], own["value"]);
}
