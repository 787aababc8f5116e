//! Plugins as `mortise plugin new` writes them, built by the tool chains that `tests/run` has installed: once for all tests,
//! and again when the program or a tool chain is another one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mortise_host::digest::sha256_hex;
use serde_json::Value;

use crate::binary;
use crate::guests::target_folder;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Rust,
    JavaScript,
    Python,
}

impl Language {
    pub const EVERY: [Self; 3] = [Self::Rust, Self::JavaScript, Self::Python];

    /// As the command line calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "js",
            Self::Python => "python",
        }
    }
}

/// A template that was built.
pub struct Built {
    /// With the sources in it.
    pub folder: PathBuf,
    /// The finished plugin.
    pub file: PathBuf,
    /// What `mortise plugin new` said of it.
    pub begun: Value,
    /// What `mortise plugin build` said of it.
    pub report: Value,
}

impl Built {
    /// The finished plugin's bytes.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn component(&self) -> Vec<u8> {
        fs::read(&self.file).expect("what was built is there")
    }
}

/// A template as it is, called `acme/LANGUAGE-KIND`, version 0.1.0.
///
/// # Panics
/// When it does not build.
pub fn built(language: Language, kind: &str) -> Built {
    build(language, kind, "as-it-is", |_| {})
}

/// A template in version 0.2.0, which writes down in its store that it was called: a parser, and in JavaScript a transform.
///
/// # Panics
/// When it does not build.
pub fn remembering(language: Language) -> Built {
    let kind = if language == Language::JavaScript { "webhook-transform" } else { "resume-parser" };
    build(language, kind, "remembering", |folder| {
        change(&folder.join("mortise-plugin.toml"), |toml| {
            let toml = toml.replace("version = \"0.1.0\"", "version = \"0.2.0\"");
            format!("{toml}\n[[capabilities]]\nname = \"kv\"\nreason = \"Remembers that it was called.\"\n")
        });
        let (file, before, after) = match language {
            Language::Rust => (
                "src/lib.rs",
                "let mut resume = ParsedResume::default();",
                "let mut resume = ParsedResume::default();\n        mortise_sdk::kv::set(\"seen\", b\"1\", None)?;",
            ),
            Language::JavaScript => (
                "plugin.js",
                "export const transforming = {\n  transform(context, event) {",
                "import kv from 'mortise:plugin/kv@0.1.0';\n\nexport const transforming = {\n  \
                 transform(context, event) {\n    kv.set('seen', new Uint8Array([49]), null);",
            ),
            // At the top: there are no files to import from during a call.
            Language::Python => (
                "plugin.py",
                "class ResumeParsing(exports.ResumeParsing):\n    def parse(self, context, document, text):\n",
                "from wit_world.imports import kv\n\n\nclass ResumeParsing(exports.ResumeParsing):\n    \
                 def parse(self, context, document, text):\n        kv.set(\"seen\", b\"1\", None)\n",
            ),
        };
        change(&folder.join(file), |source| {
            assert!(source.contains(before), "the template has another shape: {source}");
            source.replacen(before, after, 1)
        });
    })
}

fn change(file: &Path, edit: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(file).expect("the template has it");
    fs::write(file, edit(text)).expect("the target folder is writable");
}

fn build(language: Language, kind: &str, edition: &str, edit: impl FnOnce(&Path)) -> Built {
    let name = format!("{}-{kind}", language.word());
    let place = target_folder().join("templates").join(edition);
    fs::create_dir_all(&place).expect("the target folder is writable");
    let lock = File::create(place.join(format!("{name}.lock"))).expect("the target folder is writable");
    lock.lock().expect("the file system locks");
    let (folder, said) = (place.join(&name), place.join(format!("{name}.json")));
    let key = key();
    let kept = fs::read(&said).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let said = match kept.filter(|kept| kept["key"] == key) {
        Some(kept) => kept,
        None => {
            let _ = fs::remove_dir_all(&folder);
            let arguments = ["new", &name, "--kind", kind, "--lang", language.word(), "--vendor", "acme"];
            let begun = printed(command(&place, &arguments));
            edit(&folder);
            if language == Language::Rust {
                pin(&folder);
            }
            let report = printed(command(&folder, &["build"]));
            let kept = serde_json::json!({ "key": key, "begun": begun, "report": report });
            fs::write(&said, kept.to_string()).expect("the target folder is writable");
            kept
        }
    };
    let file = said["report"]["file"].as_str().expect("it says what it wrote");
    Built { file: folder.join(file), folder, begun: said["begun"].clone(), report: said["report"].clone() }
}

/// The versions of crates that are here already, and the compiler the project is built with.
fn pin(folder: &Path) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (from, to) in [("guests/Cargo.lock", "Cargo.lock"), ("../rust-toolchain.toml", "rust-toolchain.toml")]
    {
        fs::copy(tests.join(from), folder.join(to)).expect("the project pins both");
    }
}

/// Another one when anything is that a build depends on.
fn key() -> String {
    let program = fs::metadata(binary::mortise()).expect("it is built");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("authors");
    let mut parts = format!("{:?} {}", program.modified().ok(), program.len()).into_bytes();
    for file in ["package-lock.json", "requirements.txt"] {
        parts.extend(fs::read(tests.join(file)).expect("the project pins its tools"));
    }
    sha256_hex(&parts)
}

/// `mortise plugin …` as an author runs it, who has installed the tool chains.
///
/// # Panics
/// When they are not installed.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary::mortise());
    command
        .arg("plugin")
        .args(arguments)
        .current_dir(folder)
        .env("PATH", tools())
        .env("MORTISE_PLUGIN_CACHE_DIR", binary::plugin_cache());
    with_cargo(&mut command);
    command
}

/// What cargo told this test about its own package is not meant for others; what they build lies beside the guests.
///
/// # Panics
/// When cargo does not run this program.
pub fn with_cargo(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_theirs = text.starts_with("CARGO_") && text != "CARGO_HOME" && text != "CARGO_NET_OFFLINE";
        if is_theirs || text.starts_with("RUSTC") || text == "RUSTFLAGS" {
            command.env_remove(&name);
        }
    }
    command.env("CARGO_TARGET_DIR", target_folder().join("guests"));
}

fn tools() -> std::ffi::OsString {
    let program = binary::mortise();
    let beside = program.parent().expect("a program lies in a folder");
    let folders = ["authors-node/node_modules/.bin", "authors-python/bin"].map(|folder| beside.join(folder));
    for folder in &folders {
        assert!(folder.is_dir(), "{} is missing; tests/run installs it", folder.display());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.into_iter().chain(std::env::split_paths(&path));
    std::env::join_paths(all).expect("no folder has a colon in its name")
}

fn printed(mut command: Command) -> Value {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    assert!(status.success(), "{command:?}: {status}\n{}", String::from_utf8_lossy(&stderr));
    serde_json::from_slice(&stdout).expect("it prints JSON")
}
