//! Which version of a plugin is used: activating one, going back to an older one, using none.

use semver::Version as Semver;
use serde_json::json;

use super::rollouts::{self, Rollout};
use super::{Plugin, Version, actions, overlays, store};
use crate::caller::Caller;
use crate::components::settings::{Schema, Settings};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::hooks::Kind;
use crate::http::etag::IfMatch;
use crate::ids::{PluginId, PluginVersionId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::{events, score_requests, trusted_keys};
use crate::services::Services;

/// Uses this version from now on, wherever the plugin is called next.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Conflict` when the version is not ready, nobody consented to what it asks for, its
/// settings are missing, the key that signed it was revoked, or it does not take what bindings and endpoints lay over its
/// settings.
pub async fn activate(
    services: &Services,
    caller: &Caller,
    id: PluginId,
    if_match: &IfMatch,
    version: PluginVersionId,
) -> Result<(Plugin, Vec<Rollout>)> {
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let mut plugin = actions::get_own(services, &mut tx, id).await?;
    if_match.require(plugin.version)?;
    let version = actions::get_version(services, &mut tx, id, version).await?;
    require_askable(services, &mut tx, &version).await?;
    let before = match plugin.active_version_id {
        Some(active) => store::find_version(&mut tx, active).await?,
        None => None,
    };
    let is_older = before.as_ref().is_some_and(|before| is_before(&version.release, &before.release));
    plugin.activate(version.id, services.clock.now());
    store::update(&mut tx, &mut plugin).await?;
    let (action, kind) = match is_older {
        true => ("plugin.rolled_back", events::Kind::PluginRolledBack),
        false => ("plugin.activated", events::Kind::PluginActivated),
    };
    let payload = json!({
        "plugin_id": id, "plugin": plugin.name, "version_id": version.id, "release": version.release,
        "digest": version.digest, "before": before.as_ref().map(|before| &before.release),
    });
    events::record(&mut tx, &services.clock, kind, id, payload.clone()).await?;
    audit::record(&mut tx, &services.clock, action, id, Change::noted(payload));
    let rollouts = rollouts::actions::follow(&mut tx, services, &plugin).await?;
    rescore(&mut tx, services, &version).await?;
    tx.commit().await?;
    Ok((plugin, rollouts))
}

/// Whoever was scored by a rule is scored again when another version of it is asked, or the same one with other settings.
///
/// # Errors
/// The database's.
pub(super) async fn rescore(tx: &mut Tx, services: &Services, version: &Version) -> Result<()> {
    if version.manifest.kind != Kind::ScoringRule {
        return Ok(());
    }
    let jobs = overlays::store::list_jobs_bound(tx, &version.manifest.id).await?;
    if jobs.contains(&None) {
        return score_requests::of_tenant(tx, &services.clock).await;
    }
    for job in jobs.into_iter().flatten() {
        score_requests::of_job(tx, &services.clock, job).await?;
    }
    Ok(())
}

/// That a version may be asked about what comes.
///
/// # Errors
/// `Conflict` that says what is missing.
pub(super) async fn require_askable(services: &Services, tx: &mut Tx, version: &Version) -> Result<()> {
    version.require_usable()?;
    require_signer(tx, version).await?;
    require_settings(version)?;
    overlays::require_all(services, tx, version).await
}

async fn require_signer(tx: &mut Tx, version: &Version) -> Result<()> {
    let Some(key) = version.signed_by else { return Ok(()) };
    if trusted_keys::store::get(tx, key).await?.revoked_at.is_some() {
        let detail =
            "the key that signed this version was revoked; install one with another signature".into();
        return Err(Error::Conflict { code: "signing_key_revoked", detail });
    }
    Ok(())
}

/// That the settings it would run with are those its author asks for.
fn require_settings(version: &Version) -> Result<()> {
    if version.config.is_some() {
        return Ok(());
    }
    let schema = Schema::new(version.manifest.config_schema.as_ref());
    schema.require(&Settings::default()).map_err(|_| Error::Conflict {
        code: "config_missing",
        detail: "the version needs settings before it is used; see its config".into(),
    })
}

fn is_before(one: &str, other: &str) -> bool {
    match (Semver::parse(one), Semver::parse(other)) {
        (Ok(one), Ok(other)) => one < other,
        _ => false,
    }
}

/// Uses no version of it any more.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Conflict` when none is used.
pub async fn deactivate(
    services: &Services,
    caller: &Caller,
    id: PluginId,
    if_match: &IfMatch,
) -> Result<(Plugin, Vec<Rollout>)> {
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let mut plugin = actions::get_own(services, &mut tx, id).await?;
    if_match.require(plugin.version)?;
    let before = plugin.active_version_id;
    plugin.deactivate(services.clock.now())?;
    if let Some(before) = before {
        let version = actions::get_version(services, &mut tx, id, before).await?;
        rescore(&mut tx, services, &version).await?;
    }
    store::update(&mut tx, &mut plugin).await?;
    let payload = json!({ "plugin_id": id, "plugin": plugin.name, "version_id": before });
    let kind = events::Kind::PluginDeactivated;
    events::record(&mut tx, &services.clock, kind, id, payload.clone()).await?;
    audit::record(&mut tx, &services.clock, "plugin.deactivated", id, Change::noted(payload));
    let rollouts = rollouts::actions::follow(&mut tx, services, &plugin).await?;
    tx.commit().await?;
    Ok((plugin, rollouts))
}

#[cfg(test)]
mod tests {
    use super::is_before;

    #[test]
    fn versions_are_in_the_order_of_their_numbers() {
        assert!(is_before("1.9.0", "1.10.0") && is_before("1.0.0-rc.1", "1.0.0"));
        assert!(!is_before("1.0.0", "1.0.0") && !is_before("2.0.0", "1.10.0"));
    }
}
