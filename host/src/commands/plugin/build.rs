//! `mortise plugin build`: a component, then the manifest.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::check::describe;
use super::{BuildOptions, languages, print, read, refused};
use crate::commands::parse;
use crate::components::{Examined, Manifest};
use crate::config::Config;
use crate::hooks::Hooks;
use crate::wasm::Plugins;
use crate::wasm::manifest;

const MANIFEST: &str = "mortise-plugin.toml";

pub(super) async fn build(config: &Config, options: &BuildOptions) -> anyhow::Result<()> {
    let (component, out) = (options.component.as_deref(), options.out.as_deref());
    let (file, examined) = make(config, &options.folder, component, out).await?;
    let mut report = describe(&examined)?;
    report["file"] = file.display().to_string().into();
    print(&report)
}

/// Builds the plugin in a folder; the finished file and what it is.
pub(super) async fn make(
    config: &Config,
    folder: &Path,
    component: Option<&Path>,
    out: Option<&Path>,
) -> anyhow::Result<(PathBuf, Examined)> {
    let path = folder.join(MANIFEST);
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let manifest = Manifest::from_toml(&text).map_err(refused)?;
    let component = match component {
        Some(file) => file.to_owned(),
        None => languages::compile(folder, &manifest)?,
    };
    let component = manifest::embed(&read(&component)?, &manifest);
    let plugins = Plugins::bare(parse::settings(config)?)?;
    let examined = plugins.examine(component.clone().into()).await.map_err(refused)?;
    plugins.admit(&examined).map_err(refused)?;
    let name = manifest.id.rsplit('/').next().unwrap_or("plugin");
    let usual = || folder.join(format!("{name}-{}.wasm", manifest.version));
    let out = out.map_or_else(usual, Path::to_owned);
    std::fs::write(&out, &component).with_context(|| format!("writing {}", out.display()))?;
    Ok((out, examined))
}
