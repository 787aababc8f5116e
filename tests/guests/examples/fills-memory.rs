//! Fills 16 MiB again and again: few instructions, much work.

use std::hint::black_box;

use mortise_sdk::{Answer, CallContext, Candidate, Job, PluginError, ScoreResult, ScoringRule};

struct FillsMemory;

impl ScoringRule for FillsMemory {
    fn score(_: &CallContext, _: &Candidate, _: &Job, _: &[Answer]) -> Result<ScoreResult, PluginError> {
        let mut room = vec![0u8; 16 << 20];
        for value in (0..=u8::MAX).cycle() {
            black_box(&mut room).fill(value);
        }
        Ok(ScoreResult::default())
    }
}

mortise_sdk::export_scoring_rule!(FillsMemory);
