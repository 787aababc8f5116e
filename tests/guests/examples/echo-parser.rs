//! Answers what it was given, so that a test can see what crossed the border.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

struct EchoParser;

impl ResumeParser for EchoParser {
    fn parse(
        context: &CallContext,
        document: &Document,
        text: ExtractedText,
    ) -> Result<ParsedResume, PluginError> {
        let plain = text.plain();
        let config: serde_json::Value = mortise_sdk::config()?;
        let seen = serde_json::json!({
            "invocation_id": context.invocation_id,
            "deadline_ms": context.deadline.as_millis() as u64,
            "locale": context.locale,
            "dry_run": context.dry_run,
            "media_type": document.media_type(),
            "file_name": document.file_name(),
            "size": document.size(),
            "read": document.bytes()?.len(),
            "sha256": document.sha256(),
            "pages": text.pages.len(),
            "config": config,
        });
        let mut resume = ParsedResume::default();
        resume.basics.name = plain.lines().next().map(str::to_owned);
        resume.basics.summary = Some(plain);
        resume.language = text.language;
        resume.warnings = text.warnings;
        resume.extra_json = Some(seen.to_string());
        mortise_sdk::log::info!(pages = text.pages.len(); "echoed");
        Ok(resume)
    }
}

mortise_sdk::export_resume_parser!(EchoParser);
