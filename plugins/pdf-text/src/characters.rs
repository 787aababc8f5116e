//! From what a font says a glyph means to the letters a reader sees.

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// What one mapped glyph contributes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Letters to show.
    Letters(String),
    /// A blank.
    Space,
    /// An icon, a control character or a zero-width mark: takes room, says nothing.
    Nothing,
}

/// Cleans the Unicode text of one glyph. `symbolic` is set for Symbol and Wingdings fonts, whose private-use
/// codes are bullets rather than icons.
pub(crate) fn meaning(raw: &str, symbolic: bool) -> Meaning {
    let mut letters = String::with_capacity(raw.len());
    let mut blank = false;
    for c in raw.chars() {
        match c {
            ' '
            | '\t'
            | '\n'
            | '\r'
            | '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}' => {
                if letters.is_empty() {
                    blank = true;
                } else {
                    letters.push(' ');
                }
            }
            '\u{ad}' | '\u{2010}' | '\u{2011}' | '\u{2043}' | '\u{fe63}' | '\u{ff0d}' => letters.push('-'),
            '\u{fb00}'..='\u{fb06}' => letters.extend(c.nfkc()),
            '\u{ff01}'..='\u{ff5e}' => letters.extend(c.nfkc()),
            '\u{e000}'..='\u{f8ff}' if symbolic => letters.extend(symbol_bullet(c)),
            '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => {}
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}' => {}
            '\u{fff0}'..='\u{ffff}' => {}
            _ if is_pictogram(c) || c.is_control() => {}
            _ => letters.push(c),
        }
    }
    let end = letters.trim_end().len();
    letters.truncate(end);
    if !letters.is_empty() {
        Meaning::Letters(letters)
    } else if blank {
        Meaning::Space
    } else {
        Meaning::Nothing
    }
}

/// Telephones, envelopes, flags and the like, which templates set before contact details. Bullets, stars and
/// arrows of the same blocks stay.
fn is_pictogram(c: char) -> bool {
    matches!(
        c,
        '\u{2302}' | '\u{2600}'..='\u{2604}' | '\u{260e}'..='\u{260f}' | '\u{2616}'..='\u{265f}' | '\u{2672}'..='\u{26ff}'
            | '\u{2700}'..='\u{2712}' | '\u{1f000}'..='\u{1faff}'
    )
}

/// The bullets that word processors take from Symbol and Wingdings.
fn symbol_bullet(c: char) -> Option<char> {
    match u32::from(c) & 0xff {
        0xb7 | 0x6c | 0xa7 | 0x6e | 0xd8 | 0x76 | 0x71 | 0xfc | 0xa8 | 0x9f | 0x77 | 0x75 => Some('\u{2022}'),
        0x2d => Some('-'),
        _ => None,
    }
}

/// Composes accents; text that is composed already is left alone.
pub(crate) fn composed(text: String) -> String {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text
    } else {
        text.nfc().collect()
    }
}

/// The combining mark of a spacing accent, as old TeX fonts set it beside its letter.
pub(crate) fn combining(accent: char) -> Option<char> {
    Some(match accent {
        '`' | '\u{2cb}' => '\u{300}',
        '\u{b4}' | '\u{2ca}' => '\u{301}',
        '\u{2c6}' | '^' => '\u{302}',
        '\u{2dc}' | '~' => '\u{303}',
        '\u{af}' | '\u{2c9}' => '\u{304}',
        '\u{2d8}' => '\u{306}',
        '\u{2d9}' => '\u{307}',
        '\u{a8}' => '\u{308}',
        '\u{2da}' => '\u{30a}',
        '\u{2dd}' => '\u{30b}',
        '\u{2c7}' => '\u{30c}',
        '\u{b8}' => '\u{327}',
        '\u{2db}' => '\u{328}',
        _ => return None,
    })
}
