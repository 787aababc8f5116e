//! Sleeps for an hour: the host waits for it, and it uses no time on a core.

use std::time::Duration;

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

struct Sleeps;

impl ResumeParser for Sleeps {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        std::thread::sleep(Duration::from_secs(3600));
        Ok(ParsedResume::default())
    }
}

mortise_sdk::export_resume_parser!(Sleeps);
