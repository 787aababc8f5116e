//! Every write to rollouts: a version becomes shadow or canary, and ceases to be.

use serde_json::json;

use super::{Ended, Role, Rollout, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::ids::{PluginId, PluginVersionId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::events;
use crate::resources::plugins::{self, Plugin, actions, activation};
use crate::services::Services;

/// Has a version asked beside the one in use, or in its place about a share of what comes, from now on. A version has one
/// role: whatever it was before, and whatever version had the role before, ends.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Conflict` when no version is in use, it is this one, or it may not be asked.
pub async fn begin(
    services: &Services,
    caller: &Caller,
    id: PluginId,
    if_match: &IfMatch,
    version: PluginVersionId,
    (role, share_percent): (Role, Option<i64>),
) -> Result<(Plugin, Vec<Rollout>)> {
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let mut plugin = actions::get_own(services, &mut tx, id).await?;
    if_match.require(plugin.version)?;
    let version = actions::get_version(services, &mut tx, id, version).await?;
    require_another(&plugin, version.id)?;
    activation::require_askable(services, &mut tx, &version).await?;
    for before in store::list(&mut tx, id, id).await? {
        if before.role == role && before.version_id == version.id {
            store::delete(&mut tx, id, role).await?;
        } else if before.role == role || before.version_id == version.id {
            end(&mut tx, services, &plugin, &before, Ended::Replaced).await?;
        }
    }
    let now = services.clock.now();
    let rollout = Rollout {
        plugin_id: id,
        role,
        version_id: version.id,
        share_percent,
        strikes: 0,
        suspended_at: None,
        suspended_until: None,
        created_by: caller.member(),
        created_at: now,
    };
    store::insert(&mut tx, &rollout).await?;
    touch(&mut tx, services, &mut plugin).await?;
    let mut payload = json!({
        "plugin_id": id, "plugin": plugin.name, "version_id": version.id, "release": version.release,
    });
    if let Some(share) = share_percent {
        payload["share_percent"] = share.into();
    }
    let (action, kind) = role.began();
    events::record(&mut tx, &services.clock, kind, id, payload.clone()).await?;
    audit::record(&mut tx, &services.clock, action, id, Change::noted(payload));
    let rollouts = store::list(&mut tx, id, id).await?;
    tx.commit().await?;
    Ok((plugin, rollouts))
}

fn require_another(plugin: &Plugin, version: PluginVersionId) -> Result<()> {
    let conflict = |code, detail: &str| Err(Error::Conflict { code, detail: detail.into() });
    match plugin.active_version_id {
        None => conflict(
            "plugin_not_active",
            "no version of this plugin is active; activate one, and others can stand beside it",
        ),
        Some(active) if active == version => conflict(
            "version_active",
            "this version is the one in use; name another, or activate another first",
        ),
        Some(_) => Ok(()),
    }
}

/// Ends what a version is beside the one in use.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Conflict` when there is none.
pub async fn withdraw(
    services: &Services,
    caller: &Caller,
    id: PluginId,
    if_match: &IfMatch,
    role: Role,
) -> Result<(Plugin, Vec<Rollout>)> {
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let mut plugin = actions::get_own(services, &mut tx, id).await?;
    if_match.require(plugin.version)?;
    let (ending, rollouts): (Vec<_>, Vec<_>) =
        store::list(&mut tx, id, id).await?.into_iter().partition(|rollout| rollout.role == role);
    let Some(rollout) = ending.first() else {
        let (code, detail) = match role {
            Role::Shadow => ("no_shadow_version", "no version of this plugin is its shadow"),
            Role::Canary => ("no_canary_version", "no version of this plugin is its canary"),
        };
        return Err(Error::Conflict { code, detail: detail.into() });
    };
    end(&mut tx, services, &plugin, rollout, Ended::Withdrawn).await?;
    touch(&mut tx, services, &mut plugin).await?;
    tx.commit().await?;
    Ok((plugin, rollouts))
}

/// The version in use has changed, or there is none any more: what stands beside it follows. Answers what still does.
///
/// # Errors
/// The database's.
pub(crate) async fn follow(tx: &mut Tx, services: &Services, plugin: &Plugin) -> Result<Vec<Rollout>> {
    let mut staying = Vec::new();
    for rollout in store::list(tx, plugin.id, plugin.id).await? {
        let ended = match plugin.active_version_id {
            Some(active) if active == rollout.version_id => Some(Ended::Activated),
            Some(_) => None,
            None => Some(Ended::Deactivated),
        };
        match ended {
            Some(reason) => end(tx, services, plugin, &rollout, reason).await?,
            None => staying.push(rollout),
        }
    }
    Ok(staying)
}

async fn end(
    tx: &mut Tx,
    services: &Services,
    plugin: &Plugin,
    rollout: &Rollout,
    reason: Ended,
) -> Result<()> {
    store::delete(tx, plugin.id, rollout.role).await?;
    let release = plugins::store::find_version(tx, rollout.version_id).await?.map(|version| version.release);
    let payload = json!({
        "plugin_id": plugin.id, "plugin": plugin.name, "version_id": rollout.version_id,
        "release": release.unwrap_or_default(), "reason": reason,
    });
    let (action, kind) = rollout.role.ended();
    events::record(tx, &services.clock, kind, plugin.id, payload.clone()).await?;
    audit::record(tx, &services.clock, action, plugin.id, Change::noted(payload));
    Ok(())
}

/// Whoever has read the plugin before reads it again before changing it.
async fn touch(tx: &mut Tx, services: &Services, plugin: &mut Plugin) -> Result<()> {
    plugin.updated_at = services.clock.now();
    plugins::store::update(tx, plugin).await
}
