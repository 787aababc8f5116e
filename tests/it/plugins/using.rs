//! What a tenant installed is asked wherever plugins are: about applications, and about what webhooks send.

use mortise_tests::receiver::Receiver;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{activate, configure, deactivate, embedded, install, install_active};

const TRANSFORM: &str = "id = \"acme/echo\"\nversion = \"1.0.0\"\nkind = \"webhook-transform\"\ntitle = \"x\"\n\
    [config_schema]\ntype = \"object\"\n[config_schema.properties.drop]\ntype = \"string\"\n";

async fn told() -> (Server, Receiver) {
    let server = Server::start_with(|config| {
        config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
        config.webhooks_allow_http = true;
    })
    .await;
    (server, Receiver::start().await)
}

#[tokio::test]
async fn a_tenants_own_transform_reshapes_what_is_sent() {
    let (server, receiver) = told().await;
    let owner = server.tenant("acme").await;
    let endpoint = |transform: Value| json!({ "url": receiver.url(), "event_types": ["candidate.created"], "transform": transform });
    let echo = json!({ "plugin": "acme/echo" });
    let refused = owner.post("/v1/webhook-endpoints", endpoint(echo.clone())).await.expect(422);
    assert_eq!(refused.fault().0, "#/transform/plugin", "it is not installed");
    let installed = install_active(&server, &owner, embedded("echo-transform", TRANSFORM)).await;
    owner.post("/v1/webhook-endpoints", endpoint(echo)).await.expect(201);
    owner.post("/v1/candidates", json!({ "name": "Ada" })).await.expect(201);
    server.run_tasks().await;

    let received = receiver.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].header("x-event"), "candidate.created");

    // What its admin says of the plugin holds wherever the endpoint says nothing else.
    configure(&owner, &installed, json!({ "drop": "candidate.created" })).await.expect(200);
    let told_anyway = json!({ "plugin": "acme/echo", "config": { "drop": "nothing" } });
    owner.post("/v1/webhook-endpoints", endpoint(told_anyway)).await.expect(201);
    owner.post("/v1/candidates", json!({ "name": "Grace" })).await.expect(201);
    server.run_tasks().await;
    assert_eq!(receiver.received().len(), 2, "one endpoint dropped it, the other did not");

    // Of what is not there any more nothing is lost.
    deactivate(&owner, &installed).await.expect(200);
    owner.post("/v1/candidates", json!({ "name": "Edith" })).await.expect(201);
    server.run_tasks().await;
    assert_eq!(receiver.received().len(), 2);
    activate(&owner, &installed).await.expect(200);
    server.advance(std::time::Duration::from_secs(60)).await;
    assert_eq!(receiver.received().len(), 3);
    // Another tenant has no such plugin.
    let other = server.tenant("globex").await;
    let theirs = endpoint(json!({ "plugin": "acme/echo" }));
    other.post("/v1/webhook-endpoints", theirs).await.expect(422);
}

/// It traps at every call: no event is lost, and after three times nobody asks it for a while.
#[tokio::test]
async fn a_transform_that_traps_is_suspended_and_its_events_are_sent_as_they_are() {
    let (server, receiver) = told().await;
    let owner = server.tenant("acme").await;
    let toml = TRANSFORM.replace("acme/echo", "acme/recurses");
    let installed = install_active(&server, &owner, embedded("traps-transform", &toml)).await;
    let transform = json!({ "plugin": "acme/recurses", "on_failure": "send_raw" });
    let endpoint =
        json!({ "url": receiver.url(), "event_types": ["candidate.created"], "transform": transform });
    owner.post("/v1/webhook-endpoints", endpoint).await.expect(201);

    for _ in 0..4 {
        owner.post("/v1/candidates", json!({ "name": "Ada" })).await.expect(201);
        server.run_tasks().await;
    }

    let received = receiver.received();
    assert_eq!(received.len(), 4);
    assert!(received.iter().all(|one| one.json()["type"] == "candidate.created"));
    let runs = server.texts("select outcome from plugin_runs").await;
    assert_eq!(runs, ["trap", "trap", "trap"], "the fourth time it was not asked");
    let plugin = owner.get(&installed.plugin()).await.expect(200).json();
    assert_eq!(plugin["suspension"]["strikes"], 3, "{plugin:#}");
    let events = owner.get("/v1/events?type=plugin.suspended").await.expect(200).json();
    assert_eq!(events["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_tenants_own_rule_scores_with_the_settings_of_its_plugin_and_of_its_binding() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let rule = "id = \"acme/score\"\nversion = \"2.1.0\"\nkind = \"scoring-rule\"\ntitle = \"x\"\n\
        [config_schema]\ntype = \"object\"\n";
    let unknown = json!({ "kind": "scoring", "plugin": "acme/score" });
    owner.post("/v1/plugin-bindings", unknown.clone()).await.expect(422);
    install_active(&server, &owner, embedded("echo-score", rule)).await;
    owner.post("/v1/plugin-bindings", unknown).await.expect(201);
    let resume = owner.upload("ada.txt", samples::text_resume("Ada", "ada@example.com")).await.expect(202);
    server.run_tasks().await;
    let resume = owner.get(&format!("/v1/resumes/{}", resume.text("id"))).await.expect(200);
    let job = crate::hiring::open_job(&owner, "joiner").await;
    let application = crate::hiring::apply(&owner, &resume.text("candidate_id"), &job).await;
    server.run_tasks().await;

    let scores = owner.get(&format!("/v1/applications/{application}/scores")).await.expect(200).json();

    let score = &scores["data"][0];
    assert_eq!(
        (&score["status"], &score["plugin"]["id"]),
        (&json!("scored"), &json!("acme/score")),
        "{scores:#}"
    );
    assert!(score.to_string().contains("2.1.0"), "{score:#}");
    let replay = format!("/v1/scores/{}/replays", score["id"].as_str().expect("text"));
    assert_eq!(owner.post(&replay, json!({})).await.expect(200).json()["is_same"], true);
    // A version that is installed beside it is used once it is active, and scores keep theirs.
    let newer = install(&server, &owner, embedded("echo-score", &rule.replace("2.1.0", "2.2.0"))).await;
    activate(&owner, &newer).await.expect(200);
    owner.post(&format!("/v1/applications/{application}/scores"), json!({})).await.expect(202);
    server.run_tasks().await;
    let scores = owner.get(&format!("/v1/applications/{application}/scores")).await.expect(200).json();
    assert!(scores["data"][0].to_string().contains("2.2.0"), "{scores:#}");
}
