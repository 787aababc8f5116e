//! Collects the parsed résumé together with where each value was read.

use mortise_sdk::Rect;
use mortise_sdk::resume::{Evidence, ParsedResume};

use crate::layout::Cell;

/// Text with its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placed {
    pub(crate) text: String,
    pub(crate) page: usize,
    pub(crate) rect: Rect,
}

impl Placed {
    pub(crate) fn of(cell: &Cell, page: usize) -> Placed {
        Placed { text: cell.text.clone(), page, rect: cell.rect }
    }

    pub(crate) fn with_text(&self, text: impl Into<String>) -> Placed {
        Placed { text: text.into(), page: self.page, rect: self.rect }
    }

    /// Appends a following piece; a word broken by a hyphen at the line's end is healed.
    pub(crate) fn append(&mut self, text: &str, page: usize, rect: Rect) {
        let mut letters = self.text.chars().rev();
        let broken = letters.next() == Some('-')
            && letters.next().is_some_and(char::is_alphabetic)
            && text.chars().next().is_some_and(char::is_lowercase);
        if broken {
            self.text.pop();
        } else if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(text);
        if page == self.page {
            self.rect = self.rect.union(&rect);
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) resume: ParsedResume,
    pub(crate) flowed: bool,
}

impl Record {
    /// Notes where a value was read.
    pub(crate) fn note(&mut self, pointer: String, page: usize, rect: Rect, confidence: f32) {
        let page = (!self.flowed).then_some(page as u32 + 1);
        let rect = (!self.flowed).then_some(rect);
        let confidence = if confidence.is_finite() { confidence.clamp(0.01, 0.99) } else { 0.01 };
        self.resume.evidence.push(Evidence { pointer, page, rect, confidence });
    }

    /// Notes a value and answers its text.
    pub(crate) fn take(&mut self, value: Option<&Placed>, pointer: &str, confidence: f32) -> Option<String> {
        let value = value?;
        self.note(pointer.to_owned(), value.page, value.rect, confidence);
        Some(value.text.clone())
    }
}
