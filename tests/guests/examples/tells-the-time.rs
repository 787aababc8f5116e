//! Answers what time the host says it is.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser, clock};

struct TellsTheTime;

impl ResumeParser for TellsTheTime {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        let now = serde_json::json!({ "now": clock::now_unix_ms() });
        Ok(ParsedResume { extra_json: Some(now.to_string()), ..ParsedResume::default() })
    }
}

mortise_sdk::export_resume_parser!(TellsTheTime);
