//! Results of study: grade averages and honours.

use std::ops::Range;

use super::super::fold::{Word, words};
use super::super::lexicons;

/// A result as written, without the word "GPA" or "Note", and where it and
/// that word stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) value: String,
    pub(crate) bytes: Range<usize>,
}

/// The result of study a text names.
pub(crate) fn find_score(text: &str) -> Option<Score> {
    let found = words(text);
    named(text, &found).or_else(|| fraction(text)).or_else(|| honours(text, &found))
}

/// "GPA: 3.8/4.0", "Note 1,3", "3.9 GPA".
fn named(text: &str, found: &[Word]) -> Option<Score> {
    for at in 0..found.len() {
        let Some((_, n)) = lexicons::GRADES.longest_at(found, at) else { continue };
        let label = found[at].bytes.start..found[at + n - 1].bytes.end;
        let rest = &text[label.end..];
        let gap =
            rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || ":=(-–of".contains(c)).len();
        if let Some(length) = grade(&rest[gap..]) {
            let start = label.end + gap;
            return Some(Score {
                value: text[start..start + length].to_owned(),
                bytes: label.start..start + length,
            });
        }
        if let Some((_, n)) = found.get(at + n).and_then(|_| lexicons::HONOURS.longest_at(found, at + n)) {
            let first = at + words(&text[label.clone()]).len();
            let value = found[first].bytes.start..found[first + n - 1].bytes.end;
            return Some(Score { value: text[value.clone()].to_owned(), bytes: label.start..value.end });
        }
        let head = text[..label.start].trim_end();
        let digits = |c: char| c.is_ascii_digit() || ".,/".contains(c);
        let tail = head
            .rfind(|c: char| !digits(c))
            .map_or(0, |i| i + head[i..].chars().next().map_or(1, char::len_utf8));
        if head[tail..].contains(['.', ',']) && grade(&head[tail..]) == Some(head.len() - tail) {
            return Some(Score { value: head[tail..].to_owned(), bytes: tail..label.end });
        }
    }
    None
}

/// The length of a grade at the start: "3.8", "1,3", "3.8/4.0", "16 / 20",
/// "85%", "2:1", "A+". Years and longer numbers are none.
fn grade(text: &str) -> Option<usize> {
    let first = number(text)?;
    let rest = &text[first..];
    if let Some(more) = rest.strip_prefix(':').and_then(number).filter(|n| *n == 1) {
        return Some(first + 1 + more);
    }
    let inner = rest.trim_start();
    let skipped = rest.len() - inner.len();
    for sign in ["/", "out of", "von", "sur", "su", "of"] {
        let Some(scale) = inner.strip_prefix(sign) else { continue };
        let gap = scale.len() - scale.trim_start().len();
        if let Some(n) = number(&scale[gap..]) {
            return Some(first + skipped + sign.len() + gap + n);
        }
    }
    if inner.starts_with('%') {
        return Some(first + skipped + 1);
    }
    Some(first)
}

/// The length of a number of at most three digits and two or three decimals.
fn number(text: &str) -> Option<usize> {
    let whole = text.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=3).contains(&whole) {
        return None;
    }
    let rest = &text[whole..];
    let decimals =
        rest.strip_prefix(['.', ',']).map_or(0, |r| r.bytes().take_while(u8::is_ascii_digit).count());
    Some(if (1..=3).contains(&decimals) { whole + 1 + decimals } else { whole })
}

/// "3.8/4.0" without a word; the scale tells it from a date.
fn fraction(text: &str) -> Option<Score> {
    for (slash, _) in text.match_indices('/') {
        let head = text[..slash].trim_end_matches(' ');
        let digits = |c: char| c.is_ascii_digit() || ".,".contains(c);
        let start = head
            .rfind(|c: char| !digits(c))
            .map_or(0, |i| i + head[i..].chars().next().map_or(1, char::len_utf8));
        let glued =
            text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "/-".contains(c));
        let value = head[start..].replace(',', ".").parse::<f32>();
        let tail = &text[slash + 1..];
        let gap = tail.len() - tail.trim_start_matches(' ').len();
        let (Ok(value), Some(length), false) = (value, number(&tail[gap..]), glued) else { continue };
        let scale = tail[gap..gap + length].replace(',', ".");
        let decimal = head[start..].contains(['.', ',']) || scale.contains('.');
        let limit = scale.parse::<f32>().unwrap_or(0.0);
        let known = match limit as u32 {
            4 | 5 | 6 | 7 | 10 => decimal,
            20 | 30 | 100 | 110 => true,
            _ => false,
        };
        let follows = tail[gap + length..].chars().next();
        if known && value <= limit && follows.is_none_or(|c| !c.is_alphanumeric() && c != '/') {
            let end = slash + 1 + gap + length;
            return Some(Score { value: text[start..end].to_owned(), bytes: start..end });
        }
    }
    None
}

/// Words that are results only by themselves or in brackets.
const LOOSE: [&str; 10] = [
    "distinction",
    "merit",
    "notable",
    "rite",
    "ottimo",
    "first class",
    "sehr gut",
    "ausgezeichnet",
    "summa",
    "third class",
];

fn honours(text: &str, found: &[Word]) -> Option<Score> {
    for at in 0..found.len() {
        let Some((_, n)) = lexicons::HONOURS.longest_at(found, at) else { continue };
        let bytes = found[at].bytes.start..found[at + n - 1].bytes.end;
        let phrase = super::super::fold::join(&found[at..at + n]);
        let apart = |c: Option<char>| c.is_none_or(|c| "(),;|•·–-:".contains(c));
        let before = text[..bytes.start].trim_end().chars().next_back();
        let after = text[bytes.end..].trim_start().chars().next();
        if !LOOSE.contains(&phrase.as_str()) || (apart(before) && apart(after)) {
            return Some(Score { value: text[bytes.clone()].to_owned(), bytes });
        }
    }
    None
}
