//! Which version is used: pinned, gone back from, seen by every node at once.

use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{activate, component, deactivate, install, read, reader};

const TEXT: &str = "Ada Lovelace\nNurse\nada@example.com";

fn echo(version: &str) -> Vec<u8> {
    component("echo-parser", "acme/echo", version, "")
}

#[tokio::test]
async fn activating_an_older_version_is_a_rollback() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let old = install(&server, &owner, echo("1.9.0")).await;
    let new = install(&server, &owner, echo("1.10.0")).await;

    let first = activate(&owner, &new).await.expect(200);
    assert_eq!(first.text("active_version_id"), new.version);
    assert_eq!(reader(&read(&server, &owner, TEXT).await), "acme/echo@1.10.0");
    activate(&owner, &old).await.expect(200);
    assert_eq!(reader(&read(&server, &owner, TEXT).await), "acme/echo@1.9.0");
    deactivate(&owner, &new).await.expect(200);
    assert_eq!(reader(&read(&server, &owner, TEXT).await), "mortise/resume-parser@0.1.0");

    let events = server.events().await;
    let of_plugins: Vec<&str> =
        events.iter().map(String::as_str).filter(|event| event.starts_with("plugin.")).collect();
    let expected = [
        "plugin.installed",
        "plugin.installed",
        "plugin.activated",
        "plugin.rolled_back",
        "plugin.deactivated",
    ];
    assert_eq!(of_plugins, expected);
    let log = owner.get("/v1/audit-log").await.expect(200).json();
    let entries: Vec<&Value> = log["data"].as_array().unwrap().iter().collect();
    let rolled_back = entries.iter().find(|entry| entry["action"] == "plugin.rolled_back").unwrap();
    assert_eq!(
        (&rolled_back["after"]["release"], &rolled_back["after"]["before"]),
        (&json!("1.9.0"), &json!("1.10.0"))
    );
    assert!(entries.iter().any(|entry| entry["action"] == "plugin.deactivated"));
}

#[tokio::test]
async fn only_what_is_ready_is_activated() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let waiting = super::Installed::of(&super::upload(&owner, echo("1.0.0")).await.expect(202));

    assert_eq!(activate(&owner, &waiting).await.expect(409).text("code"), "plugin_compiling");
    server.run_tasks().await;
    let active = json!({ "version_id": waiting.version });
    let path = format!("{}/active-version", waiting.plugin());
    owner.put(&path, active.clone(), None).await.expect(428);
    owner.put(&path, active.clone(), Some("\"99\"")).await.expect(412);
    owner
        .put(&path, json!({ "version_id": "pluginver_00000000000000000000000000" }), Some("*"))
        .await
        .expect(404);
    owner.put(&path, active, Some("*")).await.expect(200);
    deactivate(&owner, &waiting).await.expect(200);
    assert_eq!(deactivate(&owner, &waiting).await.expect(409).text("code"), "plugin_not_active");
}

#[tokio::test]
async fn only_whoever_may_change_plugins_activates_one() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install(&server, &owner, echo("1.0.0")).await;
    let admin = server.member(&owner, "admin@acme.example", &[("admin", None)]).await.actor;
    let recruiter = server.member(&owner, "rec@acme.example", &[("recruiter", None)]).await.actor;

    activate(&recruiter, &installed).await.expect(403);
    activate(&admin, &installed).await.expect(200);
}

/// The second node has its own memory of which components are loaded and on what terms.
#[tokio::test]
async fn another_node_sees_what_is_activated_at_once() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let old = install(&server, &owner, echo("1.0.0")).await;
    let new = install(&server, &owner, echo("2.0.0")).await;
    activate(&owner, &old).await.expect(200);
    let other = server.another_node().await;

    assert_eq!(reader(&read_on(&other, &owner, TEXT).await), "acme/echo@1.0.0");
    activate(&owner, &new).await.expect(200);
    assert_eq!(reader(&read_on(&other, &owner, TEXT).await), "acme/echo@2.0.0");
    deactivate(&owner, &new).await.expect(200);
    assert_eq!(reader(&read_on(&other, &owner, TEXT).await), "mortise/resume-parser@0.1.0");
    other.stop().await;
}

/// Uploaded here, read there.
async fn read_on(
    node: &mortise_host::start::Running,
    owner: &mortise_tests::actor::Actor,
    text: &str,
) -> Value {
    let id = owner.upload("cv.txt", text).await.expect(202).text("id");
    let registry = std::sync::Arc::new(mortise_host::worker::registry());
    mortise_host::tasks::run_due(&node.services, &registry).await.expect("the queue works");
    owner.get(&format!("/v1/resumes/{id}")).await.expect(200).json()
}
