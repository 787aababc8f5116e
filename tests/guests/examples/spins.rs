//! Never returns and never calls the host.

use std::hint::black_box;

use mortise_sdk::{Answer, CallContext, Candidate, Job, PluginError, ScoreResult, ScoringRule};

struct Spins;

impl ScoringRule for Spins {
    fn score(_: &CallContext, _: &Candidate, _: &Job, _: &[Answer]) -> Result<ScoreResult, PluginError> {
        let mut turns = 0u64;
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }
}

mortise_sdk::export_scoring_rule!(Spins);
