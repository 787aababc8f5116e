//! Panics, with a message that has to reach the log.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

struct Panics;

impl ResumeParser for Panics {
    fn parse(_: &CallContext, _: &Document, text: ExtractedText) -> Result<ParsedResume, PluginError> {
        panic!("cannot bear {} pages", text.pages.len());
    }
}

mortise_sdk::export_resume_parser!(Panics);
