//! Reads plain text, Markdown, HTML and Rich Text (RTF) into flowed pages.

mod decoding;
mod html;
mod markdown;
mod outline;
mod plain;
mod rtf;

use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, TextExtractor};

/// Larger files are refused unread.
const MAX_BYTES: u64 = 16 << 20;
/// Of Rich Text, whose pictures are text, too.
const MAX_RTF_BYTES: u64 = 20 << 20;

/// The plugin `mortise/plain-text`.
#[derive(Debug)]
pub struct PlainText;

impl TextExtractor for PlainText {
    fn extract(_: &CallContext, document: &Document) -> Result<ExtractedText, PluginError> {
        if document.size() > MAX_RTF_BYTES {
            return Err(PluginError::limit("too_large", "A file of more than 20 MiB is not read."));
        }
        let bytes = document.bytes()?;
        let format = Format::of(document, &bytes);
        let read: fn(&str) -> Result<outline::Outline, PluginError> = match format {
            Format::Rtf => return rtf::read(&bytes),
            Format::Plain => plain::read,
            Format::Markdown => markdown::read,
            Format::Html => html::read,
        };
        if document.size() > MAX_BYTES {
            return Err(PluginError::limit("too_large", "A text file of more than 16 MiB is not read."));
        }
        let decoded = decoding::decode(&bytes, format == Format::Html)?;
        let mut text = read(&decoded.text)?.finish()?;
        text.warnings.extend(decoded.warning);
        Ok(text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Plain,
    Markdown,
    Html,
    Rtf,
}

impl Format {
    /// Rich Text says what it is; the others are known by media type, then by name, then by the first tag.
    fn of(document: &Document, bytes: &[u8]) -> Self {
        if rtf::is_rtf(bytes) {
            return Self::Rtf;
        }
        let media_type = document.media_type().unwrap_or_default().to_ascii_lowercase();
        match media_type.split(';').next().unwrap_or_default().trim() {
            "text/html" | "application/xhtml+xml" => return Self::Html,
            "text/markdown" | "text/x-markdown" => return Self::Markdown,
            "application/rtf" | "text/rtf" => return Self::Rtf,
            _ => {}
        }
        let name = document.file_name().unwrap_or_default().to_ascii_lowercase();
        match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "html" | "htm" | "xhtml" => return Self::Html,
            "md" | "markdown" | "mdown" => return Self::Markdown,
            _ => {}
        }
        let start = bytes[..bytes.len().min(512)].to_ascii_lowercase();
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
        if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
            Self::Html
        } else {
            Self::Plain
        }
    }
}

mortise_sdk::export_text_extractor!(PlainText);

#[cfg(test)]
mod tests;
