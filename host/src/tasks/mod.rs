//! Background work: a row written in the transaction that asks for it, run later, at least once, by any node.
//! A task may run twice, so it must bear that; it is never lost. What is done is deleted, what failed for good is kept.

mod execute;
mod prune;
mod queue;
mod registry;
mod row;
mod runner;
mod schedule;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::caller::Caller;
use crate::clock::{Clock, Time};
use crate::db::{SystemTx, Tx};
use crate::error::{Error, Result};
use crate::ids::{TaskId, TenantId};
use crate::services::Services;

pub use execute::run_due;
pub use prune::PruneTasks;
pub use registry::Registry;
pub use row::{Record, State};
pub use runner::{Options, Runner};
pub use schedule::{Schedule, fire};

/// One kind of background work. Its fields are its payload: ids and settings, never a person's data, because the
/// row outlives what it is about.
pub trait Task: Serialize + DeserializeOwned + Send + 'static {
    /// `resumes.parse`: stored, so it never changes, and neither does what its fields mean.
    const KIND: &'static str;
    /// Whose concurrency it counts against.
    const QUEUE: Queue = Queue::Compute;
    const MAX_ATTEMPTS: u32 = 10;
    /// Wall time of one attempt.
    const TIMEOUT: Duration;

    /// Does the work. Dropped half-way when its lease is lost or the node stops.
    fn run(
        self,
        services: &Services,
        attempt: Attempt,
    ) -> impl Future<Output = std::result::Result<(), Stop>> + Send;

    /// Called before the task is marked dead, so that what waits for it learns that it will not come. Called again
    /// later when it fails, a few times. `last_error` holds no personal data.
    fn buried(
        self,
        _services: &Services,
        _attempt: Attempt,
        _last_error: &str,
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// Tasks of one queue share its concurrency on each node, so that slow receivers cannot hold up parsing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Keeps a core busy.
    Compute,
    /// Mostly waits for somebody else's server.
    Outbound,
    /// Nobody waits for what comes of it: one at a time, so that it holds up nothing.
    Shadow,
}

impl Queue {
    pub const EVERY: [Queue; 3] = [Queue::Compute, Queue::Outbound, Queue::Shadow];

    pub fn as_str(self) -> &'static str {
        match self {
            Queue::Compute => "compute",
            Queue::Outbound => "outbound",
            Queue::Shadow => "shadow",
        }
    }
}

/// Which attempt this is, of which task.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub task: TaskId,
    /// None: the system's own.
    pub tenant: Option<TenantId>,
    /// Counts from 1.
    pub number: u32,
    pub of: u32,
}

impl Attempt {
    /// Acts for the task's tenant.
    ///
    /// # Errors
    /// `Internal` in a system task, which has none.
    pub fn caller(&self) -> Result<Caller> {
        self.tenant
            .map(|tenant| Caller::task(tenant, self.task))
            .ok_or_else(|| Error::internal("a task of the system acts for no tenant"))
    }

    pub fn is_last(&self) -> bool {
        self.number >= self.of
    }
}

/// Why an attempt did not do the work. Texts are stored and shown: no personal data in them.
#[derive(Debug)]
pub enum Stop {
    /// It failed and may succeed later; after the last attempt the task is dead.
    Retry(Error),
    /// It is too early. Not an attempt.
    Snooze(Duration),
    /// It is no longer wanted.
    Cancel(String),
    /// It will never succeed.
    Bury(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Retry(error)
    }
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Stop::Retry(error.into())
    }
}

/// When to run a task, and whether beside an equal one.
#[derive(Clone, Debug, Default)]
pub struct When {
    /// None: as soon as there is room.
    pub run_at: Option<Time>,
    pub priority: Priority,
    /// At most one task of this tenant, kind and key waits or runs; further ones are not enqueued. Leave it out when
    /// something that changes while the task runs must lead to another run.
    pub unique_key: Option<String>,
}

/// Which of one tenant's due tasks goes first. Between tenants there are turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// A person waits for it.
    High = 10,
    #[default]
    Normal = 20,
    Low = 30,
}

impl When {
    pub fn now() -> Self {
        Self::default()
    }

    pub fn at(run_at: Time) -> Self {
        Self { run_at: Some(run_at), ..Self::default() }
    }

    #[must_use]
    pub fn priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    #[must_use]
    pub fn unique(self, key: impl Into<String>) -> Self {
        Self { unique_key: Some(key.into()), ..self }
    }
}

/// A transaction a task can be enqueued in: a tenant's, or the system's own.
pub trait TaskTx: queue::Handle {}

impl TaskTx for Tx {}
impl TaskTx for SystemTx {}

/// Enqueues a task in the caller's transaction: it exists when that commits, and not otherwise.
/// `None` when an equal one with the same unique key waits or runs already.
///
/// # Errors
/// The database's, and a payload that cannot be written as JSON.
pub async fn enqueue<T: Task>(
    tx: &mut impl TaskTx,
    clock: &Clock,
    task: &T,
    when: When,
) -> Result<Option<TaskId>> {
    queue::insert(tx, clock, row::NewTask::of(task, when)?).await
}

/// The same for whoever need not know whether an equal one was there: written when the transaction commits, with the rest of
/// what it adds.
///
/// # Errors
/// A payload that cannot be written as JSON.
pub fn add<T: Task>(tx: &mut Tx, clock: &Clock, task: &T, when: When) -> Result<()> {
    queue::add(tx, clock, row::NewTask::of(task, when)?);
    Ok(())
}

/// The same as [`enqueue`] for many tasks of one kind, in one statement; those that were enqueued.
///
/// # Errors
/// As [`enqueue`].
pub async fn enqueue_all<T: Task>(
    tx: &mut impl TaskTx,
    clock: &Clock,
    tasks: impl IntoIterator<Item = (T, When)>,
) -> Result<Vec<TaskId>> {
    let tasks: Result<Vec<_>> = tasks.into_iter().map(|(task, when)| row::NewTask::of(&task, when)).collect();
    queue::insert_all(tx, clock, tasks?).await
}

/// The task's row as an operator sees it, if it is still there: one that is done is not.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut impl TaskTx, id: TaskId) -> Result<Option<Record>> {
    queue::find(tx, id).await
}

/// The dead, latest first.
///
/// # Errors
/// The database's.
pub async fn list_dead(tx: &mut impl TaskTx, limit: u32) -> Result<Vec<Record>> {
    queue::list_dead(tx, limit).await
}

/// Those in a state and of a kind, or of all, the newest first; those made before the one with this id, `limit` at most.
///
/// # Errors
/// The database's.
pub async fn list(
    tx: &mut impl TaskTx,
    state: Option<State>,
    kind: Option<&str>,
    before: uuid::Uuid,
    limit: i64,
) -> Result<Vec<Record>> {
    queue::list(tx, state, kind, before, limit).await
}

/// Gives a dead or cancelled task all its attempts again.
///
/// # Errors
/// `NotFound`; `Conflict` when it is neither, or when an equal one waits already.
pub async fn retry(tx: &mut impl TaskTx, clock: &Clock, id: TaskId) -> Result<()> {
    if queue::revive(tx, clock, id).await? {
        return Ok(());
    }
    match queue::find(tx, id).await? {
        None => Err(Error::NotFound { what: "task" }),
        Some(record) if record.state.is_finished() => Err(Error::Conflict {
            code: "task_pending",
            detail: "an equal task waits or runs already".into(),
        }),
        Some(_) => Err(Error::Conflict {
            code: "task_not_finished",
            detail: "the task waits or runs; only one that is dead or cancelled can be retried".into(),
        }),
    }
}
