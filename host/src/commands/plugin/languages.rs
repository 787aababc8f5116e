//! From a folder with a plugin's source to a bare component, by the tool chain of its language.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use indicatif::ProgressBar;
use serde_json::Value;

use crate::hooks::Kind;
use crate::wasm::contract;
use crate::wasm::manifest::Manifest;

const TARGET: &str = "wasm32-wasip2";
/// What a scoring rule has of a stack, beside what the engine keeps in registers. The compiler would give it 1 MiB, and a
/// server that scores ten thousand applications makes the whole of it anew each time; so small, a call costs half as much.
const RULE_STACK: &str = "link-arg=-zstack-size=131072";
/// What a tool chain needs and makes in a plugin's folder, beside the finished plugin.
const WORKSHOP: &str = "build";

/// Tried with componentize-qjs 0.4.4 and 0.4.5: a file is lent for one call, and what they make still holds it at the end.
pub(super) const NO_DOCUMENTS: &str = "plugins that are given files cannot be written in JavaScript yet, as its tool chain does not give back what is lent to \
     it: write scoring rules and webhook transforms in it, and text extractors and résumé parsers in Rust or Python";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    Rust,
    #[value(name = "js", alias = "javascript")]
    JavaScript,
    Python,
}

impl Language {
    /// The file that tells a plugin's language, and from which its tool chain starts.
    fn file(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::JavaScript => "package.json",
            Self::Python => "plugin.py",
        }
    }

    fn of(folder: &Path) -> anyhow::Result<Self> {
        let known = Self::value_variants().iter().find(|language| folder.join(language.file()).is_file());
        known.copied().with_context(|| {
            format!(
                "{} has no Cargo.toml (Rust), package.json (JavaScript) or plugin.py (Python); a component built by \
                 other means is named by --component",
                folder.display()
            )
        })
    }
}

/// Has the folder's tool chain build it.
pub(super) fn compile(folder: &Path, manifest: &Manifest) -> anyhow::Result<PathBuf> {
    let folder = folder.canonicalize().with_context(|| format!("reading the folder {}", folder.display()))?;
    match Language::of(&folder)? {
        Language::Rust => rust(&folder, manifest),
        Language::JavaScript => javascript(&folder, manifest),
        Language::Python => python(&folder, manifest),
    }
}

/// Has cargo build the package in the folder; its library for the sandbox.
fn rust(folder: &Path, manifest: &Manifest) -> anyhow::Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(folder)
        .args(["rustc", "--lib", "--release", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"]);
    if manifest.kind == Kind::ScoringRule {
        // For this library alone: what it is built from is the same as for `cargo build`.
        cargo.args(["--", "-C", RULE_STACK]);
    }
    let run = cargo.stderr(Stdio::inherit()).output().context("starting cargo; is Rust installed?")?;
    anyhow::ensure!(
        run.status.success(),
        "the plugin does not build; if the target is missing: rustup target add {TARGET}"
    );
    let components = String::from_utf8_lossy(&run.stdout).lines().filter_map(artifact).collect::<Vec<_>>();
    match &components[..] {
        [component] => Ok(component.clone()),
        [] => anyhow::bail!(
            "cargo built no component; the library has to be a `cdylib` (crate-type in Cargo.toml)"
        ),
        several => {
            anyhow::bail!("cargo built {} components; build one, and name it by --component", several.len())
        }
    }
}

/// The component a message of cargo's tells of.
fn artifact(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let files = message["filenames"].as_array()?;
    let component = files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".wasm"));
    component.map(PathBuf::from)
}

/// Has jco bundle the package's `main` with what it imports, and put it beside QuickJS. Nothing of the system comes along:
/// what asks for the time or for chance by itself traps.
fn javascript(folder: &Path, manifest: &Manifest) -> anyhow::Result<PathBuf> {
    let is_lent_files = matches!(manifest.kind, Kind::TextExtractor | Kind::ResumeParser);
    anyhow::ensure!(!is_lent_files, NO_DOCUMENTS);
    let file = folder.join(Language::JavaScript.file());
    let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let package: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
    let main = package["main"].as_str().unwrap_or("plugin.js");
    anyhow::ensure!(folder.join(main).is_file(), "there is no {main}, the `main` of {}", file.display());
    let jco = tool(folder, "node_modules/.bin", "jco").with_context(|| {
        format!(
            "jco is not installed; `npm install` in {} installs what its package.json names",
            folder.display()
        )
    })?;
    let Workshop { wit, component } = Workshop::set_up(folder, manifest)?;
    let mut command = Command::new(jco);
    command
        .args(["componentize", main, "--bundle", "--backend", "qjs"])
        .args(["--backend-qjs-disable-async", "--backend-qjs-stub-wasi"])
        .args(["--world-name", contract::WORLD, "--wit"])
        .arg(wit)
        .arg("--out")
        .arg(&component);
    run("jco", command.current_dir(folder))?;
    Ok(component)
}

/// Has componentize-py start `plugin.py` once and keep CPython as it is then. Nothing of the system comes along, as above.
fn python(folder: &Path, manifest: &Manifest) -> anyhow::Result<PathBuf> {
    let program = tool(folder, ".venv/bin", "componentize-py").with_context(|| {
        format!(
            "componentize-py is not installed; in {}: python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
            folder.display()
        )
    })?;
    let Workshop { wit, component } = Workshop::set_up(folder, manifest)?;
    let mut command = Command::new(&program);
    command
        .arg("--quiet")
        .arg("--wit-path")
        .arg(wit)
        .args([
            "--world",
            contract::WORLD,
            "componentize",
            "plugin",
            "--stub-wasi",
            "--python-path",
            ".",
            "--output",
        ])
        .arg(&component);
    // From the environment it is installed in, it takes the packages that the plugin imports.
    let environment = program.parent().and_then(Path::parent).filter(|folder| folder.ends_with(".venv"));
    if let Some(environment) = environment {
        command.env("VIRTUAL_ENV", environment);
    }
    run("componentize-py", command.current_dir(folder))?;
    Ok(component)
}

/// A program in this place of the folder or of one above it, or else on the path.
fn tool(folder: &Path, place: &str, name: &str) -> Option<PathBuf> {
    let beside = folder.ancestors().map(|folder| folder.join(place));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = beside.chain(std::env::split_paths(&path));
    places.find_map(|place| Some(place.join(name)).filter(|program| program.is_file()))
}

/// Where a tool chain finds the contract and leaves its component.
struct Workshop {
    wit: PathBuf,
    component: PathBuf,
}

impl Workshop {
    fn set_up(folder: &Path, manifest: &Manifest) -> anyhow::Result<Self> {
        let workshop = folder.join(WORKSHOP);
        let wit = workshop.join("wit");
        std::fs::create_dir_all(&wit).with_context(|| format!("making the folder {}", wit.display()))?;
        for (name, text) in contract::files(manifest) {
            let file = wit.join(name);
            std::fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        }
        Ok(Self { wit, component: workshop.join("component.wasm") })
    }
}

/// What the program says is shown when it fails.
fn run(name: &str, command: &mut Command) -> anyhow::Result<()> {
    let spinner =
        if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    spinner.set_message(format!("{name} is building"));
    spinner.enable_steady_tick(Duration::from_millis(100));
    let run = command.stdin(Stdio::null()).output().with_context(|| format!("starting {name}"))?;
    spinner.finish_and_clear();
    let said = [run.stdout, run.stderr].map(|said| String::from_utf8_lossy(&said).trim().to_owned());
    let said = said.iter().filter(|said| !said.is_empty()).cloned().collect::<Vec<_>>().join("\n");
    anyhow::ensure!(run.status.success(), "the plugin does not build; {name} says:\n{said}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::artifact;

    #[test]
    fn of_cargos_messages_only_components_count() {
        let of = |filenames: &str| {
            artifact(&format!("{{\"reason\":\"compiler-artifact\",\"filenames\":[{filenames}]}}"))
        };
        assert_eq!(of("\"/t/a.rlib\",\"/t/a.wasm\""), Some(PathBuf::from("/t/a.wasm")));
        assert_eq!(of("\"/t/a.rlib\""), None);
        assert_eq!(artifact("{\"reason\":\"build-finished\"}"), None);
        assert_eq!(artifact("warning"), None);
    }
}
