//! Trials: a version beside the one in use, on résumés one may read. Nothing stays but the report.

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{Installed, activate, component, configure, consent, embedded, install, install_active, read};
use crate::privacy::everywhere::tables_with;

async fn try_on(server: &Server, owner: &Actor, tried: &Installed, resumes: &[&Value]) -> Value {
    try_it(server, owner, tried, json!({ "resume_ids": resumes })).await
}

/// The trial when it is over.
pub(super) async fn try_it(server: &Server, actor: &Actor, tried: &Installed, on: Value) -> Value {
    let answer = actor.post(&format!("{}/trials", tried.path()), on).await.expect(202);
    assert_eq!(answer.text("state"), "pending");
    server.run_tasks().await;
    let location = answer.header("location").expect("it says where to ask").to_owned();
    actor.get(&location).await.expect(200).json()
}

/// Where one thing's answers differ.
pub(super) fn pointers(tried: &Value) -> Vec<&str> {
    let differences = tried["differences"].as_array().expect("a list");
    differences.iter().filter_map(|one| one["pointer"].as_str()).collect()
}

const TEXT: &str = "Ada Lovelace\nNurse\nada@example.com";

#[tokio::test]
async fn a_trial_says_which_fields_differ_and_what_it_costs() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read(&server, &owner, TEXT).await;
    let tried = install(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;

    let trial = try_on(&server, &owner, &tried, &[&resume["id"]]).await;

    assert_eq!(trial["state"], "done", "{trial:#}");
    let report = &trial["report"];
    assert_eq!(
        (&report["tried"], &report["failed"], &report["different"]),
        (&json!(1), &json!(0), &json!(1))
    );
    assert!(
        report["cost"]["wall_micros"].as_i64() > Some(0)
            && report["baseline_cost"]["wall_micros"].as_i64() > Some(0)
    );
    let pointers = pointers(&report["resumes"][0]);
    assert!(pointers.contains(&"/basics/summary"), "{pointers:?}");
    assert_eq!((&report["applications"], &report["events"]), (&json!([]), &json!([])));
    assert!(!report.to_string().contains("Lovelace"), "what was read is nobody's business afterwards");
}

#[tokio::test]
async fn nothing_of_a_trial_stays_but_its_report() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read(&server, &owner, TEXT).await;
    let kv = "[[capabilities]]\nname = \"kv\"\nreason = \"remembers\"\n";
    let tried = install(&server, &owner, component("remembers", "acme/remembers", "1.0.0", kv)).await;
    consent(&owner, &tried, &["kv"]).await.expect(200);
    let runs = server.texts("select outcome from plugin_runs").await.len();
    let before = owner.get(&format!("/v1/resumes/{}", resume["id"].as_str().unwrap())).await.json();

    let trial = try_on(&server, &owner, &tried, &[&resume["id"]]).await;

    assert_eq!(trial["report"]["failed"], 0, "{trial:#}");
    assert_eq!(server.texts("select outcome from plugin_runs").await.len(), runs);
    assert!(server.texts("select key from plugin_values").await.is_empty());
    let after = owner.get(&format!("/v1/resumes/{}", resume["id"].as_str().unwrap())).await.json();
    assert_eq!(after, before);
}

#[tokio::test]
async fn it_is_compared_with_the_version_in_use() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install_active(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;
    let resume = read(&server, &owner, TEXT).await;
    let next = install(&server, &owner, component("echo-parser", "acme/echo", "1.1.0", "")).await;

    let trial = try_on(&server, &owner, &next, &[&resume["id"]]).await;

    let tried = &trial["report"]["resumes"][0];
    // Each call has an id of its own, and that is all that differs.
    assert_eq!(pointers(tried), ["/invocation_id"], "{trial:#}");
}

#[tokio::test]
async fn failures_are_counted_and_do_not_suspend_anything() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut resumes = Vec::new();
    for name in ["Ada", "Grace", "Alan", "Edsger"] {
        resumes.push(read(&server, &owner, &format!("{name}\n{name}@example.com")).await["id"].clone());
    }
    let tried = install_active(&server, &owner, component("panics", "acme/panics", "1.0.0", "")).await;

    let trial = try_on(&server, &owner, &tried, &resumes.iter().collect::<Vec<_>>()).await;

    let report = &trial["report"];
    assert_eq!(
        (&report["tried"], &report["failed"], &report["failure_rate"]),
        (&json!(4), &json!(4), &json!(1.0))
    );
    assert_eq!(report["resumes"][0]["error_code"], "plugin_trap");
    assert_eq!(owner.get(&tried.plugin()).await.json()["suspension"], json!(null));
}

#[tokio::test]
async fn extractors_are_compared_page_by_page() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read(&server, &owner, TEXT).await;
    let toml = "id = \"acme/shouts\"\nversion = \"1.0.0\"\nkind = \"text-extractor\"\ntitle = \"x\"\nmedia_types = [\"text/plain\"]";
    let tried = install(&server, &owner, embedded("shouts", toml)).await;

    let trial = try_on(&server, &owner, &tried, &[&resume["id"]]).await;

    assert_eq!(
        trial["report"]["resumes"][0]["differences"],
        json!([{ "pointer": "/pages/0", "change": "changed" }])
    );
}

#[tokio::test]
async fn only_what_can_be_tried_is() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read(&server, &owner, TEXT).await;
    let other = server.tenant("globex").await;
    let foreign = read(&server, &other, TEXT).await;
    let tried = install(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", "")).await;
    let path = format!("{}/trials", tried.path());

    assert_eq!(owner.post(&path, json!({ "resume_ids": [] })).await.expect(422).fault().0, "#/resume_ids");
    let many = vec![resume["id"].clone(); 51];
    owner.post(&path, json!({ "resume_ids": many })).await.expect(422);
    let twice = owner.post(&path, json!({ "resume_ids": [resume["id"], resume["id"]] })).await.expect(422);
    assert_eq!(twice.fault(), ("#/resume_ids/1".into(), "duplicate".into()));
    let none = owner.post(&path, json!({})).await.expect(422);
    assert_eq!(none.fault(), ("#/resume_ids".into(), "missing".into()));
    owner.post(&path, json!({ "resume_ids": [foreign["id"]] })).await.expect(404);
    let score = embedded(
        "empty-score",
        "id = \"acme/score\"\nversion = \"1.0.0\"\nkind = \"scoring-rule\"\ntitle = \"x\"",
    );
    let score = install(&server, &owner, score).await;
    let refused =
        owner.post(&format!("{}/trials", score.path()), json!({ "resume_ids": [resume["id"]] })).await;
    assert_eq!(refused.expect(422).fault(), ("#/resume_ids".into(), "trial_unsupported".into()));
    activate(&owner, &score).await.expect(200);
    let waiting = Installed::of(
        &super::upload(&owner, component("echo-parser", "acme/echo", "2.0.0", "")).await.expect(202),
    );
    let early =
        owner.post(&format!("{}/trials", waiting.path()), json!({ "resume_ids": [resume["id"]] })).await;
    assert_eq!(early.expect(409).text("code"), "plugin_not_ready");
    let trials = owner.get(&path).await.expect(200).json();
    assert_eq!(trials["data"], json!([]));
}

/// A field may be called after somebody: the one thing that a difference could tell.
#[tokio::test]
async fn of_somebody_who_is_erased_no_field_is_named_any_more() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let schema = "[config_schema]\ntype = \"object\"\n";
    install_active(&server, &owner, component("echo-parser", "acme/echo", "1.0.0", schema)).await;
    let ada = read(&server, &owner, TEXT).await;
    let grace = read(&server, &owner, "Grace Hopper\ngrace@example.com").await;
    let next = install(&server, &owner, component("echo-parser", "acme/echo", "1.1.0", schema)).await;
    configure(&owner, &next, json!({ "lovelace": 1 })).await.expect(200);
    let trial = try_on(&server, &owner, &next, &[&ada["id"], &grace["id"]]).await;
    assert!(pointers(&trial["report"]["resumes"][0]).contains(&"/config/lovelace"), "{trial:#}");
    assert!(tables_with(&server, "lovelace").await.contains("plugin_trials"));

    let candidate = ada["candidate_id"].as_str().expect("text");
    owner.delete(&format!("/v1/candidates/{candidate}/personal-data"), Some("*")).await.expect(200);

    let path = format!("/v1/plugin-trials/{}", trial["id"].as_str().expect("text"));
    let report = owner.get(&path).await.expect(200).json()["report"].clone();
    assert_eq!((&report["resumes"][0]["outcome"], &report["different"]), (&json!("different"), &json!(2)));
    assert_eq!(report["resumes"][0]["differences"], json!([]));
    assert!(!pointers(&report["resumes"][1]).is_empty(), "of somebody else it stays");
    let grace = grace["candidate_id"].as_str().expect("text");
    owner.delete(&format!("/v1/candidates/{grace}/personal-data"), Some("*")).await.expect(200);
    assert!(!tables_with(&server, "lovelace").await.contains("plugin_trials"));
}
