//! Answers a string of 1 GiB, or of as much as its memory holds.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

struct HugeResult;

impl ResumeParser for HugeResult {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        let mut size = 1 << 30;
        let mut text = String::new();
        while text.try_reserve_exact(size).is_err() {
            size /= 2;
        }
        while text.len() < size {
            text.push('x');
        }
        let mut resume = ParsedResume::default();
        resume.basics.summary = Some(text);
        Ok(resume)
    }
}

mortise_sdk::export_resume_parser!(HugeResult);
