//! Type 1, TrueType and Type 3 fonts: one byte a glyph.

use lopdf::{Dictionary, Document, Object};

use super::encoding::Encoding;
use super::metrics::{self, Standard};
use super::program::{self, Mapping};
use super::style::FontStyle;
use crate::inflate::Budget;
use crate::lookup;

pub(crate) struct Simple {
    first: u32,
    widths: Vec<f32>,
    missing: f32,
    /// From glyph space to text space: 1/1000 but for Type 3.
    scale: f32,
    standard: Option<Standard>,
    encoding: Encoding,
    built_in: Mapping,
}

impl Simple {
    pub(crate) fn read(
        doc: &Document,
        font: &Dictionary,
        descriptor: Option<&Dictionary>,
        style: &FontStyle,
        known: bool,
        budget: &Budget,
    ) -> Simple {
        let subtype = lookup::name(doc, font, b"Subtype").unwrap_or_default();
        let widths: Vec<f32> = lookup::array(doc, font, b"Widths")
            .map(|items| {
                items.iter().take(256).map(|item| lookup::as_number(doc, item).unwrap_or(0.0)).collect()
            })
            .unwrap_or_default();
        let matrix = lookup::numbers::<6>(doc, font, b"FontMatrix");
        let embedded = descriptor.is_some_and(|descriptor| {
            [b"FontFile".as_slice(), b"FontFile2", b"FontFile3"].iter().any(|key| descriptor.has(key))
        });
        let standard = (widths.is_empty() && subtype != b"Type3").then(|| {
            let name = style.name.as_deref().unwrap_or_default();
            metrics::nearest(name, style.weight >= 600, style.italic, style.fixed, style.serif)
        });
        let mut simple = Simple {
            first: lookup::number(doc, font, b"FirstChar").unwrap_or(0.0).max(0.0) as u32,
            widths,
            missing: descriptor.and_then(|dict| lookup::number(doc, dict, b"MissingWidth")).unwrap_or(0.0),
            scale: if subtype == b"Type3" { matrix.map_or(0.001, |matrix| matrix[0].abs()) } else { 0.001 },
            standard,
            encoding: Encoding::read(doc, font, style, embedded && subtype != b"TrueType"),
            built_in: Mapping::default(),
        };
        let stated = match lookup::get(doc, font, b"Encoding") {
            Some(Object::Name(name)) => name != b"Identity-H",
            Some(Object::Dictionary(dict)) => dict.has(b"Differences") || dict.has(b"BaseEncoding"),
            _ => false,
        };
        if embedded && !known && !stated && subtype != b"Type3" {
            simple.built_in = match super::program(doc, descriptor, budget) {
                Some((1, bytes)) => program::type1_encoding(&bytes),
                Some((2, bytes)) => program::face_encoding(&bytes),
                Some((_, bytes)) => program::face_encoding(&bytes),
                None => Mapping::default(),
            };
        }
        simple
    }

    pub(crate) fn advance(&self, code: u32, text: Option<&str>) -> f32 {
        let stated = code.checked_sub(self.first).and_then(|index| self.widths.get(index as usize));
        match (stated, self.standard) {
            (Some(width), _) => width * self.scale,
            (None, Some(font)) => {
                metrics::width(font, text.and_then(|text| text.chars().next()).unwrap_or(' ')) / 1000.0
            }
            (None, None) => self.missing * self.scale,
        }
    }

    /// The text of a code; `mapped` when a ToUnicode map holds the code, so that only a name may overrule it.
    pub(crate) fn text(&self, code: u32, mapped: bool) -> Option<String> {
        if let Some(text) = self.encoding.difference(code) {
            return Some(text);
        }
        if mapped || self.encoding.has_difference(code) {
            return None;
        }
        self.built_in.get(&code).cloned().or_else(|| self.encoding.base(code)).or_else(|| {
            // Last resort: an ASCII code in a font that says nothing is nearly always that letter.
            char::from_u32(code)
                .filter(char::is_ascii_graphic)
                .filter(|_| self.built_in.is_empty())
                .map(String::from)
        })
    }
}
