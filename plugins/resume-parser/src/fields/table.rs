//! Lexicons: the text files of `data/`, held as a table from folded phrase to
//! group. A plugin lives for one call, so loading copies nothing and hashes fast.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::fold::Word;

/// FNV-1a: the keys are ours, and the tables must not ask for randomness.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Phrases by group. A file is lines of `@group` followed by lines of phrases
/// with commas between them; `#` starts a remark. The first group of a phrase
/// is the one that counts.
pub(crate) struct Table {
    groups: HashMap<Cow<'static, str>, &'static str, BuildHasherDefault<Fnv>>,
    longest: usize,
    compact: bool,
}

impl Table {
    pub(crate) fn parse(data: &'static str) -> Self {
        Self::load(data, false)
    }

    /// Keeps the phrases without their spaces, so that "B. Sc." finds "bsc".
    pub(crate) fn parse_compact(data: &'static str) -> Self {
        Self::load(data, true)
    }

    fn load(data: &'static str, compact: bool) -> Self {
        let mut table = Self::empty();
        table.compact = compact;
        table.groups.reserve(data.len() / 12);
        for (group, phrase) in phrases(data) {
            table.insert(group, phrase);
        }
        if compact {
            // Abbreviations with dots fall into one word per letter.
            table.longest = table.longest.max(4);
        }
        table
    }

    pub(crate) fn empty() -> Self {
        Self { groups: HashMap::default(), longest: 1, compact: false }
    }

    /// Like [`Table::parse_compact`], to be filled phrase by phrase.
    pub(crate) fn empty_compact() -> Self {
        Self { compact: true, longest: 4, ..Self::empty() }
    }

    pub(crate) fn insert(&mut self, group: &'static str, phrase: &'static str) {
        let spaces = phrase.bytes().filter(|b| *b == b' ').count();
        self.longest = self.longest.max(spaces + 1);
        let key = if self.compact && spaces > 0 { phrase.replace(' ', "").into() } else { phrase.into() };
        self.groups.entry(key).or_insert(group);
    }

    pub(crate) fn get(&self, phrase: &str) -> Option<&'static str> {
        self.groups.get(phrase).copied()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.groups.iter().map(|(key, group)| (key.as_ref(), *group))
    }

    /// The longest phrase that starts at word `at`: its group and its words.
    pub(crate) fn longest_at(&self, words: &[Word], at: usize) -> Option<(&'static str, usize)> {
        let mut key = String::new();
        let mut found = None;
        for (n, word) in words.iter().skip(at).take(self.longest).enumerate() {
            if n > 0 && !self.compact {
                key.push(' ');
            }
            key.push_str(&word.folded);
            if let Some(group) = self.get(&key) {
                found = Some((group, n + 1));
            }
        }
        found
    }
}

/// Whether `word` is one of the words of a short list.
pub(crate) fn listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|w| w == word)
}

/// The phrases of a data file, each with its group, in the file's order.
pub(crate) fn phrases(data: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut group = "";
    data.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(move |line| {
            if let Some(name) = line.strip_prefix('@') {
                group = name.trim();
                return None;
            }
            Some((group, line))
        })
        .flat_map(|(group, line)| line.split(',').map(move |phrase| (group, phrase.trim())))
        .filter(|(_, phrase)| !phrase.is_empty())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::fold::{fold, words};
    use super::{Table, phrases};

    /// What every data file must hold: a group first, and folded phrases.
    pub(crate) fn assert_well_formed(data: &'static str) {
        for (group, phrase) in phrases(data) {
            assert!(!group.is_empty(), "{phrase:?} stands before any group");
            assert_eq!(fold(phrase), phrase, "in group {group}");
        }
    }

    #[test]
    fn finds_the_longest_phrase() {
        let table = Table::parse("# remark\n@a\nnew york, york\n@b\nnew\n");
        let text = words("in New York now");
        assert_eq!(table.longest_at(&text, 1), Some(("a", 2)));
        assert_eq!(table.longest_at(&text, 2), Some(("a", 1)));
        assert_eq!(table.longest_at(&text, 0), None);
        assert_eq!(table.longest_at(&text, 9), None);
    }

    #[test]
    fn a_compact_table_reads_abbreviations_with_dots() {
        let table = Table::parse_compact("@x\nbsc, bachelor of science\n");
        assert_eq!(table.longest_at(&words("B. Sc. Physik"), 0), Some(("x", 2)));
        assert_eq!(table.longest_at(&words("Bachelor of Science"), 0), Some(("x", 3)));
    }
}
