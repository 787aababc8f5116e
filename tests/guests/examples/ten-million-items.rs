//! Answers a list of ten million empty strings: small for the guest, large for a careless host.

use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, TextExtractor};

struct TenMillionItems;

impl TextExtractor for TenMillionItems {
    fn extract(_: &CallContext, _: &Document) -> Result<ExtractedText, PluginError> {
        let warnings = vec![String::new(); 10_000_000];
        Ok(ExtractedText { warnings, ..ExtractedText::default() })
    }
}

mortise_sdk::export_text_extractor!(TenMillionItems);
