//! Requests with an `Idempotency-Key`: the first one's answer is kept, sealed, and given to the same request sent again.
//! Whether a change was committed is noted in its own transaction, so that a crash in between cannot repeat it.

pub mod actions;
pub mod layer;
pub(crate) mod store;
pub mod tasks;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Time;

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

/// Which request it is: whose, of what, by which key.
#[derive(Clone, Debug)]
pub struct Request {
    /// The principal, with whom it acts for.
    pub principal: String,
    /// Method and path.
    pub operation: String,
    pub key: String,
    pub fingerprint: [u8; 32],
}

impl Request {
    fn row(&self) -> String {
        // The parts are of the caller's choosing: what keeps them apart must not be.
        let parts = [&self.principal, &self.operation, &self.key];
        parts.map(|part| format!("{}:{part}", part.len())).concat()
    }
}

/// What to do with a request.
#[derive(Debug)]
pub enum Claim {
    /// It is the first: run it under this token.
    Run(Uuid),
    Replay(Answer),
}
