//! Taking back what was a mistake: it stays in the history and counts nowhere.

use std::time::Duration;

use mortise_tests::rows;
use mortise_tests::server::Server;
use serde_json::json;

use super::{apply, candidate, history, lines, move_to, open_job, post, put, refused, word};

#[tokio::test]
async fn an_undone_hire_gives_the_opening_back() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let application = apply(&owner, &candidate(&owner, "Ada Lovelace").await, &job).await;
    move_to(&owner, &application, "interview").await.expect(200);
    server.clock.advance(Duration::from_secs(60));
    put(&owner, &application, "hire", json!({})).await.expect(200);
    let hired = word(&lines(&owner, &application).await[2]["id"]);

    let corrected =
        post(&owner, &application, "corrections", json!({ "change_id": hired, "reason": "Wrong person" }));

    let corrected = corrected.await.expect(201).json();
    assert_eq!((&corrected["outcome"], &corrected["decided_at"]), (&json!("active"), &json!(null)));
    assert_eq!(corrected["stage_since"], "2026-03-02T09:00:00Z");
    let history = lines(&owner, &application).await;
    assert_eq!((&history[3]["kind"], &history[3]["void_of"]), (&json!("voided"), &json!(hired)));
    assert_eq!(history[3]["stage_kind"], "interview");
    assert_eq!(owner.get(&format!("/v1/jobs/{job}")).await.expect(200).text("status"), "open");
    let openings = owner.get(&format!("/v1/jobs/{job}/openings")).await.expect(200).json();
    assert_eq!(
        (&openings["data"][0]["status"], &openings["data"][0]["application_id"]),
        (&json!("open"), &json!(null))
    );
    put(&owner, &application, "hire", json!({})).await.expect(200);
}

#[tokio::test]
async fn changes_are_taken_back_one_by_one_from_the_latest() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let application = apply(&owner, &candidate(&owner, "Ada Lovelace").await, &job).await;
    move_to(&owner, &application, "interview").await.expect(200);
    put(&owner, &application, "rejection", json!({ "reason": "duplicate" })).await.expect(200);
    let made: Vec<_> = lines(&owner, &application).await.iter().map(|line| word(&line["id"])).collect();
    let correct = |change: &str| {
        let body = json!({ "change_id": change });
        let (owner, application) = (owner.clone(), application.clone());
        async move { post(&owner, &application, "corrections", body).await }
    };

    let detail = refused(correct(&made[1]).await, 409, "not_the_latest_change");
    assert!(detail.contains(&made[2]), "{detail}");
    assert_eq!(correct(&made[2]).await.expect(201).text("outcome"), "active");
    refused(correct(&made[2]).await, 409, "not_the_latest_change");
    correct(&made[1]).await.expect(201);
    refused(correct(&made[0]).await, 409, "nothing_to_correct");

    assert_eq!(history(&owner, &application).await, ["applied", "moved", "rejected", "voided", "voided"]);
}

#[tokio::test]
async fn a_history_cannot_be_forged_not_even_in_the_database() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    let application = apply(&owner, &candidate(&owner, "Ada Lovelace").await, &job).await;
    put(&owner, &application, "hire", json!({})).await.expect(200);
    let url = server.services().config.database_url();

    for table in ["application_changes", "job_status_changes", "opening_changes"] {
        for statement in [format!("update {table} set job_id = job_id"), format!("delete from {table}")] {
            let error = rows::change(&url, &statement).await.unwrap_err().to_string();
            assert!(error.contains(&format!("{table} is append-only")), "{statement}: {error}");
        }
    }
    let forged = json!({ "kind": "hired", "occurred_at": "2020-01-01T00:00:00Z" });
    owner.post(&format!("/v1/applications/{application}/history"), forged).await.expect(405);
}
