//! Takes 200,000 handles of its standard output and gives none back.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

struct HoardsHandles;

impl ResumeParser for HoardsHandles {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        let last = (0..200_000).map(|_| guests::standard_output()).last();
        Err(PluginError::internal("handles_given", format!("The last handle is {last:?}.")))
    }
}

mortise_sdk::export_resume_parser!(HoardsHandles);
