//! What a tenant says about language models: an endpoint of its own, whose key nobody is shown, or less of the operator's.

use mortise_host::config::Config;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{Endpoint, KEY, Says, ended, nowhere, resume, use_parser, well_read, with_models};
use crate::plugins::{read, reader};

const OWN_KEY: &str = "sk-tenants-own-0815";

/// Tenants may name endpoints on this machine, for want of others.
fn lets_out(config: &mut Config) {
    config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
    config.egress_allow_http = true;
}

#[tokio::test]
async fn a_tenants_own_endpoint_is_asked_with_its_own_key() {
    let content = Says::Content(well_read("Ada Lovelace", "ada@example.com"));
    let (operators, own) = (Endpoint::start(content.clone()).await, Endpoint::start(content).await);
    let server = Server::start_with(|config| {
        with_models(config, &operators);
        lets_out(config);
    })
    .await;
    let (owner, other) = (server.tenant("acme").await, server.tenant("globex").await);
    use_parser(&server, &owner).await;
    use_parser(&server, &other).await;
    let settings = json!({ "url": format!("{}/", own.url()), "key": OWN_KEY, "models": ["own-model"] });

    let set = owner.put("/v1/inference", settings, Some("*")).await.expect(200).json();

    assert_eq!((&set["source"], &set["has_key"]), (&json!("tenant"), &json!(true)), "{set:#}");
    assert_eq!(
        (&set["effective_models"], &set["effective_tokens_per_month"]),
        (&json!(["own-model"]), &Value::Null)
    );
    read(&server, &owner, &resume("Ada Lovelace", "ada@example.com")).await;
    read(&server, &other, &resume("Ada Lovelace", "ada@example.com")).await;
    assert_eq!((own.count(), operators.count()), (1, 1));
    assert_eq!(
        (own.last().authorization, &own.asked()[0].body["model"]),
        (Some(format!("Bearer {OWN_KEY}")), &json!("own-model"))
    );
    assert_eq!(operators.last().authorization, Some(format!("Bearer {KEY}")));

    // Nobody is shown the key, and nobody finds it.
    let shown = owner.get("/v1/inference").await.expect(200);
    let audit = owner.get("/v1/audit-log?limit=200").await.expect(200);
    assert!(format!("{audit:?}").contains("inference.updated"));
    assert!(!format!("{shown:?} {audit:?}").contains(OWN_KEY));
    nowhere(&server, OWN_KEY).await;

    // Other settings leave it where it is; another address does not get it.
    let more = json!({ "url": own.url(), "models": ["own-model", "another"] });
    assert_eq!(owner.put("/v1/inference", more, Some("*")).await.expect(200).json()["has_key"], true);
    let elsewhere = json!({ "url": operators.url(), "models": ["small"] });
    assert_eq!(owner.put("/v1/inference", elsewhere, Some("*")).await.expect(200).json()["has_key"], false);
    read(&server, &owner, &resume("Grace Hopper", "grace@example.com")).await;
    assert_eq!((operators.count(), operators.last().authorization), (2, None));
    let cleared = owner.put("/v1/inference", json!({}), Some("*")).await.expect(200).json();
    assert_eq!((&cleared["source"], &cleared["url"]), (&json!("operator"), &Value::Null));
}

#[tokio::test]
async fn settings_that_are_none_are_refused_with_what_to_do() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let own = "https://llm.example.com/v1";
    for (bad, place, code) in [
        (json!({ "url": "https://127.0.0.1/v1", "models": ["m"] }), "#/url", "address_blocked"),
        (json!({ "url": "http://llm.example.com/v1", "models": ["m"] }), "#/url", "https_only"),
        (json!({ "url": "https://me:secret@llm.example.com/v1", "models": ["m"] }), "#/url", "bad_url"),
        (json!({ "url": "llm", "models": ["m"] }), "#/url", "bad_url"),
        (json!({ "url": own }), "#/models", "missing"),
        (json!({ "url": own, "models": [" "] }), "#/models/0", "invalid_text"),
        (json!({ "url": own, "models": ["m"], "key": "two\nlines" }), "#/key", "invalid_key"),
        (json!({ "key": OWN_KEY }), "#/key", "url_missing"),
        (json!({ "embedding_model": "m" }), "#/embedding_model", "url_missing"),
        (json!({ "tokens_per_month": 0 }), "#/tokens_per_month", "out_of_range"),
    ] {
        let answer = owner.put("/v1/inference", bad.clone(), Some("*")).await.expect(422);
        assert_eq!(answer.fault(), (place.into(), code.into()), "{bad}");
        assert!(!format!("{answer:?}").contains(OWN_KEY));
    }
    assert_eq!(owner.get("/v1/inference").await.expect(200).json()["version"], 0);
}

#[tokio::test]
async fn settings_are_changed_as_they_were_read() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let before = owner.get("/v1/inference").await.expect(200);
    assert_eq!(before.json()["source"], "none", "{before:?}");
    let etag = before.header("etag").expect("it has one").to_owned();
    let limit = |tokens: i64| json!({ "tokens_per_month": tokens });

    let first = owner.put("/v1/inference", limit(1_000), Some(&etag)).await.expect(200).json();
    owner.put("/v1/inference", limit(2_000), Some(&etag)).await.expect(412);
    owner.put("/v1/inference", limit(2_000), None).await.expect(428);

    let seen = owner.get("/v1/inference").await.expect(200).json();
    assert_eq!((&seen["tokens_per_month"], &seen["version"]), (&json!(1_000), &first["version"]));
}

#[tokio::test]
async fn without_an_endpoint_the_default_parser_reads_and_the_run_says_so() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let parser = use_parser(&server, &owner).await;

    let read = read(&server, &owner, &resume("Ada Lovelace", "ada@example.com")).await;

    assert!(reader(&read).starts_with("mortise/resume-parser@"), "{read:#}");
    assert_eq!(ended(&owner, &parser).await, ("error".into(), "inference_not_set_up".into()));
}
