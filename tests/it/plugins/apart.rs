//! What two tenants install under one name and version is each one's own, whatever the bytes are.

use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{activate, component, consent, deactivate, install, install_active, read, reader, unified};

#[tokio::test]
async fn two_tenants_with_one_name_and_other_bytes_run_each_their_own() {
    let server = Server::start().await;
    let (acme, globex) = (server.tenant("acme").await, server.tenant("globex").await);
    let name = "shared/parser";
    let theirs = install_active(&server, &acme, component("echo-parser", name, "1.0.0", "")).await;
    let more = "[[capabilities]]\nname = \"kv\"\nreason = \"remembers\"\n";
    let others = install(&server, &globex, component("remembers", name, "1.0.0", more)).await;
    consent(&globex, &others, &["kv"]).await.expect(200);
    activate(&globex, &others).await.expect(200);

    // Turn by turn, so that each finds the other's code ready on this node.
    for round in 0..3 {
        let text = format!("Ada Lovelace {round}\nada{round}@example.com");
        let first = read(&server, &acme, &text).await;
        let second = read(&server, &globex, &text).await;

        assert_eq!((reader(&first), reader(&second)), (format!("{name}@1.0.0"), format!("{name}@1.0.0")));
        let first = unified(&acme, &first).await;
        assert_eq!(first["basics"]["name"], format!("Ada Lovelace {round}"), "it echoes");
        let second = unified(&globex, &second).await;
        assert_eq!(second["basics"]["name"], Value::Null, "it remembers");
        let before = if round == 0 { Value::Null } else { json!(format!("Ada Lovelace {}", round - 1)) };
        assert_eq!(second["basics"]["label"], before);
    }

    let digest = |version: &Value| version["digest"].as_str().expect("a text").to_owned();
    let mine = digest(&acme.get(&theirs.path()).await.expect(200).json());
    let other = digest(&globex.get(&others.path()).await.expect(200).json());
    assert_ne!(mine, other);
    for (actor, installed, own) in [(&acme, &theirs, &mine), (&globex, &others, &other)] {
        let runs = actor.get(&format!("{}/runs", installed.plugin())).await.expect(200).json();
        let runs = runs["data"].as_array().expect("a list").iter();
        assert_eq!(runs.map(digest).collect::<Vec<_>>(), [own.as_str(); 3]);
    }

    // What one gives up, the other goes on with.
    deactivate(&acme, &theirs).await.expect(200);
    acme.delete(&theirs.plugin(), Some("*")).await.expect(204);
    let text = "Grace Hopper\ngrace@example.com";
    assert_eq!(reader(&read(&server, &acme, text).await), "mortise/resume-parser@0.1.0");
    assert_eq!(reader(&read(&server, &globex, text).await), format!("{name}@1.0.0"));
}

#[tokio::test]
async fn two_tenants_with_the_same_bytes_have_settings_and_limits_of_their_own() {
    let server = Server::start().await;
    let (acme, globex) = (server.tenant("acme").await, server.tenant("globex").await);
    let schema = "[config_schema]\ntype = \"object\"\n[config_schema.properties.mood]\ntype = \"string\"\n";
    let bytes = component("echo-parser", "shared/echo", "1.0.0", schema);
    for (actor, mood) in [(&acme, "calm"), (&globex, "wild")] {
        let installed = install_active(&server, actor, bytes.clone()).await;
        super::configure(actor, &installed, json!({ "mood": mood })).await.expect(200);
    }
    for _ in 0..2 {
        for (actor, mood) in [(&acme, "calm"), (&globex, "wild")] {
            let resume = read(&server, actor, "Ada Lovelace\nada@example.com").await;
            assert_eq!(unified(actor, &resume).await["config"], json!({ "mood": mood }));
        }
    }
}
