//! One date in any of its spellings, from a day to a bare year.

use super::tokens::{Duty, Line};

/// Years a résumé can speak of.
const YEARS: std::ops::RangeInclusive<u32> = 1940..=2035;

/// A date; month and day are zero where the text does not name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point {
    pub(super) year: u32,
    pub(super) month: u8,
    pub(super) day: u8,
}

impl Point {
    /// Earlier, as far as the coarser of the two can tell.
    pub(super) fn is_before(self, other: Self) -> bool {
        let months_known = self.month != 0 && other.month != 0;
        if months_known {
            (self.year, self.month) < (other.year, other.month)
        } else {
            self.year < other.year
        }
    }

    pub(super) fn iso(self) -> String {
        match (self.month, self.day) {
            (0, _) => format!("{:04}", self.year),
            (month, 0) => format!("{:04}-{month:02}", self.year),
            (month, day) => format!("{:04}-{month:02}-{day:02}", self.year),
        }
    }
}

/// How a date may be read where it stands.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// "03/04/2019" is the fourth of March.
    pub(super) month_first: bool,
    /// "06/19" and "'19" are dates: true beside another date.
    pub(super) short: bool,
    /// The date follows another date and a dash.
    pub(super) second: bool,
}

/// A date that starts at token `at`, and the token after it.
pub(super) fn point(line: &Line, at: usize, how: Reading) -> Option<(Point, usize)> {
    by_name(line, at)
        .or_else(|| day_and_name(line, at))
        .or_else(|| quarter(line, at))
        .or_else(|| numeric(line, at, how))
        .or_else(|| year_first(line, at))
        .or_else(|| bare_year(line, at))
        .or_else(|| if how.short { short(line, at, how) } else { None })
}

fn date(year: u32, month: u32, day: u32) -> Option<Point> {
    let month = u8::try_from(month).ok().filter(|m| *m <= 12)?;
    let day = u8::try_from(day).ok().filter(|d| *d <= days(year, month))?;
    Some(Point { year, month, day })
}

fn days(year: u32, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Four digits in the range of years, with nothing glued on that belongs to
/// a longer number, an amount or a plural ("2,000", "1990s", "2000+").
pub(super) fn year(line: &Line, at: usize) -> Option<u32> {
    let (value, 4) = line.number(at)? else { return None };
    if !YEARS.contains(&value) {
        return None;
    }
    if line.is_glued(at + 1) {
        if line.is_symbol(at + 1, "%+€$£")
            || line.word(at + 1).is_some_and(|w| w == "s" || w == "er" || w == "k")
        {
            return None;
        }
        let thousands = line.is_symbol(at + 1, ",.") && line.is_glued(at + 2);
        if thousands && line.number(at + 2).is_some_and(|(_, len)| len == 3) {
            return None;
        }
    }
    Some(value)
}

/// A year of four digits, or of two after an apostrophe or where `loose`.
fn year_or_short(line: &Line, at: usize, loose: bool) -> Option<(u32, usize)> {
    if let Some(found) = year(line, at) {
        return Some((found, at + 1));
    }
    if line.is_symbol(at, "'’‘`´") {
        return two_digits(line, at + 1).map(|y| (y, at + 2));
    }
    if loose { two_digits(line, at).map(|y| (y, at + 1)) } else { None }
}

/// The year that two digits stand for, within the range of years.
pub(super) fn two_digits(line: &Line, at: usize) -> Option<u32> {
    let (value, 2) = line.number(at)? else { return None };
    match value {
        0..=35 => Some(2000 + value),
        50..=99 => Some(1900 + value),
        _ => None,
    }
}

/// The separators and small words between a month's name and its year.
fn past_filler(line: &Line, mut at: usize) -> usize {
    if line.is_symbol(at, ",./-‐‑–") {
        at += 1;
    }
    if line.word(at).is_some_and(|w| matches!(w, "of" | "de" | "del" | "do" | "d")) {
        at += 1;
    }
    at
}

/// "June 2019", "Jun '19", "Sept. 2018", "March 4th, 2019", "Summer 2018".
fn by_name(line: &Line, at: usize) -> Option<(Point, usize)> {
    let (month, after) = line.month(at)?;
    let month = u32::from(month);
    if let Some((day, 1..=2)) = line.number(after) {
        let mut next = past_ordinal(line, after + 1);
        if line.is_symbol(next, ",.") {
            next += 1;
        }
        if let Some(found) = year(line, next) {
            return date(found, month, day).map(|p| (p, next + 1));
        }
    }
    let filled = past_filler(line, after);
    // "WS 2018/19": the term starts in the first of its two years.
    if let Some((found, next)) = year_or_short(line, filled, true) {
        let twin = line.is_symbol(next, "/") && line.is_glued(next) && line.number(next + 1).is_some();
        let semester =
            line.word(at).is_some_and(|w| w.starts_with("ws") || w.starts_with("wi") || w.starts_with("ss"));
        let next = if twin && line.number(next + 2).is_none() { next + 2 } else { next };
        let month = match line.word(at) {
            Some("ws" | "wise" | "wintersemester") => 10,
            Some("ss" | "sose" | "sommersemester") => 4,
            _ => month,
        };
        // Two digits after a word such as "may" or "set" are a day or a count.
        if next == filled + 1 && year(line, filled).is_none() && (filled == after || semester) {
            let long = line.word(at).is_some_and(|w| w.len() > 3 || line.is_symbol(at + 1, "."));
            let more = line.word(next).is_some() || line.number(next).is_some();
            if !long || (more && line.after(Duty::To, next).is_none()) {
                return None;
            }
        }
        return date(found, month, 0).map(|p| (p, next));
    }
    None
}

fn past_ordinal(line: &Line, at: usize) -> usize {
    let glued = line.is_glued(at);
    let is_ordinal = line.word(at).is_some_and(|w| matches!(w, "st" | "nd" | "rd" | "th" | "er" | "o" | "a"));
    if glued && (is_ordinal || line.is_symbol(at, ".°")) { at + 1 } else { at }
}

/// "1. Juni 2019", "1er juin 2019", "12th of June 2019", "1 de junio de 2019".
fn day_and_name(line: &Line, at: usize) -> Option<(Point, usize)> {
    let (day, 1..=2) = line.number(at)? else { return None };
    if !(1..=31).contains(&day) {
        return None;
    }
    let mut next = past_ordinal(line, at + 1);
    if line.is_symbol(next, "-./ ") {
        next += 1;
    }
    if line.word(next).is_some_and(|w| matches!(w, "of" | "de" | "d")) {
        next += 1;
    }
    let (month, after) = line.month(next)?;
    let after = past_filler(line, after);
    let found = year(line, after)?;
    date(found, u32::from(month), day).map(|p| (p, after + 1))
}

/// "Q3 2019", "Q3/2019", "3Q 2019", "2019 Q3", "H1 2019".
fn quarter(line: &Line, at: usize) -> Option<(Point, usize)> {
    let part = |a: usize, b: usize| -> Option<u32> {
        let (n, 1) = line.number(b)? else { return None };
        let months = match line.word(a)? {
            "q" | "t" if n <= 4 => 3,
            "h" if n <= 2 => 6,
            _ => return None,
        };
        (n >= 1).then_some((n - 1) * months + 1)
    };
    if line.is_glued(at + 1)
        && let Some(month) = part(at, at + 1).or_else(|| part(at + 1, at))
    {
        let next = past_filler(line, at + 2);
        let (found, next) = year_or_short(line, next, false)?;
        return date(found, month, 0).map(|p| (p, next));
    }
    let found = year(line, at)?;
    let next = past_filler(line, at + 1);
    let month = part(next, next + 1)?;
    date(found, month, 0).map(|p| (p, next + 2))
}

/// "06/2019", "06.2019", "01.06.2019", "6-2019", "03/15/2019".
fn numeric(line: &Line, at: usize, how: Reading) -> Option<(Point, usize)> {
    let (first, 1..=2) = line.number(at)? else { return None };
    if (!how.second && starts_inside(line, at)) || !line.is_symbol(at + 1, "/.-‐‑") {
        return None;
    }
    if let Some((second, 1..=2)) = line.number(at + 2)
        && line.symbol(at + 3) == line.symbol(at + 1)
        && let Some(found) = year(line, at + 4)
    {
        let slashed = line.is_symbol(at + 1, "/-");
        // The first of a month is likelier than any other day, and a number
        // without its zero is how dates are written where the month leads.
        let bare = line.number(at).is_some_and(|(_, len)| len == 1);
        let leads = how.month_first || (second == 1 && first != 1) || (bare && first != 1);
        let us = second > 12 || (slashed && leads && first <= 12);
        let (day, month) = if us { (second, first) } else { (first, second) };
        if day == 0 || month == 0 {
            return None;
        }
        return date(found, month, day).map(|p| (p, at + 5));
    }
    let found = year(line, at + 2)?;
    if !(1..=12).contains(&first) {
        return None;
    }
    date(found, first, 0).map(|p| (p, at + 3))
}

/// The number belongs to a longer run such as a telephone number or a path.
fn starts_inside(line: &Line, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return false };
    if !line.is_glued(at) {
        return false;
    }
    if line.word(before).is_some() {
        return line.after(Duty::To, before) != Some(at) && line.after(Duty::From, before) != Some(at);
    }
    line.is_symbol(before, "+_@#$€£=:") && line.is_glued(before)
        || line.is_symbol(before, "+$€£#@_=")
        || (line.is_symbol(before, "./-") && line.is_glued(before) && before > 0)
}

/// "2019-06", "2019/06/01", "2019.06", "2019 June".
fn year_first(line: &Line, at: usize) -> Option<(Point, usize)> {
    let found = year(line, at)?;
    if starts_inside(line, at) && !line.is_symbol(at.wrapping_sub(1), "(") {
        return None;
    }
    if line.is_symbol(at + 1, "-/.‐‑") && line.is_glued(at + 1) && line.is_glued(at + 2) {
        let (month, 1..=2) = line.number(at + 2)? else { return None };
        if !(1..=12).contains(&month) {
            return None;
        }
        let third = line.is_symbol(at + 3, "-/.‐‑") && line.is_glued(at + 3) && line.is_glued(at + 4);
        if third && let Some((day, 1..=2)) = line.number(at + 4).filter(|(d, _)| *d > 0) {
            return date(found, month, day).map(|p| (p, at + 5));
        }
        return date(found, month, 0).map(|p| (p, at + 3));
    }
    let next = if line.is_symbol(at + 1, ",") { at + 2 } else { at + 1 };
    let (month, after) = line.month(next)?;
    if line.number(after).is_some() || line.is_symbol(after, "'’") {
        return None;
    }
    date(found, u32::from(month), 0).map(|p| (p, after))
}

/// A year by itself, unless its surroundings make it a number of another kind.
fn bare_year(line: &Line, at: usize) -> Option<(Point, usize)> {
    let found = year(line, at)?;
    if let Some(before) = at.checked_sub(1) {
        let glued = line.is_glued(at);
        if glued && line.word(before).is_some() && line.after(Duty::To, before) != Some(at) {
            return None;
        }
        if line.is_symbol(before, "+#$€£@_=")
            || (glued && line.is_symbol(before, ":") && line.is_glued(before))
        {
            return None;
        }
        let joined = glued && line.is_symbol(before, "/-._\\") && line.is_glued(before);
        if joined && before.checked_sub(1).is_some_and(|b| !may_precede(line, b)) {
            return None;
        }
        if line.after(Duty::Numbered, before) == Some(at) || (joined && line.symbol(before) == Some('\\')) {
            return None;
        }
        if line.number(before).is_some_and(|(_, len)| len >= 2) && year(line, before).is_none() {
            return None;
        }
    }
    let next = at + 1;
    if line.is_symbol(next, "%+€$£") || line.after(Duty::Counted, next).is_some() {
        return None;
    }
    if let Some((_, len)) = line.number(next)
        && (len >= 3 && year(line, next).is_none())
    {
        return None;
    }
    if line.is_glued(next) && line.word(next).is_some() {
        let bound = line.after(Duty::To, next).is_some() || line.after(Duty::Present, next).is_some();
        return bound.then_some((Point { year: found, month: 0, day: 0 }, next));
    }
    // "2019-1234" and "2019.5" are identifiers and amounts.
    let joined = line.is_symbol(next, "-./") && line.is_glued(next) && line.is_glued(next + 1);
    let amount = line.is_symbol(next, ".");
    let is_longer = |len| amount || len > 2;
    if joined
        && line.number(next + 1).is_some_and(|(_, len)| is_longer(len) && year(line, next + 1).is_none())
    {
        return None;
    }
    Some((Point { year: found, month: 0, day: 0 }, next))
}

/// What may stand before "-2019" for 2019 to be a year: another year, a day
/// of the month, or a month's name.
fn may_precede(line: &Line, at: usize) -> bool {
    if year(line, at).is_some() || line.month(at).is_some() || line.is_symbol(at, ".)'’") {
        return true;
    }
    line.number(at).is_some_and(|(value, len)| len <= 2 && value <= 31)
}

/// "06/19" and "'19", good only beside another date.
fn short(line: &Line, at: usize, how: Reading) -> Option<(Point, usize)> {
    if line.is_symbol(at, "'’‘`´") {
        let found = two_digits(line, at + 1)?;
        return Some((Point { year: found, month: 0, day: 0 }, at + 2));
    }
    let (month, 1..=2) = line.number(at)? else { return None };
    if (!how.second && starts_inside(line, at))
        || !(1..=12).contains(&month)
        || !line.is_symbol(at + 1, "/.'’")
        || !line.is_glued(at + 2)
    {
        return None;
    }
    let found = two_digits(line, at + 2)?;
    let longer = line.is_symbol(at + 3, "/.-") && line.is_glued(at + 3) && line.number(at + 4).is_some();
    if longer { None } else { date(found, month, 0).map(|p| (p, at + 3)) }
}
