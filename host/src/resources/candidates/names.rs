//! Names: put together from their parts, and compared however somebody wrote them.

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

/// In bytes: an index holds no endless keys, and nobody's name is longer.
const LONGEST_KEY: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::{full, key};

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
    fn a_name_is_made_of_what_there_is() {
        assert_eq!(full(Some("Ada"), Some("Lovelace")).as_deref(), Some("Ada Lovelace"));
        assert_eq!(full(None, Some("Lovelace")).as_deref(), Some("Lovelace"));
        assert_eq!(full(None, None), None);
    }
}
