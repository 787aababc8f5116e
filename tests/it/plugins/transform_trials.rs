//! Trials of webhook transforms: a version beside the one in use, on events that happened. Nothing is sent.

use mortise_tests::actor::Actor;
use mortise_tests::receiver::Receiver;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::trials::{pointers, try_it};
use super::{Installed, activate, configure, embedded, install, read};
use crate::hiring::{candidate, open_job};

fn transform(version: &str) -> Vec<u8> {
    let toml = format!(
        "id = \"acme/echo\"\nversion = \"{version}\"\nkind = \"webhook-transform\"\ntitle = \"x\"\n\
         [config_schema]\ntype = \"object\"\n"
    );
    embedded("echo-transform", &toml)
}

/// A candidate came in and a job was made.
struct Scene {
    server: Server,
    owner: Actor,
    receiver: Receiver,
    /// `candidate.created`, and `job.created`.
    events: [Value; 2],
}

impl Scene {
    async fn start() -> Self {
        let server = Server::start_with(|config| {
            config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
            config.webhooks_allow_http = true;
        })
        .await;
        let owner = server.tenant("acme").await;
        candidate(&owner, "Ada Lovelace").await;
        open_job(&owner, "Joiner").await;
        let events = [event(&owner, "candidate.created").await, event(&owner, "job.created").await];
        Self { server, owner, receiver: Receiver::start().await, events }
    }

    async fn installed(&self, version: &str) -> Installed {
        install(&self.server, &self.owner, transform(version)).await
    }

    /// An endpoint for candidates.
    async fn endpoint(&self, payload: &str, transform: Value) -> String {
        let endpoint = json!({
            "url": self.receiver.url(), "event_types": ["candidate.created"], "payload": payload,
            "transform": transform,
        });
        self.owner.post("/v1/webhook-endpoints", endpoint).await.expect(201).text("id")
    }

    async fn try_on_all(&self, tried: &Installed) -> Value {
        let trial = try_it(&self.server, &self.owner, tried, json!({ "event_ids": self.events })).await;
        assert_eq!(trial["state"], "done", "{trial:#}");
        trial["report"].clone()
    }

    /// The version with these settings, on the candidate's event.
    async fn with(&self, tried: &Installed, config: Value) -> Value {
        configure(&self.owner, tried, config).await.expect(200);
        self.try_on_all(tried).await["events"][0].clone()
    }
}

async fn event(owner: &Actor, kind: &str) -> Value {
    let events = owner.get(&format!("/v1/events?type={kind}")).await.expect(200).json();
    events["data"][0]["id"].clone()
}

#[tokio::test]
async fn a_transform_that_is_not_used_is_compared_with_the_event_as_it_is() {
    let scene = Scene::start().await;
    let tried = scene.installed("1.0.0").await;

    let report = scene.try_on_all(&tried).await;

    assert_eq!(
        [&report["tried"], &report["failed"], &report["different"], &report["baseline_cost"]["wall_micros"]],
        [&json!(2), &json!(0), &json!(2), &json!(0)],
        "{report:#}"
    );
    assert!(report["cost"]["wall_micros"].as_i64() > Some(0));
    let ids = [&report["events"][0]["event_id"], &report["events"][1]["event_id"]];
    assert_eq!(ids, [&scene.events[0], &scene.events[1]]);
    assert_eq!(pointers(&report["events"][0]), ["/requests/0/headers/x-event"]);
    assert_eq!((&report["resumes"], &report["applications"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn what_is_reshaped_dropped_or_split_differs_and_what_fails_is_counted() {
    let scene = Scene::start().await;
    let active = scene.installed("1.0.0").await;
    configure(&scene.owner, &active, json!({ "text": "Hello" })).await.expect(200);
    activate(&scene.owner, &active).await.expect(200);
    let next = scene.installed("1.1.0").await;

    let same = scene.with(&next, json!({ "text": "Hello" })).await;
    assert_eq!((&same["outcome"], &same["differences"]), (&json!("same"), &json!([])));
    let reshaped = scene.with(&next, json!({ "text": "Good morning" })).await;
    let expected = json!([{ "pointer": "/requests/0/body/text", "change": "changed" }]);
    assert_eq!(reshaped["differences"], expected);
    let dropped = scene.with(&next, json!({ "text": "Hello", "drop": "candidate.created" })).await;
    assert_eq!(pointers(&dropped), ["/drop_reason", "/is_dropped", "/requests/0"]);
    let split = scene.with(&next, json!({ "text": "Hello", "split": "candidate.created" })).await;
    let expected = json!([{ "pointer": "/requests/1", "change": "added" }]);
    assert_eq!(split["differences"], expected);

    for _ in 0..4 {
        let failed = scene.with(&next, json!({ "text": "Hello", "panic": "candidate.created" })).await;
        assert_eq!((&failed["outcome"], &failed["error_code"]), (&json!("failed"), &json!("plugin_trap")));
    }
    let report = scene.try_on_all(&next).await;
    assert_eq!(
        [&report["tried"], &report["failed"], &report["different"], &report["failure_rate"]],
        [&json!(2), &json!(1), &json!(0), &json!(0.5)],
        "{report:#}"
    );
    assert!(report["baseline_cost"]["wall_micros"].as_i64() > Some(0));
    assert_eq!(scene.owner.get(&next.plugin()).await.json()["suspension"], json!(null));
}

#[tokio::test]
async fn events_are_tried_as_an_endpoint_is_sent_them_and_nothing_is_sent() {
    let scene = Scene::start().await;
    let active = scene.installed("1.0.0").await;
    let plain = scene.endpoint("full", Value::Null).await;
    configure(&scene.owner, &active, json!({ "text": "Hello" })).await.expect(200);
    let on = |endpoint: &str| json!({ "event_ids": [scene.events[0]], "endpoint_id": endpoint });
    let trial = try_it(&scene.server, &scene.owner, &active, on(&plain)).await;
    assert_eq!(trial["endpoint_id"], json!(plain));
    let named = pointers(&trial["report"]["events"][0]);
    assert!(
        named.contains(&"/requests/0/body/subject") && named.contains(&"/requests/0/body/text"),
        "{named:?}"
    );
    assert!(!trial.to_string().contains("Lovelace"));

    configure(&scene.owner, &active, json!({})).await.expect(200);
    activate(&scene.owner, &active).await.expect(200);
    let next = scene.installed("1.1.0").await;
    configure(&scene.owner, &next, json!({ "drop": "candidate.created" })).await.expect(200);
    let own = json!({ "plugin": "acme/echo", "config": { "drop": "job.created" } });
    let endpoint = scene.endpoint("thin", own).await;
    candidate(&scene.owner, "Grace Hopper").await;
    scene.server.run_tasks().await;
    let counted = async || {
        let runs = scene.server.texts("select outcome from plugin_runs").await.len();
        let deliveries = scene.server.texts("select status from webhook_deliveries").await.len();
        let values = scene.server.texts("select key from plugin_values").await.len();
        (scene.receiver.received().len(), runs, deliveries, values, scene.server.events().await.len())
    };
    let before = counted().await;
    assert_eq!(before.0, 2, "each endpoint was told of her");

    let with = try_it(&scene.server, &scene.owner, &next, on(&endpoint)).await;
    assert_eq!(with["report"]["events"][0]["outcome"], "same", "the endpoint's settings hold: {with:#}");
    for without in [on(&plain), json!({ "event_ids": [scene.events[0]] })] {
        let trial = try_it(&scene.server, &scene.owner, &next, without).await;
        assert_eq!(pointers(&trial["report"]["events"][0])[1], "/is_dropped", "{trial:#}");
    }
    assert_eq!(counted().await, before);

    let path = format!("/v1/webhook-endpoints/{endpoint}");
    let waiting = scene.owner.post(&format!("{}/trials", next.path()), on(&endpoint)).await.expect(202);
    scene.owner.delete(&path, Some("*")).await.expect(204);
    scene.server.run_tasks().await;
    let gone = scene.owner.get(waiting.header("location").expect("it says where")).await.expect(200).json();
    assert_eq!((&gone["state"], &gone["error_code"]), (&json!("failed"), &json!("endpoint_gone")));
}

#[tokio::test]
async fn a_transform_is_tried_on_events_alone_and_on_what_may_be_seen() {
    let scene = Scene::start().await;
    let Scene { server, owner, events, .. } = &scene;
    let tried = scene.installed("1.0.0").await;
    let path = format!("{}/trials", tried.path());
    let refused = async |body: Value, pointer: &str, code: &str| {
        let answer = owner.post(&path, body).await.expect(422);
        assert_eq!(answer.fault(), (pointer.to_owned(), code.to_owned()), "{:#}", answer.json());
    };
    let missing = async |actor: &Actor, body: Value| {
        assert_eq!(actor.post(&path, body).await.expect(404).text("code"), "not_found");
    };
    let first = &events[0];
    let resume = read(server, owner, "Ada Lovelace\nada@example.com").await["id"].clone();
    let resume = json!({ "event_ids": [first], "resume_ids": [resume] });
    refused(resume, "#/resume_ids", "trial_unsupported").await;
    refused(json!({ "event_ids": [first, first] }), "#/event_ids/1", "duplicate").await;
    refused(json!({ "event_ids": vec![first; 51] }), "#/event_ids", "out_of_range").await;
    let endpoint = scene.endpoint("full", Value::Null).await;
    refused(json!({ "endpoint_id": endpoint }), "#/event_ids", "missing").await;

    let other = server.tenant("globex").await;
    candidate(&other, "Alan Turing").await;
    let foreign = event(&other, "candidate.created").await;
    missing(owner, json!({ "event_ids": [first, foreign] })).await;
    let nowhere = "endpoint_01k7z1v5jafz8rk3m2w9y6t4qd";
    missing(owner, json!({ "event_ids": [first], "endpoint_id": nowhere })).await;

    let mut permissions = vec!["plugin:read", "plugin:write"];
    let member = server.member(owner, "plugins@acme.example", &[]).await;
    let role = json!({ "name": "Plugins", "permissions": permissions });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    let roles = format!("/v1/members/{}/roles", member.member_id);
    owner.post(&roles, json!({ "role_id": role })).await.expect(201);
    missing(&member.actor, json!({ "event_ids": [first] })).await;
    permissions.push("event:read");
    let another = server.member(owner, "events@acme.example", &[]).await;
    let role = json!({ "name": "Events", "permissions": permissions });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    let roles = format!("/v1/members/{}/roles", another.member_id);
    owner.post(&roles, json!({ "role_id": role })).await.expect(201);
    another.actor.post(&path, json!({ "event_ids": [first] })).await.expect(202);
    missing(&another.actor, json!({ "event_ids": [first], "endpoint_id": endpoint })).await;
    permissions.push("webhook:read");
    let third = server.member(owner, "webhooks@acme.example", &[]).await;
    let role = json!({ "name": "Webhooks", "permissions": permissions });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    let roles = format!("/v1/members/{}/roles", third.member_id);
    owner.post(&roles, json!({ "role_id": role })).await.expect(201);
    // The endpoint is sent candidates, and nobody shows a plugin whom they may not see.
    third.actor.post(&path, json!({ "event_ids": [first], "endpoint_id": endpoint })).await.expect(403);
}
