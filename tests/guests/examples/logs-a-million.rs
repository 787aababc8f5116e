//! Writes a million log lines and then answers.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser, log};

struct LogsAMillion;

impl ResumeParser for LogsAMillion {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        for number in 0..1_000_000 {
            log::info!("line {number}");
        }
        Ok(ParsedResume::default())
    }
}

mortise_sdk::export_resume_parser!(LogsAMillion);
