//! Runs trials: each chosen thing through the version and through what is used now, both told that it is a trial.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Cost, Report, Subjects, Trial, actions};
use crate::caller::Caller;
use crate::error::Result;
use crate::hooks::{Call, Failure, Kind, PluginRef, Ran};
use crate::ids::{RunId, TrialId};
use crate::permissions::Permission;
use crate::resources::plugins;
use crate::resources::plugins::using::{self, Handle};
use crate::resources::webhooks::{self, Endpoint};
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

/// One trial.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunTrial {
    pub trial: TrialId,
}

impl Task for RunTrial {
    const KIND: &'static str = "plugin_trials.run";
    const MAX_ATTEMPTS: u32 = 3;
    /// As long as all its résumés may take.
    const TIMEOUT: Duration = Duration::from_secs(45 * 60);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let Some(trial) = actions::begin(services, &caller, self.trial).await? else { return Ok(()) };
        let bench = match Bench::set_up(services, &caller, &trial).await? {
            Ok(bench) => bench,
            Err(gone) => {
                actions::finish(services, &caller, trial.id, Err(gone)).await?;
                return Ok(());
            }
        };
        let report = bench.run(&trial).await?;
        actions::finish(services, &caller, trial.id, Ok(report)).await?;
        Ok(())
    }

    async fn buried(self, services: &Services, attempt: Attempt, last_error: &str) -> Result<()> {
        tracing::error!(trial = %self.trial, last_error, "gave up a trial of a plugin");
        actions::finish(services, &attempt.caller()?, self.trial, Err("trial_failed")).await
    }
}

/// What is compared.
pub(super) struct Bench<'a> {
    pub(super) services: &'a Services,
    pub(super) caller: &'a Caller,
    pub(super) kind: Kind,
    pub(super) candidate: Handle,
    /// The version in use of the same plugin; without one, what comes with the server.
    pub(super) baseline: Option<Handle>,
    /// As whose events are seen.
    pub(super) endpoint: Option<Endpoint>,
}

impl<'a> Bench<'a> {
    /// A word for what is gone, when something is.
    async fn set_up(
        services: &'a Services,
        caller: &'a Caller,
        trial: &Trial,
    ) -> Result<Result<Self, &'static str>> {
        let mut tx = services.db.read(caller, Permission::PluginRead).await?;
        let Some(version) = plugins::store::find_version(&mut tx, trial.version_id).await? else {
            return Ok(Err("plugin_gone"));
        };
        let active = plugins::store::find(&mut tx, trial.plugin_id).await?;
        let active = active.and_then(|plugin| plugin.active_version_id).filter(|id| *id != version.id);
        let active = match active {
            Some(active) => plugins::store::find_version(&mut tx, active).await?,
            None => None,
        };
        let endpoint = match trial.subjects.as_deref() {
            Some(Subjects::Events { endpoint: Some(id), .. }) => {
                let Some(found) = webhooks::store::find(&mut tx, *id).await? else {
                    return Ok(Err("endpoint_gone"));
                };
                Some(found)
            }
            Some(Subjects::Events { endpoint: None, .. } | Subjects::Applications(_)) | None => None,
        };
        tx.commit().await?;
        let bench = Self {
            services,
            caller,
            kind: version.manifest.kind,
            candidate: Handle::of_version(version),
            baseline: active.map(Handle::of_version),
            endpoint,
        };
        using::prepare(services, caller, &bench.candidate).await?;
        if let Some(baseline) = &bench.baseline {
            using::prepare(services, caller, baseline).await?;
        }
        Ok(Ok(bench))
    }

    async fn run(&self, trial: &Trial) -> Result<Report, Stop> {
        let mut report = Report::default();
        for id in trial.resumes.iter() {
            let found = self.try_resume(*id, &mut report).await?;
            report.add_resume(*id, found);
        }
        match trial.subjects.as_deref() {
            None => {}
            Some(Subjects::Applications(ids)) => {
                for id in ids {
                    let (found, values) = self.try_application(*id, &mut report).await?;
                    report.add_application(*id, found, values);
                }
            }
            Some(Subjects::Events { ids, .. }) => {
                for id in ids {
                    let found = self.try_event(*id, &mut report).await?;
                    report.add_event(*id, found);
                }
            }
        }
        Ok(report)
    }

    pub(super) fn plugin_now(&self, usual: Option<PluginRef>) -> Option<PluginRef> {
        self.baseline.as_ref().map(|baseline| baseline.plugin.clone()).or(usual)
    }

    pub(super) fn call(&self) -> Call {
        let invocation = RunId::new(&self.services.clock).uuid();
        Call { tenant: self.caller.tenant, invocation, dry_run: true }
    }
}

/// How long a trial waits when every sandbox is taken.
const BUSY: Duration = Duration::from_secs(5);

pub(super) fn counted<T>(ran: Ran<T>, cost: &mut Cost) -> Result<Result<T, Failure>, Stop> {
    let is_busy = matches!(&ran.result, Err(failure) if failure.code == "plugin_busy");
    if is_busy {
        return Err(Stop::Snooze(BUSY));
    }
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    cost.wall_micros = cost.wall_micros.saturating_add(micros(ran.record.wall));
    cost.cpu_micros = cost.cpu_micros.saturating_add(micros(ran.record.cpu));
    if let Some(fuel) = ran.record.fuel {
        let fuel = i64::try_from(fuel).unwrap_or(i64::MAX);
        cost.fuel = Some(cost.fuel.unwrap_or_default().saturating_add(fuel));
    }
    cost.peak_memory = cost.peak_memory.max(i64::try_from(ran.record.peak_memory).unwrap_or(i64::MAX));
    Ok(ran.result)
}
