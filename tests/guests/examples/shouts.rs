//! Answers the lines of a text file in capital letters; a file that begins with `panic` is too much for it.

use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, TextExtractor};

struct Shouts;

impl TextExtractor for Shouts {
    fn extract(_: &CallContext, document: &Document) -> Result<ExtractedText, PluginError> {
        let bytes = document.bytes()?;
        assert!(!bytes.starts_with(b"panic"), "too much");
        let text = String::from_utf8_lossy(&bytes).to_uppercase();
        Ok(ExtractedText::from_lines(text.lines()))
    }
}

mortise_sdk::export_text_extractor!(Shouts);
