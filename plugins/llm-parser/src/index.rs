//! Finds values in the document's text: whatever the case, the accents and the breaks between lines, but never a part of a word.

use std::ops::Range;

use mortise_sdk::{ExtractedText, PageLayout, Rect, Span};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Places of one value that are looked at to tell which is meant.
const MOST_PLACES: usize = 50;

/// The document's text, ready to be searched.
pub(crate) struct Index {
    /// Letters and digits alone: how words are compared.
    words: Stream,
    /// All but blanks: how addresses are compared.
    marks: Stream,
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// How far into the text, for what stands near.
    pub(crate) at: usize,
    /// None where the format has no pages.
    pub(crate) page: Option<u32>,
    pub(crate) rect: Option<Rect>,
}

/// The kept characters of the text one after the other, each with where it comes from.
#[derive(Default)]
struct Stream {
    text: String,
    characters: Vec<Character>,
    runs: Vec<Run>,
}

struct Character {
    /// Byte in the stream's text.
    offset: usize,
    value: char,
    /// Nothing was left out between the one before and this.
    is_joined: bool,
    run: usize,
    /// Which character of its run.
    within: usize,
}

/// A span, or the target of a link.
struct Run {
    page: u32,
    is_flowed: bool,
    rect: Rect,
    length: usize,
}

fn folded(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    text.chars().enumerate().flat_map(|(index, character)| {
        let plain = std::iter::once(character).nfkd().filter(|part| !is_combining_mark(*part));
        plain.flat_map(char::to_lowercase).map(move |part| (index, part))
    })
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '+' | '#')
}

fn is_mark(character: char) -> bool {
    !character.is_whitespace() && !character.is_control()
}

fn kept(text: &str, keeps: fn(char) -> bool) -> String {
    folded(text).map(|(_, character)| character).filter(|character| keeps(*character)).collect()
}

impl Stream {
    fn push(&mut self, text: &str, run: Run, mut is_joined: bool, keeps: fn(char) -> bool) {
        let number = self.runs.len();
        for (within, value) in folded(text) {
            if !keeps(value) {
                is_joined = false;
                continue;
            }
            self.characters.push(Character {
                offset: self.text.len(),
                value,
                is_joined,
                run: number,
                within,
            });
            self.text.push(value);
            is_joined = true;
        }
        self.runs.push(run);
    }

    fn position(&self, offset: usize) -> usize {
        self.characters.partition_point(|character| character.offset < offset)
    }

    /// Every place where the text stands, as ranges of characters.
    fn occurrences<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.text.match_indices(wanted).map(move |(offset, found)| {
            let start = self.position(offset);
            start..self.position(offset + found.len()).max(start + 1)
        })
    }

    fn place(&self, range: &Range<usize>) -> Place {
        let at = range.start;
        let first = &self.runs[self.characters[at].run];
        if first.is_flowed {
            return Place { at, page: None, rect: None };
        }
        let mut rect: Option<Rect> = None;
        let mut from = at;
        while from < range.end {
            let run = self.characters[from].run;
            let mut to = from;
            while to + 1 < range.end && self.characters[to + 1].run == run {
                to += 1;
            }
            if self.runs[run].page == first.page {
                let part = part(&self.runs[run], self.characters[from].within, self.characters[to].within);
                rect = Some(rect.map_or(part, |rect| rect.union(&part)));
            }
            from = to + 1;
        }
        Place { at, page: Some(first.page), rect }
    }
}

/// The box of some characters of a run, as if all were of one width.
fn part(run: &Run, first: usize, last: usize) -> Rect {
    let share = |characters: usize| run.rect.width * characters as f32 / run.length.max(1) as f32;
    Rect { x: run.rect.x + share(first), width: share(last + 1 - first), ..run.rect }
}

impl Index {
    pub(crate) fn new(text: &ExtractedText) -> Self {
        let mut index = Self { words: Stream::default(), marks: Stream::default() };
        for page in &text.pages {
            let is_flowed = page.layout == PageLayout::Flowed;
            let mut previous: Option<&Span> = None;
            for span in &page.spans {
                let is_joined = previous.is_some_and(|before| is_adjacent(before, span));
                index.push(&span.text, page.number, is_flowed, span.rect, is_joined);
                previous = Some(span);
            }
        }
        for page in &text.pages {
            for link in &page.links {
                index.push(&link.target, page.number, page.layout == PageLayout::Flowed, link.rect, false);
            }
        }
        index
    }

    fn push(&mut self, text: &str, page: u32, is_flowed: bool, rect: Rect, is_joined: bool) {
        let run = || Run { page, is_flowed, rect, length: text.chars().count() };
        self.words.push(text, run(), is_joined, is_of_word);
        self.marks.push(text, run(), is_joined, is_mark);
    }

    /// Where words stand, one after the other; of several places the one next to `near`.
    pub(crate) fn find(&self, value: &str, near: Option<usize>) -> Option<Place> {
        let wanted = kept(value, is_of_word);
        if wanted.is_empty() {
            return None;
        }
        let mut whole = self.words.occurrences(&wanted).filter(|range| self.is_whole(range));
        let found = match near {
            Some(near) => whole.min_by_key(|range| range.start.abs_diff(near)),
            None => whole.next(),
        };
        found.map(|range| self.words.place(&range))
    }

    /// Where an entry stands that says both: of the places of the one, behind `after` if there are any, that with the other
    /// closest by.
    pub(crate) fn together(&self, one: &str, other: &str, after: Option<usize>) -> Option<usize> {
        let (ones, others) = (self.places(one), self.places(other));
        let distance = |at: usize| others.iter().map(|other| other.abs_diff(at)).min().unwrap_or(0);
        let is_behind = |at: &&usize| after.is_none_or(|after| **at > after);
        let behind = ones.iter().filter(is_behind).min_by_key(|at| distance(**at));
        behind.or_else(|| ones.iter().min_by_key(|at| distance(**at))).copied()
    }

    /// The first places where words stand, in order.
    fn places(&self, value: &str) -> Vec<usize> {
        let wanted = kept(value, is_of_word);
        if wanted.is_empty() {
            return Vec::new();
        }
        let whole = self.words.occurrences(&wanted).filter(|range| self.is_whole(range));
        whole.map(|range| range.start).take(MOST_PLACES).collect()
    }

    /// Whether the words begin and end where words do.
    fn is_whole(&self, range: &Range<usize>) -> bool {
        let characters = &self.words.characters;
        !characters[range.start].is_joined && characters.get(range.end).is_none_or(|next| !next.is_joined)
    }

    /// Where an address stands, sign by sign.
    pub(crate) fn find_address(&self, value: &str) -> Option<Place> {
        let wanted = kept(value, is_mark);
        if !wanted.chars().any(char::is_alphanumeric) {
            return None;
        }
        let characters = &self.marks.characters;
        let is_inner = |character: char| {
            character.is_alphanumeric() || matches!(character, '.' | '_' | '%' | '+' | '-' | '@')
        };
        let is_whole = |range: &Range<usize>| {
            let before = range.start.checked_sub(1).map(|before| characters[before].value);
            let begins = !characters[range.start].is_joined || !before.is_some_and(is_inner);
            let mut after = characters[range.end.min(characters.len())..].iter();
            let ends = match after.next().filter(|next| next.is_joined) {
                None => true,
                // A full stop after an address is none of it, unless it goes on.
                Some(next) if next.value == '.' => {
                    !after.next().is_some_and(|next| next.is_joined && next.value.is_alphanumeric())
                }
                Some(next) => !is_inner(next.value),
            };
            begins && ends
        };
        let found = self.marks.occurrences(&wanted).find(is_whole)?;
        Some(self.marks.place(&found))
    }
}

/// Whether one word may go on from one span into the next.
fn is_adjacent(before: &Span, after: &Span) -> bool {
    let gap = (after.rect.x - before.rect.right()).abs();
    before.line == after.line && gap <= after.font_size * 0.15
}
