//! `mortise plugin build`: cargo, then the manifest.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use serde_json::Value;

use super::check::describe;
use super::{BuildOptions, print, read, refused};
use crate::commands::parse;
use crate::components::Manifest;
use crate::config::Config;
use crate::hooks::Hooks;
use crate::wasm::Plugins;
use crate::wasm::manifest;

const MANIFEST: &str = "mortise-plugin.toml";
const TARGET: &str = "wasm32-wasip2";

pub(super) async fn build(options: &BuildOptions) -> anyhow::Result<()> {
    let path = options.folder.join(MANIFEST);
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let manifest = Manifest::from_toml(&text).map_err(refused)?;
    let component = match &options.component {
        Some(file) => file.clone(),
        None => compile(&options.folder)?,
    };
    let component = manifest::embed(&read(&component)?, &manifest);
    let plugins = Plugins::bare(parse::settings(&Config::default())?)?;
    let examined = plugins.examine(component.clone().into()).await.map_err(refused)?;
    plugins.admit(&examined).map_err(refused)?;
    let name = manifest.id.rsplit('/').next().unwrap_or("plugin");
    let usual = || options.folder.join(format!("{name}-{}.wasm", manifest.version));
    let out = options.out.clone().unwrap_or_else(usual);
    std::fs::write(&out, &component).with_context(|| format!("writing {}", out.display()))?;
    let mut report = describe(&examined)?;
    report["file"] = out.display().to_string().into();
    print(&report)
}

/// Has cargo build the package in the folder; its one library for the sandbox.
fn compile(folder: &Path) -> anyhow::Result<PathBuf> {
    let run = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(folder)
        .args(["build", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("starting cargo; is Rust installed?")?;
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
