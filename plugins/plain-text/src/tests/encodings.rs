//! Files in other encodings than UTF-8.

use super::{Document, extract};

fn plain(bytes: impl Into<Vec<u8>>) -> String {
    extract(Document::from_bytes(bytes.into())).unwrap().plain()
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn byte_order_marks_decide() {
    assert_eq!(plain("\u{feff}Zoë"), "Zoë");
    assert_eq!(plain(utf_16("\u{feff}Zoë", u16::to_le_bytes)), "Zoë");
    assert_eq!(plain(utf_16("\u{feff}Zoë", u16::to_be_bytes)), "Zoë");
}

#[test]
fn utf_16_is_known_without_a_mark() {
    assert_eq!(plain(utf_16("Zoë Müller, Köln", u16::to_le_bytes)), "Zoë Müller, Köln");
    assert_eq!(plain(utf_16("Zoë Müller, Köln", u16::to_be_bytes)), "Zoë Müller, Köln");
}

#[test]
fn latin_text_is_read_as_windows_1252() {
    assert_eq!(plain(*b"Ren\xe9e \x96 caf\xe9 \x80"), "Renée – café €");
}

#[test]
fn one_broken_byte_does_not_spoil_utf_8() {
    let mut bytes = "Łukasz Żółć, Kraków".as_bytes().to_vec();
    bytes.push(0xc5);
    let text = extract(Document::from_bytes(bytes)).unwrap();
    assert!(text.plain().starts_with("Łukasz Żółć, Kraków"));
    assert_eq!(text.warnings.len(), 1);
}

#[test]
fn html_may_declare_its_encoding() {
    let page = b"<html><meta charset='iso-8859-2'><p>\xa3ukasz";
    assert_eq!(plain(page.to_vec()), "Łukasz");
}

#[test]
fn other_formats_are_not_text() {
    let zeroes = [b"abc".as_slice(), &[0; 40]].concat();
    let noise: Vec<u8> = (0..2000u32).map(|number| (number * 7919 % 251) as u8).collect();
    for bytes in [b"%PDF-1.7\n".to_vec(), b"PK\x03\x04rest".to_vec(), zeroes, noise] {
        assert_eq!(extract(Document::from_bytes(bytes)).unwrap_err().code, "not_text");
    }
}
