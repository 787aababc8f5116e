//! What a plugin of anybody's may ask: as its grant, its tenant and the operator allow; everything else is an error value.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{Endpoint, Says, ended, last_run, spent, start, with_models};
use crate::plugins::{Installed, activate, component, configure, consent, install, read, unified};

async fn asker(server: &Server, owner: &Actor, scope: &str) -> Installed {
    let more = format!(
        "[[capabilities]]\nname = \"inference\"\nreason = \"asks\"\n{scope}\n[config_schema]\ntype = \"object\"\n"
    );
    let installed = install(server, owner, component("asks-a-model", "acme/asks", "1.0.0", &more)).await;
    consent(owner, &installed, &["inference"]).await.expect(200);
    activate(owner, &installed).await.expect(200);
    installed
}

/// What it saw when it asked so; a text that is not there yet.
async fn ask(server: &Server, owner: &Actor, asks: &Installed, config: Value) -> Value {
    configure(owner, asks, config.clone()).await.expect(200);
    let text = format!("Ada Lovelace\nada@example.com\n{config}");
    let read = read(server, owner, &text).await;
    unified(owner, &read).await["seen"].clone()
}

#[tokio::test]
async fn a_question_is_answered_as_it_was_put() {
    let endpoint = Endpoint::start(Says::Content("```json\n{\"n\": 1}\n```".into())).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let asks = asker(&server, &owner, "").await;
    let schema = json!({ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer" } } });
    let config = json!({ "system": "Count.", "schema": schema, "temperature": 0.25, "max_tokens": 50 });

    let seen = ask(&server, &owner, &asks, config).await;

    let expected = json!({
        "text": "{\"n\": 1}", "model": "small", "truncated": false, "prompt_tokens": 700, "completion_tokens": 300,
    });
    assert_eq!(seen, expected, "the fence is gone");
    let asked = endpoint.last().body;
    assert_eq!(asked["messages"][0], json!({ "role": "system", "content": "Count." }));
    assert_eq!(asked["messages"][1]["role"], "user");
    assert_eq!((&asked["temperature"], &asked["max_tokens"]), (&json!(0.25), &json!(50)));
    let format = &asked["response_format"];
    assert_eq!((&format["type"], &format["json_schema"]["schema"]), (&json!("json_schema"), &schema));
    // Without a schema it is any text.
    endpoint.say(Says::Cut("One, tw".into()));
    let cut = ask(&server, &owner, &asks, json!({})).await;
    assert_eq!((&cut["text"], &cut["truncated"]), (&json!("One, tw"), &json!(true)));
    assert!(endpoint.last().body.get("response_format").is_none());
}

#[tokio::test]
async fn texts_become_vectors_in_their_order() {
    let endpoint = Endpoint::start(Says::Content(String::new())).await;
    let server = Server::start_with(|config| {
        with_models(config, &endpoint);
        config.inference_embedding_model = Some("vectors".into());
    })
    .await;
    let owner = server.tenant("acme").await;
    let asks = asker(&server, &owner, "").await;

    let seen = ask(&server, &owner, &asks, json!({ "embed": ["a", "four", "to"] })).await;

    assert_eq!(seen["vectors"], json!([[1.0, 1.0], [4.0, 1.0], [2.0, 1.0]]));
    let asked = endpoint.last();
    assert_eq!((asked.path.as_str(), &asked.body["model"]), ("/v1/embeddings", &json!("vectors")));
    assert_eq!(spent(&owner).await, 10);
    for (says, code) in [
        (Says::Status(200, Vec::new(), json!({ "data": [] }).to_string()), "unexpected_answer"),
        (Says::Status(500, Vec::new(), String::new()), "endpoint_failed"),
    ] {
        endpoint.say(says);
        ask(&server, &owner, &asks, json!({ "embed": [code] })).await;
        assert_eq!(ended(&owner, &asks).await, ("error".into(), code.into()));
    }
    let asked = endpoint.count();
    ask(&server, &owner, &asks, json!({ "embed": [""] })).await;
    assert_eq!(ended(&owner, &asks).await.1, "invalid_question");
    ask(&server, &owner, &asks, json!({ "embed": vec!["x"; 65] })).await;
    assert_eq!((ended(&owner, &asks).await.1.as_str(), endpoint.count()), ("question_too_large", asked));
}

#[tokio::test]
async fn a_grant_names_models_and_lengths() {
    let endpoint = Endpoint::start(Says::Content("yes".into())).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let asks = asker(&server, &owner, "models = [\"large\", \"huge\"]\nmax_tokens = 20").await;

    ask(&server, &owner, &asks, json!({ "max_tokens": 500 })).await;

    let asked = endpoint.last().body;
    assert_eq!((&asked["model"], &asked["max_tokens"]), (&json!("large"), &json!(20)));
    for (config, code) in [
        (json!({ "model": "small" }), "model_not_allowed"),
        (json!({ "model": "huge" }), "model_not_allowed"),
        (json!({ "embed": ["x"] }), "no_embedding_model"),
        (json!({ "max_tokens": 0 }), "invalid_question"),
        (json!({ "temperature": 2.5 }), "invalid_question"),
        (json!({ "schema": { "type": "strong" } }), "invalid_schema"),
    ] {
        ask(&server, &owner, &asks, config.clone()).await;
        assert_eq!(ended(&owner, &asks).await, ("error".into(), code.into()), "{config}");
    }
    assert_eq!(endpoint.count(), 1, "nobody was asked any of that");
}

#[tokio::test]
async fn a_call_asks_a_number_of_times_and_all_of_them_are_counted() {
    let endpoint = Endpoint::start(Says::Content("yes".into())).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let asks = asker(&server, &owner, "").await;

    ask(&server, &owner, &asks, json!({ "times": 3 })).await;
    assert_eq!(last_run(&owner, &asks).await["inference_tokens"], 3_000);
    ask(&server, &owner, &asks, json!({ "times": 17 })).await;

    assert_eq!(ended(&owner, &asks).await, ("error".into(), "too_many_questions".into()));
    let run = last_run(&owner, &asks).await;
    assert_eq!((&run["inference_tokens"], endpoint.count()), (&json!(16_000), 19), "{run:#}");
    assert_eq!(spent(&owner).await, 19_000);
}

#[tokio::test]
async fn an_operators_endpoint_on_a_private_address_needs_the_operators_word() {
    let endpoint = Endpoint::start(Says::Content("yes".into())).await;
    let database = mortise_tests::database::TestDatabase::new().await;
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut config = mortise_tests::server::config(folder.path(), &database);
    with_models(&mut config, &endpoint);
    config.inference_allow_private = false;

    let refused = mortise_host::start::open(&config, mortise_host::clock::Clock::system(), None).await;

    let why = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(why.contains("inference_url") && why.contains("inference_allow_private"), "{why}");
    assert_eq!(endpoint.count(), 0);
}
