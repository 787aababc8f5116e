//! Answers an error with everything an error can say.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

struct FailsPolitely;

impl ResumeParser for FailsPolitely {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        Err(PluginError::upstream("not_today", "The plugin would rather not.").detail("mood", "calm"))
    }
}

mortise_sdk::export_resume_parser!(FailsPolitely);
