//! Consent: what a version asks for and what it may do, and what an upgrade asks for beyond that.

use mortise_tests::server::Server;
use serde_json::json;

use super::{activate, component, consent, install, install_active};

const KV: &str = "[[capabilities]]\nname = \"kv\"\nreason = \"counts what it has read\"\n";
const HTTP: &str =
    "[[capabilities]]\nname = \"http\"\nreason = \"asks our service\"\nhosts = [\"api.example.com\"]\n";
const MORE_HTTP: &str = "[[capabilities]]\nname = \"http\"\nreason = \"asks our service\"\nhosts = [\"api.example.com\", \"eu.example.com\"]\n";

fn asking(version: &str, capabilities: &str) -> Vec<u8> {
    component("echo-parser", "acme/asks", version, capabilities)
}

#[tokio::test]
async fn what_asks_for_nothing_needs_no_consent() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install_active(&server, &owner, asking("1.0.0", "")).await;

    let shown = owner.get(&format!("{}/consent", installed.path())).await.expect(200).json();

    assert_eq!(shown["state"], "not_needed");
    assert_eq!((&shown["requested"], &shown["differences"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn what_asks_for_something_waits_for_consent() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install(&server, &owner, asking("1.0.0", &format!("{KV}{HTTP}"))).await;

    let refused = activate(&owner, &installed).await.expect(409);
    assert_eq!(refused.text("code"), "consent_missing");
    let path = format!("{}/consent", installed.path());
    let shown = owner.get(&path).await.expect(200).json();
    assert_eq!((&shown["state"], &shown["granted"]), (&json!("waiting"), &json!([])));
    assert_eq!(shown["requested"][1]["name"], "http");
    assert_eq!(shown["requested"][1]["reason"], "asks our service");
    assert_eq!(shown["requested"][1]["scope"], json!({ "hosts": ["api.example.com"] }));
    let strange = consent(&owner, &installed, &["kv", "clock"]).await.expect(422);
    assert_eq!(strange.fault(), ("#/capabilities/1".into(), "not_requested".into()));
    owner.put(&path, json!({ "capabilities": [] }), None).await.expect(428);
    owner.put(&path, json!({ "capabilities": ["root"] }), Some("*")).await.expect(422);

    let given = consent(&owner, &installed, &["kv"]).await.expect(200);

    assert_eq!(given.text("consent"), "given");
    let shown = owner.get(&path).await.expect(200).json();
    assert_eq!(shown["granted"].as_array().unwrap().len(), 1);
    assert!(shown["consented_by"].is_string() && shown["consented_at"].is_string(), "{shown:#}");
    activate(&owner, &installed).await.expect(200);
    let log = owner.get("/v1/audit-log").await.expect(200).json();
    let entry = log["data"].as_array().unwrap().iter().find(|entry| entry["action"] == "plugin.consented");
    assert_eq!(entry.expect("it is audited")["after"]["granted"], json!(["kv"]));
}

#[tokio::test]
async fn an_upgrade_that_asks_for_no_more_goes_on_with_the_consent_there_is() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let first = install(&server, &owner, asking("1.0.0", &format!("{KV}{MORE_HTTP}"))).await;
    consent(&owner, &first, &["kv", "http"]).await.expect(200);
    activate(&owner, &first).await.expect(200);

    let next = install(&server, &owner, asking("1.1.0", HTTP)).await;

    let shown = owner.get(&format!("{}/consent", next.path())).await.expect(200).json();
    assert_eq!(shown["state"], "given");
    let differences = shown["differences"].as_array().unwrap();
    assert!(differences.iter().all(|one| one["is_more"] == false), "{shown:#}");
    activate(&owner, &next).await.expect(200);
}

#[tokio::test]
async fn an_upgrade_that_asks_for_more_waits_and_shows_the_difference() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let first = install(&server, &owner, asking("1.0.0", &format!("{KV}{HTTP}"))).await;
    consent(&owner, &first, &["kv", "http"]).await.expect(200);
    activate(&owner, &first).await.expect(200);

    let clock = "[[capabilities]]\nname = \"clock\"\nreason = \"tells ages\"\n";
    let next = install(&server, &owner, asking("2.0.0", &format!("{MORE_HTTP}{clock}"))).await;

    let shown = owner.get(&format!("{}/consent", next.path())).await.expect(200).json();
    assert_eq!(shown["state"], "waiting");
    let differences = shown["differences"].as_array().unwrap();
    let seen: Vec<_> =
        differences.iter().map(|one| (one["name"].as_str().unwrap(), &one["is_more"])).collect();
    assert_eq!(seen, [("http", &json!(true)), ("kv", &json!(false)), ("clock", &json!(true))]);
    assert_eq!(differences[0]["before"]["scope"], json!({ "hosts": ["api.example.com"] }));
    assert_eq!(differences[0]["after"]["scope"], json!({ "hosts": ["api.example.com", "eu.example.com"] }));
    assert_eq!(activate(&owner, &next).await.expect(409).text("code"), "consent_missing");
    consent(&owner, &next, &["http", "clock"]).await.expect(200);
    activate(&owner, &next).await.expect(200);
}

#[tokio::test]
async fn what_was_withheld_before_is_asked_for_again() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let both = format!("{KV}{HTTP}");
    let first = install(&server, &owner, asking("1.0.0", &both)).await;
    consent(&owner, &first, &["kv"]).await.expect(200);
    activate(&owner, &first).await.expect(200);

    let next = install(&server, &owner, asking("1.0.1", &both)).await;

    let shown = owner.get(&format!("{}/consent", next.path())).await.expect(200).json();
    assert_eq!(shown["state"], "waiting");
    assert_eq!(shown["differences"][0]["name"], "http");
}
