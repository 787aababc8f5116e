//! Scores as they are sent.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::replays::Replay;
use super::{ApplicationScore, Status, weighted};
use crate::ids::{ApplicationId, BindingId, RunId, ScoreId, TaskId};
use crate::resources::plugin_bindings::{from_millionths, millionths};
use crate::scoring::Contribution;

/// In points.
pub fn shown(millionths: i64) -> f64 {
    from_millionths(millionths)
}

/// The latest score of an application by one rule, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoreView {
    pub id: ScoreId,
    pub application_id: ApplicationId,
    /// Null: by the default rule, as nothing is bound.
    pub binding_id: Option<BindingId>,
    pub plugin: ScoringRuleView,
    pub status: Status,
    /// Why there is no score.
    pub error: Option<ScoreError>,
    /// 0 to 100.
    #[schema(example = 82.0, minimum = 0, maximum = 100)]
    pub value: Option<f64>,
    /// The rule's word for it.
    #[schema(example = "strong")]
    pub label: Option<String>,
    /// They sum to the value.
    pub contributions: Vec<ContributionView>,
    /// What the rule said beyond that.
    pub extra: Map<String, Value>,
    /// How much it counts beside the others.
    #[schema(example = 1.0)]
    pub weight: f64,
    /// The rule did not learn who it is.
    pub is_blind: bool,
    /// SHA-256 of the settings it was made with.
    pub config_hash: String,
    /// SHA-256 of what the rule was given; null when it was given nothing, or the person is erased.
    pub input_hash: Option<String>,
    /// SHA-256 of what it answered.
    pub result_hash: Option<String>,
    /// Instructions it took.
    #[schema(example = 412_000)]
    pub fuel: Option<i64>,
    /// The call that made it.
    pub run_id: Option<RunId>,
    pub scored_at: DateTime<Utc>,
}

/// Which version of which rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoringRuleView {
    #[schema(example = "mortise/skills-score")]
    pub id: String,
    /// Null when it is not installed.
    #[schema(example = "0.1.0")]
    pub version: Option<String>,
    /// SHA-256 of the component.
    pub digest: Option<String>,
}

/// Why there is no score.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoreError {
    /// A stable word of the rule's or the server's.
    #[schema(example = "no_resume")]
    pub code: String,
    #[schema(example = "No résumé of the candidate has been read yet.")]
    pub detail: Option<String>,
}

/// One reason for a score.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContributionView {
    #[schema(example = "skill_match")]
    pub code: String,
    /// Points added, or taken when negative.
    #[schema(example = 30.0)]
    pub value: f64,
    #[schema(example = "Rust: among the skills.")]
    pub message: String,
    /// JSON Pointers into the résumé.
    #[schema(example = json!(["/skills/0/keywords/2"]))]
    pub evidence: Vec<String>,
}

/// An application's scores.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationScores {
    /// The weighted mean of those that are scores.
    #[schema(example = 82.0)]
    pub score: Option<f64>,
    pub data: Vec<ScoreView>,
}

impl ApplicationScores {
    pub(crate) fn of(scores: Vec<ApplicationScore>) -> Self {
        let score = weighted(&scores).map(shown);
        Self { score, data: scores.into_iter().map(ScoreView::of).collect() }
    }
}

impl ScoreView {
    pub(crate) fn of(score: ApplicationScore) -> Self {
        let contribution = |Contribution { code, value, message, evidence }| ContributionView {
            code,
            value,
            message,
            evidence,
        };
        Self {
            id: score.id,
            application_id: score.application_id,
            binding_id: score.binding_id,
            plugin: ScoringRuleView { id: score.plugin, version: score.version, digest: score.digest },
            status: score.status,
            error: score.error_code.map(|code| ScoreError { code, detail: score.error_detail }),
            value: score.value.map(shown),
            label: score.label,
            contributions: score.contributions.0.into_iter().map(contribution).collect(),
            extra: score.extra.0,
            weight: shown(score.weight),
            is_blind: score.is_blind == 1,
            config_hash: score.config_hash,
            input_hash: Some(score.input_hash).filter(|hash| !hash.is_empty()),
            result_hash: score.result_hash,
            fuel: score.fuel,
            run_id: score.run_id,
            scored_at: score.scored_at,
        }
    }
}

/// Scoring that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoringBegun {
    /// Gone from `/v1/tasks` when it is done.
    pub task_id: TaskId,
    /// How many applications are scored.
    #[schema(example = 1)]
    pub applications: i64,
}

/// What a rule answered when it was given the same again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayView {
    pub score_id: ScoreId,
    /// The call.
    pub run_id: RunId,
    /// Byte for byte.
    pub is_same: bool,
    #[schema(example = "a3f1c2d4e5b60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90")]
    pub input_hash: String,
    /// SHA-256 of what it had answered.
    pub result_hash: Option<String>,
    /// SHA-256 of what it answers now; null when it gives no answer.
    pub replayed_hash: Option<String>,
    pub value: Option<f64>,
    pub replayed_value: Option<f64>,
    pub fuel: Option<i64>,
    pub replayed_fuel: Option<u64>,
    /// Why it gives no answer now.
    pub error: Option<ScoreError>,
}

impl ReplayView {
    pub(crate) fn of(replay: Replay) -> Self {
        let (is_same, replayed_hash) = (replay.is_same(), replay.result_hash());
        let Replay { run, kept, answer, fuel } = replay;
        let (value, error) = match answer {
            Ok(score) => (Some(shown(millionths(score.value))), None),
            Err(failure) => (None, Some(ScoreError { code: failure.code, detail: Some(failure.message) })),
        };
        Self {
            score_id: kept.id,
            run_id: run,
            is_same,
            input_hash: kept.input_hash,
            result_hash: kept.result_hash,
            replayed_hash,
            value: kept.value.map(shown),
            replayed_value: value,
            fuel: kept.fuel,
            replayed_fuel: fuel,
            error,
        }
    }
}
