//! Says what it was given, so that a test can see what crossed the border; its score is whatever the test wants, and it panics
//! about whoever is tagged so.

use mortise_sdk::{Answer, CallContext, Candidate, Contribution, Job, PluginError, ScoreResult, ScoringRule};

struct EchoScore;

impl ScoringRule for EchoScore {
    fn score(
        _: &CallContext,
        candidate: &Candidate,
        job: &Job,
        answers: &[Answer],
    ) -> Result<ScoreResult, PluginError> {
        assert!(!candidate.tags.iter().any(|tag| tag == "panic"), "as the tag asks");
        let set = mortise_sdk::setting::<f64>("value")?;
        let tagged = candidate.tags.iter().find_map(|tag| tag.parse().ok());
        let value = set.or(tagged).unwrap_or(50.0);
        mortise_sdk::log::info!("scored {:?}", candidate.resume.basics.name);
        let (mut who, mut what) = (candidate.clone(), job.clone());
        // Drawn by chance, they could hold any word.
        who.id.clear();
        what.id.clear();
        let seen = format!("{who:?} {what:?} {answers:?}");
        let reason = Contribution::new("seen", value, seen).because_of("/basics");
        let extra = serde_json::json!({ "seen": candidate.resume.basics.name });
        Ok(ScoreResult {
            value,
            contributions: vec![reason],
            label: candidate.resume.basics.label.clone(),
            extra_json: Some(extra.to_string()),
        })
    }
}

mortise_sdk::export_scoring_rule!(EchoScore);
