//! Names: put together from their parts, and compared however somebody wrote them.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A name as it is made from its parts; nothing of nothing.
pub fn full(given: Option<&str>, family: Option<&str>) -> Option<String> {
    let parts: Vec<_> = given.into_iter().chain(family).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// A name as it is compared: small letters without accents, its words in alphabetical order. Nothing for a single
/// word, which too many share.
pub fn key(name: &str) -> Option<String> {
    let plain: String = name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let mut words: Vec<_> =
        plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    let key = words.join(" ");
    (words.len() > 1 && key.len() <= LONGEST_KEY).then_some(key)
}

/// Whether two names as they are compared may be one that was written differently: a letter or two, or a part left out.
pub fn are_similar(one: &str, other: &str) -> bool {
    let words = |key: &str| key.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    let (words_of_one, words_of_other) = (words(one), words(other));
    let is_part = words_of_one.is_subset(&words_of_other) || words_of_other.is_subset(&words_of_one);
    one != other && (is_part || strsim::normalized_damerau_levenshtein(one, other) >= SIMILAR)
}

/// One letter in five may be another.
const SIMILAR: f64 = 0.8;

/// In bytes: an index holds no endless keys, and nobody's name is longer.
const LONGEST_KEY: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::{are_similar, full, key};

    #[test]
    fn a_name_is_compared_without_accents_case_and_order() {
        for name in ["José Ángel Núñez", "jose angel NUNEZ", "Nun\u{303}ez, José-Ángel"] {
            assert_eq!(key(name).as_deref(), Some("angel jose nunez"), "{name}");
        }
        assert_eq!(key("山田 太郎").as_deref(), Some("太郎 山田"));
        assert_eq!(key("Ada"), None);
        assert_eq!(key(" . "), None);
        assert_eq!(key(&"long name ".repeat(200)), None);
    }

    #[test]
    fn names_are_similar_that_differ_by_a_letter_or_a_part() {
        let similar = |one: &str, other: &str| {
            are_similar(&key(one).expect("it is a name"), &key(other).expect("it is a name"))
        };
        for (one, other) in [
            ("Ada Lovelace", "Ada Lovelase"),
            ("Katharina Meier", "Katarina Meyer"),
            ("Ada Lovelace", "Ada King Lovelace"),
            ("Jon Smith", "John Smith"),
        ] {
            assert!(similar(one, other) && similar(other, one), "{one} and {other}");
        }
        for (one, other) in [
            ("Ada Lovelace", "ADA LOVELACE"),
            ("Ada Lovelace", "Ben Lovelace"),
            ("Ada Lovelace", "Ada Byron"),
            ("Ann Lee", "Ian Lee"),
        ] {
            assert!(!similar(one, other), "{one} and {other}");
        }
    }

    #[test]
    fn a_name_is_made_of_what_there_is() {
        assert_eq!(full(Some("Ada"), Some("Lovelace")).as_deref(), Some("Ada Lovelace"));
        assert_eq!(full(None, Some("Lovelace")).as_deref(), Some("Lovelace"));
        assert_eq!(full(None, None), None);
    }
}
