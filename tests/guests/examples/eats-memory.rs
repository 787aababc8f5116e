//! Grows its memory page by page, touching each, and tells how many it got when the host says no. A text that says
//! `at once` makes it ask for everything in one step.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

struct EatsMemory;

impl ResumeParser for EatsMemory {
    fn parse(_: &CallContext, _: &Document, text: ExtractedText) -> Result<ParsedResume, PluginError> {
        if text.plain() == "at once" {
            // All that 32 bits can address.
            return match guests::grow(65_535) {
                Some(pages) => Err(PluginError::internal("memory_given", format!("{} bytes", pages.len()))),
                None => Err(PluginError::limit("memory_refused", "The host gives no such memory.")),
            };
        }
        let mut pages = 0u32;
        while let Some(page) = guests::grow(1) {
            page.fill(0xa5);
            pages += 1;
        }
        Err(PluginError::limit("memory_refused", "The host gives no more memory.")
            .detail("pages", pages.to_string()))
    }
}

mortise_sdk::export_resume_parser!(EatsMemory);
