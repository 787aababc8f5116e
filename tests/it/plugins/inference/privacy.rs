//! What nobody finds afterwards: credentials, prompts, answers.

use mortise_host::digest::sha256_hex;
use serde_json::json;

use super::{Endpoint, KEY, Says, ended, last_run, nowhere, resume, start, use_parser, well_read};
use crate::plugins::{activate, component, configure, consent, install, read, reader, unified};

const ASKER: &str =
    "[[capabilities]]\nname = \"inference\"\nreason = \"asks\"\n[config_schema]\ntype = \"object\"\n";

#[tokio::test]
async fn a_credential_that_an_endpoint_tells_reaches_no_plugin_no_log_and_no_table() {
    let endpoint = Endpoint::start(Says::TheKey).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let asks = install(&server, &owner, component("asks-a-model", "acme/asks", "1.0.0", ASKER)).await;
    consent(&owner, &asks, &["inference"]).await.expect(200);
    activate(&owner, &asks).await.expect(200);

    let seen = read(&server, &owner, "Ada Lovelace\nada@example.com").await;

    assert_eq!(endpoint.last().authorization, Some(format!("Bearer {KEY}")), "the endpoint is told");
    let seen = unified(&owner, &seen).await;
    assert!(seen["seen"]["text"].to_string().contains("Bearer [secret]"), "{seen:#}");
    assert_eq!(seen["seen"]["model"], "Bearer [secret]");
    let parser = use_parser(&server, &owner).await;
    let read = read(&server, &owner, &resume("Ada Lovelace", "ada@example.com")).await;
    assert!(reader(&read).starts_with("mortise/llm-parser@"), "{read:#}");
    let run = last_run(&owner, &parser).await;
    assert!(run["log"].to_string().contains("the model read"), "no name that is none: {run:#}");
    nowhere(&server, KEY).await;
}

/// Of what was asked and answered nothing is kept but what was read: erasing the résumé erases all there is.
#[tokio::test]
async fn neither_prompts_nor_answers_are_kept() {
    let name = "Ada Lovelace";
    let mut answer: serde_json::Value = serde_json::from_str(&well_read(name, "ada@example.com")).unwrap();
    answer["summary"] = json!("Zanzibar is not in the text at all, whoever says so.");
    let endpoint = Endpoint::start(Says::Content(answer.to_string())).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    use_parser(&server, &owner).await;
    let text = resume(name, "ada@example.com");

    let read = read(&server, &owner, &text).await;

    assert!(reader(&read).starts_with("mortise/llm-parser@"), "{read:#}");
    let mark = format!("resume-{}", &sha256_hex(text.as_bytes())[..16]);
    assert!(endpoint.last().body.to_string().to_lowercase().contains(&mark), "prompts hold it");
    nowhere(&server, &mark).await;
    nowhere(&server, "zanzibar").await;

    let candidate = format!("/v1/candidates/{}", read["candidate_id"].as_str().expect("an id is a text"));
    owner.delete(&format!("{candidate}/personal-data"), Some("*")).await.expect(200);
    server.run_tasks().await;
    nowhere(&server, "lovelace").await;
    assert_eq!(server.texts("select month from inference_usages").await, ["2026-03"], "what it cost stays");
}

#[tokio::test]
async fn a_grant_that_is_withdrawn_ends_asking_at_once() {
    let endpoint = Endpoint::start(Says::Content(well_read("Ada Lovelace", "ada@example.com"))).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let parser = use_parser(&server, &owner).await;
    configure(&owner, &parser, json!({ "max_tokens": 2_000 })).await.expect(200);
    read(&server, &owner, &resume("Ada Lovelace", "ada@example.com")).await;
    assert_eq!((ended(&owner, &parser).await.0.as_str(), endpoint.count()), ("ok", 1));

    consent(&owner, &parser, &[]).await.expect(200);
    let read = read(&server, &owner, &resume("Grace Hopper", "grace@example.com")).await;

    assert_eq!(ended(&owner, &parser).await, ("error".into(), "not_granted".into()));
    assert!(reader(&read).starts_with("mortise/resume-parser@"), "{read:#}");
    assert_eq!(endpoint.count(), 1);
}
