//! Asks a shadow on behalf of whoever has had an answer, and writes down where it differs.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;
use sqlx::types::Json;

use super::{Outcome, ShadowRun, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::hooks::{self, Ran};
use crate::ids::ShadowRunId;
use crate::permissions::Permission;
use crate::resources::plugin_runs;
use crate::resources::plugins::comparison::compare;
use crate::resources::plugins::rollouts::{self, Beside};
use crate::resources::plugins::using::{self, Handle};
use crate::services::Services;
use crate::tasks::{Attempt, Stop};

/// What has waited longer is left out: a shadow that cannot keep up makes no queue without end.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// How long it waits when every sandbox is taken.
const BUSY: Duration = Duration::from_secs(5);

/// The shadow, ready to be asked; nothing when it is none any more, or it is too late.
///
/// # Errors
/// `Unavailable` when the database or the file store does not answer.
pub(crate) async fn take(services: &Services, caller: &Caller, beside: &Beside) -> Result<Option<Handle>> {
    if services.clock.now() - beside.asked_at > LONGEST_WAIT {
        return Ok(None);
    }
    let mut tx = services.db.read(caller, Permission::PluginRead).await?;
    let version = rollouts::store::find_shadow(&mut tx, beside.version).await?;
    tx.commit().await?;
    let Some(handle) = version.map(Handle::of_version) else { return Ok(None) };
    using::prepare(services, caller, &handle).await?;
    Ok(Some(handle))
}

/// # Errors
/// `Snooze` when it was not asked because every sandbox is taken.
pub(crate) fn require_asked<T>(ran: &Ran<T>) -> Result<(), Stop> {
    let is_busy = |failure: &hooks::Failure| failure.outcome == hooks::Outcome::Refused && failure.retryable;
    if ran.result.as_ref().is_err_and(is_busy) { Err(Stop::Snooze(BUSY)) } else { Ok(()) }
}

/// Why a shadow was asked.
pub(crate) struct Occasion {
    pub(crate) attempt: Attempt,
    pub(crate) beside: Beside,
    /// What it was asked about, as its id on the wire.
    pub(crate) subject: String,
}

/// Writes down where a shadow's answer is not the one that was kept, and what both cost.
///
/// # Errors
/// The database's.
pub(crate) async fn record(
    tx: &mut Tx,
    services: &Services,
    handle: &Handle,
    occasion: Occasion,
    kept: &Value,
    ran: Ran<Value>,
) -> Result<()> {
    let version =
        handle.version().ok_or_else(|| Error::internal("a shadow is a version of a tenant's own"))?;
    let Some(baseline) = plugin_runs::store::find(tx, occasion.beside.run).await? else { return Ok(()) };
    let (outcome, error_code, differences) = match ran.result {
        Err(failure) => (Outcome::Failed, Some(failure.code), Vec::new()),
        Ok(answer) => {
            let differences = compare(kept, &answer);
            let outcome = if differences.is_empty() { Outcome::Same } else { Outcome::Different };
            (outcome, None, differences)
        }
    };
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let run = ShadowRun {
        // A task that runs twice has compared once.
        id: ShadowRunId::from_uuid(occasion.attempt.task.uuid()),
        plugin_id: version.plugin_id,
        version_id: version.id,
        subject_id: occasion.subject,
        outcome,
        error_code,
        differences: Json(differences),
        wall_micros: micros(ran.record.wall),
        cpu_micros: micros(ran.record.cpu),
        fuel: ran.record.fuel.map(count),
        peak_memory: count(ran.record.peak_memory),
        host_calls: ran.record.host_calls.into(),
        baseline_release: baseline.version,
        baseline_wall_micros: baseline.wall_micros,
        baseline_cpu_micros: baseline.cpu_micros,
        baseline_fuel: baseline.fuel,
        baseline_peak_memory: baseline.peak_memory,
        created_at: services.clock.now(),
    };
    store::insert(tx, &run).await
}
