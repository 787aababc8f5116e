//! The font table: what fonts are called, and how text in them is encoded.

use std::collections::HashMap;

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, IBM866, KOI8_R, KOI8_U, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_874,
    WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
    WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};

const MAX_FONTS: usize = 4_096;
const MAX_NAME: usize = 64;

/// How the bytes of a font's text are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Charset {
    Encoded(&'static Encoding),
    /// Pictures in the place of letters.
    Symbols,
}

#[derive(Default)]
pub(super) struct Fonts {
    entries: HashMap<i32, Font>,
    /// The entry that is being read.
    current: Option<i32>,
}

#[derive(Default)]
struct Font {
    name: String,
    charset: Option<i32>,
    code_page: Option<i32>,
}

impl Fonts {
    /// A control word of the table.
    pub(super) fn word(&mut self, name: &str, number: Option<i32>) {
        if name == "f" {
            self.current = number;
            return;
        }
        if let Some(font) = self.entry() {
            match name {
                "fcharset" => font.charset = number,
                "cpg" => font.code_page = number,
                _ => {}
            }
        }
    }

    /// A piece of the table's text: a name, ended by a semicolon.
    pub(super) fn text(&mut self, text: &str) {
        let (name, is_end) = text.split_once(';').map_or((text, false), |(name, _)| (name, true));
        if let Some(font) = self.entry() {
            let room = MAX_NAME.saturating_sub(font.name.chars().count());
            font.name.extend(name.chars().take(room));
        }
        if is_end {
            self.current = None;
        }
    }

    fn entry(&mut self) -> Option<&mut Font> {
        let number = self.current?;
        if self.entries.len() >= MAX_FONTS && !self.entries.contains_key(&number) {
            return None;
        }
        Some(self.entries.entry(number).or_default())
    }

    pub(super) fn name(&self, font: i32) -> Option<String> {
        let name = self.entries.get(&font)?.name.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// How text in this font is encoded in a document that is otherwise in `document`.
    pub(super) fn charset(&self, font: i32, document: &'static Encoding) -> Charset {
        let Some(font) = self.entries.get(&font) else { return Charset::Encoded(document) };
        if let Some(encoding) = font.code_page.and_then(code_page) {
            return Charset::Encoded(encoding);
        }
        let encoding = match font.charset {
            Some(2) => return Charset::Symbols,
            Some(0) => WINDOWS_1252,
            Some(77) => MACINTOSH,
            Some(128) => SHIFT_JIS,
            Some(129) => EUC_KR,
            Some(134) => GBK,
            Some(136) => BIG5,
            Some(161) => WINDOWS_1253,
            Some(162) => WINDOWS_1254,
            Some(163) => WINDOWS_1258,
            Some(177) => WINDOWS_1255,
            Some(178..=180) => WINDOWS_1256,
            Some(186) => WINDOWS_1257,
            Some(204) => WINDOWS_1251,
            Some(222) => WINDOWS_874,
            Some(238) => WINDOWS_1250,
            _ => document,
        };
        Charset::Encoded(encoding)
    }
}

/// The encoding of a code page by Windows' number, of those that anybody still writes.
pub(super) fn code_page(number: i32) -> Option<&'static Encoding> {
    Some(match number {
        866 => IBM866,
        874 => WINDOWS_874,
        932 => SHIFT_JIS,
        936 => GBK,
        949 => EUC_KR,
        950 => BIG5,
        1250 => WINDOWS_1250,
        1251 => WINDOWS_1251,
        1252 => WINDOWS_1252,
        1253 => WINDOWS_1253,
        1254 => WINDOWS_1254,
        1255 => WINDOWS_1255,
        1256 => WINDOWS_1256,
        1257 => WINDOWS_1257,
        1258 => WINDOWS_1258,
        10000 => MACINTOSH,
        10007 => X_MAC_CYRILLIC,
        20866 => KOI8_R,
        21866 => KOI8_U,
        65001 => UTF_8,
        _ => return None,
    })
}
