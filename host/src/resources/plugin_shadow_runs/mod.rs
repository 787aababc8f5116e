//! Shadow runs: what a shadow answered beside an answer that was kept. Of the answers neither values nor hashes of them are
//! kept, only the names of the fields that differ: so there is nothing of a person to hand over, and nothing a hash of a
//! telephone number could be guessed from. A plugin may call a field what it likes, so with the person the names go, too.

pub mod actions;
pub mod routes;
pub(crate) mod store;
pub mod tasks;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::plugins::comparison::FieldDifference;
use crate::clock::Time;
use crate::ids::{PluginId, PluginVersionId, ShadowRunId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ShadowRun {
    pub id: ShadowRunId,
    pub plugin_id: PluginId,
    pub version_id: PluginVersionId,
    /// On what both worked, as its id on the wire.
    pub subject_id: String,
    pub outcome: Outcome,
    pub error_code: Option<String>,
    pub differences: Json<Vec<FieldDifference>>,
    pub wall_micros: i64,
    pub cpu_micros: i64,
    pub fuel: Option<i64>,
    /// In bytes.
    pub peak_memory: i64,
    pub host_calls: i64,
    /// The version whose answer was kept.
    pub baseline_release: String,
    pub baseline_wall_micros: i64,
    pub baseline_cpu_micros: i64,
    pub baseline_fuel: Option<i64>,
    pub baseline_peak_memory: i64,
    pub created_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ShadowOutcome)]
pub enum Outcome {
    /// Both answered the same.
    Same,
    Different,
    /// The shadow has no answer.
    Failed,
}

/// All shadow runs of a version together.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Summary {
    pub version_id: PluginVersionId,
    pub release: String,
    pub compared: i64,
    pub same: i64,
    pub different: i64,
    pub failed: i64,
    pub wall_micros: i64,
    pub cpu_micros: i64,
    pub peak_memory: i64,
    pub baseline_wall_micros: i64,
    pub baseline_cpu_micros: i64,
    pub baseline_peak_memory: i64,
    pub first_at: Time,
    pub last_at: Time,
}
