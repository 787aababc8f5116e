//! Looks for what another call left in memory. The job's title says whether to `write` a pattern, to
//! `write and spin`, or (anything else) to read fresh memory and tell in the error's code what was found.

use std::hint::black_box;

use mortise_sdk::{Answer, CallContext, Candidate, Job, PluginError, ScoreResult, ScoringRule};

const PAGES: usize = 256;

struct ReadsOldMemory;

impl ScoringRule for ReadsOldMemory {
    fn score(_: &CallContext, _: &Candidate, job: &Job, _: &[Answer]) -> Result<ScoreResult, PluginError> {
        let Some(memory) = guests::grow(PAGES) else {
            return Err(PluginError::limit("memory_refused", "The host gives no memory to look at."));
        };
        match job.title.as_str() {
            "write" => {
                memory.fill(0xa5);
                black_box(memory);
                Ok(ScoreResult::default())
            }
            "write and spin" => {
                memory.fill(0xa5);
                loop {
                    black_box(&memory);
                }
            }
            _ => Err(match black_box(&*memory).iter().position(|byte| *byte != 0) {
                Some(place) => {
                    PluginError::unsupported("old_memory", "Another call's bytes are still there.")
                        .detail("offset", place.to_string())
                }
                None => PluginError::unsupported("clean_memory", "Fresh memory holds zeroes."),
            }),
        }
    }
}

mortise_sdk::export_scoring_rule!(ReadsOldMemory);
