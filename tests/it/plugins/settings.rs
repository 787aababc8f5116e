//! Settings: held against the author's schema, secret ones sealed and never given back.

use mortise_tests::server::Server;
use serde_json::json;

use super::{activate, component, configure, install, install_active, read, unified};

const SCHEMA: &str = "[config_schema]\ntype = \"object\"\nrequired = [\"api_key\"]\nadditionalProperties = false\n\
    [config_schema.properties.limit]\ntype = \"integer\"\nmaximum = 10\n\
    [config_schema.properties.api_key]\ntype = \"string\"\nminLength = 8\nx-secret = true\n";

const SECRET: &str = "sk-hush-hush-4711";

fn set_up(version: &str) -> Vec<u8> {
    component("echo-parser", "acme/set-up", version, SCHEMA)
}

#[tokio::test]
async fn settings_are_held_against_the_authors_schema() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install(&server, &owner, set_up("1.0.0")).await;
    assert_eq!(activate(&owner, &installed).await.expect(409).text("code"), "config_missing");

    for (config, pointer) in [
        (json!({}), "#/config"),
        (json!({ "api_key": "tiny" }), "#/config/api_key"),
        (json!({ "api_key": SECRET, "limit": 11 }), "#/config/limit"),
        (json!({ "api_key": SECRET, "limit": "ten" }), "#/config/limit"),
        (json!({ "api_key": SECRET, "surprise": 1 }), "#/config"),
        (json!({ "api_key": null }), "#/config"),
    ] {
        let answer = configure(&owner, &installed, config.clone()).await.expect(422);
        assert_eq!(answer.fault(), (pointer.into(), "invalid_setting".into()), "{config}: {answer:?}");
        assert!(!format!("{answer:?}").contains("tiny"), "a secret is repeated: {answer:?}");
    }
    let path = format!("{}/config", installed.path());
    owner.put(&path, json!({ "config": {} }), None).await.expect(428);
    owner.put(&path, json!({ "config": { "limit": 1, "api_key": SECRET } }), Some("\"0\"")).await.expect(412);
    owner.put(&path, json!({ "config": [] }), Some("*")).await.expect(422);

    configure(&owner, &installed, json!({ "api_key": SECRET, "limit": 3 })).await.expect(200);

    activate(&owner, &installed).await.expect(200);
}

#[tokio::test]
async fn a_secret_is_sealed_and_never_comes_back() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install(&server, &owner, set_up("1.0.0")).await;

    let set = configure(&owner, &installed, json!({ "api_key": SECRET, "limit": 3 })).await.expect(200);

    assert_eq!(set.json()["secrets"], json!(["api_key"]));
    assert_eq!(set.json()["config"], json!({ "limit": 3 }));
    activate(&owner, &installed).await.expect(200);
    let resume = read(&server, &owner, "Ada Lovelace\nada@example.com").await;
    let mut everything = format!("{set:?}");
    for path in [
        format!("{}/config", installed.path()),
        installed.path(),
        installed.plugin(),
        format!("{}/runs", installed.plugin()),
        "/v1/audit-log".into(),
    ] {
        everything.push_str(&format!("{:?}", owner.get(&path).await.expect(200)));
    }
    everything.push_str(&unified(&owner, &resume).await.to_string());
    for column in ["config", "secret_names", "manifest"] {
        let text = format!("select coalesce(cast({column} as text), '') from plugin_versions");
        everything.push_str(&server.texts(&text).await.concat());
    }
    let sealed = match server.database().is_postgres() {
        true => "select encode(secrets, 'escape') from plugin_versions",
        false => "select hex(secrets) from plugin_versions",
    };
    let sealed = server.texts(sealed).await.concat();
    assert!(!sealed.is_empty(), "it is kept");
    everything.push_str(&sealed);
    assert!(!everything.contains(SECRET), "the secret came to light");
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect();
    assert!(!everything.contains(&hex), "the secret lies open in the database");
}

#[tokio::test]
async fn the_plugin_reads_its_settings_with_names_for_secrets() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install(&server, &owner, set_up("1.0.0")).await;
    configure(&owner, &installed, json!({ "api_key": SECRET, "limit": 3 })).await.expect(200);
    activate(&owner, &installed).await.expect(200);

    let resume = read(&server, &owner, "Ada Lovelace\nada@example.com").await;
    let seen = unified(&owner, &resume).await;
    assert_eq!(seen["config"], json!({ "limit": 3, "api_key": "api_key" }), "{seen:#}");

    // A secret that is left out stays; everything else is replaced; it holds at once.
    configure(&owner, &installed, json!({ "limit": 4 })).await.expect(200);
    let resume = read(&server, &owner, "Grace Hopper\ngrace@example.com").await;
    assert_eq!(unified(&owner, &resume).await["config"], json!({ "limit": 4, "api_key": "api_key" }));
}

#[tokio::test]
async fn an_upgrade_goes_on_with_the_settings_if_it_takes_them() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let first = install(&server, &owner, set_up("1.0.0")).await;
    configure(&owner, &first, json!({ "api_key": SECRET, "limit": 3 })).await.expect(200);
    activate(&owner, &first).await.expect(200);

    let next = install(&server, &owner, set_up("1.1.0")).await;
    let shown = owner.get(&format!("{}/config", next.path())).await.expect(200).json();
    assert_eq!((&shown["config"], &shown["secrets"]), (&json!({ "limit": 3 }), &json!(["api_key"])));
    activate(&owner, &next).await.expect(200);

    let open = SCHEMA.replace("x-secret = true\n", "");
    let careless = install(&server, &owner, component("echo-parser", "acme/set-up", "2.0.0", &open)).await;
    let shown = owner.get(&format!("{}/config", careless.path())).await.expect(200).json();
    assert_eq!((&shown["is_configured"], &shown["config"]), (&json!(false), &json!({})));
}

#[tokio::test]
async fn what_has_no_schema_has_no_settings() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let installed = install_active(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;

    let refused = configure(&owner, &installed, json!({ "limit": 1 })).await.expect(422);

    assert_eq!(refused.fault(), ("#/config".into(), "no_settings".into()));
    configure(&owner, &installed, json!({})).await.expect(200);
}
