//! A simple font's encoding: what each of its 256 codes means before any ToUnicode map is asked.

use lopdf::{Dictionary, Document, Object};
use rustc_hash::FxHashMap;

use super::{names, style::FontStyle, tables};
use crate::lookup;

/// Base table plus the font's own differences.
#[derive(Default)]
pub(crate) struct Encoding {
    base: Option<Base>,
    differences: FxHashMap<u32, String>,
}

#[derive(Clone, Copy)]
enum Base {
    Standard,
    WinAnsi,
    MacRoman,
    Symbol,
    Dingbats,
}

impl Encoding {
    pub(crate) fn read(doc: &Document, font: &Dictionary, style: &FontStyle, embedded: bool) -> Encoding {
        let entry = lookup::get(doc, font, b"Encoding");
        let mut encoding =
            Encoding { base: Self::implicit(style, embedded), differences: FxHashMap::default() };
        match entry {
            Some(Object::Name(name)) => encoding.base = Self::named(name).or(encoding.base),
            Some(Object::Dictionary(dict)) => {
                if let Some(name) = lookup::name(doc, dict, b"BaseEncoding") {
                    encoding.base = Self::named(name).or(encoding.base);
                }
                encoding.add_differences(doc, dict);
            }
            _ => {}
        }
        encoding
    }

    fn named(name: &[u8]) -> Option<Base> {
        Some(match name {
            b"WinAnsiEncoding" => Base::WinAnsi,
            b"MacRomanEncoding" => Base::MacRoman,
            b"StandardEncoding" => Base::Standard,
            _ => return None,
        })
    }

    /// Without a stated base an embedded font speaks for itself; the others are Standard.
    fn implicit(style: &FontStyle, embedded: bool) -> Option<Base> {
        let name = style.name.as_deref().unwrap_or_default();
        if name.contains("ZapfDingbats") || name.contains("Dingbats") {
            Some(Base::Dingbats)
        } else if name.starts_with("Symbol") {
            Some(Base::Symbol)
        } else {
            (!embedded).then_some(Base::Standard)
        }
    }

    fn add_differences(&mut self, doc: &Document, dict: &Dictionary) {
        let mut code = 0u32;
        for item in lookup::array(doc, dict, b"Differences").into_iter().flatten().take(4096) {
            match lookup::resolve(doc, item) {
                Object::Name(name) => {
                    self.differences.insert(code, String::from_utf8_lossy(name).into_owned());
                    code = code.saturating_add(1);
                }
                Object::Integer(first) => code = u32::try_from(*first).unwrap_or(0),
                _ => {}
            }
        }
    }

    /// The text of a code by its difference's name.
    pub(crate) fn difference(&self, code: u32) -> Option<String> {
        names::text_of(self.differences.get(&code)?)
    }

    pub(crate) fn has_difference(&self, code: u32) -> bool {
        self.differences.contains_key(&code)
    }

    /// The text of a code by the base encoding.
    pub(crate) fn base(&self, code: u32) -> Option<String> {
        let table = match self.base? {
            Base::Dingbats => return dingbat(code).map(String::from),
            Base::Standard => tables::STANDARD,
            Base::WinAnsi => tables::WIN_ANSI,
            Base::MacRoman => tables::MAC_ROMAN,
            Base::Symbol => tables::SYMBOL,
        };
        table.chars().nth(code as usize).filter(|&c| c != '\0').map(String::from)
    }
}

/// ZapfDingbats: mostly the Unicode block of that name in order, with the shapes Unicode had before elsewhere.
fn dingbat(code: u32) -> Option<char> {
    Some(match code {
        0x20 => ' ',
        0x25 => '\u{260e}',
        0x2a => '\u{261b}',
        0x2b => '\u{261e}',
        0x48 => '\u{2605}',
        0x6c => '\u{25cf}',
        0x6e => '\u{25a0}',
        0x73 => '\u{25b2}',
        0x74 => '\u{25bc}',
        0x75 => '\u{25c6}',
        0x77 => '\u{25d7}',
        0x21..=0x7e => return char::from_u32(0x2701 + code - 0x21),
        0xa1..=0xa7 => return char::from_u32(0x2761 + code - 0xa1),
        0xa8 => '\u{2663}',
        0xa9 => '\u{2666}',
        0xaa => '\u{2665}',
        0xab => '\u{2660}',
        0xac..=0xb5 => return char::from_u32(0x2460 + code - 0xac),
        0xd5 => '\u{2192}',
        0xb6..=0xfe => return char::from_u32(0x2776 + code - 0xb6),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::tables;

    #[test]
    fn every_table_has_256_characters() {
        for table in [tables::STANDARD, tables::WIN_ANSI, tables::MAC_ROMAN, tables::SYMBOL] {
            assert_eq!(table.chars().count(), 256);
            assert_eq!(table.chars().nth(0x20), Some(' '));
        }
        assert_eq!(tables::WIN_ANSI.chars().nth(0xe9), Some('é'));
        assert_eq!(tables::MAC_ROMAN.chars().nth(0x8e), Some('é'));
        assert_eq!(tables::STANDARD.chars().nth(0xae), Some('\u{fb01}'));
    }
}
