//! Every write to plugin bindings. Each has whoever is concerned scored again.

use sqlx::types::Json;

use super::{Details, Kind, PluginBinding, millionths, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::hooks;
use crate::http::etag::IfMatch;
use crate::ids::{BindingId, JobId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::plugins::{overlays, using};
use crate::resources::{jobs, score_requests};
use crate::scoring::Settings;
use crate::services::Services;

/// # Errors
/// `Forbidden`; `Invalid` when no such rule is installed, or it does not take the settings; `NotFound` job; `Conflict` when it is bound there already.
pub async fn create(
    services: &Services,
    caller: &Caller,
    kind: Kind,
    plugin: String,
    job: Option<JobId>,
    details: Details,
) -> Result<PluginBinding> {
    caller.reach(Permission::PluginBindingWrite)?;
    let is_known = using::is_known(services, caller, &plugin, hooks::Kind::ScoringRule).await?;
    let mut tx = services.db.begin(caller, Permission::PluginBindingWrite).await?;
    if !is_known {
        let detail = "no scoring rule of this id is in use, for instance mortise/skills-score; of one that is \
                      installed, activate a version first";
        return Err(Error::invalid("#/plugin", "unknown_plugin", detail));
    }
    if let Some(job) = job {
        jobs::store::get(&mut tx, job).await?;
    }
    let now = services.clock.now();
    let mut binding = PluginBinding {
        id: BindingId::new(&services.clock),
        kind,
        plugin,
        job_id: job,
        weight: millionths(1.0),
        is_blind: 0,
        is_enabled: 1,
        config: Json(Settings::new()),
        created_by: caller.member(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    binding.set(details)?;
    overlays::require(services, caller, &binding.plugin, hooks::Kind::ScoringRule, &binding.config).await?;
    if !store::insert(&mut tx, &binding).await? {
        let place = if job.is_some() { "for this job" } else { "for every job" };
        let detail = format!("{} is bound {place} already; change that binding", binding.plugin);
        return Err(Error::Conflict { code: "plugin_bound_already", detail });
    }
    audit::record(&mut tx, &services.clock, "plugin_binding.created", binding.id, Change::made(&binding));
    rescore(&mut tx, services, job).await?;
    tx.commit().await?;
    Ok(binding)
}

/// # Errors
/// `Forbidden`; `NotFound`; `PreconditionFailed`; `Invalid`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: BindingId,
    if_match: &IfMatch,
    details: Details,
) -> Result<PluginBinding> {
    let mut tx = services.db.begin(caller, Permission::PluginBindingWrite).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    let mut binding = before.clone();
    let is_to_check = details.config.is_some() || details.is_enabled == Some(true);
    binding.set(details)?;
    if is_to_check {
        overlays::require(services, caller, &binding.plugin, hooks::Kind::ScoringRule, &binding.config)
            .await?;
    }
    binding.updated_at = services.clock.now();
    store::update(&mut tx, &mut binding).await?;
    let change = Change::between(&before, &binding);
    audit::record(&mut tx, &services.clock, "plugin_binding.updated", id, change);
    rescore(&mut tx, services, binding.job_id).await?;
    tx.commit().await?;
    Ok(binding)
}

/// # Errors
/// `Forbidden`; `NotFound`; `PreconditionFailed`.
pub async fn delete(services: &Services, caller: &Caller, id: BindingId, if_match: &IfMatch) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::PluginBindingWrite).await?;
    let binding = store::get(&mut tx, id).await?;
    if_match.require(binding.version)?;
    store::delete(&mut tx, id, services.clock.now()).await?;
    audit::record(&mut tx, &services.clock, "plugin_binding.deleted", id, Change::gone(&binding));
    rescore(&mut tx, services, binding.job_id).await?;
    tx.commit().await
}

/// The first binding of a tenant switches the default rule off everywhere, and the last one that goes switches it on again;
/// scoring what has not changed costs a look.
async fn rescore(tx: &mut Tx, services: &Services, job: Option<JobId>) -> Result<()> {
    match job {
        Some(job) if store::count(tx).await? > 1 => score_requests::of_job(tx, &services.clock, job).await,
        _ => score_requests::of_tenant(tx, &services.clock).await,
    }
}
