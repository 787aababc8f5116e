//! The tokens of a date: numbers, folded words and symbols, with letters and
//! digits apart even where they touch ("Juni2019", "1st").

use std::ops::Range;

use super::super::fold::push_folded;
use super::super::lexicons;
use super::super::table::Table;

/// The tables of the duties, in the order of [`Duty`].
const DUTIES: [&Table; 8] = [
    &lexicons::PRESENT,
    &lexicons::SINCE,
    &lexicons::FROM,
    &lexicons::UNTIL,
    &lexicons::TO,
    &lexicons::UNIT,
    &lexicons::COUNTED,
    &lexicons::NUMBERED,
];

/// What a word does beside a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duty {
    Present,
    Since,
    From,
    Until,
    To,
    Unit,
    Counted,
    Numbered,
}

fn season_or_month(group: &str) -> Option<u8> {
    Some(match group {
        "spring" => 3,
        "summer" => 6,
        "autumn" => 9,
        "winter" => 12,
        _ => return group.parse().ok(),
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number and how many digits it was written with.
    Number(u32, usize),
    Word(String),
    Symbol(char),
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) bytes: Range<usize>,
    /// Nothing stands between this token and the one before.
    pub(super) glued: bool,
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    for (at, c) in text.char_indices() {
        let bytes = at..at + c.len_utf8();
        if c.is_whitespace() {
            continue;
        }
        let glued = out.last().is_some_and(|t| t.bytes.end == at);
        let digit = digit_of(c);
        let mut letters = String::new();
        if digit.is_none() {
            push_folded(c, &mut letters);
        }
        let is_letter = digit.is_none() && c.is_alphabetic();
        if letters.is_empty() && digit.is_none() {
            // A soft hyphen or a combining mark belongs to what precedes it.
            if let Some(last) = out.last_mut().filter(|_| glued) {
                last.bytes.end = bytes.end;
            }
            continue;
        }
        match (out.last_mut().filter(|_| glued), digit) {
            (Some(Token { kind: Kind::Number(value, len), bytes: b, .. }), Some(d)) => {
                *value = value.saturating_mul(10).saturating_add(d);
                *len += 1;
                b.end = bytes.end;
            }
            (Some(Token { kind: Kind::Word(word), bytes: b, .. }), None) if is_letter => {
                word.push_str(&letters);
                b.end = bytes.end;
            }
            (_, Some(d)) => out.push(Token { kind: Kind::Number(d, 1), bytes, glued }),
            (_, None) if is_letter => out.push(Token { kind: Kind::Word(letters), bytes, glued }),
            (_, None) => out.push(Token { kind: Kind::Symbol(c), bytes, glued }),
        }
    }
    out
}

fn digit_of(c: char) -> Option<u32> {
    let ascii = if matches!(c, '\u{ff10}'..='\u{ff19}') { char::from_u32(c as u32 - 0xfee0)? } else { c };
    ascii.to_digit(10)
}

/// The tokens of one line and the questions a date grammar asks about them.
pub(super) struct Line {
    pub(super) tokens: Vec<Token>,
}

impl Line {
    pub(super) fn new(text: &str) -> Self {
        Self { tokens: tokens(text) }
    }

    pub(super) fn number(&self, at: usize) -> Option<(u32, usize)> {
        match self.tokens.get(at)?.kind {
            Kind::Number(value, len) => Some((value, len)),
            _ => None,
        }
    }

    pub(super) fn word(&self, at: usize) -> Option<&str> {
        match &self.tokens.get(at)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn symbol(&self, at: usize) -> Option<char> {
        match self.tokens.get(at)?.kind {
            Kind::Symbol(c) => Some(c),
            _ => None,
        }
    }

    pub(super) fn is_symbol(&self, at: usize, of: &str) -> bool {
        self.symbol(at).is_some_and(|c| of.contains(c))
    }

    pub(super) fn is_glued(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|t| t.glued)
    }

    /// A month by name or the first month of a season, and the token after.
    pub(super) fn month(&self, at: usize) -> Option<(u8, usize)> {
        let (group, next) = self.longest(&lexicons::CALENDAR, at)?;
        let month = season_or_month(group)?;
        Some((month, if self.is_symbol(next, ".") { next + 1 } else { next }))
    }

    /// The token after the longest phrase at `at` that has this duty.
    pub(super) fn after(&self, duty: Duty, at: usize) -> Option<usize> {
        let (_, next) = self.longest(DUTIES[duty as usize], at)?;
        Some(next)
    }

    fn longest(&self, table: &Table, at: usize) -> Option<(&'static str, usize)> {
        let mut key = self.word(at)?.to_owned();
        let mut found = table.get(&key).map(|group| (group, at + 1));
        let mut next = at + 1;
        for _ in 0..3 {
            // An apostrophe or a slash inside a phrase: "aujourd'hui", "t/m".
            if self.is_symbol(next, "'’`´/") && self.is_glued(next) {
                next += 1;
            }
            let Some(word) = self.word(next) else { break };
            key.push(' ');
            key.push_str(word);
            next += 1;
            if let Some(group) = table.get(&key) {
                found = Some((group, next));
            }
        }
        found
    }
}
