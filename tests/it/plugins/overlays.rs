//! Settings that bindings and webhook endpoints lay over a plugin's own: held against its schema when they are set, and again
//! when another version is to be used.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{activate, canary, configure, deactivate, embedded, install, install_active, shadow};

/// A rule whose `value` is a number, of at most `most`; it also knows a secret.
fn rule(version: &str, most: u32) -> Vec<u8> {
    embedded(
        "echo-score",
        &format!(
            "id = \"acme/score\"\nversion = \"{version}\"\nkind = \"scoring-rule\"\ntitle = \"x\"\n\
             [config_schema]\ntype = \"object\"\nadditionalProperties = false\n\
             [config_schema.properties.value]\ntype = \"number\"\nmaximum = {most}\n\
             [config_schema.properties.key]\ntype = \"string\"\nx-secret = true\n"
        ),
    )
}

/// A transform that takes the name of a kind of event and, from 2.0.0 on, nothing else.
fn transform(version: &str) -> Vec<u8> {
    let more = if version.starts_with('1') { "true" } else { "false" };
    embedded(
        "echo-transform",
        &format!(
            "id = \"acme/echo\"\nversion = \"{version}\"\nkind = \"webhook-transform\"\ntitle = \"x\"\n\
             [config_schema]\ntype = \"object\"\nadditionalProperties = {more}\n\
             [config_schema.properties.drop]\ntype = \"string\"\n"
        ),
    )
}

fn bound(config: Value) -> Value {
    json!({ "kind": "scoring", "plugin": "acme/score", "config": config })
}

async fn endpoint(owner: &Actor, config: Value) -> mortise_tests::actor::Answer {
    let transform = json!({ "plugin": "acme/echo", "config": config });
    let new = json!({
        "url": "https://hr.example.com/events", "event_types": ["candidate.created"], "transform": transform,
    });
    owner.post("/v1/webhook-endpoints", new).await
}

#[tokio::test]
async fn a_bindings_settings_are_held_against_the_rules_schema() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, rule("1.0.0", 50)).await;

    for (config, pointer, code) in [
        (json!({ "value": 51 }), "#/config/value", "invalid_setting"),
        (json!({ "value": "much" }), "#/config/value", "invalid_setting"),
        (json!({ "other": 1 }), "#/config", "invalid_setting"),
        (json!({ "key": "hush-hush" }), "#/config/key", "secret_setting"),
    ] {
        let refused = owner.post("/v1/plugin-bindings", bound(config.clone())).await.expect(422);
        assert_eq!(refused.fault(), (pointer.into(), code.into()), "{config}");
    }
    let binding = owner.post("/v1/plugin-bindings", bound(json!({ "value": 50 }))).await.expect(201);
    let path = format!("/v1/plugin-bindings/{}", binding.text("id"));
    let refused = owner.patch(&path, json!({ "config": { "value": 51 } }), "*").await.expect(422);
    assert_eq!(refused.fault().0, "#/config/value");
    owner.patch(&path, json!({ "weight": 2 }), "*").await.expect(200);
    owner.patch(&path, json!({ "config": { "value": 49 } }), "*").await.expect(200);
}

#[tokio::test]
async fn an_endpoints_settings_are_held_against_the_transforms_schema() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, transform("1.0.0")).await;

    let refused = endpoint(&owner, json!({ "drop": 1 })).await.expect(422);
    assert_eq!(refused.fault(), ("#/transform/config/drop".into(), "invalid_setting".into()));
    let made = endpoint(&owner, json!({ "drop": "job.created" })).await.expect(201);
    let path = format!("/v1/webhook-endpoints/{}", made.text("id"));
    let wrong = json!({ "transform": { "plugin": "acme/echo", "config": { "drop": [] } } });
    let refused = owner.patch(&path, wrong.clone(), "*").await.expect(422);
    assert_eq!(refused.fault().0, "#/transform/config/drop");
    owner.patch(&path, json!({ "description": "what stays is not asked again" }), "*").await.expect(200);
    let preview = json!({ "event_type": "offer.sent", "transform": wrong["transform"] });
    let refused = owner.post(&format!("{path}/previews"), preview).await.expect(422);
    assert_eq!(refused.fault().0, "#/transform/config/drop");

    // Those that come with the server are no different.
    let template = json!({ "plugin": "mortise/json-template", "config": { "each": "no pointer" } });
    let refused = owner.patch(&path, json!({ "transform": template }), "*").await.expect(422);
    assert_eq!(refused.fault(), ("#/transform/config/each".into(), "invalid_setting".into()));
}

#[tokio::test]
async fn a_version_that_does_not_take_what_is_bound_is_not_used() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, rule("1.0.0", 50)).await;
    let stricter = install(&server, &owner, rule("2.0.0", 30)).await;
    let binding = owner.post("/v1/plugin-bindings", bound(json!({ "value": 40 }))).await.expect(201);
    let id = binding.text("id");

    for refused in [
        activate(&owner, &stricter).await,
        canary(&owner, &stricter, 10).await,
        shadow(&owner, &stricter).await,
    ] {
        let refused = refused.expect(409);
        assert_eq!(refused.text("code"), "settings_refused");
        let detail = refused.text("detail");
        assert!(detail.contains(&id) && detail.contains("#/config/value"), "{detail}");
    }

    // What is disabled is not asked, so it does not stand in the way; it is looked at when it is enabled again.
    let path = format!("/v1/plugin-bindings/{id}");
    owner.patch(&path, json!({ "is_enabled": false }), "*").await.expect(200);
    activate(&owner, &stricter).await.expect(200);
    let refused = owner.patch(&path, json!({ "is_enabled": true }), "*").await.expect(422);
    assert_eq!(refused.fault().0, "#/config/value");
    let mended = json!({ "is_enabled": true, "config": { "value": 30 } });
    owner.patch(&path, mended, "*").await.expect(200);
}

#[tokio::test]
async fn a_version_that_does_not_take_what_an_endpoint_says_is_not_used() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, transform("1.0.0")).await;
    let stricter = install(&server, &owner, transform("2.0.0")).await;
    let made = endpoint(&owner, json!({ "shout": true })).await.expect(201);
    let id = made.text("id");

    let refused = activate(&owner, &stricter).await.expect(409);
    assert_eq!(refused.text("code"), "settings_refused");
    assert!(refused.text("detail").contains(&id), "{refused:?}");

    let path = format!("/v1/webhook-endpoints/{id}");
    let plain = json!({ "transform": { "plugin": "acme/echo" } });
    owner.patch(&path, plain, "*").await.expect(200);
    activate(&owner, &stricter).await.expect(200);
}

#[tokio::test]
async fn what_is_bound_has_to_suit_the_canary_too_and_is_looked_at_when_a_plugin_comes_back() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let loose = install_active(&server, &owner, rule("1.0.0", 50)).await;
    let stricter = install(&server, &owner, rule("2.0.0", 30)).await;
    canary(&owner, &stricter, 10).await.expect(200);
    let refused = owner.post("/v1/plugin-bindings", bound(json!({ "value": 40 }))).await.expect(422);
    assert_eq!(refused.fault().0, "#/config/value");
    let binding = owner.post("/v1/plugin-bindings", bound(json!({ "value": 20 }))).await.expect(201);

    deactivate(&owner, &loose).await.expect(200);
    let path = format!("/v1/plugin-bindings/{}", binding.text("id"));
    owner.patch(&path, json!({ "config": { "value": 40 } }), "*").await.expect(200);
    assert_eq!(activate(&owner, &stricter).await.expect(409).text("code"), "settings_refused");
    activate(&owner, &loose).await.expect(200);
}

/// What is required may stand below, in the plugin's own settings.
#[tokio::test]
async fn settings_are_held_against_the_schema_together_with_the_plugins_own() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let toml = "id = \"acme/score\"\nversion = \"1.0.0\"\nkind = \"scoring-rule\"\ntitle = \"x\"\n\
        [config_schema]\ntype = \"object\"\nrequired = [\"unit\"]\n";
    let installed = install(&server, &owner, embedded("echo-score", toml)).await;
    configure(&owner, &installed, json!({ "unit": "points" })).await.expect(200);
    activate(&owner, &installed).await.expect(200);

    owner.post("/v1/plugin-bindings", bound(json!({ "value": 3 }))).await.expect(201);
}
