//! Fonts: how the bytes of a string become glyphs with a text and an advance.

mod cmap;
mod composite;
mod encoding;
mod metrics;
mod names;
mod program;
mod simple;
mod style;
mod tables;

use std::cell::RefCell;

use lopdf::{Dictionary, Document, Object};
use rustc_hash::FxHashMap;

use crate::characters::{self, Meaning};
use crate::inflate::Budget;
use crate::lookup;
use cmap::CMap;
use composite::Composite;
use simple::Simple;
pub(crate) use style::FontStyle;

/// What a code of a font shows.
#[derive(Clone, Debug)]
pub(crate) struct GlyphInfo {
    /// In units of the font size.
    pub(crate) advance: f32,
    pub(crate) text: GlyphText,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GlyphText {
    /// A run of letters in the font's pool: start and length.
    Letters(u32, u8),
    Space,
    /// An icon or a control character.
    Nothing,
    /// The file does not say what this shows.
    Unknown,
}

enum Kind {
    Simple(Simple),
    Composite(Composite),
}

#[derive(Default)]
struct Decoded {
    pool: String,
    glyphs: FxHashMap<u32, GlyphInfo>,
}

/// A font of the document, decoded on demand.
pub(crate) struct Font {
    pub(crate) style: FontStyle,
    pub(crate) vertical: bool,
    kind: Kind,
    to_unicode: CMap,
    decoded: RefCell<Decoded>,
}

impl Font {
    pub(crate) fn read(doc: &Document, dict: &Dictionary, budget: &Budget) -> Font {
        let composite = lookup::name(doc, dict, b"Subtype") == Some(b"Type0");
        let descendant = lookup::array(doc, dict, b"DescendantFonts")
            .and_then(|fonts| lookup::as_dict(lookup::resolve(doc, fonts.first()?)));
        let described = if composite { descendant } else { Some(dict) };
        let descriptor = described.and_then(|dict| lookup::dict(doc, dict, b"FontDescriptor"));
        let style = style::read(doc, dict, descriptor);
        let to_unicode = match lookup::get(doc, dict, b"ToUnicode") {
            Some(Object::Stream(stream)) => CMap::parse(&budget.plain(stream).unwrap_or_default()),
            _ => CMap::default(),
        };
        let known = !to_unicode.is_empty();
        let (kind, vertical) = if composite {
            let composite = Composite::read(doc, dict, descendant, descriptor, known, budget);
            let vertical = composite.vertical;
            (Kind::Composite(composite), vertical)
        } else {
            (Kind::Simple(Simple::read(doc, dict, descriptor, &style, known, budget)), false)
        };
        Font { style, vertical, kind, to_unicode, decoded: RefCell::default() }
    }

    /// Calls `show` for each code of a string with the number of its bytes, the code and the glyph.
    pub(crate) fn decode(&self, bytes: &[u8], mut show: impl FnMut(usize, u32, &GlyphInfo, &str)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = match &self.kind {
                Kind::Simple(_) => 1,
                Kind::Composite(composite) => composite.code_length(rest),
            }
            .clamp(1, rest.len());
            let code = rest[..length].iter().take(4).fold(0u32, |value, &byte| value << 8 | u32::from(byte));
            rest = &rest[length..];
            let mut decoded = self.decoded.borrow_mut();
            if !decoded.glyphs.contains_key(&code) {
                let info = self.info(code, &mut decoded.pool);
                decoded.glyphs.insert(code, info);
            }
            let Decoded { pool, glyphs } = &*decoded;
            if let Some(info) = glyphs.get(&code) {
                let text = match info.text {
                    GlyphText::Letters(start, length) => {
                        pool.get(start as usize..start as usize + usize::from(length)).unwrap_or_default()
                    }
                    _ => "",
                };
                show(length, code, info, text);
            }
        }
    }

    fn info(&self, code: u32, pool: &mut String) -> GlyphInfo {
        let mapped =
            self.to_unicode.text(code).filter(|text| !text.chars().all(|c| c == '\u{fffd}' || c == '\0'));
        let own = |mapped: &Option<String>| match &self.kind {
            Kind::Simple(simple) => simple.text(code, mapped.is_some()),
            Kind::Composite(composite) => composite.text(code),
        };
        let text = match &mapped {
            // A private-use mapping says less than a glyph's name may.
            Some(text) if text.chars().all(|c| matches!(c, '\u{e000}'..='\u{f8ff}' | '\0'..='\u{1f}')) => {
                own(&mapped).or(mapped)
            }
            Some(_) => mapped,
            None => own(&mapped),
        };
        let advance = match &self.kind {
            Kind::Simple(simple) => simple.advance(code, text.as_deref()),
            Kind::Composite(composite) => composite.advance(code),
        };
        let text = match text.map(|text| characters::meaning(&text, self.style.symbolic)) {
            None => GlyphText::Unknown,
            Some(Meaning::Space) => GlyphText::Space,
            Some(Meaning::Nothing) => GlyphText::Nothing,
            // A soft hyphen that takes no room is not on the page; one that does is a hyphen.
            Some(Meaning::Letters(letters)) if letters == "-" && advance == 0.0 => GlyphText::Nothing,
            Some(Meaning::Letters(letters)) => {
                let start = pool.len() as u32;
                let letters: String = letters.chars().take(32).collect();
                pool.push_str(&letters);
                GlyphText::Letters(start, letters.len() as u8)
            }
        };
        GlyphInfo { advance: if advance.is_finite() { advance } else { 0.0 }, text }
    }
}

/// The bytes of an embedded font program and the kind of its key.
fn program(doc: &Document, descriptor: Option<&Dictionary>, budget: &Budget) -> Option<(u8, Vec<u8>)> {
    let descriptor = descriptor?;
    for (kind, key) in [(1, b"FontFile".as_slice()), (2, b"FontFile2"), (3, b"FontFile3")] {
        if let Some(Object::Stream(stream)) = lookup::get(doc, descriptor, key) {
            return Some((kind, budget.plain(stream)?));
        }
    }
    None
}
