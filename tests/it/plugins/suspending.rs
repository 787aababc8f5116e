//! Three defects in a row suspend a plugin; later one call tries it again.

use std::time::Duration;

use mortise_tests::server::Server;
use serde_json::json;

use super::{activate, component, embedded, install_active, read, reader};

const TEXT: &str = "Ada Lovelace\nNurse\nada@example.com";
const MINUTE: Duration = Duration::from_secs(60);

async fn tries(server: &Server, plugin: &str) -> usize {
    server.texts(&format!("select outcome from plugin_runs where plugin = '{plugin}'")).await.len()
}

#[tokio::test]
async fn three_strikes_suspend_and_a_probe_later_tries_again() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let bad = install_active(&server, &owner, component("panics", "acme/panics", "1.0.0", "")).await;

    for _ in 0..5 {
        assert_eq!(reader(&read(&server, &owner, TEXT).await), "mortise/resume-parser@0.1.0");
    }

    assert_eq!(tries(&server, "acme/panics").await, 3, "then it is left alone");
    let plugin = owner.get(&bad.plugin()).await.expect(200).json();
    assert_eq!(plugin["suspension"]["strikes"], 3);
    assert_eq!(plugin["suspension"]["until"], "2026-03-02T09:05:00Z", "{plugin:#}");
    let suspended =
        async || server.events().await.iter().filter(|event| *event == "plugin.suspended").count();
    assert_eq!(suspended().await, 1);

    server.clock.advance(5 * MINUTE);
    read(&server, &owner, TEXT).await;
    read(&server, &owner, TEXT).await;
    assert_eq!(tries(&server, "acme/panics").await, 4, "one call tries it again");
    let plugin = owner.get(&bad.plugin()).await.expect(200).json();
    assert_eq!(plugin["suspension"]["until"], "2026-03-02T09:15:00Z", "and it waits twice as long");
    assert_eq!(suspended().await, 1, "it is one suspension");

    activate(&owner, &bad).await.expect(200);
    assert_eq!(owner.get(&bad.plugin()).await.json()["suspension"], json!(null));
    read(&server, &owner, TEXT).await;
    assert_eq!(tries(&server, "acme/panics").await, 5, "activating it again ends the suspension");
}

#[tokio::test]
async fn a_probe_that_works_ends_the_suspension() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let toml = "id = \"acme/shouts\"\nversion = \"1.0.0\"\nkind = \"text-extractor\"\ntitle = \"x\"\nmedia_types = [\"text/plain\"]";
    let moody = install_active(&server, &owner, embedded("shouts", toml)).await;
    for number in 0..3 {
        read(&server, &owner, &format!("panic {number}\nada@example.com")).await;
    }
    assert!(owner.get(&moody.plugin()).await.json()["suspension"].is_object());

    server.clock.advance(6 * MINUTE);
    read(&server, &owner, TEXT).await;

    assert_eq!(owner.get(&moody.plugin()).await.json()["suspension"], json!(null));
    read(&server, &owner, "Grace Hopper\ngrace@example.com").await;
    assert_eq!(tries(&server, "acme/shouts").await, 5);
}

#[tokio::test]
async fn a_success_between_defects_starts_the_count_anew() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let toml = "id = \"acme/shouts\"\nversion = \"1.0.0\"\nkind = \"text-extractor\"\ntitle = \"x\"\nmedia_types = [\"text/plain\"]";
    let moody = install_active(&server, &owner, embedded("shouts", toml)).await;

    for text in ["panic 1", "panic 2", "Ada", "panic 3", "panic 4"] {
        read(&server, &owner, &format!("{text}\nada@example.com")).await;
    }

    assert_eq!(owner.get(&moody.plugin()).await.json()["suspension"], json!(null));
}

#[tokio::test]
async fn a_plugin_that_says_why_is_not_suspended() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let polite =
        install_active(&server, &owner, component("fails-politely", "acme/polite", "1.0.0", "")).await;

    for _ in 0..5 {
        read(&server, &owner, TEXT).await;
    }

    assert_eq!(tries(&server, "acme/polite").await, 5);
    assert_eq!(owner.get(&polite.plugin()).await.json()["suspension"], json!(null));
}

#[tokio::test]
async fn one_tenants_suspension_is_not_anothers() {
    let server = Server::start().await;
    let (acme, globex) = (server.tenant("acme").await, server.tenant("globex").await);
    for owner in [&acme, &globex] {
        install_active(&server, owner, component("panics", "acme/panics", "1.0.0", "")).await;
    }
    for _ in 0..3 {
        read(&server, &acme, TEXT).await;
    }

    read(&server, &globex, TEXT).await;

    assert_eq!(tries(&server, "acme/panics").await, 4);
}
