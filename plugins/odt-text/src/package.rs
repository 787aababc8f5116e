//! The zip around a document: which kind of document it is, whether it is locked, and the two parts that hold its text.

use mortise_sdk::PluginError;
use word_processing::archive::Archive;
use word_processing::encrypted;

use crate::{damaged, fault};

const KIND: &str = "application/vnd.oasis.opendocument.text";
/// Kinds with the same content: a template, and text written for the web.
const LIKE_TEXT: [&str; 2] = ["-template", "-web"];

/// The parts' XML.
pub(crate) struct Parts {
    pub(crate) content: String,
    /// Named styles, and the pages' headers and footers.
    pub(crate) styles: Option<String>,
}

pub(crate) fn open(bytes: Vec<u8>) -> Result<Parts, PluginError> {
    if !bytes.starts_with(b"PK") {
        return Err(not_an_odt());
    }
    let mut archive = Archive::open(bytes).map_err(fault)?;
    let kind = archive.part("mimetype").map_err(fault)?;
    match kind.as_deref().map(str::trim) {
        // Some programs leave the kind out; then the content has to show it.
        None => {}
        Some(kind)
            if kind.strip_prefix(KIND).is_some_and(|rest| rest.is_empty() || LIKE_TEXT.contains(&rest)) => {}
        Some(_) => return Err(not_an_odt()),
    }
    // Older programs lock part by part and say so in the manifest, newer ones wrap the whole package.
    let manifest = archive.part("META-INF/manifest.xml").map_err(fault)?;
    if archive.has("encrypted-package") || manifest.is_some_and(|text| text.contains("encryption-data")) {
        return Err(encrypted());
    }
    let Some(content) = archive.part("content.xml").map_err(fault)? else {
        return Err(if kind.is_some() { damaged("The document has no content.") } else { not_an_odt() });
    };
    Ok(Parts { content, styles: archive.part("styles.xml").map_err(fault)? })
}

pub(crate) fn not_an_odt() -> PluginError {
    PluginError::invalid_input("not_an_odt", "The file is not an OpenDocument text.")
}
