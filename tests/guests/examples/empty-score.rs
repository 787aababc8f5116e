//! Scores nothing: what a call costs when the plugin costs nothing.

use mortise_sdk::{Answer, CallContext, Candidate, Job, PluginError, ScoreResult, ScoringRule};

struct EmptyScore;

impl ScoringRule for EmptyScore {
    fn score(_: &CallContext, _: &Candidate, _: &Job, _: &[Answer]) -> Result<ScoreResult, PluginError> {
        Ok(ScoreResult::default())
    }
}

mortise_sdk::export_scoring_rule!(EmptyScore);
