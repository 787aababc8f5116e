//! Several nodes: what one of them has compiled, the others take from the file store, once they have seen that it is ours.

use std::path::Path;
use std::sync::Arc;

use mortise_host::config::Config;
use mortise_host::services::Services;
use mortise_host::start::{Node, Running};
use mortise_host::{tasks, worker};
use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{activate, embedded, install};
use crate::hiring::{apply, open_job};

/// A rule nobody has compiled before, whatever other tests have left in the cache they share.
fn rule() -> Vec<u8> {
    let version = format!("1.0.0-test.{}", rand::random::<u32>());
    let toml = format!(
        "id = \"acme/rule\"\nversion = \"{version}\"\nkind = \"scoring-rule\"\ntitle = \"A rule\"\nlicence = \"MIT\"\n"
    );
    embedded("empty-score", &toml)
}

/// Another machine: nothing is its own but its folders, and no compiler is installed.
async fn another_machine(server: &Server, folder: &Path) -> Running {
    let first = &server.services().config;
    let config = Config {
        data_dir: folder.join("data"),
        plugin_cache_dir: Some(folder.join("cache")),
        database_url: Some(first.database_url()),
        ..(**first).clone()
    };
    let node = Node {
        config,
        clock: server.clock.clone(),
        serves: false,
        works: false,
        compiler: Some("/nonexistent/mortise".into()),
    };
    node.start().await.expect("the node starts")
}

async fn run_tasks(services: &Services) {
    let registry = Arc::new(worker::registry());
    tasks::run_due(services, &registry).await.expect("the queue works");
}

async fn score(owner: &Actor, application: &str) -> Value {
    let scores = owner.get(&format!("/v1/applications/{application}/scores")).await.expect(200).json();
    scores["data"][0].clone()
}

#[tokio::test]
async fn what_one_node_compiled_another_one_takes_from_the_file_store() {
    let files = tempfile::tempdir().expect("there is room for a folder");
    let url = format!("file://{}", files.path().display());
    let server = Server::start_with(|config| config.blob_url = Some(url)).await;
    let owner = server.tenant("acme").await;
    let job = open_job(&owner, "Nurse").await;
    let (candidate, _) = crate::scoring::read_candidate(&server, &owner, "Ada Lovelace").await;
    let rule = install(&server, &owner, rule()).await;
    activate(&owner, &rule).await.expect(200);
    owner.post("/v1/plugin-bindings", json!({ "kind": "scoring", "plugin": "acme/rule" })).await.expect(201);
    let kept: Vec<_> =
        std::fs::read_dir(files.path().join("plugin-artifacts")).expect("it is there").collect();
    let application = apply(&owner, &candidate, &job).await;

    let elsewhere = tempfile::tempdir().expect("there is room for a folder");
    let node = another_machine(&server, elsewhere.path()).await;
    run_tasks(&node.services).await;
    let scored = score(&owner, &application).await;

    assert!(!kept.is_empty());
    assert_eq!(
        (&scored["status"], &scored["plugin"]["id"]),
        (&json!("scored"), &json!("acme/rule")),
        "{scored:#}"
    );
    node.stop().await;
}
