//! Every write to trials: beginning one, keeping its report, forgetting what it says of somebody.

use serde_json::json;
use sqlx::types::Json;

use super::tasks::RunTrial;
use super::{Chosen, Report, State, Suited, Trial, store};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{
    ApplicationId, CandidateId, EventId, PluginId, PluginVersionId, ResumeId, TrialId, WebhookEndpointId,
};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::{applications, events, plugins, resumes, webhooks};
use crate::services::Services;
use crate::tasks::{self, When};

/// Begins a trial of a version that is ready, on what the caller may read.
///
/// # Errors
/// `NotFound`; `Invalid`, also for what a plugin of its kind is not tried on; `Refusal` when the endpoint is sent what the
/// caller may not see; `Conflict` for a version that is not ready.
pub async fn create(
    services: &Services,
    caller: &Caller,
    plugin: PluginId,
    version: PluginVersionId,
    chosen: Chosen,
) -> Result<Trial> {
    chosen.check()?;
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let tried = plugins::actions::get_own(services, &mut tx, plugin).await?;
    let version = plugins::actions::get_version(services, &mut tx, plugin, version).await?;
    require_seen(&mut tx, caller, &chosen).await?;
    let suited = chosen.suited(tried.kind)?;
    if version.state != plugins::State::Ready {
        let detail = "the version is not ready; see its state".into();
        return Err(Error::Conflict { code: "plugin_not_ready", detail });
    }
    let mut what = json!({ "plugin": tried.name, "release": version.release });
    suited.count(&mut what);
    let (resumes, subjects) = match suited {
        Suited::Resumes(ids) => (ids, None),
        Suited::Others(subjects) => (Vec::new(), Some(Json(subjects))),
    };
    let now = services.clock.now();
    let trial = Trial {
        id: TrialId::new(&services.clock),
        plugin_id: plugin,
        version_id: version.id,
        resumes: Json(resumes),
        subjects,
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
    audit::record(&mut tx, &services.clock, "plugin.tried", trial.id, Change::noted(what));
    tasks::enqueue(&mut tx, &services.clock, &RunTrial { trial: trial.id }, When::now()).await?;
    tx.commit().await?;
    Ok(trial)
}

/// Whoever may not read a thing sees none to choose, whatever it is chosen for.
async fn require_seen(tx: &mut Tx, caller: &Caller, chosen: &Chosen) -> Result<()> {
    if let Some(ids) = &chosen.resumes {
        require_resumes(tx, caller, ids).await?;
    }
    if let Some(ids) = &chosen.applications {
        require_applications(tx, caller, ids).await?;
    }
    if let Some(ids) = &chosen.events {
        require_events(tx, caller, ids).await?;
    }
    match chosen.endpoint {
        Some(id) => require_endpoint(tx, caller, id).await,
        None => Ok(()),
    }
}

async fn require_resumes(tx: &mut Tx, caller: &Caller, ids: &[ResumeId]) -> Result<()> {
    let reach = caller.reach(Permission::ResumeRead).map_err(|_| Error::NotFound { what: "résumé" })?;
    for id in ids {
        resumes::actions::get_within(tx, &reach, *id).await?;
    }
    Ok(())
}

async fn require_applications(tx: &mut Tx, caller: &Caller, ids: &[ApplicationId]) -> Result<()> {
    let missing = |_| Error::NotFound { what: "application" };
    let reach = caller.reach(Permission::ApplicationRead).map_err(missing)?;
    for id in ids {
        applications::actions::get_within(tx, &reach, *id).await?;
    }
    Ok(())
}

async fn require_events(tx: &mut Tx, caller: &Caller, ids: &[EventId]) -> Result<()> {
    let missing = || Error::NotFound { what: "event" };
    caller.require(Permission::EventRead).map_err(|_| missing())?;
    let found = events::store::find_all(tx, ids).await?;
    if ids.iter().all(|id| found.contains_key(id)) { Ok(()) } else { Err(missing()) }
}

/// The plugin is shown what the endpoint is sent.
async fn require_endpoint(tx: &mut Tx, caller: &Caller, id: WebhookEndpointId) -> Result<()> {
    let missing = |_| Error::NotFound { what: "webhook endpoint" };
    caller.require(Permission::WebhookRead).map_err(missing)?;
    let endpoint = webhooks::store::get(tx, id).await?;
    webhooks::actions::require_holds(tx, &endpoint).await
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
    // The row is held now: whoever is erased at this moment was before, or waits and finds the report.
    if let Some(report) = &mut trial.report {
        forget_erased(&mut tx, trial.created_at, trial.id, report).await?;
    }
    tx.commit().await
}

/// Of whoever was erased since the trial was begun.
async fn forget_erased(tx: &mut Tx, since: Time, id: TrialId, report: &mut Json<Report>) -> Result<()> {
    let erased = store::list_erased(tx, since).await?;
    if erased.is_empty() {
        return Ok(());
    }
    for candidate in erased {
        let resumes = resumes::store::list_ids_of(tx, candidate).await?;
        let applications = applications::store::list_ids_of(tx, candidate).await?;
        report.0.forget(&resumes, &applications);
    }
    store::update_report(tx, id, report).await
}

/// Of somebody who is erased no report says any more which fields differ, as a plugin may call a field what it likes.
///
/// # Errors
/// The database's.
pub(crate) async fn erase_candidate(tx: &mut Tx, candidate: CandidateId) -> Result<()> {
    store::hold_unfinished(tx).await?;
    let resumes = resumes::store::list_ids_of(tx, candidate).await?;
    let applications = applications::store::list_ids_of(tx, candidate).await?;
    let subjects =
        resumes.iter().map(ToString::to_string).chain(applications.iter().map(ToString::to_string));
    for subject in subjects {
        for (trial, mut report) in store::list_reports(tx, &subject).await? {
            report.0.forget(&resumes, &applications);
            store::update_report(tx, trial, &report).await?;
        }
    }
    Ok(())
}
