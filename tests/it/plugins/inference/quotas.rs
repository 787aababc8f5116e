//! What asking may cost in a month: taken before it is asked, settled after, each tenant's own, and never much overshot.

use std::time::{Duration, Instant};

use mortise_host::inference::{Ask, Bounds, Models, Reason};
use mortise_host::resources::inference::asking::TenantModels;
use mortise_tests::server::Server;
use serde_json::json;

use super::endpoint::TOKENS;
use super::{
    Endpoint, Says, ended, last_run, name, resume, spent, start, use_parser, well_read, with_models,
};
use crate::plugins::{configure, read, reader};

const ADA: (&str, &str) = ("Ada Lovelace", "ada@example.com");

async fn server_with(endpoint: &Endpoint, tokens_per_month: u64) -> Server {
    Server::start_with(|config| {
        with_models(config, endpoint);
        config.inference_tokens_per_month = tokens_per_month;
    })
    .await
}

#[tokio::test]
async fn without_tokens_left_nobody_is_asked_until_the_next_month_and_each_tenant_has_its_own() {
    let endpoint = Endpoint::start(Says::Content(well_read(ADA.0, ADA.1))).await;
    let server = server_with(&endpoint, 6_000).await;
    let owner = server.tenant("acme").await;
    let parser = use_parser(&server, &owner).await;
    configure(&owner, &parser, json!({ "max_tokens": 1_000 })).await.expect(200);

    let mut times = 0;
    let last = loop {
        times += 1;
        let read = read(&server, &owner, &format!("{}\nTime {times}", resume(ADA.0, ADA.1))).await;
        if !reader(&read).starts_with("mortise/llm-parser@") {
            break read;
        }
        assert!(times < 10, "there is no end");
    };

    assert!(times > 1, "there was something to spend");
    assert_eq!(ended(&owner, &parser).await, ("error".into(), "token_quota_exhausted".into()));
    assert_eq!(name(&owner, &last).await, ADA.0, "the default parser read it");
    let asked = endpoint.count();
    assert_eq!(asked, times - 1);
    assert_eq!(spent(&owner).await, i64::try_from(asked).unwrap() * TOKENS);
    let run = last_run(&owner, &parser).await;
    assert!(run["log"].to_string().contains("there is room again from 2026-04-01"), "{run:#}");
    assert_eq!(run["inference_tokens"], 0);

    let other = server.tenant("globex").await;
    let their_parser = use_parser(&server, &other).await;
    configure(&other, &their_parser, json!({ "max_tokens": 1_000 })).await.expect(200);
    let theirs = read(&server, &other, &resume(ADA.0, ADA.1)).await;
    assert!(reader(&theirs).starts_with("mortise/llm-parser@"), "their tokens are their own: {theirs:#}");
    assert_eq!(spent(&other).await, TOKENS);

    server.advance(Duration::from_secs(31 * 24 * 60 * 60)).await;
    assert_eq!(spent(&owner).await, 0);
    let read = read(&server, &owner, &format!("{}\nA month later", resume(ADA.0, ADA.1))).await;
    assert!(reader(&read).starts_with("mortise/llm-parser@"), "{read:#}");
    let mut months = server.texts("select month from inference_usages").await;
    months.sort_unstable();
    assert_eq!(months, ["2026-03", "2026-03", "2026-04"]);
}

/// All that come at the same time, on two nodes, take what they may cost before any of them is answered.
#[tokio::test]
async fn questions_at_the_same_time_do_not_overshoot() {
    let endpoint = Endpoint::start(Says::Nothing).await;
    let server = server_with(&endpoint, 3_500).await;
    let tenant = server.found("acme").await.tenant.id;
    let other_node = server.another_node().await;
    let deadline = Instant::now() + Duration::from_secs(5);
    let ask = |services| async move {
        let models = TenantModels::new(services, tenant);
        let bounds = Bounds { models: None, max_tokens: None, deadline };
        models.complete(Ask { prompt: "x".into(), max_tokens: 1_000, ..Ask::default() }, bounds).await
    };
    let nodes = [server.services(), &other_node.services];

    let answers = futures::future::join_all((0..10).map(|number| ask(nodes[number % 2]))).await;

    let reasons: Vec<_> =
        answers.iter().map(|answer| answer.result.as_ref().expect_err("nobody answers").reason).collect();
    let count = |reason| reasons.iter().filter(|one| **one == reason).count();
    assert_eq!((count(Reason::Timeout), count(Reason::Denied)), (3, 7), "{answers:?}");
    assert_eq!(endpoint.count(), 3);
    let left: u64 = answers.iter().map(|answer| answer.tokens).sum();
    let kept =
        server.texts("select cast(tokens as text) || ' ' || cast(calls as text) from inference_usages").await;
    assert_eq!(kept, [format!("{left} 3")], "what they did not cost is free again");
    other_node.stop().await;
}

#[tokio::test]
async fn a_tenant_can_say_less_than_the_operator_and_sees_what_it_spent() {
    let endpoint = Endpoint::start(Says::Content(well_read(ADA.0, ADA.1))).await;
    let server = start(&endpoint).await;
    let owner = server.tenant("acme").await;
    let parser = use_parser(&server, &owner).await;
    let less = json!({ "models": ["large"], "tokens_per_month": 20_000 });
    let set = owner.put("/v1/inference", less, Some("*")).await.expect(200).json();
    assert_eq!(
        (&set["source"], &set["effective_models"]),
        (&json!("operator"), &json!(["large"])),
        "{set:#}"
    );
    assert_eq!(set["effective_tokens_per_month"], 20_000);

    read(&server, &owner, &resume(ADA.0, ADA.1)).await;

    assert_eq!(endpoint.last().body["model"], "large");
    let seen = owner.get("/v1/inference").await.expect(200).json();
    let usage = json!({ "month": "2026-03", "calls": 1, "tokens": TOKENS });
    assert_eq!(seen["usage"], usage);

    // It holds for the next question on.
    let nothing = json!({ "models": ["large"], "tokens_per_month": 1 });
    owner.put("/v1/inference", nothing, Some("*")).await.expect(200);
    read(&server, &owner, &resume("Grace Hopper", "grace@example.com")).await;
    assert_eq!(ended(&owner, &parser).await.1, "token_quota_exhausted");
    owner.put("/v1/inference", json!({ "models": ["another"] }), Some("*")).await.expect(200);
    read(&server, &owner, &resume("Edith Clarke", "edith@example.com")).await;
    assert_eq!(ended(&owner, &parser).await.1, "model_not_allowed");
    assert_eq!(endpoint.count(), 1);
}
