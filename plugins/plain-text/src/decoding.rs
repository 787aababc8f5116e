//! Bytes to text: byte order marks, UTF-16 without one, UTF-8, what HTML declares, and Windows-1252 for the rest.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use mortise_sdk::PluginError;

/// How far an HTML file is searched for the encoding it declares.
const PROLOGUE: usize = 1024;

#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) warning: Option<String>,
}

pub(crate) fn decode(bytes: &[u8], is_html: bool) -> Result<Decoded<'_>, PluginError> {
    if has_binary_signature(bytes) {
        return Err(not_text());
    }
    let (encoding, body) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..]),
        None => (detect(bytes, is_html), bytes),
    };
    let (text, damaged) = encoding.decode_without_bom_handling(body);
    if looks_binary(&text) {
        return Err(not_text());
    }
    let warning =
        damaged.then(|| format!("Some characters are not valid {} and were replaced.", encoding.name()));
    Ok(Decoded { text, warning })
}

fn detect(bytes: &[u8], is_html: bool) -> &'static Encoding {
    if let Some(encoding) = utf_16_by_zeroes(bytes) {
        return encoding;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let declared = if is_html { declared(&bytes[..bytes.len().min(PROLOGUE)]) } else { None };
    match declared {
        // The declaration was read as ASCII, so it cannot be true of UTF-16.
        Some(encoding) if encoding != UTF_16LE && encoding != UTF_16BE => encoding,
        _ if mostly_utf_8(bytes) => UTF_8,
        _ => WINDOWS_1252,
    }
}

/// Latin text in UTF-16 has a zero in nearly every other byte.
fn utf_16_by_zeroes(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    if sample.len() < 4 {
        return None;
    }
    let pairs = sample.len() / 2;
    let zeroes = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeroes(0), zeroes(1));
    if odd * 10 > pairs * 7 && even * 20 < pairs {
        Some(UTF_16LE)
    } else if even * 10 > pairs * 7 && odd * 20 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The label after `charset=`, in a `meta` tag of either form.
fn declared(prologue: &[u8]) -> Option<&'static Encoding> {
    let lower = prologue.to_ascii_lowercase();
    let needle = b"charset=";
    let start = lower.windows(needle.len()).position(|window| window == needle)? + needle.len();
    let rest =
        lower[start..].strip_prefix(b"\"").or(lower[start..].strip_prefix(b"'")).unwrap_or(&lower[start..]);
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(byte)).count();
    Encoding::for_label(&rest[..length])
}

/// One bad byte in a long file does not make it Windows-1252.
fn mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > 4 * bad
}

fn has_binary_signature(bytes: &[u8]) -> bool {
    let signatures: [&[u8]; 9] = [
        b"%PDF-",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\xd0\xcf\x11\xe0",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"\x1f\x8b",
        b"\x7fELF",
    ];
    signatures.iter().any(|signature| bytes.starts_with(signature))
}

/// Zero characters, or more than one control character in a hundred and a few.
fn looks_binary(text: &str) -> bool {
    let (mut all, mut odd) = (0usize, 0usize);
    for character in text.chars() {
        match character {
            '\0' => return true,
            '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' => {}
            _ if character.is_control() || character == char::REPLACEMENT_CHARACTER => odd += 1,
            _ => {}
        }
        all += 1;
    }
    odd > 3 + all / 100
}

fn not_text() -> PluginError {
    PluginError::invalid_input("not_text", "The file does not hold text but some other format.")
}
