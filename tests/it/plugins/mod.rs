//! The life of a tenant's own plugin: installed, consented to, set up, tried, used, gone back from, suspended.

mod activating;
mod apart;
mod canaries;
mod capabilities;
mod command_line;
mod consenting;
mod golden;
mod guide;
mod inference;
mod installing;
mod listing;
mod memory;
mod nodes;
mod overlays;
mod publishing;
mod reading;
mod registries;
mod resolving;
mod rule_trials;
mod settings;
mod shadows;
mod suspending;
mod templates;
mod transform_trials;
mod trials;
mod trusting;
mod using;

use mortise_host::wasm::manifest::{self, Manifest};
use mortise_tests::actor::{Actor, Answer, send};
use mortise_tests::guests;
use mortise_tests::server::Server;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

/// A version that was installed, by its ids.
pub(crate) struct Installed {
    plugin: String,
    version: String,
}

impl Installed {
    fn of(answer: &Answer) -> Self {
        Self { plugin: answer.text("plugin_id"), version: answer.text("id") }
    }

    fn plugin(&self) -> String {
        format!("/v1/plugins/{}", self.plugin)
    }

    fn path(&self) -> String {
        format!("/v1/plugins/{}/versions/{}", self.plugin, self.version)
    }
}

/// A guest under another name and version, with more in its manifest.
pub(crate) fn component(guest: &str, id: &str, version: &str, more: &str) -> Vec<u8> {
    let toml = format!(
        "id = \"{id}\"\nversion = \"{version}\"\nkind = \"resume-parser\"\ntitle = \"{guest}\"\n{more}"
    );
    embedded(guest, &toml)
}

/// The same of another kind.
pub(crate) fn embedded(guest: &str, toml: &str) -> Vec<u8> {
    let manifest = Manifest::from_toml(toml).expect("it is a manifest");
    manifest::embed(&guests::bare(guest), &manifest)
}

/// A scoring rule that answers what its settings say: `value`, and more.
pub(crate) fn echo_score(version: &str) -> Vec<u8> {
    let toml = format!(
        "id = \"acme/score\"\nversion = \"{version}\"\nkind = \"scoring-rule\"\ntitle = \"x\"\n\
         [config_schema]\ntype = \"object\"\n"
    );
    embedded("echo-score", &toml)
}

async fn post_form(actor: &Actor, form: Form) -> Answer {
    send(actor.request(Method::POST, "/v1/plugins").multipart(form)).await
}

/// Uploads what nobody signed.
async fn upload(actor: &Actor, component: Vec<u8>) -> Answer {
    let part = Part::bytes(component).file_name("plugin.wasm");
    post_form(actor, Form::new().text("allow_unsigned", "true").part("component", part)).await
}

/// The same, until it is ready.
pub(crate) async fn install(server: &Server, actor: &Actor, component: Vec<u8>) -> Installed {
    let installed = Installed::of(&upload(actor, component).await.expect(202));
    server.run_tasks().await;
    let version = actor.get(&installed.path()).await.expect(200).json();
    assert_eq!(version["state"], "ready", "{version:#}");
    installed
}

async fn consent(actor: &Actor, installed: &Installed, capabilities: &[&str]) -> Answer {
    let granted = json!({ "capabilities": capabilities });
    actor.put(&format!("{}/consent", installed.path()), granted, Some("*")).await
}

pub(crate) async fn configure(actor: &Actor, installed: &Installed, config: Value) -> Answer {
    actor.put(&format!("{}/config", installed.path()), json!({ "config": config }), Some("*")).await
}

pub(crate) async fn activate(actor: &Actor, installed: &Installed) -> Answer {
    let active = json!({ "version_id": installed.version });
    actor.put(&format!("{}/active-version", installed.plugin()), active, Some("*")).await
}

/// Has it asked beside the version in use.
async fn shadow(actor: &Actor, installed: &Installed) -> Answer {
    let shadow = json!({ "version_id": installed.version });
    actor.put(&format!("{}/shadow-version", installed.plugin()), shadow, Some("*")).await
}

/// Has it asked about a share of what comes.
async fn canary(actor: &Actor, installed: &Installed, share_percent: i64) -> Answer {
    let canary = json!({ "version_id": installed.version, "share_percent": share_percent });
    actor.put(&format!("{}/canary-version", installed.plugin()), canary, Some("*")).await
}

async fn deactivate(actor: &Actor, installed: &Installed) -> Answer {
    actor.delete(&format!("{}/active-version", installed.plugin()), Some("*")).await
}

/// Installed and used.
pub(crate) async fn install_active(server: &Server, actor: &Actor, component: Vec<u8>) -> Installed {
    let installed = install(server, actor, component).await;
    activate(actor, &installed).await.expect(200);
    installed
}

/// A text file, read; the résumé.
async fn read(server: &Server, actor: &Actor, text: &str) -> Value {
    let id = actor.upload("cv.txt", text).await.expect(202).text("id");
    server.run_tasks().await;
    actor.get(&format!("/v1/resumes/{id}")).await.expect(200).json()
}

/// What was read of it.
async fn unified(actor: &Actor, resume: &Value) -> Value {
    let id = resume["id"].as_str().expect("an id is a text");
    actor.get(&format!("/v1/resumes/{id}/unified")).await.expect(200).json()
}

/// Who read it, as `id@version`.
fn reader(resume: &Value) -> String {
    let parser = &resume["parse"]["parser"];
    format!("{}@{}", parser["id"].as_str().unwrap_or("nobody"), parser["version"].as_str().unwrap_or("none"))
}
