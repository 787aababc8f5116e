//! Trials: what a version of a plugin makes of chosen résumés beside what is made of them now. Nothing is kept but a report,
//! and that says which fields differ, never what they say.

pub mod actions;
pub mod routes;
pub(crate) mod store;
pub mod tasks;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::clock::Time;
use crate::ids::{MemberId, PluginId, PluginVersionId, ResumeId, TrialId};
use crate::resources::plugins::comparison::FieldDifference;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Trial {
    pub id: TrialId,
    pub plugin_id: PluginId,
    pub version_id: PluginVersionId,
    pub resumes: Json<Vec<ResumeId>>,
    pub state: State,
    pub error_code: Option<String>,
    pub report: Option<Json<Report>>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub finished_at: Option<Time>,
    pub version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = TrialState)]
pub enum State {
    /// Waits for a worker.
    Pending,
    Running,
    /// The report is there.
    Done,
    Failed,
}

/// What a trial found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TrialReport)]
pub struct Report {
    /// Résumés that were there to be tried.
    #[schema(example = 20)]
    pub tried: u32,
    /// Of them, those the version had no answer for.
    #[schema(example = 1)]
    pub failed: u32,
    /// Of them, those whose answers differ.
    #[schema(example = 4)]
    pub different: u32,
    /// 0 to 1: the share that failed.
    #[schema(example = 0.05)]
    pub failure_rate: f64,
    /// Of all calls of the version together.
    pub cost: Cost,
    /// Of all calls of what it was compared with.
    pub baseline_cost: Cost,
    pub resumes: Vec<Tried>,
}

/// What calls cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TrialCost)]
pub struct Cost {
    /// From call to answer, in microseconds.
    #[schema(example = 184_000)]
    pub wall_micros: i64,
    /// On a core, in microseconds.
    #[schema(example = 171_000)]
    pub cpu_micros: i64,
    /// Bytes, of the call that needed most.
    #[schema(example = 2424832)]
    pub peak_memory: i64,
}

/// One résumé of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TriedResume)]
pub struct Tried {
    pub resume_id: ResumeId,
    pub outcome: Outcome,
    /// Why there was no answer.
    #[schema(example = "plugin_timeout")]
    pub error_code: Option<String>,
    /// Where the answers differ.
    pub differences: Vec<FieldDifference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TrialOutcome)]
pub enum Outcome {
    /// The same as now.
    Same,
    Different,
    /// The version has no answer.
    Failed,
    /// It is gone, or could not be read before either.
    Skipped,
}

impl Report {
    pub fn add(&mut self, tried: Tried) {
        match tried.outcome {
            Outcome::Skipped => {}
            Outcome::Same => self.tried += 1,
            Outcome::Different => {
                self.tried += 1;
                self.different += 1;
            }
            Outcome::Failed => {
                self.tried += 1;
                self.failed += 1;
            }
        }
        self.failure_rate = match self.tried {
            0 => 0.0,
            tried => f64::from(self.failed) / f64::from(tried),
        };
        self.resumes.push(tried);
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Report, Tried};
    use crate::ids::ResumeId;

    #[test]
    fn what_was_skipped_is_not_counted() {
        let mut report = Report::default();
        for outcome in [Outcome::Skipped, Outcome::Same, Outcome::Failed, Outcome::Different, Outcome::Same] {
            let resume_id = ResumeId::from_uuid(uuid::Uuid::nil());
            report.add(Tried { resume_id, outcome, error_code: None, differences: Vec::new() });
        }
        assert_eq!((report.tried, report.failed, report.different), (4, 1, 1));
        assert!((report.failure_rate - 0.25).abs() < f64::EPSILON);
    }
}
