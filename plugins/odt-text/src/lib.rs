//! Reads OpenDocument text (ODT) into flowed pages.

mod body;
mod inline;
mod lists;
mod package;
mod properties;
mod styles;
mod tables;

use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, TextExtractor};
use word_processing::{Fault, too_large};

/// Larger files are refused unread.
const MAX_BYTES: u64 = 20 << 20;

/// The plugin `mortise/odt-text`.
#[derive(Debug)]
pub struct OdtText;

impl TextExtractor for OdtText {
    fn extract(_: &CallContext, document: &Document) -> Result<ExtractedText, PluginError> {
        if document.size() > MAX_BYTES {
            return Err(too_large("An OpenDocument file of more than 20 MiB is not read."));
        }
        let parts = package::open(document.bytes()?)?;
        body::read(&parts)
    }
}

const DAMAGED: &str = "damaged_odt";

fn damaged(message: impl Into<String>) -> PluginError {
    PluginError::invalid_input(DAMAGED, message)
}

fn fault(fault: Fault) -> PluginError {
    fault.into_error(DAMAGED)
}

mortise_sdk::export_text_extractor!(OdtText);

#[cfg(test)]
mod tests;
