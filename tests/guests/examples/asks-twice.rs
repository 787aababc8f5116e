//! Fetches the address in its `url` setting, and then once more.

use mortise_sdk::http::{Request, fetch};
use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser, setting};

struct AsksTwice;

impl ResumeParser for AsksTwice {
    fn parse(_: &CallContext, _: &Document, _: ExtractedText) -> Result<ParsedResume, PluginError> {
        let url = setting("url")?.unwrap_or_else(|| "https://example.com/".to_owned());
        fetch(Request::get(url.clone()))?;
        fetch(Request::get(url))?;
        Ok(ParsedResume::default())
    }
}

mortise_sdk::export_resume_parser!(AsksTwice);
