//! What the formats of word processors have in common: paragraphs, tables and page breaks set onto flowed pages, and
//! the archives and XML parts the newer formats are made of. No plugin, but what several of ours stand on.

pub mod archive;
mod blocks;
mod budget;
mod layout;
pub mod markers;
mod properties;
mod tabs;
pub mod xml;

use std::collections::BTreeMap;

use mortise_sdk::{ExtractedText, PluginError};

pub use blocks::{Block, Paragraph, Table, TableCell};
pub use budget::Budget;
pub use properties::{Alignment, ParagraphProperties, RunProperties};
pub use tabs::{Stop, StopKind};

/// Why a file could not be taken apart.
#[derive(Debug)]
pub enum Fault {
    /// Not what its format demands; a sentence for a person.
    Damaged(String),
    /// More than a résumé can be; a sentence for a person.
    TooLarge(String),
    /// Protected by a password.
    Encrypted,
}

impl Fault {
    /// The error of a call; damage is told under the format's own code.
    pub fn into_error(self, damaged: &str) -> PluginError {
        match self {
            Self::Damaged(message) => PluginError::invalid_input(damaged, message),
            Self::TooLarge(message) => too_large(message),
            Self::Encrypted => encrypted(),
        }
    }
}

/// Larger than a résumé can be.
pub fn too_large(message: impl Into<String>) -> PluginError {
    PluginError::limit("too_large", message)
}

/// Protected by a password.
pub fn encrypted() -> PluginError {
    PluginError::unsupported("encrypted", "The document is protected by a password.")
}

/// Sets the blocks onto pages whose text is `width` points wide. The language is the one with the most characters.
///
/// # Errors
/// There is no text, or far more than a résumé can have.
pub fn finish(
    blocks: Vec<Block>,
    width: f32,
    languages: BTreeMap<String, usize>,
) -> Result<ExtractedText, PluginError> {
    let flow = layout::set(blocks, width)?;
    if flow.is_empty() {
        return Err(PluginError::invalid_input("empty_document", "The document holds no text."));
    }
    let language = languages.into_iter().max_by_key(|(_, length)| *length).map(|(language, _)| language);
    Ok(ExtractedText { language, ..flow.finish() })
}

/// The target of a field's instruction, as in `HYPERLINK "target" \o "tip"`; links within the document have none.
pub fn hyperlink(instruction: &str) -> Option<&str> {
    let rest = instruction.trim().strip_prefix("HYPERLINK")?.trim_start();
    let target = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split_whitespace().next()?,
    };
    (!target.is_empty() && !target.starts_with('\\')).then_some(target)
}
