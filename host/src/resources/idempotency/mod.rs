//! Requests with an `Idempotency-Key`: the first one's answer is kept, sealed, and given to the same request sent again.
//! That a change was made is noted by its own transaction, which fails if somebody else's has noted the same: so it is made
//! once, whatever breaks when, and a request that changes nothing leaves nothing behind.

pub mod actions;
pub mod layer;
pub(crate) mod store;
pub mod tasks;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::batches::Batches;
use crate::caller::Once;
use crate::clock::Time;
use crate::ids::TenantId;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// One request as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Kept {
    pub fingerprint: Vec<u8>,
    pub state: State,
    /// Names one run of the request.
    pub token: Uuid,
    pub status: Option<i64>,
    pub headers: Option<sqlx::types::Json<Vec<Header>>>,
    /// Sealed: answers may hold secrets that are shown once.
    pub body: Option<Vec<u8>>,
    pub created_at: Time,
    pub expires_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// Before the change: earlier versions wrote that down, too.
    Running,
    /// Its change is there, its answer is not.
    Committed,
    Answered,
}

/// A header of a kept answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header(pub String, pub String);

/// An answer, kept or to be kept.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
}

/// How a request stands that is to be done once.
#[derive(Debug)]
pub enum Standing {
    /// Nothing is known of it.
    New,
    /// This run of it has made its change.
    Own,
    Replay(Answer),
}

/// An answer to be kept.
struct Settled {
    once: Arc<Once>,
    answer: Answer,
}

/// What this node is busy with.
#[derive(Default)]
pub(crate) struct Busy {
    runs: Mutex<HashSet<(TenantId, String)>>,
    looking: Batches<TenantId, Arc<Once>, Option<Kept>>,
    keeping: Batches<TenantId, Settled, ()>,
}

/// A request under way on this node. Another one of its kind need not begin: its change would come to nothing.
struct Run {
    busy: Arc<Busy>,
    request: (TenantId, String),
}

impl Run {
    /// None when one is under way.
    fn begin(busy: Arc<Busy>, tenant: TenantId, once: &Once) -> Option<Self> {
        let request = (tenant, row(once));
        let is_first = busy.runs.lock().unwrap_or_else(PoisonError::into_inner).insert(request.clone());
        is_first.then(|| Self { busy, request })
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.busy.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.request);
    }
}

fn row(once: &Once) -> String {
    // The parts are of the caller's choosing: what keeps them apart must not be.
    let parts = [&once.principal, &once.operation, &once.key];
    parts.map(|part| format!("{}:{part}", part.len())).concat()
}
