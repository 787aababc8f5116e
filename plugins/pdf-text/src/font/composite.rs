//! Type 0 fonts: several bytes a glyph, widths by CID.

use lopdf::{Dictionary, Document, Object};

use super::cmap::CMap;
use super::program::{self, Mapping};
use crate::inflate::Budget;
use crate::lookup;

/// How codes are cut from a string and what they mean.
enum Codes {
    /// Two bytes, code = CID.
    Identity,
    /// Two bytes UTF-16, as in `UniJIS-UTF16-H`.
    Utf16,
    Embedded(CMap),
}

pub(crate) struct Composite {
    codes: Codes,
    /// First and last CID and their width; sorted.
    widths: Vec<(u32, u32, f32)>,
    default_width: f32,
    pub(crate) vertical: bool,
    glyphs: Mapping,
}

impl Composite {
    pub(crate) fn read(
        doc: &Document,
        font: &Dictionary,
        descendant: Option<&Dictionary>,
        descriptor: Option<&Dictionary>,
        known: bool,
        budget: &Budget,
    ) -> Composite {
        let (codes, vertical) = match lookup::get(doc, font, b"Encoding") {
            Some(Object::Stream(stream)) => {
                let cmap = CMap::parse(&budget.plain(stream).unwrap_or_default());
                let vertical = cmap.vertical;
                (Codes::Embedded(cmap), vertical)
            }
            Some(Object::Name(name)) => {
                let unicode = name.windows(4).any(|part| part == b"UCS2")
                    || name.windows(5).any(|part| part == b"UTF16");
                (if unicode { Codes::Utf16 } else { Codes::Identity }, name.ends_with(b"-V"))
            }
            _ => (Codes::Identity, false),
        };
        let mut composite = Composite {
            codes,
            widths: descendant.map(|dict| read_widths(doc, dict)).unwrap_or_default(),
            default_width: descendant.and_then(|dict| lookup::number(doc, dict, b"DW")).unwrap_or(1000.0),
            vertical,
            glyphs: Mapping::default(),
        };
        if !known && !matches!(composite.codes, Codes::Utf16) {
            let mapping = match super::program(doc, descriptor, budget) {
                Some((_, bytes)) => program::face_glyphs(&bytes),
                None => Mapping::default(),
            };
            composite.glyphs = composite.by_cid(doc, descendant, mapping, budget);
        }
        composite
    }

    /// A `CIDToGIDMap` stream stands between CIDs and glyph numbers.
    fn by_cid(
        &self,
        doc: &Document,
        descendant: Option<&Dictionary>,
        glyphs: Mapping,
        budget: &Budget,
    ) -> Mapping {
        let Some(Object::Stream(stream)) = descendant.and_then(|dict| lookup::get(doc, dict, b"CIDToGIDMap"))
        else {
            return glyphs;
        };
        let table = budget.plain(stream).unwrap_or_default();
        let pairs = table.chunks_exact(2).enumerate().take(65_536);
        pairs
            .filter_map(|(cid, pair)| {
                let glyph = u32::from(u16::from_be_bytes([pair[0], pair[1]]));
                Some((cid as u32, glyphs.get(&glyph)?.clone()))
            })
            .collect()
    }

    pub(crate) fn code_length(&self, bytes: &[u8]) -> usize {
        match &self.codes {
            Codes::Identity => 2,
            Codes::Utf16 => match bytes {
                [0xd8..=0xdb, _, 0xdc..=0xdf, _, ..] => 4,
                _ => 2,
            },
            Codes::Embedded(cmap) => cmap.code_length(bytes).unwrap_or(2),
        }
    }

    fn cid(&self, code: u32) -> u32 {
        match &self.codes {
            Codes::Embedded(cmap) => cmap.cid(code).unwrap_or(code),
            _ => code,
        }
    }

    pub(crate) fn advance(&self, code: u32) -> f32 {
        if self.vertical {
            return 1.0;
        }
        let cid = self.cid(code);
        let end = self.widths.partition_point(|range| range.0 <= cid);
        let found = self.widths[..end].last().filter(|range| range.1 >= cid);
        found.map_or(self.default_width, |range| range.2) / 1000.0
    }

    pub(crate) fn text(&self, code: u32) -> Option<String> {
        if matches!(self.codes, Codes::Utf16) {
            let units = [(code >> 16) as u16, code as u16];
            return String::from_utf16(if code > 0xffff { &units } else { &units[1..] }).ok();
        }
        self.glyphs.get(&self.cid(code)).cloned()
    }
}

/// `W`: `first [w w w]` or `first last w`.
fn read_widths(doc: &Document, dict: &Dictionary) -> Vec<(u32, u32, f32)> {
    let mut widths = Vec::new();
    let Some(items) = lookup::array(doc, dict, b"W") else { return widths };
    let mut pending: Vec<f32> = Vec::with_capacity(3);
    for item in items.iter().take(200_000) {
        match lookup::resolve(doc, item) {
            Object::Array(list) => {
                if let Some(first) = pending.last().map(|&value| value.max(0.0) as u32) {
                    widths.extend(list.iter().take(65_536).enumerate().map(|(offset, item)| {
                        let cid = first.saturating_add(offset as u32);
                        (cid, cid, lookup::as_number(doc, item).unwrap_or(0.0))
                    }));
                }
                pending.clear();
            }
            other => {
                pending.push(other.as_float().unwrap_or(0.0));
                if let [first, last, width] = pending[..] {
                    widths.push((first.max(0.0) as u32, last.max(0.0) as u32, width));
                    pending.clear();
                }
            }
        }
        if widths.len() > 200_000 {
            break;
        }
    }
    widths.sort_by_key(|range| range.0);
    widths
}
