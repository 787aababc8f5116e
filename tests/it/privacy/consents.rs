//! What candidates agreed to: written down, never changed, the latest decision counts.

use std::time::Duration;

use mortise_tests::actor::{Answer, send};
use mortise_tests::server::Server;
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::json;

use crate::hiring::{candidate, listed, open_job, refused, word};

#[tokio::test]
async fn of_a_purpose_the_latest_decision_counts() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = candidate(&owner, "Ada Lovelace").await;
    let path = format!("/v1/candidates/{ada}/consents");
    let given = json!({ "purpose": "talent_pool", "is_given": true, "expires_at": "2026-03-05T00:00:00Z" });

    let made = owner.post(&path, given).await.expect(201).json();
    assert_eq!((&made["is_in_force"], &made["decided_at"]), (&json!(true), &json!("2026-03-02T09:00:00Z")));
    // Somebody writes down later what was decided before: it does not count.
    let earlier =
        json!({ "purpose": "talent_pool", "is_given": false, "decided_at": "2026-02-01T00:00:00Z" });
    assert_eq!(owner.post(&path, earlier).await.expect(201).json()["is_in_force"], json!(false));
    owner.post(&path, json!({ "purpose": "processing", "is_given": true })).await.expect(201);
    let in_force = async || {
        let page = owner.get(&path).await.expect(200).json();
        let all = page["data"].as_array().expect("it is a list").clone();
        let in_force = all.iter().filter(|one| one["is_in_force"] == true);
        in_force.map(|one| word(&one["purpose"])).collect::<Vec<_>>()
    };
    assert_eq!(in_force().await, ["processing", "talent_pool"]);

    owner.post(&path, json!({ "purpose": "processing", "is_given": false })).await.expect(201);
    assert_eq!(in_force().await, ["talent_pool"], "it was taken back");
    server.clock.advance(Duration::from_secs(4 * 24 * 60 * 60));
    assert_eq!(in_force().await, Vec::<String>::new(), "the other one is over");
    assert_eq!(listed(&owner, &path, "purpose").await.len(), 4, "everything is still there");
}

#[tokio::test]
async fn a_decision_says_what_about_and_is_not_from_the_future() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let path = format!("/v1/candidates/{}/consents", candidate(&owner, "Ada Lovelace").await);
    let faults = [
        (json!({ "purpose": "Talent Pool", "is_given": true }), "#/purpose", "invalid_key"),
        (
            json!({ "purpose": "pool", "is_given": true, "decided_at": "2027-01-01T00:00:00Z" }),
            "#/decided_at",
            "in_the_future",
        ),
        (
            json!({ "purpose": "pool", "is_given": false, "expires_at": "2027-01-01T00:00:00Z" }),
            "#/expires_at",
            "out_of_range",
        ),
        (
            json!({ "purpose": "pool", "is_given": true, "expires_at": "2026-03-02T09:00:00Z" }),
            "#/expires_at",
            "out_of_range",
        ),
    ];
    for (new, pointer, code) in faults {
        let answer = owner.post(&path, new).await.expect(422);
        assert_eq!(answer.fault(), (pointer.into(), code.into()));
    }
}

async fn apply(server: &Server, job: &str, form: Form) -> Answer {
    send(server.nobody().request(Method::POST, &format!("/v1/jobs/{job}/apply")).multipart(form)).await
}

#[tokio::test]
async fn whoever_applies_agrees_to_what_the_tenant_asks_for() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let policy = json!({ "required_consents": ["processing"] });
    owner.put("/v1/privacy-policy", policy, Some("\"0\"")).await.expect(200);
    let job = open_job(&owner, "Joiner").await;
    let form = || Form::new().text("name", "Ada Lovelace").text("email", "ada@example.com");

    let without = apply(&server, &job, form()).await;
    let said = without.expect(422);
    assert_eq!(said.fault(), ("consent".into(), "consent_required".into()));
    assert!(said.json().to_string().contains("processing"));
    assert_eq!(listed(&owner, "/v1/candidates", "id").await, Vec::<String>::new(), "nothing is kept of it");
    let odd = apply(&server, &job, form().text("consent", "What? Ever!")).await;
    refused(odd, 422, "invalid_request");

    let agreed =
        form().text("consent", "processing").text("consent", "talent_pool").text("consent", "processing");
    apply(&server, &job, agreed).await.expect(202);

    let ada = listed(&owner, "/v1/candidates", "id").await.remove(0);
    let path = format!("/v1/candidates/{ada}/consents");
    let mut purposes = listed(&owner, &path, "purpose").await;
    purposes.sort();
    assert_eq!(purposes, ["processing", "talent_pool"]);
    assert_eq!(listed(&owner, &path, "evidence").await, ["application form", "application form"]);
}
