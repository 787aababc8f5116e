//! What programs of other people's make of the API and its document: a generated client, one that tries whatever the document
//! allows, and the libraries that receivers of webhooks use. On SQLite only: what they try is HTTP, and nothing of it differs from engine to engine.

mod fuzzed;
mod generated;
mod receivers;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::db::Db;
use mortise_host::resources::access::founding;
use mortise_tests::database::TestDatabase;
use mortise_tests::node::Node;
use mortise_tests::{binary, server};
use tempfile::TempDir;

/// A server of its own process, whose worker works by the real clock, with a tenant.
struct Site {
    node: Node,
    key: String,
    folder: TempDir,
}

impl Site {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let database = TestDatabase::new().await;
        let sqlite = format!("sqlite:{}", folder.path().join("mortise.db").display());
        let mut config = Config { database_url: Some(sqlite), ..server::config(folder.path(), &database) };
        change(&mut config);
        let db = Db::open(&config).await.expect("the database opens");
        db.migrate().await.expect("it is empty");
        let founded = founding::found(&db, &Clock::system(), "acme", "owner@acme.example").await;
        let key = founded.expect("the tenant is new").key.reveal();
        db.close().await;
        Self { node: Node::start(&config).await, key, folder }
    }
}

/// A program of the Python packages that `tests/run` has installed.
fn installed(name: &str) -> PathBuf {
    present("clients/bin", name)
}

/// The npm packages that `tests/run` has installed.
fn installed_for_node() -> PathBuf {
    present("node", "node_modules")
}

fn present(folder: &str, name: &str) -> PathBuf {
    let host = binary::mortise();
    let found = host.parent().expect("a program lies in a folder").join(folder).join(name);
    assert!(found.exists(), "{} is missing; tests/run installs it", found.display());
    found
}

/// The folder of what these tests run in Python and in JavaScript.
fn scripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// What a program said, when it ended well.
fn run(what: &str, command: &mut Command, folder: &Path) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let beside = installed("python").parent().expect("a program lies in a folder").display().to_string();
    // Whatever they keep between runs is kept here, and what they start lies beside them.
    let command = command.env("PATH", format!("{beside}:{path}"));
    let command = command.current_dir(folder).env("HOME", folder).env("PYTHONDONTWRITEBYTECODE", "1");
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{what}: {status}\n{said}");
    said
}

/// The document as the server answers it, in a file.
async fn document(site: &Site) -> (PathBuf, serde_json::Value) {
    let document = site.node.actor(&site.key).get("/openapi.json").await.expect(200).json();
    let file = site.folder.path().join("openapi.json");
    std::fs::write(&file, document.to_string()).expect("there is room for a file");
    (file, document)
}
