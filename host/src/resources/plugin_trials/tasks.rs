//! Runs trials: each résumé through the version and through what is used now, both told that it is a trial.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Cost, Outcome, Report, Trial, Tried, actions};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::hooks::{Call, Document, Failure, Kind, PluginRef, Ran};
use crate::ids::{ResumeId, RunId, TrialId};
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::plugins::comparison::{self, compare};
use crate::resources::plugins::using::{self, Handle};
use crate::resources::{plugins, resumes};
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};
use crate::text::ExtractedText;

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
            Some(bench) => bench,
            None => {
                actions::finish(services, &caller, trial.id, Err("plugin_gone")).await?;
                return Ok(());
            }
        };
        let mut report = Report::default();
        for resume in trial.resumes.iter() {
            let tried = bench.tried(*resume, &mut report).await?;
            report.add(tried);
        }
        actions::finish(services, &caller, trial.id, Ok(report)).await?;
        Ok(())
    }

    async fn buried(self, services: &Services, attempt: Attempt, last_error: &str) -> Result<()> {
        tracing::error!(trial = %self.trial, last_error, "gave up a trial of a plugin");
        actions::finish(services, &attempt.caller()?, self.trial, Err("trial_failed")).await
    }
}

/// What is compared.
struct Bench<'a> {
    services: &'a Services,
    caller: &'a Caller,
    kind: Kind,
    candidate: Handle,
    /// The version in use of the same plugin; without one, what comes with the server.
    baseline: Option<Handle>,
}

impl<'a> Bench<'a> {
    /// Nothing when the version is gone.
    async fn set_up(services: &'a Services, caller: &'a Caller, trial: &Trial) -> Result<Option<Self>> {
        let mut tx = services.db.read(caller, Permission::PluginRead).await?;
        let Some(version) = plugins::store::find_version(&mut tx, trial.version_id).await? else {
            return Ok(None);
        };
        let active = plugins::store::find(&mut tx, trial.plugin_id).await?;
        let active = active.and_then(|plugin| plugin.active_version_id).filter(|id| *id != version.id);
        let active = match active {
            Some(active) => plugins::store::find_version(&mut tx, active).await?,
            None => None,
        };
        tx.commit().await?;
        let bench = Self {
            services,
            caller,
            kind: version.manifest.kind,
            candidate: Handle::of_version(version),
            baseline: active.map(Handle::of_version),
        };
        using::prepare(services, caller, &bench.candidate).await?;
        if let Some(baseline) = &bench.baseline {
            using::prepare(services, caller, baseline).await?;
        }
        Ok(Some(bench))
    }

    async fn tried(&self, id: ResumeId, report: &mut Report) -> Result<Tried, Stop> {
        let done =
            |outcome, error_code, differences| Tried { resume_id: id, outcome, error_code, differences };
        let Some((document, text)) = self.material(id).await? else {
            return Ok(done(Outcome::Skipped, None, Vec::new()));
        };
        let (now, later) = match self.kind {
            Kind::TextExtractor => {
                let usual = self.services.hooks.extractor(self.caller.tenant, &document.media_type);
                let plugin = self.plugin_now(usual);
                let now = self.extracted(plugin.as_ref(), &document, &mut report.baseline_cost).await?;
                let later = self.extracted(Some(&self.candidate.plugin), &document, &mut report.cost).await?;
                (now, later)
            }
            _ => {
                let usual = self.services.hooks.parser(self.caller.tenant, None);
                let plugin = self.plugin_now(usual);
                let now = self.parsed(plugin.as_ref(), &document, &text, &mut report.baseline_cost).await?;
                let later = Some(&self.candidate.plugin);
                (now, self.parsed(later, &document, &text, &mut report.cost).await?)
            }
        };
        Ok(match (now, later) {
            (_, Some(Err(failure))) => done(Outcome::Failed, Some(failure.code), Vec::new()),
            (_, None) => done(Outcome::Skipped, None, Vec::new()),
            (now, Some(Ok(later))) => {
                // Where nothing is read now, everything is new.
                let now = now.and_then(Result::ok).unwrap_or_else(|| json!({}));
                let differences = compare(&now, &later);
                let outcome = if differences.is_empty() { Outcome::Same } else { Outcome::Different };
                done(outcome, None, differences)
            }
        })
    }

    fn plugin_now(&self, usual: Option<PluginRef>) -> Option<PluginRef> {
        self.baseline.as_ref().map(|baseline| baseline.plugin.clone()).or(usual)
    }

    /// The file, and its text as it was read last. Nothing when either is not there any more.
    async fn material(&self, id: ResumeId) -> Result<Option<(Document, Arc<ExtractedText>)>> {
        match resumes::reading::material(self.services, self.caller, id).await {
            Ok(material) => Ok(material.map(|(document, text)| (document, Arc::new(text)))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn call(&self) -> Call {
        let invocation = RunId::new(&self.services.clock).uuid();
        Call { tenant: self.caller.tenant, invocation, dry_run: true }
    }

    async fn extracted(
        &self,
        plugin: Option<&PluginRef>,
        document: &Document,
        cost: &mut Cost,
    ) -> Result<Option<Result<Value, Failure>>, Stop> {
        let Some(plugin) = plugin else { return Ok(None) };
        let mut ran = self.services.hooks.extract(plugin, self.call(), document.clone()).await;
        ran.drop_nulls();
        let ran = counted(ran, cost)?;
        Ok(Some(ran.map(|text| comparison::of_text(&text))))
    }

    async fn parsed(
        &self,
        plugin: Option<&PluginRef>,
        document: &Document,
        text: &Arc<ExtractedText>,
        cost: &mut Cost,
    ) -> Result<Option<Result<Value, Failure>>, Stop> {
        let Some(plugin) = plugin else { return Ok(None) };
        let parse = self.services.hooks.parse(plugin, self.call(), document.clone(), Arc::clone(text));
        let mut ran = parse.await;
        ran.drop_nulls();
        let ran = counted(ran, cost)?;
        Ok(Some(ran.map(|read| serde_json::to_value(&read.resume).unwrap_or_default())))
    }
}

/// How long a trial waits when every sandbox is taken.
const BUSY: Duration = Duration::from_secs(5);

fn counted<T>(ran: Ran<T>, cost: &mut Cost) -> Result<Result<T, Failure>, Stop> {
    let is_busy = matches!(&ran.result, Err(failure) if failure.code == "plugin_busy");
    if is_busy {
        return Err(Stop::Snooze(BUSY));
    }
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    cost.wall_micros = cost.wall_micros.saturating_add(micros(ran.record.wall));
    cost.cpu_micros = cost.cpu_micros.saturating_add(micros(ran.record.cpu));
    cost.peak_memory = cost.peak_memory.max(i64::try_from(ran.record.peak_memory).unwrap_or(i64::MAX));
    Ok(ran.result)
}
