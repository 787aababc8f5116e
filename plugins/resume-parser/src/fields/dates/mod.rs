//! Dates and spans of time in seven languages, as ISO dates of the precision
//! the text has. A season counts as its first month, a quarter likewise.

mod point;
mod tokens;

#[cfg(test)]
mod tests;

use std::ops::Range;

use point::{Point, Reading, point, two_digits, year};
use tokens::{Duty, Line};

/// A span of time. A date that stands alone is a `start` without an end;
/// "until 2019" and "expected May 2025" are an end without a start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DateRange {
    pub(crate) start: Option<String>,
    pub(crate) end: Option<String>,
    /// The span is still open: "2019 – present", "since 2019", "2019 –".
    pub(crate) is_current: bool,
    /// The span with the words that belong to it ("seit", "(2 years)").
    pub(crate) bytes: Range<usize>,
}

impl DateRange {
    /// Whether the text names one date only, open or not.
    pub(crate) fn is_single(&self) -> bool {
        !self.is_current && (self.start.is_none() || self.end.is_none())
    }
}

/// Every date and span of `text`, in order.
pub(crate) fn find_ranges(text: &str) -> Vec<DateRange> {
    if !text.chars().any(|c| c.is_numeric()) {
        return Vec::new();
    }
    let line = Line::new(text);
    let scan = Scan { month_first: is_month_first(&line), line };
    let mut out: Vec<DateRange> = Vec::new();
    let mut at = 0;
    while at < scan.line.tokens.len() {
        // Most words stand in no date: a number has to follow soon.
        if !(at..at + REACH).any(|i| scan.line.number(i).is_some()) {
            at += 1;
            continue;
        }
        match scan.range(at) {
            Some((span, next)) if next > at => {
                out.push(scan.finish(span, at, next));
                at = next.max(scan.after_duration(next));
            }
            _ => at += 1,
        }
    }
    out
}

/// Tokens that may stand before the first number of a date.
const REACH: usize = 7;

struct Scan {
    line: Line,
    month_first: bool,
}

/// A range under construction.
struct Span {
    start: Option<Point>,
    end: Option<Point>,
    open: bool,
}

impl Scan {
    fn reading(&self, short: bool) -> Reading {
        Reading { month_first: self.month_first, short, second: false }
    }

    /// For the date after the dash.
    fn second(&self) -> Reading {
        Reading { month_first: self.month_first, short: true, second: true }
    }

    fn finish(&self, mut span: Span, from: usize, next: usize) -> DateRange {
        if let (Some(start), Some(end)) = (span.start, span.end)
            && end.is_before(start)
        {
            (span.start, span.end) = (Some(end), Some(start));
        }
        let last = self.after_duration(next).saturating_sub(1);
        let bytes = self.line.tokens[from].bytes.start..self.line.tokens[last].bytes.end;
        DateRange {
            start: span.start.map(Point::iso),
            end: span.end.map(Point::iso),
            is_current: span.open,
            bytes,
        }
    }

    /// A range that starts at `at`, with the words before it.
    fn range(&self, at: usize) -> Option<(Span, usize)> {
        // "until" first: "bis 2019" is an end, not a span from nowhere.
        if let Some(next) = self.line.after(Duty::Until, at) {
            let next = self.past_article(next);
            if let Some((end, next)) = point(&self.line, next, self.reading(false)) {
                return Some((Span { start: None, end: Some(end), open: false }, next));
            }
        }
        let since = self.line.after(Duty::Since, at);
        let from = since.or_else(|| self.line.after(Duty::From, at));
        if let Some(first) = from.map(|n| self.past_article(n))
            && let Some((mut span, next)) = self.span_at(first)
        {
            span.open |= since.is_some() && span.end.is_none();
            return Some((span, next));
        }
        self.span_at(at)
    }

    fn past_article(&self, at: usize) -> usize {
        let small = [
            "the", "dem", "le", "el", "il", "o", "l", "d", "zum", "a", "year", "jahr", "ano", "anno", "jaar",
        ];
        let at = if self.line.is_symbol(at, ":'’") { at + 1 } else { at };
        if self.line.word(at).is_some_and(|w| small.contains(&w)) { at + 1 } else { at }
    }

    /// The range whose first date stands at `at`.
    fn span_at(&self, at: usize) -> Option<(Span, usize)> {
        if let Some(found) = self.shared_year(at) {
            return Some(found);
        }
        let full = point(&self.line, at, self.reading(false));
        let short = full.is_none();
        let (start, next) = full.or_else(|| point(&self.line, at, self.reading(true)))?;
        if let Some(found) = self.abbreviated_end(start, at, next) {
            return Some(found);
        }
        let span = |end, open| Span { start: Some(start), end, open };
        if let Some(after) = self.past_separator(next) {
            if let Some((end, next)) = point(&self.line, after, self.second()) {
                return Some((span(Some(end), false), next));
            }
            if let Some(next) = self.line.after(Duty::Present, after) {
                return Some((span(None, true), next));
            }
            // Nothing after the dash: the post goes on.
            let dash = self.line.is_symbol(next, DASHES);
            let ended = after >= self.line.tokens.len() || self.line.is_symbol(after, ")]|•·…?.");
            if dash && ended && !short && !self.line.is_symbol(next, "/") {
                let next = if self.line.is_symbol(after, "…?.") { after + 1 } else { after };
                return Some((span(None, true), next));
            }
        }
        let bracket = usize::from(self.line.is_symbol(next, ",(["));
        if !short && let Some(end) = self.line.after(Duty::Present, next + bracket) {
            let alone = end >= self.line.tokens.len() || self.line.symbol(end).is_some();
            if alone && (bracket > 0 || end - next <= 2) {
                return Some((span(None, true), end));
            }
        }
        (!short).then(|| (span(None, false), next))
    }

    /// "Jan – Mar 2019", "05–08/2019": the first month has no year of its own.
    fn shared_year(&self, at: usize) -> Option<(Span, usize)> {
        let (month, next) = match self.line.month(at) {
            Some(found) => found,
            None => match self.line.number(at)? {
                (n @ 1..=12, 2) if !self.line.is_glued(at) || at == 0 => (u8::try_from(n).ok()?, at + 1),
                _ => return None,
            },
        };
        let named = self.line.word(at).is_some();
        let after = self.past_separator(next)?;
        if !named && !self.line.is_symbol(next, DASHES) {
            return None;
        }
        let (end, last) = point(&self.line, after, self.second())?;
        if end.month == 0 || (!named && self.line.word(after).is_some()) {
            return None;
        }
        let year = if month <= end.month { end.year } else { end.year - 1 };
        let start = Point { year, month, day: 0 };
        Some((Span { start: Some(start), end: Some(end), open: false }, last))
    }

    /// "2019-21", "2019/20", "2018 – 19".
    fn abbreviated_end(&self, start: Point, at: usize, next: usize) -> Option<(Span, usize)> {
        if start.month != 0 || year(&self.line, at).is_none() || next != at + 1 {
            return None;
        }
        if !self.line.is_symbol(next, DASHES) && !self.line.is_symbol(next, "/") {
            return None;
        }
        let after = if self.line.is_symbol(next + 1, "'’") { next + 2 } else { next + 1 };
        let end = two_digits(&self.line, after).map(|y| start.year / 100 * 100 + y % 100)?;
        let apart = self.line.is_symbol(after + 1, "./-") && self.line.is_glued(after + 1);
        let goes_on = apart && self.line.number(after + 2).is_some();
        if goes_on || end <= start.year || self.line.after(Duty::Unit, after + 1).is_some() {
            return None;
        }
        let end = Point { year: end, month: 0, day: 0 };
        Some((Span { start: Some(start), end: Some(end), open: false }, after + 1))
    }

    /// The token after the dash or word between two dates, if there is one.
    fn past_separator(&self, at: usize) -> Option<usize> {
        let mut next = at;
        for _ in 0..4 {
            if self.line.is_symbol(next, DASHES) || self.line.is_symbol(next, ">»→⟶➔➜") {
                next += 1;
            } else if let Some(after) = self.line.after(Duty::To, next) {
                next = after;
            } else {
                break;
            }
        }
        if next == at {
            // "(2019) – (2021)" and "06/2019 / 08/2020" are rare but plain.
            let closing = self.line.is_symbol(at, ")") && self.line.is_symbol(at + 1, DASHES);
            return closing.then_some(at + 2);
        }
        Some(if self.line.is_symbol(next, "(") { next + 1 } else { next })
    }

    /// Past "(2 years 3 months)" or "· 4 yrs 2 mos" after a range.
    fn after_duration(&self, at: usize) -> usize {
        let line = &self.line;
        let bracket = usize::from(line.is_symbol(at, "(["));
        let mut next = at + usize::from(line.is_symbol(at, "([·•|,:-–—"));
        let mut closed = bracket == 0 && line.is_symbol(at, ")") && line.is_symbol(at + 1, "(·•,");
        if closed {
            next = at + 2;
        }
        let mut units = 0;
        while line.number(next).is_some_and(|(_, len)| len <= 2) || line.is_symbol(next, "<~+,&") {
            let number = line.number(next).is_some();
            let decimal =
                line.is_symbol(next + 1, ".,") && line.is_glued(next + 2) && line.number(next + 2).is_some();
            let unit = if decimal { next + 3 } else { next + 1 };
            let Some(after) = line.after(Duty::Unit, unit).filter(|_| number) else {
                if number {
                    break;
                }
                next += 1;
                continue;
            };
            units += 1;
            next = if line.is_symbol(after, ".") && line.is_glued(after) { after + 1 } else { after };
            if line.word(next).is_some_and(|w| matches!(w, "and" | "und" | "et" | "y" | "e" | "en")) {
                next += 1;
            }
        }
        if units == 0 {
            return at;
        }
        if bracket > 0 && line.is_symbol(next, ")]") {
            closed = true;
            next += 1;
        }
        let complete = bracket == 0 || closed;
        if complete { next } else { at }
    }
}

const DASHES: &str = "-‐‑‒–—―−~∼〜～⁃➖﹣－";

/// Whether some date of the line can only be read with the month first.
fn is_month_first(line: &Line) -> bool {
    (0..line.tokens.len()).any(|at| {
        let small = |i: usize| line.number(i).filter(|(_, len)| *len <= 2).map(|(value, _)| value);
        let (Some(first), Some(second)) = (small(at), small(at + 2)) else { return false };
        let slashes = line.is_symbol(at + 1, "/-") && line.symbol(at + 1) == line.symbol(at + 3);
        slashes && first <= 12 && second > 12 && second <= 31 && year(line, at + 4).is_some()
    })
}
