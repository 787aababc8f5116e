//! Opening a file: what is refused, and in which words.

use lopdf::{DecompressError, Document, Error, LoadOptions};
use mortise_sdk::PluginError;

/// A résumé is a few pages; books and portfolios are refused before any page is read.
pub(crate) const MAX_PAGES: usize = 200;
/// Object and cross-reference streams larger than this are no honest file's.
const MAX_OBJECT_STREAM: usize = 2 << 20;
/// From this size on it pays to count the pages first.
const LARGE: usize = 512 << 10;
/// Larger files are not worth the memory.
const MAX_FILE: usize = 32 << 20;
/// The header may stand a little behind the start.
const HEADER_WITHIN: usize = 1024;

pub(crate) fn damaged() -> PluginError {
    PluginError::invalid_input(
        "damaged_pdf",
        "The PDF is damaged or incomplete and no page of it could be recovered; export it again and upload the new file.",
    )
}

pub(crate) fn encrypted() -> PluginError {
    PluginError::invalid_input(
        "encrypted",
        "The PDF is protected by a password; save a copy without a password and upload that.",
    )
}

pub(crate) fn too_large() -> PluginError {
    PluginError::limit(
        "too_large",
        "The PDF unpacks to more data than is read from one document; export it again with plain text pages.",
    )
}

pub(crate) fn too_many_pages(pages: usize) -> PluginError {
    PluginError::limit(
        "too_many_pages",
        format!("The PDF has {pages} pages and at most {MAX_PAGES} are read; upload the résumé alone."),
    )
    .detail("pages", pages.to_string())
    .detail("limit", MAX_PAGES.to_string())
}

pub(crate) fn no_text_layer() -> PluginError {
    PluginError::unsupported(
        "no_text_layer",
        "The PDF shows only images and holds no text: it needs OCR, or an export from the program it was written with.",
    )
}

/// Parses the file and unlocks it where the empty password does.
pub(crate) fn open(bytes: &[u8]) -> Result<Document, PluginError> {
    if bytes.len() > MAX_FILE {
        return Err(too_large());
    }
    let head = &bytes[..bytes.len().min(HEADER_WITHIN)];
    let Some(start) = head.windows(5).position(|window| window == b"%PDF-") else {
        return Err(PluginError::invalid_input(
            "not_a_pdf",
            "The file is not a PDF, whatever its name says; upload a PDF or name the file by its true kind.",
        ));
    };
    if bytes.len() > LARGE {
        // Pages are counted before anything else is read.
        let stated = Document::load_metadata_mem(bytes).map_or(0, |metadata| metadata.page_count as usize);
        if stated > MAX_PAGES {
            return Err(too_many_pages(stated));
        }
    }
    let options = || LoadOptions {
        max_decompressed_size: Some(MAX_OBJECT_STREAM),
        password: None,
        ..LoadOptions::default()
    };
    // Offsets count from the header in some files and from the first byte in others.
    let loaded = match Document::load_mem_with_options(&bytes[start..], options()) {
        Err(first) if start > 0 => Document::load_mem_with_options(bytes, options()).map_err(|_| first),
        other => other,
    };
    let document = loaded.map_err(|error| refusal(&error))?;
    if document.is_encrypted() {
        return Err(encrypted());
    }
    Ok(document)
}

fn refusal(error: &Error) -> PluginError {
    match error {
        Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => too_large(),
        Error::InvalidPassword | Error::Decryption(_) | Error::UnsupportedSecurityHandler(_) => encrypted(),
        _ => damaged(),
    }
}
