//! plain-text
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, TextExtractor};

struct PlainText;

impl TextExtractor for PlainText {
    fn extract(_: &CallContext, document: &Document) -> Result<ExtractedText, PluginError> {
        let text = String::from_utf8(document.bytes()?)
            .map_err(|_| PluginError::invalid_input("not_text", "The file is not text."))?;
        Ok(ExtractedText::from_lines(text.lines()))
    }
}

mortise_sdk::export_text_extractor!(PlainText);
