//! Prepares a section's lines: bullets, dates beside or inside the text, and what is running text.

use mortise_sdk::Rect;

use super::margin::{Note, left_column, place_notes};
use super::wrap::{mark_continuations, mark_unmarked_items};
use crate::fields::dates::{self, DateRange};
use crate::layout::{Cell, Line, StyleKey};

/// A line of a section, with dates and bullet glyphs taken out.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What is left beside dates; empty for a line that is only a date.
    pub(crate) cells: Vec<Cell>,
    pub(crate) dates: Vec<Dated>,
    /// The whole line as shown, without the bullet.
    pub(crate) text: String,
    pub(crate) bullet: bool,
    /// Goes on with the text of the row above.
    pub(crate) continues: bool,
    /// Running text: bullets, sentences, and what continues them.
    pub(crate) body: bool,
    pub(crate) style: StyleKey,
    pub(crate) x: f32,
    pub(crate) right: f32,
    pub(crate) gap: f32,
    /// How far the text of the column reaches.
    pub(super) limit: f32,
    pub(crate) ruled: bool,
    pub(crate) page: usize,
    pub(crate) rect: Rect,
    /// Text of the left column that stands beside this row and is no date.
    pub(crate) margin: Vec<Cell>,
    /// The cells before dates were taken out.
    shown: Vec<Cell>,
}

impl Row {
    /// The row without its dates.
    pub(crate) fn undated_text(&self) -> String {
        if self.dates.iter().all(|dated| dated.aside) {
            return self.text.clone();
        }
        self.cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// A date range and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Dated {
    pub(crate) range: DateRange,
    pub(crate) page: usize,
    pub(crate) rect: Rect,
    /// It stands in a column of its own.
    pub(super) aside: bool,
}

const BULLETS: &[char] = &[
    '•', '●', '○', '◦', '▪', '▫', '■', '□', '‣', '▸', '►', '▶', '→', '➤', '➔', '✓', '✔', '✦', '◆', '◇', '★',
    '☆', '*', '⁃', '∙', '·', '»', '›', '❖', '➢', '⚬', '–', '-', '—', '>', '+',
];

/// The text without its bullet glyph, if it has one.
pub(crate) fn unbulleted(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    if !BULLETS.contains(&first) {
        return None;
    }
    let rest = &text[first.len_utf8()..];
    let needs_space = matches!(first, '-' | '–' | '—' | '*' | '+' | '>' | '·' | '→');
    let spaced = rest.is_empty() || rest.starts_with(' ');
    (!needs_space || spaced).then(|| rest.trim_start())
}

/// Only punctuation: placeholders such as a dash where a level is missing.
pub(crate) fn is_blank(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

pub(crate) fn prepare(lines: &[Line], uses_dates: bool) -> Vec<Row> {
    let left = if uses_dates { left_column(lines) } else { None };
    let mut rows = Vec::with_capacity(lines.len());
    let mut notes: Vec<Note> = Vec::new();
    for line in lines {
        let (mut cells, mut aside): (Vec<Cell>, Vec<Cell>) = (line.cells.clone(), Vec::new());
        if let Some(edge) = left {
            (aside, cells) = cells.into_iter().partition(|cell| cell.rect.right() < edge);
        }
        notes.extend(aside.into_iter().map(|cell| Note { row: rows.len(), page: line.page, cell }));
        if !cells.is_empty() {
            rows.push(row(line, cells, uses_dates));
        }
    }
    place_notes(&mut rows, notes);
    mark_unmarked_items(&mut rows);
    mark_continuations(&mut rows);
    return_dates(&mut rows);
    rows
}

/// "Instructor since 2019" in a list item is prose where the entries' own dates stand in their headers.
fn return_dates(rows: &mut [Row]) {
    let in_header = rows.iter().any(|row| !row.body && !row.dates.is_empty());
    if !in_header || rows.first().is_some_and(|row| row.bullet) {
        return;
    }
    for row in rows.iter_mut().filter(|row| row.body && !row.cells.is_empty()) {
        row.dates.retain(|dated| dated.aside);
        row.cells = std::mem::take(&mut row.shown);
    }
}

fn row(line: &Line, mut cells: Vec<Cell>, uses_dates: bool) -> Row {
    let mut bullet = false;
    let x = cells.first().map_or(0.0, |cell| cell.rect.x);
    if let Some(first) = cells.first()
        && let Some(rest) = unbulleted(&first.text)
    {
        bullet = true;
        let cut = first.text.len() - rest.len();
        match first.slice(cut, first.text.len()) {
            Some(cell) => cells[0] = cell,
            None => {
                cells.remove(0);
            }
        }
    }
    cells.retain(|cell| !is_blank(&cell.text));
    let text = cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" ");
    let style = cells.first().map(Cell::first_style).unwrap_or_else(|| line.first_style());
    let right = line.rect.right();
    let mut dates = Vec::new();
    let shown = cells.clone();
    if uses_dates {
        cells = cells.into_iter().flat_map(|cell| without_dates(cell, line.page, &mut dates)).collect();
    }
    let body = bullet || is_sentence(&text) && dates.is_empty();
    Row {
        text,
        bullet,
        continues: false,
        body,
        style,
        x: if bullet { x } else { cells.first().map_or(x, |cell| cell.rect.x.min(x)) },
        right,
        gap: line.gap_above,
        limit: line.limit,
        ruled: line.rule_above,
        page: line.page,
        rect: line.rect,
        margin: Vec::new(),
        shown,
        cells,
        dates,
    }
}

/// Running text rather than a name, a title or a list of them.
pub(crate) fn is_sentence(text: &str) -> bool {
    let words = text.split_whitespace().count();
    words >= 13 || words >= 5 && text.ends_with(['.', '!', '?', ';']) && !ends_in_abbreviation(text)
}

fn ends_in_abbreviation(text: &str) -> bool {
    let last = text.rsplit(|c: char| c.is_whitespace() || c == ',').next().unwrap_or("");
    let stem = last.trim_end_matches('.');
    stem.len() <= 4 && (stem.contains('.') || stem.chars().next().is_some_and(char::is_uppercase))
}

/// Takes dates out of a cell. Dates inside running text stay where they are.
fn without_dates(cell: Cell, page: usize, out: &mut Vec<Dated>) -> Vec<Cell> {
    if cell.text.len() > 160 {
        return vec![cell];
    }
    let found = dates::find_ranges(&cell.text);
    if found.is_empty() {
        return vec![cell];
    }
    let words: usize = {
        let mut at = 0;
        let mut count = 0;
        for date in &found {
            count += cell.text.get(at..date.bytes.start).map_or(0, |t| t.split_whitespace().count());
            at = date.bytes.end;
        }
        count + cell.text.get(at..).map_or(0, |t| t.split_whitespace().count())
    };
    let first = found.first().map_or(0, |date| date.bytes.start);
    let last = found.last().map_or(0, |date| date.bytes.end);
    let before = cell.text.get(..first).unwrap_or("").trim_end();
    let after = cell.text.get(last..).unwrap_or("").trim();
    let at_end = is_blank(after);
    let at_start = is_blank(before);
    let parted = before.ends_with(['(', '|', ',', '•', '·', ':', '–', '-', '—', '/', '[']);
    // "Best of 2019 campaign" keeps its year; "Acme (2019)", "2019: Acme" and "Acme, 2019 - 2020" do not.
    let is_range = found.iter().any(|date| date.is_current || date.start.is_some() && date.end.is_some());
    // "TechConf 2020" is a name; a bare year needs a separator or a cell of its own.
    let is_year = |date: &DateRange| {
        date.is_single() && [&date.start, &date.end].into_iter().flatten().all(|d| d.len() == 4)
    };
    if words > 0 && !parted && !at_start && found.iter().all(is_year) {
        return vec![cell];
    }
    if words > 14 || !(at_end || at_start || parted || is_range) || words > 9 && !is_range && !parted {
        return vec![cell];
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    for date in found {
        let (start, end) = (date.bytes.start, date.bytes.end);
        if start > at {
            pieces.extend(trimmed_slice(&cell, at, start));
        }
        let rect = cell.slice(start, end).map_or(cell.rect, |part| part.rect);
        out.push(Dated { range: date, page, rect, aside: false });
        at = end.max(at);
    }
    pieces.extend(trimmed_slice(&cell, at, cell.text.len()));
    pieces
}

/// Words that mean nothing at the end of a value: themes print "Diploma in" when the subject is missing.
const DANGLING: &[&str] = &[" in", " of", " at", " im", " en", " for", " by"];

const EDGES: &[char] =
    &[' ', ',', ';', '|', '•', '·', '∙', '⋅', '–', '—', '-', ':', '/', '›', '»', '●', '◦', '~', '→', '_'];

/// A slice without separators at its ends and without brackets that lost their partner.
pub(crate) fn trimmed_slice(cell: &Cell, from: usize, to: usize) -> Option<Cell> {
    let text = cell.text.get(from..to)?;
    let (mut a, mut b) = (from, to);
    let mut shown = text;
    loop {
        let trimmed = shown.trim_start_matches(EDGES);
        a += shown.len() - trimmed.len();
        let ended = trimmed.trim_end_matches(EDGES);
        b -= trimmed.len() - ended.len();
        shown = ended;
        let opens = shown.matches(['(', '[']).count();
        let closes = shown.matches([')', ']']).count();
        if shown.starts_with(['(', '[']) && (opens > closes || shown.ends_with([')', ']'])) {
            a += 1;
            if shown.ends_with([')', ']']) && opens == closes {
                b -= 1;
            }
        } else if shown.starts_with([')', ']']) {
            a += 1;
        } else if shown.ends_with(['(', '[']) || shown.ends_with([')', ']']) && closes > opens {
            b -= 1;
        } else {
            break;
        }
        shown = cell.text.get(a..b.max(a)).unwrap_or("");
    }
    for word in DANGLING {
        if let Some(rest) = shown.strip_suffix(word) {
            shown = rest.trim_end();
            b = a + shown.len();
            break;
        }
    }
    if is_blank(shown) { None } else { cell.slice(a, b) }
}
