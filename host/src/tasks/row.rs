//! A task's row at its stations: not yet stored, claimed under a lease, looked at by an operator.

use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Attempt, Queue, Task, When};
use crate::clock::{Clock, Time};
use crate::db::rows;
use crate::error::Result;
use crate::ids::{TaskId, TenantId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ready = 0,
    Running = 1,
    /// Until `run_at`.
    Waiting = 2,
    Dead = 3,
    Cancelled = 4,
}

impl State {
    pub const EVERY: [State; 5] =
        [State::Ready, State::Running, State::Waiting, State::Dead, State::Cancelled];

    pub fn is_finished(self) -> bool {
        matches!(self, State::Dead | State::Cancelled)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::Running => "running",
            State::Waiting => "waiting",
            State::Dead => "dead",
            State::Cancelled => "cancelled",
        }
    }

    pub(super) fn until(run_at: Time, now: Time) -> Self {
        if run_at <= now { State::Ready } else { State::Waiting }
    }
}

impl TryFrom<i64> for State {
    type Error = String;

    fn try_from(stored: i64) -> Result<Self, String> {
        State::EVERY
            .into_iter()
            .find(|state| *state as i64 == stored)
            .ok_or_else(|| format!("no state of a task is stored as {stored}"))
    }
}

/// A task's row without its payload.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Record {
    pub id: TaskId,
    pub tenant_id: Option<TenantId>,
    pub queue: String,
    pub kind: String,
    #[sqlx(try_from = "i64")]
    pub state: State,
    pub run_at: Time,
    /// Attempts begun.
    #[sqlx(try_from = "i64")]
    pub attempt: u32,
    #[sqlx(try_from = "i64")]
    pub max_attempts: u32,
    /// While it runs: when another node may take it.
    pub lease_until: Option<Time>,
    pub unique_key: Option<String>,
    pub last_error: Option<String>,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

/// A task that is not in the table yet.
#[derive(Clone, Debug)]
pub(super) struct NewTask {
    pub(super) kind: &'static str,
    pub(super) queue: Queue,
    pub(super) max_attempts: u32,
    pub(super) payload: Value,
    pub(super) when: When,
}

impl NewTask {
    pub(super) fn of<T: Task>(task: &T, when: When) -> Result<Self> {
        let payload = serde_json::to_value(task).map_err(anyhow::Error::new)?;
        Ok(Self { kind: T::KIND, queue: T::QUEUE, max_attempts: T::MAX_ATTEMPTS, payload, when })
    }
}

/// Whose turn a task's is: the tenant's, or the system's, which has a name too, so that it can be compared.
pub(super) fn owner(tenant: Option<TenantId>) -> Uuid {
    tenant.map_or(Uuid::max(), TenantId::uuid)
}

/// A task on its way into the table with others.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    #[serde(serialize_with = "simple")]
    id: TaskId,
    queue: &'static str,
    kind: &'static str,
    payload: Value,
    state: i64,
    priority: i64,
    run_at: String,
    max_attempts: u32,
    unique_key: Option<String>,
}

impl Row {
    pub(super) fn of(task: NewTask, clock: &Clock, now: Time) -> Self {
        let When { run_at, priority, unique_key } = task.when;
        let run_at = run_at.unwrap_or(now);
        Self {
            id: TaskId::new(clock),
            queue: task.queue.as_str(),
            kind: task.kind,
            payload: task.payload,
            state: State::until(run_at, now) as i64,
            priority: priority as i64,
            run_at: rows::time(run_at),
            max_attempts: task.max_attempts,
            unique_key,
        }
    }
}

/// The right to write a claimed row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Lease {
    #[serde(serialize_with = "simple")]
    pub(super) id: TaskId,
    #[serde(with = "uuid::serde::simple")]
    pub(super) token: Uuid,
}

/// Thirty-two digits, which PostgreSQL reads as a uuid and SQLite's `unhex` as its bytes.
fn simple<S: serde::Serializer>(id: &TaskId, serializer: S) -> Result<S::Ok, S::Error> {
    uuid::serde::simple::serialize(&id.uuid(), serializer)
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct Claimed {
    pub(super) id: TaskId,
    pub(super) tenant_id: Option<TenantId>,
    pub(super) kind: String,
    pub(super) payload: Json<Value>,
    #[sqlx(try_from = "i64")]
    pub(super) attempt: u32,
    #[sqlx(try_from = "i64")]
    pub(super) max_attempts: u32,
    lease_token: Uuid,
    pub(super) last_error: Option<String>,
    pub(super) priority: i64,
    pub(super) run_at: Time,
}

impl Claimed {
    pub(super) fn lease(&self) -> Lease {
        Lease { id: self.id, token: self.lease_token }
    }

    pub(super) fn attempt(&self) -> Attempt {
        Attempt { task: self.id, tenant: self.tenant_id, number: self.attempt, of: self.max_attempts }
    }
}
