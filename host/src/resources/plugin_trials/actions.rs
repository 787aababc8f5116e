//! Every write to trials: beginning one, keeping its report.

use serde_json::json;
use sqlx::types::Json;

use super::tasks::RunTrial;
use super::{Report, State, Trial, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::hooks::Kind;
use crate::ids::{PluginId, PluginVersionId, ResumeId, TrialId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::{plugins, resumes};
use crate::services::Services;
use crate::tasks::{self, When};

/// Résumés of one trial.
pub const MOST_RESUMES: usize = 50;

/// Begins a trial of a version that is ready, on résumés the caller may read.
///
/// # Errors
/// `NotFound`; `Invalid`; `Conflict` for a plugin that reads no résumés, or a version that is not ready.
pub async fn create(
    services: &Services,
    caller: &Caller,
    plugin: PluginId,
    version: PluginVersionId,
    resumes: Vec<ResumeId>,
) -> Result<Trial> {
    if resumes.is_empty() || resumes.len() > MOST_RESUMES {
        let detail = format!("1 to {MOST_RESUMES} résumés");
        return Err(Error::invalid("#/resume_ids", "out_of_range", detail));
    }
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let tried = plugins::actions::get_own(services, &mut tx, plugin).await?;
    let version = plugins::actions::get_version(services, &mut tx, plugin, version).await?;
    if !matches!(tried.kind, Kind::ResumeParser | Kind::TextExtractor) {
        let detail = "only parsers and text extractors are tried on résumés".into();
        return Err(Error::Conflict { code: "trial_unsupported", detail });
    }
    if version.state != plugins::State::Ready {
        let detail = "the version is not ready; see its state".into();
        return Err(Error::Conflict { code: "plugin_not_ready", detail });
    }
    // Whoever may not read résumés sees none to choose.
    let reach = caller.reach(Permission::ResumeRead).map_err(|_| Error::NotFound { what: "résumé" })?;
    for resume in &resumes {
        resumes::actions::get_within(&mut tx, &reach, *resume).await?;
    }
    let now = services.clock.now();
    let trial = Trial {
        id: TrialId::new(&services.clock),
        plugin_id: plugin,
        version_id: version.id,
        resumes: Json(resumes),
        state: State::Pending,
        error_code: None,
        report: None,
        created_by: caller.member(),
        created_at: now,
        updated_at: now,
        finished_at: None,
        version: 1,
    };
    store::insert(&mut tx, &trial).await?;
    let what = json!({ "plugin": tried.name, "release": version.release, "resumes": trial.resumes.len() });
    audit::record(&mut tx, &services.clock, "plugin.tried", trial.id, Change::noted(what)).await?;
    tasks::enqueue(&mut tx, &services.clock, &RunTrial { trial: trial.id }, When::now()).await?;
    tx.commit().await?;
    Ok(trial)
}

/// A worker has taken it; nothing when it is over, or gone.
///
/// # Errors
/// The database's.
pub(super) async fn begin(services: &Services, system: &Caller, id: TrialId) -> Result<Option<Trial>> {
    let mut tx = services.db.begin(system, Permission::PluginWrite).await?;
    let trial = store::find(&mut tx, id).await?;
    let Some(mut trial) = trial.filter(|trial| matches!(trial.state, State::Pending | State::Running)) else {
        return Ok(None);
    };
    trial.state = State::Running;
    trial.updated_at = services.clock.now();
    store::update(&mut tx, &mut trial).await?;
    tx.commit().await?;
    Ok(Some(trial))
}

/// It is over: with a report, or with a word for why there is none.
///
/// # Errors
/// The database's.
pub(super) async fn finish(
    services: &Services,
    system: &Caller,
    id: TrialId,
    outcome: Result<Report, &'static str>,
) -> Result<()> {
    let mut tx = services.db.begin(system, Permission::PluginWrite).await?;
    let trial = store::find(&mut tx, id).await?;
    let Some(mut trial) = trial.filter(|trial| matches!(trial.state, State::Pending | State::Running)) else {
        return Ok(());
    };
    let now = services.clock.now();
    match outcome {
        Ok(report) => {
            trial.state = State::Done;
            trial.report = Some(Json(report));
        }
        Err(code) => {
            trial.state = State::Failed;
            trial.error_code = Some(code.into());
        }
    }
    trial.updated_at = now;
    trial.finished_at = Some(now);
    store::update(&mut tx, &mut trial).await?;
    tx.commit().await
}
