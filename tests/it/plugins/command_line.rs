//! `mortise plugin …`: the author's side, by the same checks and limits as the server's.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mortise_tests::server::Server;
use mortise_tests::{binary, guests, samples};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{component, embedded};

pub(super) struct Shell(pub(super) TempDir);

impl Shell {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("there is room for a folder"))
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).expect("there is room for a file");
        path
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        self.program(&[&["plugin"], arguments].concat())
    }

    /// Any command of the program.
    pub(super) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary::mortise());
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .env("MORTISE_PLUGIN_CACHE_DIR", binary::plugin_cache())
            .current_dir(self.0.path());
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }
}

/// It ended well; the JSON it printed.
#[track_caller]
pub(super) fn printed(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// It ended badly; what it said.
#[track_caller]
pub(super) fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// It ended well; what it wrote for a person.
#[track_caller]
pub(super) fn said(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a test's paths are text")
}

#[test]
fn check_makes_the_servers_checks() {
    let shell = Shell::new();
    shell.write("good.wasm", component("echo-parser", "acme/echo", "1.2.0", ""));
    shell.write("bad.wasm", component("asks-for-http", "acme/asks", "1.0.0", ""));
    shell.write("text.wasm", "(component)");

    let good = printed(&shell.run(&["check", "good.wasm"]));

    assert_eq!(
        (&good["id"], &good["version"], &good["ok"]),
        (&json!("acme/echo"), &json!("1.2.0"), &json!(true))
    );
    assert!(complaint(&shell.run(&["check", "bad.wasm"])).contains("(import_not_requested)"));
    assert!(complaint(&shell.run(&["check", "text.wasm"])).contains("(component_is_text)"));
    assert!(complaint(&shell.run(&["check", "missing.wasm"])).contains("missing.wasm"));
}

#[test]
fn inspect_shows_what_it_asks_for_and_why_it_would_be_refused() {
    let shell = Shell::new();
    shell.write("bad.wasm", component("asks-for-http", "acme/asks", "1.0.0", ""));

    let shown = printed(&shell.run(&["inspect", "bad.wasm"]));

    assert_eq!(shown["manifest"]["id"], "acme/asks");
    let imports = shown["imports"].as_array().unwrap();
    assert!(imports.contains(&json!("mortise:plugin/http@0.1.0")), "{shown:#}");
    assert!(
        shown["ambient_imports"]
            .as_array()
            .unwrap()
            .iter()
            .all(|name| name.as_str().unwrap().starts_with("wasi:"))
    );
    assert_eq!(shown["refused"]["code"], "import_not_requested");
}

#[test]
fn run_calls_a_plugin_of_each_kind_once() {
    let shell = Shell::new();
    shell.write("echo.wasm", component("echo-parser", "acme/echo", "1.0.0", ""));
    shell.write("cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com"));
    let parsed = printed(&shell.run(&["run", "echo.wasm", "--input", "cv.txt"]));
    assert_eq!(parsed["result"]["resume"]["basics"]["name"], "Ada Lovelace");
    assert_eq!(parsed["run"]["outcome"], "ok");
    assert!(
        parsed["run"]["peak_memory"].as_u64() > Some(0) && parsed["run"]["log"][0]["message"].is_string()
    );

    let toml = "id = \"acme/shouts\"\nversion = \"1.0.0\"\nkind = \"text-extractor\"\ntitle = \"x\"\nmedia_types = [\"text/plain\"]";
    shell.write("shouts.wasm", embedded("shouts", toml));
    let shouted = printed(&shell.run(&["run", "shouts.wasm", "--input", "cv.txt"]));
    assert!(shouted["result"].to_string().contains("ADA LOVELACE"), "{shouted:#}");

    let toml = "id = \"acme/score\"\nversion = \"1.0.0\"\nkind = \"scoring-rule\"\ntitle = \"x\"";
    shell.write("score.wasm", embedded("empty-score", toml));
    shell.write("application.json", json!({ "job": { "title": "Nurse" } }).to_string());
    let scored = printed(&shell.run(&["run", "score.wasm", "--input", "application.json"]));
    assert_eq!(scored["result"]["value"], 0.0);
    assert!(scored["run"]["fuel"].as_u64() > Some(0));

    let toml = "id = \"acme/hook\"\nversion = \"1.0.0\"\nkind = \"webhook-transform\"\ntitle = \"x\"";
    shell.write("hook.wasm", embedded("echo-transform", toml));
    shell.write("event.json", json!({ "kind": "resume.parsed", "payload": { "a": 1 } }).to_string());
    let sent = printed(&shell.run(&["run", "hook.wasm", "--input", "event.json"]));
    assert!(sent["result"]["deliver"].is_array(), "{sent:#}");
}

#[test]
fn run_holds_settings_and_grants_against_the_manifest() {
    let shell = Shell::new();
    let more = "[[capabilities]]\nname = \"kv\"\nreason = \"remembers\"\n[config_schema]\ntype = \"object\"\n\
                [config_schema.properties.limit]\ntype = \"integer\"\n";
    shell.write("remembers.wasm", component("remembers", "acme/remembers", "1.0.0", more));
    shell.write("cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com"));
    shell.write("wrong.json", json!({ "limit": "ten" }).to_string());
    let run = |more: &[&str]| shell.run(&[&["run", "remembers.wasm", "--input", "cv.txt"], more].concat());

    let denied = run(&[]);
    assert!(complaint(&denied).contains("no answer"));
    let report: Value = serde_json::from_slice(&denied.stdout).expect("it prints JSON");
    assert_eq!(report["error"]["code"], "not_granted");
    printed(&run(&["--grant", "kv"]));
    assert!(complaint(&run(&["--grant", "http"])).contains("does not request"));
    assert!(complaint(&run(&["--settings", "wrong.json"])).contains("#/config/limit"));
}

#[test]
fn build_embeds_the_manifest() {
    let shell = Shell::new();
    shell.write("raw.wasm", guests::bare("echo-parser"));
    let toml = "id = \"acme/echo\"\nversion = \"1.2.0\"\nkind = \"resume-parser\"\ntitle = \"Echo\"\n";
    shell.write("mortise-plugin.toml", toml);

    let built = printed(&shell.run(&["build", "--component", "raw.wasm"]));

    assert!(built["file"].as_str().unwrap().ends_with("echo-1.2.0.wasm"), "{built:#}");
    assert_eq!(printed(&shell.run(&["inspect", "echo-1.2.0.wasm"]))["manifest"]["title"], "Echo");
    shell.write("mortise-plugin.toml", toml.replace("resume-parser", "scoring-rule"));
    assert!(complaint(&shell.run(&["build", "--component", "raw.wasm"])).contains("(export_missing)"));
    shell.write("mortise-plugin.toml", "id = 1");
    assert!(complaint(&shell.run(&["build", "--component", "raw.wasm"])).contains("(manifest_invalid)"));
}

#[test]
fn what_was_signed_verifies_and_nothing_else() {
    let shell = Shell::new();
    shell.write("echo.wasm", component("echo-parser", "acme/echo", "1.0.0", ""));

    let signed = printed(&shell.run(&["sign", "echo.wasm", "--key", "acme.key", "--new-key"]));
    let key = signed["public_key"].as_str().unwrap().to_owned();
    assert_eq!(printed(&shell.run(&["verify", "echo.wasm", "--public-key", &key]))["ok"], true);

    assert!(
        complaint(&shell.run(&["sign", "echo.wasm", "--key", "acme.key", "--new-key"]))
            .contains("there already")
    );
    let again = printed(&shell.run(&["sign", "echo.wasm", "--key", "acme.key"]));
    assert_eq!(again["public_key"], key, "the key is kept");
    let other = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    assert!(
        complaint(&shell.run(&["verify", "echo.wasm", "--public-key", other]))
            .contains("(signature_invalid)")
    );
    shell.write("echo.wasm", component("echo-parser", "acme/echo", "1.0.1", ""));
    assert!(
        complaint(&shell.run(&["verify", "echo.wasm", "--public-key", &key]))
            .contains("(signature_mismatch)")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn install_uploads_with_the_signature_beside_the_file() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let shell = Shell::new();
    let file = shell.write("echo.wasm", component("echo-parser", "acme/echo", "1.0.0", ""));
    let url = server.url();
    let install = |more: &[&str]| {
        let mut command =
            shell.command(&[&["install", text(&file), "--server", &url, "--no-wait"], more].concat());
        command.env("MORTISE_API_KEY", founded.key.reveal());
        command.output().expect("the program starts")
    };

    assert!(complaint(&install(&[])).contains("(signature_missing)"));
    let signed = printed(&shell.run(&["sign", "echo.wasm", "--key", "acme.key", "--new-key"]));
    assert!(complaint(&install(&[])).contains("(signing_key_unknown)"));
    let key = json!({ "name": "ours", "public_key": signed["public_key"] });
    let key = owner.post("/v1/trusted-keys", key).await.expect(201).text("id");
    let version = printed(&install(&[]));

    assert_eq!((&version["state"], &version["signed_by"]), (&json!("compiling"), &json!(key)));
    std::fs::remove_file(shell.0.path().join("echo.wasm.sig")).unwrap();
    shell.write("echo.wasm", component("echo-parser", "acme/echo", "1.1.0", ""));
    assert_eq!(printed(&install(&["--allow-unsigned"]))["signed_by"], json!(null));
    let wrong =
        shell.command(&["install", "echo.wasm", "--server", &url, "--api-key", "mortise_nobody"]).output();
    assert!(complaint(&wrong.expect("the program starts")).contains("(unauthenticated)"));
}
