//! Answers scores no host should believe: NaN, or what the job's title asks for.

use mortise_sdk::{Answer, CallContext, Candidate, Contribution, Job, PluginError, ScoreResult, ScoringRule};

struct NanScore;

impl ScoringRule for NanScore {
    fn score(_: &CallContext, _: &Candidate, job: &Job, _: &[Answer]) -> Result<ScoreResult, PluginError> {
        let value = match job.title.as_str() {
            "infinity" => f64::INFINITY,
            "minus infinity" => f64::NEG_INFINITY,
            "negative" => -1.0,
            "too high" => 100.5,
            "does not sum" => 50.0,
            _ => f64::NAN,
        };
        let contributed = if job.title == "does not sum" { 10.0 } else { value };
        let contributions = vec![Contribution::new("whim", contributed, "As the title asks.")];
        Ok(ScoreResult { value, contributions, ..ScoreResult::default() })
    }
}

mortise_sdk::export_scoring_rule!(NanScore);
