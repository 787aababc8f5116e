//! Runs: what every call of a plugin cost and how it ended. Kept for a month.

pub(crate) mod store;
pub mod tasks;

use sqlx::types::Json;

use crate::clock::Time;
use crate::hooks::{LogLine, Outcome};
use crate::ids::RunId;

/// One call, as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Run {
    pub id: RunId,
    pub version: String,
    pub digest: String,
    /// What it worked on, as its id on the wire.
    pub subject_id: Option<String>,
    pub outcome: Outcome,
    pub error_code: Option<String>,
    pub wall_micros: i64,
    pub cpu_micros: i64,
    pub fuel: Option<i64>,
    /// In bytes.
    pub peak_memory: i64,
    pub host_calls: i64,
    pub inference_tokens: Option<i64>,
    pub log: Json<Vec<LogLine>>,
    pub input_hash: String,
    pub created_at: Time,
}
