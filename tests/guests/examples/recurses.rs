//! Calls itself until the stack ends.

use std::hint::black_box;

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

struct Recurses;

impl ResumeParser for Recurses {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        Err(PluginError::internal("came_back", format!("The stack held {} calls.", deeper(1))))
    }
}

#[expect(unconditional_recursion, reason = "that is the point")]
fn deeper(depth: u64) -> u64 {
    let kept = black_box([depth; 4]);
    deeper(black_box(depth + 1)) + black_box(kept)[3]
}

mortise_sdk::export_resume_parser!(Recurses);
