//! A shadow: a version that is asked what was answered already. Nothing of its answers is used or kept but where they differ.

use std::time::Duration;

use mortise_host::resources::resumes::tasks::ReadResume;
use mortise_host::tasks::{Registry, run_due};
use mortise_tests::actor::Actor;
use mortise_tests::receiver::Receiver;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{
    Installed, activate, component, configure, consent, echo_score, embedded, install, install_active, read,
    reader, shadow, unified,
};
use crate::privacy::everywhere::tables_with;

const TEXT: &str = "Ada Lovelace\nNurse\nada@example.com";
const HOUR: Duration = Duration::from_secs(60 * 60);

fn echo(version: &str, more: &str) -> Vec<u8> {
    component("echo-parser", "acme/echo", version, more)
}

async fn runs(owner: &Actor, installed: &Installed) -> Vec<Value> {
    let runs = owner.get(&format!("{}/shadow-runs", installed.plugin())).await.expect(200).json();
    runs["data"].as_array().cloned().expect("a list")
}

async fn summary(owner: &Actor, installed: &Installed) -> Value {
    owner.get(&format!("{}/shadow-runs/summary", installed.plugin())).await.expect(200).json()["data"].clone()
}

fn pointers(run: &Value) -> Vec<&str> {
    let differences = run["differences"].as_array().expect("a list");
    differences.iter().filter_map(|one| one["pointer"].as_str()).collect()
}

#[tokio::test]
async fn a_shadow_is_asked_after_the_answer_is_kept_and_only_the_difference_is() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, echo("1.0.0", "")).await;
    let next = install(&server, &owner, echo("1.1.0", "")).await;
    let shown = shadow(&owner, &next).await.expect(200).json();
    assert_eq!(shown["shadow_version"]["version_id"], json!(next.version), "{shown:#}");

    let resume = read(&server, &owner, TEXT).await;

    assert_eq!(reader(&resume), "acme/echo@1.0.0");
    assert_eq!(unified(&owner, &resume).await["dry_run"], false);
    let runs = runs(&owner, &next).await;
    assert_eq!(runs.len(), 1, "{runs:#?}");
    let run = &runs[0];
    assert_eq!(
        (&run["subject_id"], &run["version_id"], &run["outcome"], &run["baseline_release"]),
        (&resume["id"], &json!(next.version), &json!("different"), &json!("1.0.0"))
    );
    // Each call has an id of its own, and this one was told that nothing of it counts.
    assert_eq!(pointers(run), ["/dry_run", "/invocation_id"], "{run:#}");
    for cost in ["cost", "baseline_cost"] {
        assert!(run[cost]["wall_micros"].as_i64() > Some(0), "{cost}: {run:#}");
        assert!(run[cost]["peak_memory"].as_i64() > Some(0), "{cost}: {run:#}");
    }
    let summary = summary(&owner, &next).await;
    assert_eq!(
        [&summary[0]["compared"], &summary[0]["same"], &summary[0]["different"], &summary[0]["failed"]],
        [&json!(1), &json!(0), &json!(1), &json!(0)],
        "{summary:#}"
    );
    assert_eq!((&summary[0]["release"], &summary[0]["cost"]), (&json!("1.1.0"), &run["cost"]));
    assert_eq!(summary[0]["baseline_cost"], run["baseline_cost"]);
    let kept = server.texts("select version from plugin_runs where plugin = 'acme/echo'").await;
    assert_eq!(kept, ["1.0.0"], "its own runs are what the shadow runs are");

    owner.delete(&format!("{}/shadow-version", next.plugin()), Some("*")).await.expect(200);
    read(&server, &owner, "Grace Hopper\ngrace@example.com").await;
    assert_eq!(self::runs(&owner, &next).await.len(), 1);
    let again = owner.delete(&format!("{}/shadow-version", next.plugin()), Some("*")).await;
    assert_eq!(again.expect(409).text("code"), "no_shadow_version");
    let events: Vec<_> =
        server.events().await.into_iter().filter(|event| event.starts_with("plugin.shadow")).collect();
    assert_eq!(events, ["plugin.shadow_started", "plugin.shadow_ended"]);
}

#[tokio::test]
async fn a_shadow_that_fails_harms_nobody() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, echo("1.0.0", "")).await;
    let bad = install(&server, &owner, component("panics", "acme/echo", "2.0.0", "")).await;
    shadow(&owner, &bad).await.expect(200);

    for number in 0..4 {
        let resume = read(&server, &owner, &format!("{TEXT}{number}")).await;
        assert_eq!((&resume["status"], reader(&resume)), (&json!("success"), "acme/echo@1.0.0".into()));
    }

    let runs = runs(&owner, &bad).await;
    assert_eq!(runs.len(), 4, "each is asked: it is nobody's to suspend");
    assert!(runs.iter().all(|run| run["outcome"] == "failed" && run["error_code"] == "plugin_trap"));
    assert_eq!(summary(&owner, &bad).await[0]["failed"], 4);
    assert_eq!(owner.get(&bad.plugin()).await.json()["suspension"], json!(null));
    let path = format!("{}/shadow-runs", bad.plugin());
    let page = owner.get(&format!("{path}?limit=3&outcome=failed")).await.expect(200).json();
    assert_eq!((page["data"].as_array().map(Vec::len), &page["has_more"]), (Some(3), &json!(true)));
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let rest = owner.get(&format!("{path}?limit=3&outcome=failed&cursor={cursor}")).await.expect(200).json();
    assert_eq!(rest["data"].as_array().map(Vec::len), Some(1));
    let same = owner.get(&format!("{path}?outcome=same")).await.expect(200).json();
    assert_eq!(same["data"], json!([]));
}

/// The version in use and its shadow share one store: what is tried must not be in the way of what counts.
#[tokio::test]
async fn what_a_shadow_keeps_is_forgotten() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let kv = "[[capabilities]]\nname = \"kv\"\nreason = \"remembers\"\n";
    install_active(&server, &owner, echo("1.0.0", "")).await;
    let next = install(&server, &owner, component("remembers", "acme/echo", "2.0.0", kv)).await;
    consent(&owner, &next, &["kv"]).await.expect(200);
    shadow(&owner, &next).await.expect(200);

    read(&server, &owner, TEXT).await;

    assert_eq!(runs(&owner, &next).await.len(), 1);
    assert!(server.texts("select key from plugin_values").await.is_empty());
}

#[tokio::test]
async fn an_extractor_is_shadowed_page_by_page() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let toml = |id: &str, version: &str| {
        format!(
            "id = \"{id}\"\nversion = \"{version}\"\nkind = \"text-extractor\"\ntitle = \"x\"\nmedia_types = [\"text/plain\"]"
        )
    };
    install_active(&server, &owner, embedded("shouts", &toml("acme/shouts", "1.0.0"))).await;
    let next = install(&server, &owner, embedded("shouts", &toml("acme/shouts", "1.1.0"))).await;
    shadow(&owner, &next).await.expect(200);

    read(&server, &owner, TEXT).await;

    let runs = runs(&owner, &next).await;
    assert_eq!((runs.len(), &runs[0]["outcome"]), (1, &json!("same")), "{runs:#?}");
    assert_eq!(runs[0]["differences"], json!([]));
}

/// A rule in use that says 40, one in its shadow, and somebody whose application was scored.
struct Scored {
    server: Server,
    owner: Actor,
    next: Installed,
    candidate: String,
    application: String,
}

impl Scored {
    async fn start(shadows: &Value) -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let active = install(&server, &owner, echo_score("1.0.0")).await;
        configure(&owner, &active, json!({ "value": 40 })).await.expect(200);
        activate(&owner, &active).await.expect(200);
        let next = install(&server, &owner, echo_score("1.1.0")).await;
        configure(&owner, &next, shadows.clone()).await.expect(200);
        shadow(&owner, &next).await.expect(200);
        let binding = json!({ "kind": "scoring", "plugin": "acme/score" });
        owner.post("/v1/plugin-bindings", binding).await.expect(201);
        let file = samples::text_resume("Ada Lovelace", "ada@example.com");
        let resume = owner.upload("ada.txt", file).await.expect(202).text("id");
        server.run_tasks().await;
        let candidate = owner.get(&format!("/v1/resumes/{resume}")).await.expect(200).text("candidate_id");
        let job = crate::hiring::open_job(&owner, "joiner").await;
        let application = crate::hiring::apply(&owner, &candidate, &job).await;
        server.run_tasks().await;
        Self { server, owner, next, candidate, application }
    }
}

#[tokio::test]
async fn a_rule_is_shadowed_with_its_own_settings() {
    let scene = Scored::start(&json!({ "value": 41 })).await;

    let score = format!("/v1/applications/{}/scores", scene.application);
    let score = scene.owner.get(&score).await.expect(200).json()["data"][0].clone();
    assert_eq!((&score["value"], &score["plugin"]["version"]), (&json!(40.0), &json!("1.0.0")));
    let runs = runs(&scene.owner, &scene.next).await;
    assert_eq!(runs.len(), 1, "{runs:#?}");
    assert_eq!(
        (&runs[0]["subject_id"], &runs[0]["outcome"]),
        (&json!(scene.application), &json!("different"))
    );
    assert_eq!(pointers(&runs[0]), ["/contributions/0/value", "/value"]);
    assert!(runs[0]["fuel"].as_i64() > Some(0) && runs[0]["baseline_fuel"].as_i64() > Some(0));
}

#[tokio::test]
async fn a_rule_that_answers_the_same_is_the_same_and_what_a_binding_says_holds_for_both() {
    let scene = Scored::start(&json!({ "value": 90 })).await;
    let bindings = scene.owner.get("/v1/plugin-bindings").await.expect(200).json();
    let path = format!("/v1/plugin-bindings/{}", bindings["data"][0]["id"].as_str().expect("text"));
    scene.owner.patch(&path, json!({ "config": { "value": 55 } }), "*").await.expect(200);

    scene.server.run_tasks().await;

    let runs = runs(&scene.owner, &scene.next).await;
    let outcomes: Vec<_> = runs.iter().map(|run| run["outcome"].as_str().unwrap_or_default()).collect();
    assert_eq!(outcomes, ["same", "different"], "the latest first");
    let summary = summary(&scene.owner, &scene.next).await;
    assert_eq!((&summary[0]["same"], &summary[0]["different"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_transform_is_shadowed_request_by_request() {
    let server = Server::start_with(|config| {
        config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
        config.webhooks_allow_http = true;
    })
    .await;
    let receiver = Receiver::start().await;
    let owner = server.tenant("acme").await;
    let transform = |version: &str| {
        let toml = format!(
            "id = \"acme/echo\"\nversion = \"{version}\"\nkind = \"webhook-transform\"\ntitle = \"x\"\n\
             [config_schema]\ntype = \"object\"\n"
        );
        embedded("echo-transform", &toml)
    };
    install_active(&server, &owner, transform("1.0.0")).await;
    let next = install(&server, &owner, transform("1.1.0")).await;
    shadow(&owner, &next).await.expect(200);
    let endpoint = json!({
        "url": receiver.url(), "event_types": ["candidate.created"], "transform": { "plugin": "acme/echo" },
    });
    owner.post("/v1/webhook-endpoints", endpoint).await.expect(201);

    owner.post("/v1/candidates", json!({ "name": "Ada" })).await.expect(201);
    server.run_tasks().await;
    configure(&owner, &next, json!({ "drop": "candidate.created" })).await.expect(200);
    owner.post("/v1/candidates", json!({ "name": "Grace" })).await.expect(201);
    server.run_tasks().await;

    assert_eq!(receiver.received().len(), 2, "what the shadow would drop is sent");
    let runs = runs(&owner, &next).await;
    let outcomes: Vec<_> = runs.iter().map(|run| run["outcome"].as_str().unwrap_or_default()).collect();
    assert_eq!(outcomes, ["different", "same"], "{runs:#?}");
    assert_eq!(pointers(&runs[0]), ["/is_dropped", "/requests/0"]);
    assert!(runs[0]["subject_id"].as_str().is_some_and(|id| id.starts_with("delivery_")), "{runs:#?}");
}

/// A field may be called after somebody: the one thing that a difference could tell.
#[tokio::test]
async fn of_somebody_who_is_erased_not_even_a_fields_name_is_left() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let schema = "[config_schema]\ntype = \"object\"\n";
    install_active(&server, &owner, echo("1.0.0", schema)).await;
    let next = install(&server, &owner, echo("1.1.0", schema)).await;
    configure(&owner, &next, json!({ "lovelace": 1 })).await.expect(200);
    shadow(&owner, &next).await.expect(200);
    let resume = read(&server, &owner, TEXT).await;
    let other = read(&server, &owner, "Grace Hopper\ngrace@example.com").await;
    assert!(pointers(&runs(&owner, &next).await[1]).contains(&"/config/lovelace"));
    assert!(tables_with(&server, "lovelace").await.contains("plugin_shadow_runs"));

    for resume in [&resume, &other] {
        let candidate = resume["candidate_id"].as_str().expect("text");
        owner.delete(&format!("/v1/candidates/{candidate}/personal-data"), Some("*")).await.expect(200);
    }

    let runs = runs(&owner, &next).await;
    assert!(runs.iter().all(|run| run["differences"] == json!([]) && run["outcome"] == "different"));
    assert_eq!(summary(&owner, &next).await[0]["different"], 2, "that there was a difference stays");
    assert!(!tables_with(&server, "lovelace").await.contains("plugin_shadow_runs"));
}

#[tokio::test]
async fn of_an_answer_that_differs_no_word_is_kept() {
    let scene = Scored::start(&json!({ "value": 41 })).await;
    let tables = tables_with(&scene.server, "lovelace").await;
    assert!(tables.contains("scores") && !tables.contains("plugin_shadow_runs"), "{tables:?}");

    let application = format!("/v1/applications/{}/rejection", scene.application);
    scene.owner.put(&application, json!({ "reason": "other" }), Some("*")).await.expect(200);
    let candidate = format!("/v1/candidates/{}/personal-data", scene.candidate);
    scene.owner.delete(&candidate, Some("*")).await.expect(200);

    assert_eq!(runs(&scene.owner, &scene.next).await[0]["differences"], json!([]));
    assert!(tables_with(&scene.server, "lovelace").await.is_empty());
}

/// A registry without shadows stands for a node that does not come round to them.
#[tokio::test]
async fn what_has_waited_for_long_is_left_out() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, echo("1.0.0", "")).await;
    let next = install(&server, &owner, echo("1.1.0", "")).await;
    shadow(&owner, &next).await.expect(200);
    let read_only = async |text: &str| {
        let id = owner.upload("cv.txt", text).await.expect(202).text("id");
        let busy = std::sync::Arc::new(Registry::new().with::<ReadResume>());
        run_due(server.services(), &busy).await.expect("the queue works");
        let resume = owner.get(&format!("/v1/resumes/{id}")).await.expect(200).json();
        assert_eq!(reader(&resume), "acme/echo@1.0.0", "nobody waits for the shadow");
    };

    read_only(TEXT).await;
    assert!(runs(&owner, &next).await.is_empty());
    server.advance(HOUR / 2).await;
    assert_eq!(runs(&owner, &next).await.len(), 1, "late is not too late");
    read_only("Grace Hopper\ngrace@example.com").await;
    server.advance(HOUR + HOUR / 2).await;

    assert_eq!(runs(&owner, &next).await.len(), 1);
    assert!(server.texts("select kind from tasks where kind = 'resumes.shadow'").await.is_empty());
}

#[tokio::test]
async fn shadow_runs_are_forgotten_after_a_month_and_with_their_plugin() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let active = install_active(&server, &owner, echo("1.0.0", "")).await;
    let next = install(&server, &owner, echo("1.1.0", "")).await;
    shadow(&owner, &next).await.expect(200);
    read(&server, &owner, TEXT).await;
    assert_eq!(runs(&owner, &next).await.len(), 1);

    let ran = server.sleep_over(24 * 31 * HOUR).await;
    assert!(ran.contains(&"plugin_shadow_runs.forget".to_owned()), "{ran:?}");
    assert!(runs(&owner, &next).await.is_empty());
    assert_eq!(summary(&owner, &next).await, json!([]));

    read(&server, &owner, "Grace Hopper\ngrace@example.com").await;
    assert_eq!(runs(&owner, &next).await.len(), 1);
    super::deactivate(&owner, &active).await.expect(200);
    owner.delete(&active.plugin(), Some("*")).await.expect(204);
    assert!(server.texts("select outcome from plugin_shadow_runs").await.is_empty());
}
