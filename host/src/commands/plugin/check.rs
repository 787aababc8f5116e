//! `mortise plugin check` and `inspect`.

use std::path::Path;

use serde_json::{Value, json};

use super::{print, read, refused};
use crate::commands::parse::settings;
use crate::components::Examined;
use crate::config::Config;
use crate::hooks::Hooks;
use crate::wasm::Plugins;

/// Examines, admits and compiles; the first refusal is the error.
pub(super) async fn check(config: &Config, file: &Path) -> anyhow::Result<()> {
    let component = read(file)?;
    let plugins = Plugins::bare(settings(config)?)?;
    let examined = plugins.examine(component.clone()).await.map_err(refused)?;
    plugins.admit(&examined).map_err(refused)?;
    plugins.load(component).await.map_err(refused)?;
    print(&json!({
        "id": examined.manifest.id, "version": examined.manifest.version, "kind": examined.manifest.kind,
        "digest": examined.digest, "size": examined.size, "ok": true,
    }))
}

/// Says what there is, even where a server would refuse what it asks for; then why it would.
pub(super) async fn inspect(config: &Config, file: &Path) -> anyhow::Result<()> {
    let plugins = Plugins::bare(settings(config)?)?;
    let examined = plugins.examine(read(file)?).await.map_err(refused)?;
    let mut report = describe(&examined)?;
    if let Err(refusal) = plugins.admit(&examined) {
        report["refused"] = json!({ "code": refusal.code, "detail": refusal.message });
    }
    print(&report)
}

pub(super) fn describe(examined: &Examined) -> anyhow::Result<Value> {
    // What a standard library imports whether it needs it or not: there, and able to do nothing.
    let (ambient, asked): (Vec<&String>, Vec<&String>) =
        examined.imports.iter().partition(|name| name.starts_with("wasi:"));
    Ok(json!({
        "manifest": serde_json::to_value(&examined.manifest)?,
        "digest": examined.digest,
        "size": examined.size,
        "imports": asked,
        "ambient_imports": ambient,
        "exports": examined.exports,
        "initial_memory": examined.needs.memory,
    }))
}
