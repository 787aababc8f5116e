//! A canary: a version that is asked about a share of what comes, the same things every time; what it does wrong is its own.

use std::collections::BTreeSet;
use std::time::Duration;

use mortise_tests::actor::Actor;
use mortise_tests::receiver::Receiver;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{
    Installed, activate, canary, component, consent, deactivate, embedded, install, install_active, read,
    reader, shadow,
};

const OLD: &str = "acme/echo@1.0.0";
const NEW: &str = "acme/echo@2.0.0";

fn echo(version: &str) -> Vec<u8> {
    component("echo-parser", "acme/echo", version, "")
}

/// Somebody's résumé.
async fn read_number(server: &Server, owner: &Actor, number: usize) -> Value {
    read(server, owner, &format!("Ada Lovelace\nNurse\nada{number}@example.com")).await
}

/// Reads one again, and says who did.
async fn reader_again(server: &Server, owner: &Actor, resume: &Value) -> String {
    let path = format!("/v1/resumes/{}", resume["id"].as_str().expect("text"));
    owner.post(&format!("{path}/parses"), json!({})).await.expect(202);
    server.run_tasks().await;
    reader(&owner.get(&path).await.expect(200).json())
}

async fn look(owner: &Actor, installed: &Installed) -> Value {
    owner.get(&installed.plugin()).await.expect(200).json()
}

async fn withdraw(owner: &Actor, installed: &Installed) -> mortise_tests::actor::Answer {
    owner.delete(&format!("{}/canary-version", installed.plugin()), Some("*")).await
}

#[tokio::test]
async fn a_share_of_resumes_meets_the_canary_and_meets_it_every_time() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let old = install_active(&server, &owner, echo("1.0.0")).await;
    let new = install(&server, &owner, echo("2.0.0")).await;
    let shown = canary(&owner, &new, 50).await.expect(200).json();
    assert_eq!(
        (&shown["active_version_id"], &shown["canary_version"]["version_id"]),
        (&json!(old.version), &json!(new.version)),
        "{shown:#}"
    );
    assert_eq!(shown["canary_version"]["share_percent"], 50);
    assert_eq!(shown["canary_version"]["suspension"], json!(null));

    let mut resumes = Vec::new();
    for number in 0..20 {
        resumes.push(read_number(&server, &owner, number).await);
    }

    let readers: Vec<_> = resumes.iter().map(reader).collect();
    assert_eq!(BTreeSet::from_iter(readers.iter().map(String::as_str)), BTreeSet::from([OLD, NEW]));
    for (resume, before) in resumes.iter().zip(&readers).take(6) {
        assert_eq!(&reader_again(&server, &owner, resume).await, before);
    }
    let runs = owner.get(&format!("{}/runs?limit=200", new.plugin())).await.expect(200).json();
    let runs = runs["data"].as_array().expect("a list");
    for (resume, reader) in resumes.iter().zip(&readers) {
        let of_resume = runs.iter().filter(|run| run["subject_id"] == resume["id"]);
        let releases: BTreeSet<_> = of_resume.filter_map(|run| run["release"].as_str()).collect();
        assert_eq!(releases, BTreeSet::from([reader.split_once('@').expect("both").1]), "runs name it");
    }
    // When the share grows, whoever met it meets it still.
    canary(&owner, &new, 99).await.expect(200);
    for (resume, _) in resumes.iter().zip(&readers).filter(|(_, reader)| *reader == NEW).take(3) {
        assert_eq!(reader_again(&server, &owner, resume).await, NEW);
    }
}

#[tokio::test]
async fn a_canary_is_withdrawn_or_promoted_in_one_call() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let old = install_active(&server, &owner, echo("1.0.0")).await;
    let new = install(&server, &owner, echo("2.0.0")).await;
    canary(&owner, &new, 99).await.expect(200);

    let after = withdraw(&owner, &new).await.expect(200).json();
    assert_eq!((&after["canary_version"], &after["active_version_id"]), (&json!(null), &json!(old.version)));
    for number in 0..3 {
        assert_eq!(reader(&read_number(&server, &owner, number).await), OLD);
    }
    assert_eq!(withdraw(&owner, &new).await.expect(409).text("code"), "no_canary_version");

    canary(&owner, &new, 1).await.expect(200);
    let promoted = activate(&owner, &new).await.expect(200).json();
    assert_eq!(
        (&promoted["canary_version"], &promoted["active_version_id"]),
        (&json!(null), &json!(new.version))
    );
    assert_eq!(reader(&read_number(&server, &owner, 4).await), NEW);

    let log = owner.get("/v1/audit-log?limit=200").await.expect(200).json();
    let mut told: Vec<(String, Value)> = Vec::new();
    for entry in log["data"].as_array().expect("a list").iter().rev() {
        let action = entry["action"].as_str().unwrap_or_default();
        if action.starts_with("plugin.canary") {
            told.push((action.to_owned(), entry["after"].clone()));
        }
    }
    let actions: Vec<_> = told.iter().map(|(action, _)| action.as_str()).collect();
    let expected =
        ["plugin.canary_started", "plugin.canary_ended", "plugin.canary_started", "plugin.canary_ended"];
    assert_eq!(actions, expected);
    assert_eq!((&told[0].1["share_percent"], &told[0].1["release"]), (&json!(99), &json!("2.0.0")));
    assert_eq!([&told[1].1["reason"], &told[3].1["reason"]], [&json!("withdrawn"), &json!("activated")]);
    let events: Vec<_> =
        server.events().await.into_iter().filter(|event| event.starts_with("plugin.canary")).collect();
    assert_eq!(events, expected);
}

#[tokio::test]
async fn a_canary_that_fails_is_suspended_and_the_version_in_use_is_not() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, echo("1.0.0")).await;
    let bad = install(&server, &owner, component("panics", "acme/echo", "2.0.0", "")).await;
    canary(&owner, &bad, 99).await.expect(200);
    let traps = async || server.texts("select outcome from plugin_runs where outcome = 'trap'").await.len();

    for number in 0..8 {
        assert_eq!(reader(&read_number(&server, &owner, number).await), OLD, "it stands by");
    }

    assert_eq!(traps().await, 3, "then it is left alone");
    let plugin = look(&owner, &bad).await;
    assert_eq!(plugin["suspension"], json!(null), "{plugin:#}");
    let suspension = &plugin["canary_version"]["suspension"];
    assert_eq!(
        (&suspension["strikes"], &suspension["until"]),
        (&json!(3), &json!("2026-03-02T09:05:00Z")),
        "{plugin:#}"
    );
    let events = server.events().await;
    let told = |kind: &str| events.iter().filter(|event| *event == kind).count();
    assert_eq!((told("plugin.canary_suspended"), told("plugin.suspended")), (1, 0));

    server.clock.advance(Duration::from_secs(5 * 60));
    for number in 8..12 {
        assert_eq!(reader(&read_number(&server, &owner, number).await), OLD);
    }
    assert_eq!(traps().await, 4, "one call tries it again");
    let until = look(&owner, &bad).await["canary_version"]["suspension"]["until"].clone();
    assert_eq!(until, "2026-03-02T09:15:00Z", "and it waits twice as long");

    let renewed = canary(&owner, &bad, 98).await.expect(200).json();
    assert_eq!(renewed["canary_version"]["suspension"], json!(null), "named again, it is asked again");
}

#[tokio::test]
async fn while_the_version_in_use_is_suspended_the_canary_is_asked_about_its_share() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let bad = install_active(&server, &owner, component("panics", "acme/echo", "1.0.0", "")).await;
    let good = install(&server, &owner, echo("2.0.0")).await;
    for number in 0..3 {
        read_number(&server, &owner, number).await;
    }
    assert!(look(&owner, &bad).await["suspension"].is_object());

    canary(&owner, &good, 99).await.expect(200);

    let mut readers = Vec::new();
    for number in 3..7 {
        readers.push(reader(&read_number(&server, &owner, number).await));
    }
    assert!(readers.iter().any(|reader| reader == NEW), "{readers:?}");
    assert_eq!(server.texts("select outcome from plugin_runs where outcome = 'trap'").await.len(), 3);
    assert_eq!(look(&owner, &bad).await["canary_version"]["suspension"], json!(null));
}

fn rule(guest: &str, version: &str) -> Vec<u8> {
    let toml = format!(
        "id = \"acme/score\"\nversion = \"{version}\"\nkind = \"scoring-rule\"\ntitle = \"x\"\n\
         [config_schema]\ntype = \"object\"\n"
    );
    embedded(guest, &toml)
}

/// Somebody who was read applies for so many jobs; the applications.
async fn applications(server: &Server, owner: &Actor, count: usize) -> Vec<String> {
    let resume = owner.upload("ada.txt", samples::text_resume("Ada", "ada@example.com")).await.expect(202);
    server.run_tasks().await;
    let resume = owner.get(&format!("/v1/resumes/{}", resume.text("id"))).await.expect(200);
    let mut applications = Vec::new();
    for number in 0..count {
        let job = crate::hiring::open_job(owner, &format!("joiner {number}")).await;
        applications.push(crate::hiring::apply(owner, &resume.text("candidate_id"), &job).await);
    }
    server.run_tasks().await;
    applications
}

/// What the one rule says of an application: version and value.
async fn score(owner: &Actor, application: &str) -> (String, Value) {
    let scores = owner.get(&format!("/v1/applications/{application}/scores")).await.expect(200).json();
    let score = &scores["data"][0];
    assert_eq!(score["status"], "scored", "{scores:#}");
    (score["plugin"]["version"].as_str().unwrap_or_default().to_owned(), score["value"].clone())
}

#[tokio::test]
async fn a_share_of_applications_is_scored_by_the_canary_with_its_own_settings() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let old = install(&server, &owner, rule("echo-score", "1.0.0")).await;
    super::configure(&owner, &old, json!({ "value": 40 })).await.expect(200);
    activate(&owner, &old).await.expect(200);
    let new = install(&server, &owner, rule("echo-score", "2.0.0")).await;
    super::configure(&owner, &new, json!({ "value": 70 })).await.expect(200);
    canary(&owner, &new, 50).await.expect(200);
    let binding = json!({ "kind": "scoring", "plugin": "acme/score" });
    owner.post("/v1/plugin-bindings", binding).await.expect(201);
    let applications = applications(&server, &owner, 16).await;

    let mut scores = Vec::new();
    for application in &applications {
        scores.push(score(&owner, application).await);
    }

    let by_version: BTreeSet<_> =
        scores.iter().map(|(version, value)| format!("{version} {value}")).collect();
    assert_eq!(by_version, BTreeSet::from(["1.0.0 40.0".to_owned(), "2.0.0 70.0".to_owned()]));
    let again = format!("/v1/applications/{}/scores", applications[0]);
    owner.post(&again, json!({})).await.expect(202);
    server.run_tasks().await;
    assert_eq!(score(&owner, &applications[0]).await, scores[0]);

    // A score that a canary made is replayed by the canary, also when it is none any more.
    withdraw(&owner, &new).await.expect(200);
    let of_canary = scores.iter().position(|(version, _)| version == "2.0.0").expect("there is one");
    let path = format!("/v1/applications/{}/scores", applications[of_canary]);
    let id = owner.get(&path).await.expect(200).json()["data"][0]["id"].clone();
    let replay = format!("/v1/scores/{}/replays", id.as_str().expect("text"));
    assert_eq!(owner.post(&replay, json!({})).await.expect(200).json()["is_same"], true);
}

#[tokio::test]
async fn an_application_whose_canary_has_no_answer_is_scored_by_the_version_in_use() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let old = install(&server, &owner, rule("echo-score", "1.0.0")).await;
    super::configure(&owner, &old, json!({ "value": 40 })).await.expect(200);
    activate(&owner, &old).await.expect(200);
    let bad = install(&server, &owner, rule("nan-score", "2.0.0")).await;
    canary(&owner, &bad, 99).await.expect(200);
    let binding = json!({ "kind": "scoring", "plugin": "acme/score" });
    owner.post("/v1/plugin-bindings", binding).await.expect(201);

    for application in applications(&server, &owner, 6).await {
        assert_eq!(score(&owner, &application).await, ("1.0.0".into(), json!(40.0)));
    }

    assert!(look(&owner, &bad).await["canary_version"]["suspension"].is_object());
    assert_eq!(look(&owner, &bad).await["suspension"], json!(null));
    let refused = server
        .texts("select version from plugin_runs where outcome = 'refused' and kind = 'scoring-rule'")
        .await;
    assert!(refused.len() >= 3 && refused.iter().all(|version| version == "2.0.0"), "{refused:?}");
}

fn transform(guest: &str, version: &str) -> Vec<u8> {
    let toml =
        format!("id = \"acme/echo\"\nversion = \"{version}\"\nkind = \"webhook-transform\"\ntitle = \"x\"\n");
    embedded(guest, &toml)
}

#[tokio::test]
async fn a_delivery_whose_canary_has_no_answer_is_reshaped_by_the_version_in_use() {
    let server = Server::start_with(|config| {
        config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
        config.webhooks_allow_http = true;
    })
    .await;
    let receiver = Receiver::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, transform("echo-transform", "1.0.0")).await;
    let bad = install(&server, &owner, transform("traps-transform", "2.0.0")).await;
    canary(&owner, &bad, 99).await.expect(200);
    let endpoint = json!({
        "url": receiver.url(), "event_types": ["candidate.created"], "transform": { "plugin": "acme/echo" },
    });
    owner.post("/v1/webhook-endpoints", endpoint).await.expect(201);

    for _ in 0..6 {
        owner.post("/v1/candidates", json!({ "name": "Ada" })).await.expect(201);
        server.run_tasks().await;
    }

    let received = receiver.received();
    assert_eq!(received.len(), 6);
    assert!(received.iter().all(|one| one.header("x-event") == "candidate.created"));
    let plugin = look(&owner, &bad).await;
    assert_eq!(plugin["canary_version"]["suspension"]["strikes"], 3, "{plugin:#}");
    assert_eq!(plugin["suspension"], json!(null));
}

#[tokio::test]
async fn what_may_not_be_asked_becomes_neither_canary_nor_shadow() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let kv = "[[capabilities]]\nname = \"kv\"\nreason = \"remembers\"\n";
    let old = install(&server, &owner, echo("1.0.0")).await;
    let asking = install(&server, &owner, component("remembers", "acme/echo", "2.0.0", kv)).await;
    let code = |answer: mortise_tests::actor::Answer| answer.expect(409).text("code");

    assert_eq!(code(canary(&owner, &asking, 10).await), "plugin_not_active");
    assert_eq!(code(shadow(&owner, &asking).await), "plugin_not_active");
    activate(&owner, &old).await.expect(200);
    assert_eq!(code(canary(&owner, &old, 10).await), "version_active");
    assert_eq!(code(shadow(&owner, &old).await), "version_active");
    assert_eq!(code(canary(&owner, &asking, 10).await), "consent_missing");
    assert_eq!(code(shadow(&owner, &asking).await), "consent_missing");
    consent(&owner, &asking, &["kv"]).await.expect(200);
    for share in [0, 100, -5] {
        let refused = canary(&owner, &asking, share).await.expect(422);
        assert_eq!(refused.fault(), ("#/share_percent".into(), "out_of_range".into()));
    }
    let path = format!("{}/canary-version", asking.plugin());
    let body = json!({ "version_id": asking.version, "share_percent": 10 });
    owner.put(&path, body.clone(), None).await.expect(428);
    owner.put(&path, body.clone(), Some("\"99\"")).await.expect(412);
    let unknown = json!({ "version_id": "pluginver_00000000000000000000000000", "share_percent": 10 });
    owner.put(&path, unknown, Some("*")).await.expect(404);
    let recruiter = server.member(&owner, "rec@acme.example", &[("recruiter", None)]).await.actor;
    canary(&recruiter, &asking, 10).await.expect(403);
    let before = look(&owner, &asking).await["version"].as_i64().expect("a number");
    owner.put(&path, body, Some(&format!("\"{before}\""))).await.expect(200);
    assert_eq!(look(&owner, &asking).await["version"], before + 1, "whoever read it before reads it again");
    let built_in = owner.get("/v1/plugins?limit=200").await.expect(200).json();
    let built_in =
        built_in["data"].as_array().expect("a list").iter().find(|one| one["origin"] == "built_in");
    let path = format!("/v1/plugins/{}/shadow-version", built_in.expect("some are")["id"].as_str().unwrap());
    let body = json!({ "version_id": asking.version });
    assert_eq!(code(owner.put(&path, body, Some("*")).await), "built_in_plugin");
}

#[tokio::test]
async fn a_version_has_one_role_and_loses_it_with_the_version_in_use() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let old = install_active(&server, &owner, echo("1.0.0")).await;
    let new = install(&server, &owner, echo("2.0.0")).await;
    let newest = install(&server, &owner, echo("3.0.0")).await;
    let roles = async || {
        let plugin = look(&owner, &old).await;
        (plugin["shadow_version"]["version_id"].clone(), plugin["canary_version"]["version_id"].clone())
    };

    shadow(&owner, &new).await.expect(200);
    canary(&owner, &newest, 10).await.expect(200);
    assert_eq!(roles().await, (json!(new.version), json!(newest.version)));
    let listed = owner.get("/v1/plugins").await.expect(200).json();
    assert_eq!(listed["data"][0]["canary_version"]["version_id"], json!(newest.version), "lists say it, too");
    canary(&owner, &new, 10).await.expect(200);
    assert_eq!(roles().await, (json!(null), json!(new.version)), "the shadow has moved up");
    shadow(&owner, &newest).await.expect(200);
    activate(&owner, &newest).await.expect(200);
    assert_eq!(roles().await, (json!(null), json!(new.version)), "what is in use has no other role");

    deactivate(&owner, &old).await.expect(200);
    assert_eq!(roles().await, (json!(null), json!(null)));
    let events = server.events().await;
    let ended = events.iter().filter(|event| event.ends_with("_ended")).count();
    assert_eq!(ended, 4, "{events:?}");
    owner.delete(&old.plugin(), Some("*")).await.expect(204);
}

/// Nothing is remembered that would have to be forgotten.
#[tokio::test]
async fn another_node_sees_a_canary_and_its_end_at_once() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, echo("1.0.0")).await;
    let new = install(&server, &owner, echo("2.0.0")).await;
    let other = server.another_node().await;
    let read_there = async |number: usize| {
        let text = format!("Ada Lovelace\nNurse\nada{number}@example.com");
        let id = owner.upload("cv.txt", text).await.expect(202).text("id");
        let registry = std::sync::Arc::new(mortise_host::worker::registry());
        mortise_host::tasks::run_due(&other.services, &registry).await.expect("the queue works");
        reader(&owner.get(&format!("/v1/resumes/{id}")).await.expect(200).json())
    };
    assert_eq!(read_there(0).await, OLD);

    canary(&owner, &new, 99).await.expect(200);
    let mut readers = Vec::new();
    for number in 1..5 {
        readers.push(read_there(number).await);
    }
    assert!(readers.iter().any(|reader| reader == NEW), "{readers:?}");
    withdraw(&owner, &new).await.expect(200);
    for number in 5..8 {
        assert_eq!(read_there(number).await, OLD);
    }
    other.stop().await;
}
