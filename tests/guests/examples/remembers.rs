//! Keeps the first line of each document in its store and answers the one before as headline.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser, kv};

struct Remembers;

impl ResumeParser for Remembers {
    fn parse(_: &CallContext, _: &Document, text: ExtractedText) -> Result<ParsedResume, PluginError> {
        let before = kv::get("last")?;
        let plain = text.plain();
        kv::set("last", plain.lines().next().unwrap_or_default().as_bytes(), None)?;
        let mut resume = ParsedResume::default();
        resume.basics.label = before.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        resume.warnings = kv::list_keys("")?;
        Ok(resume)
    }
}

mortise_sdk::export_resume_parser!(Remembers);
