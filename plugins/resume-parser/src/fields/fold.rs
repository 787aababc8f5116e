//! Folding: text as the lexicons hold it, in lower case, without diacritics
//! and punctuation, and with the way back to the bytes it came from.

use std::ops::Range;

/// A run of letters and digits, folded, and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) folded: String,
    pub(crate) bytes: Range<usize>,
}

/// Base letters of U+00C0 to U+017F in order; `*` marks those with more than
/// one letter or none, which `push_folded` spells out.
const LATIN: &str = "aaaaaa*ceeeeiiiidnooooo*ouuuuy**aaaaaa*ceeeeiiiidnooooo*ouuuuy*y\
aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll\
lllnnnnnnnnnoooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/// Base letters of U+1EA0 to U+1EF9, the Vietnamese block.
const VIETNAMESE: &str =
    "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy";

/// Marks that belong to the word around them and leave no trace in its fold.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{300}'..='\u{36f}')
}

pub(crate) fn push_folded(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    if is_invisible(c) {
        return;
    }
    match c {
        'ß' | 'ẞ' => out.push_str("ss"),
        'æ' | 'Æ' => out.push_str("ae"),
        'œ' | 'Œ' => out.push_str("oe"),
        'þ' | 'Þ' => out.push_str("th"),
        '\u{132}' | '\u{133}' => out.push_str("ij"),
        'ª' => out.push('a'),
        'º' => out.push('o'),
        '\u{fb00}' => out.push_str("ff"),
        '\u{fb01}' => out.push_str("fi"),
        '\u{fb02}' => out.push_str("fl"),
        '\u{fb03}' => out.push_str("ffi"),
        '\u{fb04}' => out.push_str("ffl"),
        '\u{c0}'..='\u{17f}' => push_base(LATIN, c as usize - 0xc0, c, out),
        '\u{1ea0}'..='\u{1ef9}' => push_base(VIETNAMESE, c as usize - 0x1ea0, c, out),
        // Full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => {
            let ascii = char::from_u32(c as u32 - 0xfee0).unwrap_or(c);
            out.push(ascii.to_ascii_lowercase());
        }
        _ => out.extend(c.to_lowercase().filter(|l| !is_invisible(*l))),
    }
}

fn push_base(letters: &str, index: usize, c: char, out: &mut String) {
    match letters.as_bytes().get(index) {
        Some(b) if b.is_ascii_lowercase() => out.push(char::from(*b)),
        _ => out.extend(c.to_lowercase()),
    }
}

/// The words of `text`. A `+` or `#` after a word belongs to it (`C++`, `C#`).
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    let mut open: Option<Word> = None;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if c.is_alphanumeric() || (open.is_some() && matches!(c, '+' | '#')) {
            let word = open.get_or_insert_with(|| Word { folded: String::new(), bytes: at..end });
            push_folded(c, &mut word.folded);
            word.bytes.end = end;
        } else if is_invisible(c) {
            if let Some(word) = open.as_mut() {
                word.bytes.end = end;
            }
        } else if let Some(word) = open.take() {
            out.push(word);
        }
    }
    out.extend(open);
    out.retain(|w| !w.folded.is_empty());
    out
}

/// The folded words of `text` with one space between them.
pub(crate) fn fold(text: &str) -> String {
    join(&words(text))
}

pub(crate) fn join(words: &[Word]) -> String {
    let mut out = String::new();
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word.folded);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{fold, words};

    #[test]
    fn folds_case_diacritics_and_punctuation() {
        assert_eq!(fold("  Formação — Académica: "), "formacao academica");
        assert_eq!(fold("Straße, Køge, Łódź, Œuvre"), "strasse koge lodz oeuvre");
        assert_eq!(fold("Đà Nẵng & Ağrı"), "da nang agri");
        assert_eq!(fold("Zürich Český Øst Ñandú Ÿ"), "zurich cesky ost nandu y");
    }

    #[test]
    fn folds_decomposed_letters_and_ligatures_like_composed_ones() {
        assert_eq!(fold("Cafe\u{301} e\u{fb03}cient"), "cafe efficient");
        assert_eq!(fold("Ent\u{ad}wickler"), "entwickler");
        assert_eq!(fold("2019"), "2019");
    }

    #[test]
    fn words_know_their_bytes() {
        let text = "ä C++ / C#, x";
        let found: Vec<_> = words(text).into_iter().map(|w| (w.folded, text[w.bytes].to_owned())).collect();
        let shape: Vec<_> = found.iter().map(|(f, t)| (f.as_str(), t.as_str())).collect();
        assert_eq!(shape, [("a", "ä"), ("c++", "C++"), ("c#", "C#"), ("x", "x")]);
    }

    #[test]
    fn every_accented_letter_of_the_tables_folds_to_ascii() {
        for c in ('\u{c0}'..='\u{17f}').chain('\u{1ea0}'..='\u{1ef9}').filter(|c| c.is_alphabetic()) {
            let folded = fold(&c.to_string());
            assert!(folded.is_ascii() && !folded.is_empty(), "{c} folds to {folded:?}");
        }
        assert_eq!(fold("Ž ž Ů ů Ŧ Ő İ ı Ķ Ň Ř Ş Ť"), "z z u u t o i i k n r s t");
        assert_eq!(fold("Ứ ợ ế Ạ Ỹ Ị"), "u o e a y i");
    }
}
