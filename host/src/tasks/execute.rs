//! One attempt at one claimed task: runs it within its time, catches its panics, and says what becomes of the row.
//! Also runs whatever is due by hand, without a runner, for tests.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use super::queue;
use super::registry::{Kind, Registry};
use super::row::{Claimed, Lease, State};
use super::{Attempt, Queue, Stop, row};
use crate::clock::{Clock, Time};
use crate::db::SystemTx;
use crate::error::{Error, Result};
use crate::services::Services;

/// How often `buried` is called again after it failed, before the task is marked dead without it.
const BURIALS: u32 = 5;

/// A snooze of nothing would spin.
const SHORTEST_SNOOZE: Duration = Duration::from_millis(100);

/// What becomes of the row.
#[derive(Debug)]
pub(super) enum Verdict {
    Done,
    /// `attempt` is how many attempts count as begun.
    Again {
        run_at: Time,
        attempt: u32,
        error: Option<String>,
    },
    Dead(String),
    Cancelled(String),
}

/// Seconds until the next attempt, by persisted run time: the first retry soon, then the fourth power of the attempts
/// begun, six hours at most; a fifth more or less, so that what failed together does not come back together.
pub(super) fn backoff(attempt: u32) -> Duration {
    const LONGEST: f64 = 6.0 * 60.0 * 60.0;
    let seconds = f64::from(attempt).powi(4).clamp(2.0, LONGEST);
    Duration::from_secs_f64(seconds * (0.8 + 0.4 * rand::random::<f64>()))
}

/// Runs the attempt, or buries the task when it has had them all.
pub(super) async fn execute(services: &Services, registry: &Registry, claimed: Claimed) -> Verdict {
    let span = tracing::info_span!("task", id = %claimed.id, kind = %claimed.kind, attempt = claimed.attempt);
    attempt(services, registry, claimed).instrument(span).await
}

async fn attempt(services: &Services, registry: &Registry, claimed: Claimed) -> Verdict {
    let attempt = claimed.attempt();
    let Some(kind) = registry.get(&claimed.kind) else {
        tracing::warn!("this node does not know the task's kind; a newer one may");
        let error = "no node that claimed it knew its kind".to_string();
        return if attempt.is_last() {
            Verdict::Dead(error)
        } else {
            again(services, attempt.number, Some(error))
        };
    };
    let started = Instant::now();
    let verdict = if attempt.number > attempt.of {
        let error = claimed.last_error.unwrap_or_else(|| "its last attempt did not end".into());
        bury(services, kind, claimed.payload.0, attempt, error).await
    } else {
        run(services, kind, claimed.payload.0, attempt).await
    };
    metrics::histogram!("task_seconds", "kind" => kind.name).record(started.elapsed());
    metrics::counter!("tasks_done_total", "kind" => kind.name, "outcome" => verdict.outcome()).increment(1);
    verdict
}

async fn run(services: &Services, kind: &Kind, payload: serde_json::Value, attempt: Attempt) -> Verdict {
    let work = (kind.run)(services.clone(), payload.clone(), attempt);
    let error = match within(kind.timeout, work).await {
        Ok(Ok(())) => return Verdict::Done,
        Ok(Err(Stop::Snooze(delay))) => {
            let run_at = services.clock.now() + delay.max(SHORTEST_SNOOZE);
            return Verdict::Again { run_at, attempt: attempt.number.saturating_sub(1), error: None };
        }
        Ok(Err(Stop::Cancel(reason))) => return Verdict::Cancelled(reason),
        Ok(Err(Stop::Bury(reason))) => return bury(services, kind, payload, attempt, reason).await,
        Ok(Err(Stop::Retry(error))) => {
            tracing::warn!(%error, "an attempt failed");
            describe(&error)
        }
        Err(broken) => {
            tracing::warn!("an attempt {broken}");
            broken.to_string()
        }
    };
    if attempt.is_last() {
        bury(services, kind, payload, attempt, error).await
    } else {
        again(services, attempt.number, Some(error))
    }
}

/// Tells what waits for the task that it will not be done.
async fn bury(
    services: &Services,
    kind: &Kind,
    payload: serde_json::Value,
    attempt: Attempt,
    error: String,
) -> Verdict {
    let burial = (kind.buried)(services.clone(), payload, attempt, error.clone());
    let failed = match within(kind.timeout, burial).await {
        Ok(Ok(())) => {
            tracing::warn!(error, "the task is dead");
            return Verdict::Dead(error);
        }
        Ok(Err(failed)) => failed.to_string(),
        Err(broken) => broken.to_string(),
    };
    if attempt.number >= attempt.of.saturating_add(BURIALS) {
        tracing::error!(error = failed, "the task is dead, and what waits for it could not be told");
        return Verdict::Dead(error);
    }
    tracing::warn!(error = failed, "what waits for a dead task could not be told yet");
    // All attempts count as begun, so that the next claim buries and does not run.
    let run_at = services.clock.now() + backoff(attempt.number.saturating_sub(attempt.of) + 1);
    Verdict::Again { run_at, attempt: attempt.number.max(attempt.of), error: Some(error) }
}

fn again(services: &Services, attempt: u32, error: Option<String>) -> Verdict {
    Verdict::Again { run_at: services.clock.now() + backoff(attempt), attempt, error }
}

#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
    /// What it said is in the log, and only there: it may quote what it worked on.
    #[error("panicked")]
    Panicked,
}

async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, Broken> {
    match tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Broken::Panicked),
        Err(_) => Err(Broken::TimedOut(limit)),
    }
}

/// What is stored of an error: its kind and code. Its sentence may quote a person's data; that is in the log.
fn describe(error: &Error) -> String {
    match error {
        Error::NotFound { what } => format!("no such {what}"),
        Error::Moved { .. } => "something that was merged into another".into(),
        Error::Invalid(faults) => {
            let codes: Vec<_> = faults.iter().map(|fault| fault.code).collect();
            format!("invalid: {}", codes.join(", "))
        }
        Error::Conflict { code, .. } => format!("conflict: {code}"),
        Error::TooLarge { .. } => "too large".into(),
        Error::UnsupportedMedia { .. } => "unsupported media type".into(),
        Error::Forbidden { permission } => format!("the permission {permission} is missing"),
        Error::Refusal { code, .. } => format!("refused: {code}"),
        Error::Unauthenticated | Error::SignInFailed => "no valid credential".into(),
        Error::PreconditionRequired | Error::PreconditionFailed { .. } => "another version".into(),
        Error::TooMany { .. } => "too many requests".into(),
        Error::Malformed { .. } => "a malformed request".into(),
        Error::MethodNotAllowed => "a method that is not allowed".into(),
        Error::Timeout => "a request that took too long".into(),
        Error::Overloaded => "too much at once".into(),
        Error::Refused { plugin, code, .. } => format!("plugin {plugin}: {code}"),
        Error::Unavailable { .. } => "something it needs was not available".into(),
        Error::Internal(_) => "an internal error; the log has it".into(),
    }
}

impl Verdict {
    fn outcome(&self) -> &'static str {
        match self {
            Verdict::Done => "done",
            Verdict::Again { error: Some(_), .. } => "retried",
            Verdict::Again { error: None, .. } => "snoozed",
            Verdict::Dead(_) => "dead",
            Verdict::Cancelled(_) => "cancelled",
        }
    }
}

/// Writes verdicts into the rows whose lease is still held; the others are another node's by now.
pub(super) async fn settle(tx: &mut SystemTx, now: Time, verdicts: &[(Lease, Verdict)]) -> Result<()> {
    let mut done = Vec::with_capacity(verdicts.len());
    for (lease, verdict) in verdicts {
        let held = match verdict {
            Verdict::Done => {
                done.push(*lease);
                true
            }
            Verdict::Again { run_at, attempt, error } => {
                queue::put_back(tx, *lease, (*run_at, now), *attempt, error.as_deref()).await?
            }
            Verdict::Dead(error) => queue::finish(tx, *lease, State::Dead, now, error).await?,
            Verdict::Cancelled(reason) => queue::finish(tx, *lease, State::Cancelled, now, reason).await?,
        };
        if !held {
            tracing::warn!(task = %lease.id, "a lease was lost before the task's end was written");
        }
    }
    if !done.is_empty() {
        let lost = (done.len() as u64).saturating_sub(queue::delete_done(tx, &done).await?);
        if lost > 0 {
            tracing::warn!(lost, "leases were lost before the tasks' end was written");
        }
    }
    Ok(())
}

/// Makes what is due ready, and takes back what nodes that are gone had claimed; how many.
pub(super) async fn refill(tx: &mut SystemTx, now: Time) -> Result<u64> {
    let mut ready = queue::promote(tx, now).await?;
    for (lease, attempt, of) in queue::expired(tx, now).await? {
        // After the last attempt the next claim only buries, so that need not wait.
        let run_at = if attempt >= of { now } else { now + backoff(attempt) };
        tracing::warn!(task = %lease.id, attempt, "a task's lease ran out");
        queue::put_back(tx, lease, (run_at, now), attempt, Some("its node stopped answering")).await?;
        ready += u64::from(run_at <= now);
    }
    Ok(ready)
}

/// Whose turn it is, for each queue: the owner served last.
#[derive(Debug, Default)]
pub(super) struct Turns(HashMap<Queue, Uuid>);

impl Turns {
    /// Claims at most `room` tasks, the same share for each owner that has some.
    pub(super) async fn claim(
        &mut self,
        tx: &mut SystemTx,
        queue: Queue,
        room: usize,
        (now, lease): (Time, Duration),
    ) -> Result<Vec<Claimed>> {
        if room == 0 {
            return Ok(Vec::new());
        }
        let last = self.0.entry(queue).or_insert(Uuid::nil());
        let token = Uuid::from_u128(rand::random());
        let claimed = queue::claim(tx, (queue, *last), room, token, now + lease).await?;
        let served = claimed.iter().map(|task| row::owner(task.tenant_id));
        // Who comes before the last one in order was served after those behind it.
        if let Some(owner) = served.max_by_key(|owner| (*owner <= *last, *owner)) {
            *last = owner;
        }
        Ok(claimed)
    }
}

/// Runs tasks, one after the other, until none is due by the services' clock; the kinds in the order they were run.
/// No runner may run beside it.
///
/// # Errors
/// The database's.
pub async fn run_due(services: &Services, registry: &Registry) -> Result<Vec<&'static str>> {
    let clock: &Clock = &services.clock;
    let lease = Duration::from_secs(services.config.worker_lease_seconds);
    let (mut turns, mut ran, mut settled) = (Turns::default(), Vec::new(), Vec::new());
    loop {
        let now = clock.now();
        let mut tx = services.db.begin_system().await?;
        settle(&mut tx, now, &settled).await?;
        refill(&mut tx, now).await?;
        let mut claimed = Vec::new();
        for queue in Queue::EVERY {
            if claimed.is_empty() {
                claimed = turns.claim(&mut tx, queue, 1, (now, lease)).await?;
            }
        }
        tx.commit().await?;
        settled.clear();
        let Some(task) = claimed.pop() else { return Ok(ran) };
        ran.extend(registry.get(&task.kind).map(|kind| kind.name));
        let lease = task.lease();
        settled.push((lease, execute(services, registry, task).await));
    }
}
