//! Holds values against the document: what stands there is kept, with its place; what does not is dropped, and counted.

use mortise_sdk::resume::Evidence;

use crate::index::{Index, Place};

/// What a model copied and what stands there as it says: nearly always right, but nobody has counted.
const VERBATIM: f32 = 0.9;
/// Found, and rewritten by the model.
const REWRITTEN: f32 = 0.8;
/// Prose of which most stands there.
const MOSTLY: f32 = 0.6;
/// How much of a text has to stand there.
const MOST: f32 = 0.8;
/// Characters of what is no prose.
const LONGEST_TEXT: usize = 200;
/// Values of one answer.
const MOST_VALUES: usize = 4_000;
/// Letters and digits from which a text is prose that may be found in parts.
const PROSE: usize = 60;

pub(crate) struct Checking<'a> {
    index: &'a Index,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) dropped: usize,
    /// Where the entry stands that is read now.
    near: Option<usize>,
    /// How many values are still looked for.
    left: usize,
}

impl<'a> Checking<'a> {
    pub(crate) fn new(index: &'a Index) -> Self {
        Self { index, evidence: Vec::new(), dropped: 0, near: None, left: MOST_VALUES }
    }

    /// What follows is looked for near these, which stand together, and as far as the text allows behind the entry before.
    pub(crate) fn go_to(&mut self, heads: &[Option<&String>]) {
        let mut heads = heads.iter().flatten();
        let Some(first) = heads.next() else { return };
        let second = heads.next().unwrap_or(first);
        let found = self.index.together(first, second, self.near);
        if let Some(at) = found.or_else(|| self.index.together(second, first, self.near)) {
            self.near = Some(at);
        }
    }

    /// Begins a list: the first entry may be anywhere.
    pub(crate) fn go_to_start(&mut self) {
        self.near = None;
    }

    fn note(&mut self, pointer: &str, place: Place, confidence: f32) {
        let Place { page, rect, .. } = place;
        self.evidence.push(Evidence { pointer: pointer.to_owned(), page, rect, confidence });
    }

    /// The value, if there is one; of more than any résumé has the rest is dropped unseen.
    fn given(&mut self, value: Option<String>) -> Option<String> {
        let value = value?;
        let value = value.trim();
        if value.is_empty() {
            return None;
        }
        if self.left == 0 {
            self.dropped += 1;
            return None;
        }
        self.left -= 1;
        Some(value.to_owned())
    }

    fn keep(&mut self, pointer: &str, value: String, found: Option<(Place, f32)>) -> Option<String> {
        match found {
            Some((place, confidence)) => {
                self.note(pointer, place, confidence);
                Some(value)
            }
            None => {
                self.dropped += 1;
                None
            }
        }
    }

    /// A few words. A model that puts the whole résumé into a name has not read it.
    pub(crate) fn text(&mut self, pointer: &str, value: Option<String>) -> Option<String> {
        let value = self.given(value)?;
        let is_short = value.chars().nth(LONGEST_TEXT).is_none();
        let found = self.index.find(&value, self.near).filter(|_| is_short);
        self.keep(pointer, value, found.map(|place| (place, VERBATIM)))
    }

    pub(crate) fn texts(&mut self, pointer: &str, values: Vec<String>) -> Vec<String> {
        self.all(pointer, values, Self::text)
    }

    /// Sentences.
    pub(crate) fn prose(&mut self, pointer: &str, value: Option<String>) -> Option<String> {
        let value = self.given(value)?;
        let whole = self.index.find(&value, self.near).map(|place| (place, VERBATIM));
        let found = whole.or_else(|| self.find_parts(&value));
        self.keep(pointer, value, found)
    }

    pub(crate) fn proses(&mut self, pointer: &str, values: Vec<String>) -> Vec<String> {
        self.all(pointer, values, Self::prose)
    }

    fn all(
        &mut self,
        pointer: &str,
        values: Vec<String>,
        check: fn(&mut Self, &str, Option<String>) -> Option<String>,
    ) -> Vec<String> {
        let mut kept: Vec<String> = Vec::new();
        for value in values {
            let pointer = format!("{pointer}/{}", kept.len());
            kept.extend(check(self, &pointer, Some(value)));
        }
        kept
    }

    /// A long text that was broken by a heading or a page: sentence by sentence.
    fn find_parts(&self, value: &str) -> Option<(Place, f32)> {
        let count = |text: &str| text.chars().filter(|character| character.is_alphanumeric()).count();
        let all = count(value);
        if all < PROSE {
            return None;
        }
        let mut first = None;
        let mut found = 0;
        for sentence in value.split(['.', ';', '\n', '!', '?', '•', ',']) {
            if let Some(place) = self.index.find(sentence, self.near) {
                found += count(sentence);
                first.get_or_insert(place);
            }
        }
        first.filter(|_| found as f32 >= all as f32 * MOST).map(|place| (place, MOSTLY))
    }

    /// An e-mail address.
    pub(crate) fn email(&mut self, pointer: &str, value: String) -> Option<String> {
        let value = self.given(Some(value))?;
        let bare = value.strip_prefix("mailto:").unwrap_or(&value).to_owned();
        let found = self.index.find_address(&bare).filter(|_| bare.contains('@'));
        self.keep(pointer, bare, found.map(|place| (place, VERBATIM)))
    }

    /// A telephone number: all its digits stand there, one after the other.
    pub(crate) fn phone(&mut self, pointer: &str, value: String) -> Option<String> {
        let value = self.given(Some(value))?;
        let digits = value.chars().filter(char::is_ascii_digit).count();
        let found = self.index.find(&value, None).filter(|_| digits >= 5);
        self.keep(pointer, value, found.map(|place| (place, VERBATIM)))
    }

    /// A web address, with or without what stands before its host.
    pub(crate) fn url(&mut self, pointer: &str, value: Option<String>) -> Option<String> {
        let value = self.given(value)?;
        let bare = value.trim_start_matches("https://").trim_start_matches("http://");
        let bare = bare.trim_start_matches("www.").trim_end_matches('/');
        let ways = [value.as_str(), bare].into_iter();
        let found = ways.filter(|way| way.contains('.')).find_map(|way| self.index.find_address(way));
        self.keep(pointer, value, found.map(|place| (place, VERBATIM)))
    }

    /// A date of any precision, whose year stands there.
    pub(crate) fn date(&mut self, pointer: &str, value: Option<String>) -> Option<String> {
        let value = self.given(value)?;
        let found = year(&value).and_then(|year| {
            let short = year.get(2..).unwrap_or_default();
            self.index.find(year, self.near).or_else(|| self.index.find(short, self.near))
        });
        self.keep(pointer, value, found.map(|place| (place, REWRITTEN)))
    }

    /// What the model made of words that stand there.
    pub(crate) fn derived(&mut self, pointer: &str, value: String, words: &str) -> Option<String> {
        let found = self.index.find(words, self.near);
        self.keep(pointer, value, found.map(|place| (place, REWRITTEN)))
    }

    /// Forgets what was noted of an entry of which nothing is left.
    pub(crate) fn forget(&mut self, evidence: usize) {
        self.evidence.truncate(evidence);
    }
}

/// The year of `2019`, `2019-06` or `2019-06-30`; nothing of what is no date.
fn year(date: &str) -> Option<&str> {
    let mut parts = date.split('-');
    let year =
        parts.next().filter(|year| year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()))?;
    let limits = [12, 31];
    for (index, part) in parts.enumerate() {
        let most = limits.get(index)?;
        let number: u32 = part.parse().ok().filter(|_| part.len() == 2)?;
        if !(1..=*most).contains(&number) {
            return None;
        }
    }
    Some(year)
}

#[cfg(test)]
mod tests {
    use super::year;

    #[test]
    fn dates_are_years_months_or_days() {
        for (date, expected) in [
            ("2019", Some("2019")),
            ("2019-06", Some("2019")),
            ("2019-12-31", Some("2019")),
            ("2019-13", None),
            ("2019-00", None),
            ("2019-6", None),
            ("2019-06-30-01", None),
            ("19", None),
            ("June 2019", None),
            ("", None),
        ] {
            assert_eq!(year(date), expected, "{date}");
        }
    }
}
