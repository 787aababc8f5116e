//! Finds plugins, the tenant's own and those that come with the server; deletes; keeps what came of compiling.

use serde_json::json;

use super::{Plugin, State, Version, built_in, offers, store};
use crate::caller::Caller;
use crate::components::Refusal;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::http::page::Position;
use crate::ids::{PluginId, PluginVersionId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::{events, files};
use crate::services::Services;

/// # Errors
/// `NotFound`.
pub async fn get(services: &Services, tx: &mut Tx, id: PluginId) -> Result<Plugin> {
    if let Some(plugin) = store::find(tx, id).await? {
        return Ok(plugin);
    }
    let built_in = built_in::find(services.hooks.as_ref(), id);
    built_in.map(|(plugin, _)| plugin).ok_or(Error::NotFound { what: "plugin" })
}

/// One that can be changed.
///
/// # Errors
/// `NotFound`; `Conflict` for one that comes with the server.
pub async fn get_own(services: &Services, tx: &mut Tx, id: PluginId) -> Result<Plugin> {
    let plugin = get(services, tx, id).await?;
    plugin.require_own()?;
    Ok(plugin)
}

/// A version of this plugin.
///
/// # Errors
/// `NotFound`.
pub async fn get_version(
    services: &Services,
    tx: &mut Tx,
    plugin: PluginId,
    id: PluginVersionId,
) -> Result<Version> {
    let found = match store::find_version(tx, id).await? {
        Some(version) => Some(version),
        None => built_in::find(services.hooks.as_ref(), plugin).map(|(_, version)| version),
    };
    let of_plugin = found.filter(|version| version.plugin_id == plugin && version.id == id);
    of_plugin.ok_or(Error::NotFound { what: "plugin version" })
}

/// Newest first; those that come with the server are the oldest.
///
/// # Errors
/// The database's.
pub async fn list(services: &Services, tx: &mut Tx, position: Position) -> Result<Vec<Plugin>> {
    let mut plugins = store::list(tx, position).await?;
    for (plugin, version) in built_in::all(services.hooks.as_ref()) {
        // Of an offer that was taken the tenant's own is what there is.
        let is_taken =
            offers::is_offer(&version.manifest) && store::find_named(tx, &plugin.name).await?.is_some();
        if plugin.id.uuid() < position.after && !is_taken {
            plugins.push(plugin);
        }
    }
    plugins.truncate(usize::try_from(position.fetch()).unwrap_or(usize::MAX));
    Ok(plugins)
}

/// Newest first.
///
/// # Errors
/// `NotFound`.
pub async fn list_versions(
    services: &Services,
    tx: &mut Tx,
    plugin: PluginId,
    position: Position,
) -> Result<Vec<Version>> {
    if get(services, tx, plugin).await?.is_built_in {
        let version = built_in::find(services.hooks.as_ref(), plugin).map(|(_, version)| version);
        return Ok(version.into_iter().filter(|version| version.id.uuid() < position.after).collect());
    }
    store::list_versions(tx, plugin, position).await
}

/// Removes a plugin with all its versions, their files and what it kept. What its calls came to stays for a month.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Conflict` while a version is active, and for one that comes with the server.
pub async fn delete(services: &Services, caller: &Caller, id: PluginId, if_match: &IfMatch) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let plugin = get_own(services, &mut tx, id).await?;
    if_match.require(plugin.version)?;
    if plugin.active_version_id.is_some() {
        let detail = "a version of the plugin is active; deactivate it first".into();
        return Err(Error::Conflict { code: "plugin_active", detail });
    }
    let versions = store::list_all_versions(&mut tx, id).await?;
    store::delete(&mut tx, id).await?;
    for version in &versions {
        files::actions::release(&mut tx, services, version.file_id).await?;
    }
    let releases: Vec<_> = versions.iter().map(|version| &version.release).collect();
    let what = json!({ "plugin": plugin.name, "releases": releases });
    audit::record(&mut tx, &services.clock, "plugin.deleted", id, Change::noted(what));
    tx.commit().await
}

/// A version that a worker shall compile; nothing when that was done, or it is gone.
///
/// # Errors
/// The database's.
pub(super) async fn begin_compiling(
    services: &Services,
    system: &Caller,
    id: PluginVersionId,
) -> Result<Option<Version>> {
    let mut tx = services.db.read(system, Permission::PluginRead).await?;
    let version = store::find_version(&mut tx, id).await?;
    tx.commit().await?;
    Ok(version.filter(|version| version.state == State::Compiling))
}

/// What came of compiling.
///
/// # Errors
/// The database's; `Conflict` when the version was changed at the same moment.
pub(super) async fn compiled(
    services: &Services,
    system: &Caller,
    id: PluginVersionId,
    outcome: Result<(), Refusal>,
) -> Result<()> {
    let mut tx = services.db.begin(system, Permission::PluginWrite).await?;
    let version = store::find_version(&mut tx, id).await?;
    let Some(mut version) = version.filter(|version| version.state == State::Compiling) else {
        return Ok(());
    };
    match outcome {
        Ok(()) => {
            version.state = State::Ready;
            let payload = json!({
                "plugin_id": version.plugin_id, "plugin": version.manifest.id, "version_id": version.id,
                "release": version.release, "digest": version.digest,
            });
            let kind = events::Kind::PluginInstalled;
            events::record(&mut tx, &services.clock, kind, version.plugin_id, payload).await?;
        }
        Err(refusal) => {
            version.state = State::Failed;
            version.error_code = Some(refusal.code.into());
            version.error_detail = Some(refusal.message);
        }
    }
    version.updated_at = services.clock.now();
    store::update_version(&mut tx, &mut version).await?;
    tx.commit().await
}
