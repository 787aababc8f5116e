//! Builds the guests of `tests/guests` once and gives each the manifest a test wants.

use std::any::Any;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use bytes::Bytes;
use mortise_host::hooks::Kind;
use mortise_host::wasm::Plugins;
use mortise_host::wasm::manifest::{self, Manifest};

use crate::server::Server;

/// The component of a guest as the compiler left it, without a manifest.
///
/// # Panics
/// When the guests do not build, or there is none of that name.
pub fn bare(name: &str) -> Vec<u8> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let path = FOLDER.get_or_init(build).join(format!("{}.wasm", name.replace('-', "_")));
    fs::read(&path).unwrap_or_else(|error| panic!("there is no guest {}: {error}", path.display()))
}

/// A guest with a manifest that says its kind and nothing else.
pub fn guest(name: &str, kind: Kind) -> Bytes {
    manifest::embed(&bare(name), &manifest(name, kind)).into()
}

/// Installs a guest in a running server, for as long as it runs; answers its id.
///
/// # Panics
/// When the server refuses it, or runs no plugins at all.
pub async fn install(server: &Server, name: &str, kind: Kind) -> String {
    let hooks: &dyn Any = &*server.services().hooks;
    let plugins = hooks.downcast_ref::<Plugins>().expect("the server runs plugins");
    match plugins.load(guest(name, kind)).await {
        Ok(plugin) => plugin.id,
        Err(refusal) => panic!("{name} was refused: {refusal}"),
    }
}

/// A manifest that says the kind and what it must.
///
/// # Panics
/// When the name is none.
pub fn manifest(name: &str, kind: Kind) -> Manifest {
    let media_types = match kind {
        Kind::TextExtractor => r#"media_types = ["application/x-guest"]"#,
        _ => "",
    };
    let toml = format!(
        "id = \"guests/{name}\"\nversion = \"0.1.0\"\nkind = \"{}\"\ntitle = \"{name}\"\n{media_types}\n\
         [config_schema]\ntype = \"object\"\n",
        kind.as_str()
    );
    Manifest::from_toml(&toml).expect("a guest's manifest is sound")
}

/// The folder everything is built in: this program's is `<target>/<profile>/deps`.
///
/// # Panics
/// When cargo does not run this program.
pub fn target_folder() -> PathBuf {
    let program = std::env::current_exe().expect("a test knows its own file");
    program.ancestors().nth(3).expect("cargo puts tests three folders deep").to_owned()
}

fn build() -> PathBuf {
    let target = target_folder().join("guests");
    fs::create_dir_all(&target).expect("the target folder is writable");
    // Cargo has a lock of its own; this one keeps its waiting out of the test's output.
    let lock = File::create(target.join("tests.lock")).expect("the target folder is writable");
    lock.lock().expect("the file system locks");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(&source)
        .args(["build", "--release", "--examples", "--target", "wasm32-wasip2", "--target-dir"])
        .arg(&target);
    // What cargo told this test about its own package is not meant for the guests.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_theirs = text.starts_with("CARGO_") && text != "CARGO_HOME" && text != "CARGO_NET_OFFLINE";
        if is_theirs || text.starts_with("RUSTC") || text == "RUSTFLAGS" {
            cargo.env_remove(&name);
        }
    }
    let run = cargo.output().expect("cargo runs, as it runs this test");
    assert!(run.status.success(), "the guests do not build:\n{}", String::from_utf8_lossy(&run.stderr));
    target.join("wasm32-wasip2").join("release").join("examples")
}
