//! Tables of phrases, each with its group, which the build script sorts into
//! the program: a plugin lives for one call and has no time to load them.

use super::fold::Word;

/// Phrases in order, each with its group. A phrase of several groups stands
/// several times, the group that counts first.
pub(crate) struct Table {
    entries: &'static [(&'static str, &'static str)],
    longest: usize,
    compact: bool,
}

impl Table {
    /// `longest` is the words of the longest phrase; a `compact` table holds
    /// its phrases without their spaces.
    pub(crate) const fn new(
        entries: &'static [(&'static str, &'static str)],
        longest: usize,
        compact: bool,
    ) -> Self {
        Self { entries, longest, compact }
    }

    pub(crate) fn get(&self, phrase: &str) -> Option<&'static str> {
        self.all(phrase).next()
    }

    /// Every group of a phrase.
    pub(crate) fn all(&self, phrase: &str) -> impl Iterator<Item = &'static str> {
        let from = self.entries.partition_point(|(key, _)| *key < phrase);
        self.entries[from..].iter().take_while(move |(key, _)| *key == phrase).map(|(_, group)| *group)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.entries.iter().copied()
    }

    /// The longest phrase that starts at word `at`: its group and its words.
    pub(crate) fn longest_at(&self, words: &[Word], at: usize) -> Option<(&'static str, usize)> {
        let mut key = String::new();
        let mut found = None;
        let mut rest = self.entries;
        for (n, word) in words.iter().skip(at).take(self.longest).enumerate() {
            if n > 0 && !self.compact {
                key.push(' ');
            }
            key.push_str(&word.folded);
            let from = rest.partition_point(|(entry, _)| *entry < key.as_str());
            rest = &rest[from..];
            let Some((entry, group)) = rest.first() else { break };
            if *entry == key {
                found = Some((*group, n + 1));
            } else if !entry.starts_with(&key) {
                break;
            }
        }
        found
    }
}

/// Whether `word` is one of the words of a short list.
pub(crate) fn listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|w| w == word)
}

#[cfg(test)]
mod tests {
    use super::super::fold::{fold, words};
    use super::super::lexicons;
    use super::Table;

    static PLACES: Table =
        Table::new(&[("new", "b"), ("new york", "a"), ("york", "a"), ("york", "c")], 2, false);

    #[test]
    fn finds_the_longest_phrase() {
        let text = words("in New York now");
        assert_eq!(PLACES.longest_at(&text, 1), Some(("a", 2)));
        assert_eq!(PLACES.longest_at(&text, 2), Some(("a", 1)));
        assert_eq!(PLACES.longest_at(&text, 0), None);
        assert_eq!(PLACES.longest_at(&text, 9), None);
        assert_eq!(PLACES.longest_at(&words("zebra"), 0), None);
        assert_eq!(PLACES.longest_at(&words("new zoo"), 0), Some(("b", 1)));
        assert_eq!(PLACES.longest_at(&words("york zoo"), 0), Some(("a", 1)));
        assert_eq!(PLACES.all("york").collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn a_compact_table_reads_abbreviations_with_dots() {
        assert_eq!(lexicons::DEGREES.longest_at(&words("B. Sc. Physik"), 0), Some(("full", 2)));
        assert_eq!(lexicons::DEGREES.longest_at(&words("Juris Doctor"), 0), Some(("full", 2)));
    }

    #[test]
    fn every_phrase_of_the_tables_is_folded() {
        let files = [
            include_str!("../../data/headings.txt"),
            include_str!("../../data/dates.txt"),
            include_str!("../../data/titles.txt"),
            include_str!("../../data/organisations.txt"),
            include_str!("../../data/degrees.txt"),
            include_str!("../../data/countries.txt"),
            include_str!("../../data/regions.txt"),
            include_str!("../../data/cities.txt"),
            include_str!("../../data/languages.txt"),
        ];
        for line in files.iter().flat_map(|f| f.lines()).filter(|line| !line.starts_with(['#', '@'])) {
            for phrase in line.split(',').map(str::trim) {
                assert_eq!(fold(phrase), phrase, "in {line:?}");
            }
        }
    }
}
