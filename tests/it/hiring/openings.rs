//! Openings: as many as people are sought, filled one by one.

use std::time::Duration;

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{apply, candidate, listed, open_job, open_job_with, put, refused, set_status, word};

async fn openings(actor: &Actor, job: &str) -> Vec<Value> {
    let list = actor.get(&format!("/v1/jobs/{job}/openings")).await.expect(200).json();
    list["data"].as_array().expect("it is a list").clone()
}

#[tokio::test]
async fn hires_fill_the_openings_and_the_last_one_fills_the_job() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job_with(&owner, json!({ "title": "Joiner", "openings": 2 })).await;
    let mut applications = Vec::new();
    for name in ["Ada L", "Grace H", "Alan T"] {
        applications.push(apply(&owner, &candidate(&owner, name).await, &job).await);
    }
    let open = openings(&owner, &job).await;

    let chosen = json!({ "opening_id": open[1]["id"] });
    let hired = put(&owner, &applications[0], "hire", chosen.clone()).await.expect(200).json();
    assert_eq!(hired["outcome"], "hired");
    assert_eq!(owner.get(&format!("/v1/jobs/{job}")).await.expect(200).text("status"), "open");
    refused(put(&owner, &applications[1], "hire", chosen).await, 404, "not_found");
    put(&owner, &applications[1], "hire", json!({})).await.expect(200);

    assert_eq!(owner.get(&format!("/v1/jobs/{job}")).await.expect(200).text("status"), "filled");
    let filled = openings(&owner, &job).await;
    assert_eq!(
        (&filled[0]["application_id"], &filled[1]["application_id"]),
        (&json!(applications[1]), &json!(applications[0]))
    );
    refused(put(&owner, &applications[2], "hire", json!({})).await, 409, "no_opening");
}

#[tokio::test]
async fn a_job_opens_again_with_a_new_opening_only() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Joiner").await;
    refused(set_status(&owner, &job, "filled").await, 409, "openings_left");
    set_status(&owner, &job, "closed").await.expect(200);
    refused(set_status(&owner, &job, "open").await, 409, "no_opening");

    let path = format!("/v1/jobs/{job}/openings");
    owner.post(&path, json!({ "openings": 1001 })).await.expect(422);
    let added = owner.post(&path, json!({})).await.expect(201).json();
    assert_eq!(added["data"][0]["status"], "planned");
    server.clock.advance(Duration::from_secs(60));
    set_status(&owner, &job, "open").await.expect(200);

    assert_eq!(listed(&owner, &path, "status").await, ["closed", "open"]);
    assert_eq!(openings(&owner, &job).await[1]["opened_at"], "2026-03-02T09:01:00Z");
}

#[tokio::test]
async fn an_opening_is_given_up_and_sought_again() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let job = open_job_with(&owner, json!({ "title": "Joiner", "openings": 2 })).await;
    let opening = word(&openings(&owner, &job).await[0]["id"]);
    let path = format!("/v1/jobs/{job}/openings/{opening}");
    let status = format!("{path}/status");

    refused(
        owner.put(&status, json!({ "status": "open" }), Some("*")).await,
        409,
        "opening_status_transition",
    );
    let closed = json!({ "status": "closed", "reason": "Budget" });
    let answer = owner.put(&status, closed.clone(), Some("\"2\"")).await.expect(200).json();
    assert_eq!((&answer["status"], &answer["close_reason"]), (&json!("closed"), &json!("Budget")));
    refused(owner.put(&status, closed, Some("*")).await, 409, "opening_status_transition");
    server.clock.advance(Duration::from_secs(60));
    let again = owner.put(&status, json!({ "status": "open" }), Some("*")).await.expect(200);
    assert_eq!(again.text("opened_at"), "2026-03-02T09:01:00Z");
    assert_eq!(owner.get(&path).await.expect(200).json(), again.json());

    let other = open_job(&owner, "Other").await;
    refused(owner.get(&format!("/v1/jobs/{other}/openings/{opening}")).await, 404, "not_found");
}
