//! Text as it is searched: its words in small letters without accents, each with its place in the text. Chinese and
//! Japanese, which are written without blanks, are taken character by character.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// In characters; what is longer is no word of anybody's.
const LONGEST: usize = 64;

/// Every word with where it stands, in bytes.
pub fn places(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut start = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if is_combining_mark(c) {
            // An accent written apart belongs to the letter before it.
            end = if word.is_empty() { end } else { at + c.len_utf8() };
            continue;
        }
        if is_ideographic(c) {
            finish(&mut found, &mut word, start..end);
            found.push((at..at + c.len_utf8(), c.to_string()));
        } else if c.is_alphanumeric() || (matches!(c, '+' | '#') && !word.is_empty()) {
            if word.is_empty() {
                start = at;
            }
            end = at + c.len_utf8();
            fold(c, &mut word);
        } else {
            finish(&mut found, &mut word, start..end);
        }
    }
    finish(&mut found, &mut word, start..end);
    found
}

/// The words alone, in their order.
pub fn words(text: &str) -> Vec<String> {
    places(text).into_iter().map(|(_, word)| word).collect()
}

/// A whole text as it is compared: its words with single blanks between them.
pub fn key(text: &str) -> String {
    words(text).join(" ")
}

fn finish(found: &mut Vec<(Range<usize>, String)>, word: &mut String, place: Range<usize>) {
    if !word.is_empty() {
        let kept = word.chars().take(LONGEST).collect();
        found.push((place, kept));
        word.clear();
    }
}

/// Letters that no decomposition takes apart, as they are typed where a keyboard lacks them.
fn fold(c: char, word: &mut String) {
    match c {
        'ß' | 'ẞ' => word.push_str("ss"),
        'æ' | 'Æ' => word.push_str("ae"),
        'œ' | 'Œ' => word.push_str("oe"),
        'ø' | 'Ø' => word.push('o'),
        'ł' | 'Ł' => word.push('l'),
        'đ' | 'Đ' => word.push('d'),
        'ı' => word.push('i'),
        other => {
            let plain = std::iter::once(other).nfkd().filter(|c| !is_combining_mark(*c));
            word.extend(plain.flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)));
        }
    }
}

fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::{key, places, words};

    #[test]
    fn words_are_compared_without_case_and_accents() {
        assert_eq!(
            words("Théodore LAMBERT-Duquesne, Straße"),
            ["theodore", "lambert", "duquesne", "strasse"]
        );
        assert_eq!(words("C++, C# and .NET"), ["c++", "c#", "and", "net"]);
        assert_eq!(words("Łódź İstanbul ørsted"), ["lodz", "istanbul", "orsted"]);
        assert_eq!(words("東京 Tokyo"), ["東", "京", "tokyo"]);
        assert_eq!(words(" \u{1f980} \" -- "), [""; 0]);
        assert_eq!(key("  Node.js "), "node js");
        assert_eq!(words(&"x".repeat(1000))[0].len(), 64);
    }

    #[test]
    fn places_are_those_of_the_text_as_it_is_written() {
        let text = "Cafe\u{301} Müller";
        let found: Vec<_> = places(text).into_iter().map(|(place, word)| (&text[place], word)).collect();
        assert_eq!(found, [("Cafe\u{301}", "cafe".to_owned()), ("Müller", "muller".to_owned())]);
    }
}
