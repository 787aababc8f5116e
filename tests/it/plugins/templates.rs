//! What `mortise plugin new` writes, in every language: it builds, passes the server's checks and its own test, and lives on
//! a server from its first version to its second and back.

use std::path::Path;
use std::process::Command;

use mortise_tests::actor::Actor;
use mortise_tests::receiver::Receiver;
use mortise_tests::samples;
use mortise_tests::server::Server;
use mortise_tests::templates::{self, Built, Language};
use serde_json::{Value, json};

use super::command_line::{complaint, printed, said};
use super::{Installed, activate, consent, install_active, read, reader, unified};

const KINDS: [&str; 4] = ["scoring-rule", "webhook-transform", "resume-parser", "text-extractor"];

/// Checked as a server checks it, tested by its golden case; nothing of the system came along from its language.
fn works(language: Language, kind: &str) {
    let built = templates::built(language, kind);

    assert!(built.begun["files"].as_array().is_some_and(|files| files.len() <= 5), "{:#}", built.begun);
    let report = &built.report;
    assert_eq!(report["manifest"]["id"], format!("acme/{}-{kind}", language.word()), "{report:#}");
    assert_eq!(report["size"].as_u64(), Some(built.component().len() as u64));
    let is_ours = |name: &Value| name.as_str().is_some_and(|name| name.starts_with("mortise:plugin/"));
    assert!(report["imports"].as_array().is_some_and(|imports| imports.iter().all(is_ours)), "{report:#}");
    if language != Language::Rust {
        assert_eq!(report["ambient_imports"], json!([]));
    }
    let file = built.file.to_str().expect("a test's paths are text");
    let checked = templates::command(&built.folder, &["check", file]).output().expect("the program starts");
    assert_eq!(printed(&checked)["ok"], true);
    let tested = templates::command(&built.folder, &["test", "--plugin", file]).output();
    let tested = said(&tested.expect("the program starts"));
    assert!(tested.starts_with("ok       example  ("), "{tested}");
}

#[test]
fn the_scoring_rule_in_rust_works() {
    works(Language::Rust, "scoring-rule");
}

#[test]
fn the_webhook_transform_in_rust_works() {
    works(Language::Rust, "webhook-transform");
}

#[test]
fn the_resume_parser_in_rust_works() {
    works(Language::Rust, "resume-parser");
}

#[test]
fn the_text_extractor_in_rust_works() {
    works(Language::Rust, "text-extractor");
}

#[test]
fn the_scoring_rule_in_javascript_works() {
    works(Language::JavaScript, "scoring-rule");
}

#[test]
fn the_webhook_transform_in_javascript_works() {
    works(Language::JavaScript, "webhook-transform");
}

/// Its tool chain makes them, and what it makes fails at every call: better to hear of it at once.
#[test]
fn what_is_given_files_cannot_be_written_in_javascript() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for kind in ["resume-parser", "text-extractor"] {
        let new =
            templates::command(folder.path(), &["new", "reads", "--kind", kind, "--lang", "js"]).output();
        assert!(complaint(&new.expect("the program starts")).contains("in Rust or Python"));
    }
    std::fs::write(folder.path().join("package.json"), "{}").expect("it is writable");
    let manifest = "id = \"a/b\"\nversion = \"1.0.0\"\nkind = \"resume-parser\"\ntitle = \"x\"";
    std::fs::write(folder.path().join("mortise-plugin.toml"), manifest).expect("it is writable");
    let built = templates::command(folder.path(), &["build"]).output();
    assert!(complaint(&built.expect("the program starts")).contains("in Rust or Python"));
}

#[test]
fn the_scoring_rule_in_python_works() {
    works(Language::Python, "scoring-rule");
}

#[test]
fn the_webhook_transform_in_python_works() {
    works(Language::Python, "webhook-transform");
}

#[test]
fn the_resume_parser_in_python_works() {
    works(Language::Python, "resume-parser");
}

#[test]
fn the_text_extractor_in_python_works() {
    works(Language::Python, "text-extractor");
}

#[test]
fn the_rust_templates_pass_their_own_tests() {
    for kind in KINDS {
        let built = templates::built(Language::Rust, kind);
        let mut cargo = Command::new("cargo");
        templates::with_cargo(cargo.args(["test", "--lib", "--quiet"]).current_dir(&built.folder));
        let run = cargo.output().expect("cargo runs, as it runs this test");
        let said =
            format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert!(run.status.success() && said.contains("1 passed"), "{kind}: {said}");
    }
}

/// Whoever follows a template installs what the suite has tested.
#[test]
fn templates_name_the_tool_chains_that_are_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |file: &str| std::fs::read_to_string(root.join(file)).expect("it is there");
    let package = |file: &str| serde_json::from_str::<Value>(&read(file)).expect("it is JSON");
    let (ours, theirs) =
        (package("tests/authors/package.json"), package("sdk/templates/javascript/package.json"));
    assert_eq!(ours["devDependencies"], theirs["devDependencies"]);
    assert_eq!(ours["overrides"], theirs["overrides"]);
    let asked = read("tests/authors/requirements.in");
    let asked: Vec<&str> = asked.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(asked, read("sdk/templates/python/requirements.txt").lines().collect::<Vec<_>>());
}

#[test]
fn what_does_not_build_says_what_its_tool_chain_says() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let new = |name: &str, lang: &str| {
        let arguments = ["new", name, "--kind", "scoring-rule", "--lang", lang];
        printed(&templates::command(folder.path(), &arguments).output().expect("the program starts"));
        folder.path().join(name)
    };
    let build = |plugin: &Path| {
        let built = templates::command(plugin, &["build"]).output();
        complaint(&built.expect("the program starts"))
    };

    let script = new("in-js", "js");
    std::fs::write(script.join("plugin.js"), "export const scoring = {").expect("it is writable");
    let said = build(&script);
    assert!(said.contains("jco says:") && said.contains("plugin.js"), "{said}");
    let snake = new("in-python", "python");
    std::fs::write(snake.join("plugin.py"), "import nothing_of_that_name").expect("it is writable");
    let said = build(&snake);
    assert!(said.contains("componentize-py says:") && said.contains("nothing_of_that_name"), "{said}");
}

/// By the author's command line, until a worker has made code of it.
async fn put_up(server: &Server, key: &str, owner: &Actor, built: &Built) -> Installed {
    let (file, url) = (built.file.to_str().expect("a test's paths are text"), server.url());
    let arguments = ["install", file, "--server", &url, "--allow-unsigned", "--no-wait"];
    let mut command = templates::command(&built.folder, &arguments);
    let sent = printed(&command.env("MORTISE_API_KEY", key).output().expect("the program starts"));
    let text = |name: &str| sent[name].as_str().expect("an id is a text").to_owned();
    let installed = Installed { plugin: text("plugin_id"), version: text("id") };
    server.run_tasks().await;
    let version = owner.get(&installed.path()).await.expect(200).json();
    assert_eq!(version["state"], "ready", "{version:#}");
    installed
}

/// What an upgrade asks for beyond the version in use is shown, and waits for consent.
async fn upgrade(owner: &Actor, new: &Installed) {
    let shown = owner.get(&format!("{}/consent", new.path())).await.expect(200).json();
    assert_eq!(shown["state"], "waiting", "{shown:#}");
    let differences = shown["differences"].as_array().expect("it is a list");
    let seen: Vec<_> = differences.iter().map(|one| (&one["name"], &one["is_more"])).collect();
    assert_eq!(seen, [(&json!("kv"), &json!(true))]);
    assert_eq!(activate(owner, new).await.expect(409).text("code"), "consent_missing");
    consent(owner, new, &["kv"]).await.expect(200);
    activate(owner, new).await.expect(200);
}

/// Installed, tried, used, replaced by a version that may do more, gone back to.
async fn parser_lives(language: Language) {
    let (first, second) = (templates::built(language, "resume-parser"), templates::remembering(language));
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let (key, owner) = (founded.key.reveal(), server.actor(&founded.key));
    let name = format!("acme/{}-resume-parser", language.word());
    let before = read(&server, &owner, "Ada Lovelace\nNurse\nada@example.com").await;

    let old = put_up(&server, &key, &owner, &first).await;
    let tried = json!({ "resume_ids": [before["id"]] });
    let trial = owner.post(&format!("{}/trials", old.path()), tried).await.expect(202);
    server.run_tasks().await;
    let trial = owner.get(trial.header("location").expect("it says where to ask")).await.expect(200).json();
    assert_eq!((&trial["report"]["tried"], &trial["report"]["failed"]), (&json!(1), &json!(0)), "{trial:#}");
    activate(&owner, &old).await.expect(200);
    let resume = read(&server, &owner, "Grace Hopper\nWrite to grace@example.com.").await;
    assert_eq!(reader(&resume), format!("{name}@0.1.0"), "{resume:#}");
    let basics = unified(&owner, &resume).await["basics"].clone();
    assert_eq!((&basics["name"], &basics["email"]), (&json!("Grace Hopper"), &json!("grace@example.com")));

    let new = put_up(&server, &key, &owner, &second).await;
    upgrade(&owner, &new).await;
    let resume = read(&server, &owner, "Alan Turing\nalan@example.com").await;
    assert_eq!(reader(&resume), format!("{name}@0.2.0"), "{resume:#}");
    assert_eq!(server.texts("select key from plugin_values").await, ["seen"]);

    activate(&owner, &old).await.expect(200);
    let resume = read(&server, &owner, "Edith Clarke\nedith@example.com").await;
    assert_eq!(reader(&resume), format!("{name}@0.1.0"));
    assert!(server.events().await.iter().any(|event| event == "plugin.rolled_back"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parser_in_rust_lives_from_version_to_version() {
    parser_lives(Language::Rust).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parser_in_python_lives_from_version_to_version() {
    parser_lives(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transform_in_javascript_lives_from_version_to_version() {
    let language = Language::JavaScript;
    let (first, second) = (templates::built(language, "webhook-transform"), templates::remembering(language));
    let (server, receiver) = told().await;
    let founded = server.found("acme").await;
    let (key, owner) = (founded.key.reveal(), server.actor(&founded.key));
    let release = async || {
        let runs = server
            .texts("select version from plugin_runs where plugin = 'acme/js-webhook-transform' order by id")
            .await;
        runs.last().cloned()
    };

    let old = put_up(&server, &key, &owner, &first).await;
    activate(&owner, &old).await.expect(200);
    let transform = json!({ "plugin": "acme/js-webhook-transform" });
    let endpoint =
        json!({ "url": receiver.url(), "event_types": ["application.created"], "transform": transform });
    owner.post("/v1/webhook-endpoints", endpoint).await.expect(201);
    let job = crate::hiring::open_job(&owner, "joiner").await;
    apply(&server, &owner, &job, "Ada").await;
    assert_eq!((receiver.received().len(), release().await.as_deref()), (1, Some("0.1.0")));

    let new = put_up(&server, &key, &owner, &second).await;
    upgrade(&owner, &new).await;
    apply(&server, &owner, &job, "Grace").await;
    assert_eq!((receiver.received().len(), release().await.as_deref()), (2, Some("0.2.0")));
    assert_eq!(server.texts("select key from plugin_values").await, ["seen"]);

    activate(&owner, &old).await.expect(200);
    apply(&server, &owner, &job, "Alan").await;
    assert_eq!((receiver.received().len(), release().await.as_deref()), (3, Some("0.1.0")));
    assert!(receiver.received().iter().all(|one| one.json()["text"].is_string()));
}

/// A candidate of this name applies; the application.
async fn apply(server: &Server, owner: &Actor, job: &str, name: &str) -> String {
    let candidate = owner.post("/v1/candidates", json!({ "name": name })).await.expect(201).text("id");
    let application = crate::hiring::apply(owner, &candidate, job).await;
    server.run_tasks().await;
    application
}

async fn told() -> (Server, Receiver) {
    let server = Server::start_with(|config| {
        config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
        config.webhooks_allow_http = true;
    })
    .await;
    (server, Receiver::start().await)
}

#[tokio::test]
async fn rules_in_all_languages_give_an_application_the_same_score() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for language in Language::EVERY {
        install_active(&server, &owner, templates::built(language, "scoring-rule").component()).await;
        let rule = json!({ "kind": "scoring", "plugin": format!("acme/{}-scoring-rule", language.word()) });
        owner.post("/v1/plugin-bindings", rule).await.expect(201);
    }
    let resume = owner.upload("ada.txt", samples::text_resume("Ada", "ada@example.com")).await.expect(202);
    server.run_tasks().await;
    let resume = owner.get(&format!("/v1/resumes/{}", resume.text("id"))).await.expect(200);
    let job = crate::hiring::open_job(&owner, "joiner").await;
    let application = crate::hiring::apply(&owner, &resume.text("candidate_id"), &job).await;
    server.run_tasks().await;

    let scores = owner.get(&format!("/v1/applications/{application}/scores")).await.expect(200).json();

    let scores = scores["data"].as_array().expect("it is a list").clone();
    assert_eq!(scores.len(), 3);
    for score in &scores {
        assert_eq!(score["status"], "scored", "{score:#}");
        assert_eq!(score["contributions"], scores[0]["contributions"], "{score:#}");
        let replay = format!("/v1/scores/{}/replays", score["id"].as_str().expect("an id is a text"));
        assert_eq!(owner.post(&replay, json!({})).await.expect(200).json()["is_same"], true);
    }
}

#[tokio::test]
async fn transforms_in_all_languages_send_the_same() {
    let (server, receiver) = told().await;
    let owner = server.tenant("acme").await;
    for language in Language::EVERY {
        install_active(&server, &owner, templates::built(language, "webhook-transform").component()).await;
        let transform = json!({ "plugin": format!("acme/{}-webhook-transform", language.word()) });
        let types = ["application.created", "job.created"];
        let endpoint = json!({ "url": receiver.url(), "event_types": types, "transform": transform });
        owner.post("/v1/webhook-endpoints", endpoint).await.expect(201);
    }
    let job = crate::hiring::open_job(&owner, "joiner").await;
    let application = apply(&server, &owner, &job, "Ada").await;

    let received = receiver.received();

    assert_eq!(received.len(), 3, "and nobody hears of the job");
    for one in &received {
        assert_eq!(one.body, received[0].body);
        assert_eq!(one.json()["text"], format!("News: somebody applied ({application})."));
    }
}
