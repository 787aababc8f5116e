//! Uses memory in every way with the SDK's allocator, grows it itself in between, and scores 100 where everything is still what
//! it was.

use std::collections::BTreeMap;

use mortise_sdk::{Answer, CallContext, Candidate, Contribution, Job, PluginError, ScoreResult, ScoringRule};

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ARENA: mortise_sdk::Arena = mortise_sdk::Arena::new();

struct KeepsBooks;

impl ScoringRule for KeepsBooks {
    fn score(_: &CallContext, _: &Candidate, _: &Job, _: &[Answer]) -> Result<ScoreResult, PluginError> {
        let mut books: BTreeMap<usize, String> = BTreeMap::new();
        let text = |number: usize, length: usize| format!("{number:03}").repeat(length);
        let mut all = Vec::new();
        for turn in 0..4_000_usize {
            let (number, length) = (turn % 300, turn * 37 % 3_000);
            books.insert(number, text(number, length));
            if turn % 3 == 0 {
                books.remove(&(turn % 200));
            }
            // Others take memory, too: what comes next does not lie behind what was before.
            if turn % 1_000 == 999 {
                let page = guests::grow(1).ok_or_else(|| PluginError::limit("grow", "there is no page"))?;
                page.fill(0xff);
            }
            all.extend_from_slice(&turn.to_le_bytes());
        }
        let is_whole = books.iter().all(|(number, kept)| *kept == text(*number, kept.len() / 3));
        let turns = all.chunks_exact(size_of::<usize>()).enumerate();
        let is_whole =
            is_whole && turns.fold(true, |so_far, (turn, bytes)| so_far && bytes == turn.to_le_bytes());
        let value = if is_whole && books.len() > 100 { 100.0 } else { 0.0 };
        let kept = Contribution::new("kept", value, format!("{} books.", books.len()));
        Ok(ScoreResult { value, contributions: vec![kept], label: None, extra_json: None })
    }
}

mortise_sdk::export_scoring_rule!(KeepsBooks);
