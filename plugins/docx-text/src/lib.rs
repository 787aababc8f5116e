//! Reads Word documents (DOCX) into flowed pages.

mod body;
mod numbering;
mod package;
mod paragraph;
mod properties;
mod styles;
mod xml;

use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, TextExtractor};
use word_processing::{Fault, too_large};

/// Larger files are refused unread.
const MAX_BYTES: u64 = 20 << 20;

/// The plugin `mortise/docx-text`.
#[derive(Debug)]
pub struct DocxText;

impl TextExtractor for DocxText {
    fn extract(_: &CallContext, document: &Document) -> Result<ExtractedText, PluginError> {
        if document.size() > MAX_BYTES {
            return Err(too_large("A Word document of more than 20 MiB is not read."));
        }
        let package = package::Package::open(document.bytes()?)?;
        body::read(package)
    }
}

const DAMAGED: &str = "damaged_docx";

fn damaged(message: impl Into<String>) -> PluginError {
    PluginError::invalid_input(DAMAGED, message)
}

fn fault(fault: Fault) -> PluginError {
    fault.into_error(DAMAGED)
}

mortise_sdk::export_text_extractor!(DocxText);

#[cfg(test)]
mod tests;
