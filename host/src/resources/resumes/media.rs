//! Which media type a file really has: its content decides, its name only where content cannot.

use crate::error::{Error, Result};

pub const PDF: &str = "application/pdf";
pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub const ODT: &str = "application/vnd.oasis.opendocument.text";
pub const RTF: &str = "application/rtf";
const TEXT: &str = "text/plain";

/// Endings that text files of one of our kinds have; their content looks alike.
const TEXT_ENDINGS: [(&str, &str); 6] = [
    ("md", "text/markdown"),
    ("markdown", "text/markdown"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("xhtml", "text/html"),
    ("txt", TEXT),
];

/// The media type, if some installed extractor (`readable`) reads it.
///
/// # Errors
/// `Invalid` when the file is empty or its content is not what its name says; `UnsupportedMedia` when nothing reads it.
pub fn determine(file_name: &str, bytes: &[u8], readable: &[String]) -> Result<&'static str> {
    if bytes.is_empty() {
        return Err(Error::invalid("file", "empty_file", "the file is empty"));
    }
    let ending =
        file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let media_type = by_content(&ending, bytes);
    match (ending.as_str(), media_type) {
        ("pdf", found) if found != Some(PDF) => Err(mismatch("a PDF")),
        ("docx", found) if found != Some(DOCX) => Err(mismatch("a Word document (DOCX)")),
        ("odt", found) if found != Some(ODT) => Err(mismatch("an OpenDocument text (ODT)")),
        ("rtf", found) if found != Some(RTF) => Err(mismatch("Rich Text (RTF)")),
        (_, Some(found)) if readable.iter().any(|known| known == found) => Ok(found),
        _ => {
            let detail =
                format!("no installed plugin reads this kind of file; send one of {}", readable.join(", "));
            Err(Error::UnsupportedMedia { detail })
        }
    }
}

fn mismatch(what: &str) -> Error {
    let detail = format!("the name says the file is {what}, its content is something else");
    Error::invalid("file", "content_mismatch", detail)
}

fn by_content(ending: &str, bytes: &[u8]) -> Option<&'static str> {
    // Readers allow some bytes before the header, and real files have them.
    let head = &bytes[..bytes.len().min(1024)];
    if head.windows(5).any(|window| window == b"%PDF-") {
        return Some(PDF);
    }
    // An encrypted DOCX is an OLE container; the extractor says so better than we could.
    let is_ole = bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    let is_zip = bytes.starts_with(b"PK\x03\x04");
    if ending == "docx" && (is_ole || is_zip)
        || is_zip && infer::get(bytes).is_some_and(|k| k.mime_type() == DOCX)
    {
        return Some(DOCX);
    }
    // Its kind is the first entry, unless a program knew no better; the extractor looks more closely.
    if ending == "odt" && is_zip {
        return Some(ODT);
    }
    // Some programs put a mark or blank lines before it.
    if bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().starts_with(b"{\\rtf") {
        return Some(RTF);
    }
    let known = infer::get(bytes).map(|kind| kind.mime_type());
    if known == Some("text/html") {
        return Some("text/html");
    }
    // Some tenant's extractor may open what none of ours does.
    if known.is_some() || !is_text(bytes) {
        return known;
    }
    Some(TEXT_ENDINGS.iter().find(|(known, _)| *known == ending).map_or(TEXT, |(_, media_type)| media_type))
}

/// Text has no control characters but breaks and tabs; UTF-16 has zeroes, and a mark that says so.
fn is_text(bytes: &[u8]) -> bool {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let head = &bytes[..bytes.len().min(64 << 10)];
    is_utf16 || !head.iter().any(|byte| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

#[cfg(test)]
mod tests {
    use super::{DOCX, ODT, PDF, RTF, determine};
    use crate::error::Error;

    fn readable() -> Vec<String> {
        [PDF, DOCX, ODT, RTF, "text/plain", "text/markdown", "text/html"].map(String::from).to_vec()
    }

    #[test]
    fn content_decides() {
        let of = |name, bytes: &[u8]| determine(name, bytes, &readable());
        assert_eq!(of("cv", b"%PDF-1.7 ...").expect("a PDF"), PDF);
        assert_eq!(of("cv.md", b"# Ada").expect("markdown"), "text/markdown");
        assert_eq!(of("cv", b"Ada Lovelace").expect("text"), "text/plain");
        let odt =
            b"PK\x03\x04______________________\x08\0\0\0mimetypeapplication/vnd.oasis.opendocument.text";
        assert_eq!(of("cv", odt).expect("an ODT"), ODT);
        assert_eq!(of("cv.odt", b"PK\x03\x04 and so on").expect("an ODT"), ODT);
        assert_eq!(of("cv.doc", b"\r\n{\\rtf1 Ada}").expect("RTF, whatever it is called"), RTF);
        for name in ["cv.pdf", "cv.docx", "cv.odt", "cv.rtf"] {
            assert!(matches!(of(name, b"Ada Lovelace"), Err(Error::Invalid(_))), "{name}");
        }
        assert!(matches!(of("cv.pdf", b""), Err(Error::Invalid(_))));
        assert!(matches!(
            of("cv.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            Err(Error::UnsupportedMedia { .. })
        ));
        assert!(matches!(of("cv.txt", b"a\0b"), Err(Error::UnsupportedMedia { .. })));
    }
}
