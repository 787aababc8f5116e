//! What an embedded font program knows about its glyphs, asked only when the file itself does not say.

use rustc_hash::FxHashMap;
use ttf_parser::{Face, GlyphId, PlatformId, cff};

use super::names;

/// Codes of a simple font, or glyph numbers of a composite one, to text.
pub(crate) type Mapping = FxHashMap<u32, String>;

/// Type 1: `dup 65 /A put` in the clear part.
pub(crate) fn type1_encoding(program: &[u8]) -> Mapping {
    let clear = &program[..program.windows(5).position(|window| window == b"eexec").unwrap_or(program.len())];
    let mut mapping = Mapping::default();
    let Some(start) = clear.windows(9).position(|window| window == b"/Encoding") else { return mapping };
    let text = String::from_utf8_lossy(&clear[start..]);
    let words: Vec<&str> = text.split_ascii_whitespace().take(4096).collect();
    for window in words.windows(3) {
        if let ["dup", code, name] = window
            && let Ok(code) = code.parse()
            && let Some(text) = name.strip_prefix('/').and_then(names::text_of)
        {
            mapping.insert(code, text);
        }
    }
    mapping
}

/// Bare CFF: the built-in encoding of its 256 codes.
pub(crate) fn cff_encoding(program: &[u8]) -> Mapping {
    let mut mapping = Mapping::default();
    let Some(table) = cff::Table::parse(program) else { return mapping };
    for code in 0..=255u8 {
        let name =
            table.glyph_index(code).filter(|glyph| glyph.0 != 0).and_then(|glyph| table.glyph_name(glyph));
        if let Some(text) = name.and_then(names::text_of) {
            mapping.insert(u32::from(code), text);
        }
    }
    mapping
}

/// Bare CFF under a composite font: glyph numbers by their names.
pub(crate) fn cff_glyphs(program: &[u8]) -> Mapping {
    let mut mapping = Mapping::default();
    let Some(table) = cff::Table::parse(program) else { return mapping };
    for glyph in 0..table.number_of_glyphs() {
        if let Some(text) = table.glyph_name(GlyphId(glyph)).and_then(names::text_of) {
            mapping.insert(u32::from(glyph), text);
        }
    }
    mapping
}

/// TrueType or OpenType: glyph numbers to text by its character map, then by its glyph names.
pub(crate) fn face_glyphs(program: &[u8]) -> Mapping {
    let mut mapping = Mapping::default();
    let Ok(face) = Face::parse(program, 0) else { return cff_glyphs(program) };
    let subtables = face.tables().cmap.iter().flat_map(|cmap| cmap.subtables.into_iter());
    for subtable in subtables.filter(ttf_parser::cmap::Subtable::is_unicode) {
        subtable.codepoints(|code| {
            if let (Some(glyph), Some(c)) = (subtable.glyph_index(code), char::from_u32(code))
                && !('\u{e000}'..='\u{f8ff}').contains(&c)
                && mapping.len() < 70_000
            {
                mapping.entry(u32::from(glyph.0)).or_insert_with(|| c.to_string());
            }
        });
    }
    for glyph in 0..face.number_of_glyphs() {
        if !mapping.contains_key(&u32::from(glyph))
            && let Some(text) = face.glyph_name(GlyphId(glyph)).and_then(names::text_of)
        {
            mapping.insert(u32::from(glyph), text);
        }
    }
    mapping
}

/// A simple TrueType font: codes to text through its symbol or Macintosh character map.
pub(crate) fn face_encoding(program: &[u8]) -> Mapping {
    let mut mapping = Mapping::default();
    let Ok(face) = Face::parse(program, 0) else { return cff_encoding(program) };
    let glyphs = face_glyphs(program);
    let subtables = face.tables().cmap.iter().flat_map(|cmap| cmap.subtables.into_iter());
    for subtable in subtables {
        let bases: &[u32] = match subtable.platform_id {
            PlatformId::Windows if subtable.encoding_id == 0 => &[0xf000, 0],
            PlatformId::Macintosh => &[0],
            _ => continue,
        };
        for code in 0..=255u32 {
            let glyph = bases.iter().find_map(|base| subtable.glyph_index(base + code));
            if let Some(text) =
                glyph.filter(|glyph| glyph.0 != 0).and_then(|glyph| glyphs.get(&u32::from(glyph.0)))
            {
                mapping.entry(code).or_insert_with(|| text.clone());
            }
        }
    }
    mapping
}
