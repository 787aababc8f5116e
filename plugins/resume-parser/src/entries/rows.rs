//! Prepares a section's lines: bullets, dates beside or inside the text, and what is running text.

use mortise_sdk::Rect;

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
    limit: f32,
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
    aside: bool,
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

/// The x where content starts if everything left of it is a column of dates.
fn left_column(lines: &[Line]) -> Option<f32> {
    let min =
        lines.iter().filter_map(|line| line.cells.first()).map(|cell| cell.rect.x).fold(f32::MAX, f32::min);
    let mut starts: Vec<f32> = Vec::new();
    for line in lines {
        for cell in line.cells.iter().take(3) {
            if cell.rect.x > min + 20.0
                && !starts.iter().any(|x| (x - cell.rect.x).abs() < 2.0)
                && starts.len() < 24
            {
                starts.push(cell.rect.x);
            }
        }
    }
    starts.sort_by(f32::total_cmp);
    starts.into_iter().find_map(|x| {
        let edge = x - 1.5;
        let (mut dated, mut other, mut beside, mut alone) = (0, 0, 0, 0);
        let mut text = String::new();
        for line in lines {
            let mut has_left = false;
            let mut has_right = false;
            for cell in &line.cells {
                if cell.rect.x < edge && cell.rect.right() > edge + 1.5 {
                    return None;
                }
                if cell.rect.right() <= edge + 1.5 {
                    has_left = true;
                    if unbulleted(&cell.text).is_some_and(|rest| rest.is_empty()) || cell.text.len() > 48 {
                        return None;
                    }
                    text.push_str(&cell.text);
                    text.push(' ');
                    let is_date = !dates::find_ranges(&cell.text).is_empty() || is_date_part(&cell.text);
                    if is_date { dated += 1 } else { other += 1 }
                } else {
                    has_right = true;
                }
            }
            beside += usize::from(has_left && has_right);
            alone += usize::from(has_left && !has_right);
        }
        let holds = dated > 0 && dated >= other && beside > 0 && alone <= 2 * (beside + dated);
        (holds && !dates::find_ranges(&text).is_empty()).then_some(edge + 1.5)
    })
}

/// Words that only make sense as part of a wrapped date.
pub(crate) fn is_date_part(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    // A month: with a year behind it, all of it is a date.
    let is_month =
        || dates::find_ranges(&format!("{text} 2001")).first().is_some_and(|date| date.bytes.start == 0);
    text.is_empty() || text.chars().all(|c| c.is_ascii_digit()) || !text.contains(' ') && is_month()
}

struct Note {
    row: usize,
    page: usize,
    cell: Cell,
}

/// Gives the dates of the left column to the rows beside them; wrapped dates are read across their lines.
fn place_notes(rows: &mut [Row], notes: Vec<Note>) {
    if rows.is_empty() || notes.is_empty() {
        return;
    }
    let mut text = String::new();
    let mut offsets = Vec::with_capacity(notes.len());
    for note in &notes {
        offsets.push(text.len());
        text.push_str(&note.cell.text);
        text.push(' ');
    }
    let found = dates::find_ranges(&text);
    let mut used = vec![false; notes.len()];
    for range in found {
        let first = offsets.partition_point(|offset| *offset <= range.bytes.start).saturating_sub(1);
        let last = offsets.partition_point(|offset| *offset < range.bytes.end).saturating_sub(1);
        let mut rect = notes[first].cell.rect;
        for (used, note) in used[first..=last].iter_mut().zip(&notes[first..=last]) {
            *used = true;
            rect = rect.union(&note.cell.rect);
        }
        let at = nearest_row(rows, &notes[first]);
        rows[at].dates.push(Dated { page: notes[first].page, rect, range, aside: true });
    }
    for (note, _) in notes.into_iter().zip(used).filter(|(_, used)| !used) {
        let at = nearest_row(rows, &note);
        if !is_blank(&note.cell.text) {
            rows[at].margin.push(note.cell);
        }
    }
}

fn nearest_row(rows: &[Row], note: &Note) -> usize {
    let at = note.row.min(rows.len() - 1);
    // The note's own line may have had no text on the right; then the row before it is a hair above.
    let distance = |row: &Row| {
        if row.page == note.page { (row.rect.y - note.cell.rect.y).abs() } else { f32::MAX }
    };
    if at > 0 && distance(&rows[at - 1]) < distance(&rows[at]) { at - 1 } else { at }
}

/// Rows set further in than their header are list items whose marker is no text, as browsers draw them.
fn mark_unmarked_items(rows: &mut [Row]) {
    let mut parent: Option<(f32, StyleKey, usize)> = None;
    let mut item: Option<f32> = None;
    // A lone icon marks no list.
    let iconed: Vec<bool> = rows
        .iter()
        .map(|row| {
            row.cells.first().is_some_and(|cell| cell.runs.first().is_some_and(|run| run.break_before))
        })
        .collect();
    for (index, row) in rows.iter_mut().enumerate() {
        if row.bullet || row.cells.is_empty() {
            item = None;
            continue;
        }
        let lone_icon = iconed[index]
            && !(index > 0 && iconed[index - 1] || iconed.get(index + 1).copied().unwrap_or(false));
        let follows = item.is_some_and(|x| (x - row.x).abs() < 1.5);
        let size = f32::from(row.style.size) / 2.0;
        match parent {
            Some((x, style, page))
                if page == row.page
                    && row.x > x + 0.6 * size
                    && row.x < x + 8.0 * size
                    && (row.dates.is_empty() || follows)
                    && row.margin.is_empty()
                    && row.style.size * 4 <= style.size * 5
                    && !lone_icon
                    && (follows || row.style != style || row.text.split_whitespace().count() > 4) =>
            {
                row.bullet = true;
                row.body = true;
                item = Some(row.x);
            }
            _ => {
                parent = Some((row.x, row.style, row.page));
                item = None;
            }
        }
    }
}

/// The line cannot end here: a comma, conjunction or preposition asks for more.
pub(crate) fn ends_open(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or("").to_lowercase();
    let is_word = matches!(
        last.as_str(),
        "in" | "of"
            | "and"
            | "&"
            | "und"
            | "für"
            | "et"
            | "de"
            | "des"
            | "du"
            | "en"
            | "y"
            | "e"
            | "di"
            | "van"
            | "von"
            | "the"
            | "for"
            | "at"
            | "with"
            | "to"
            | "mit"
            | "la"
            | "le"
            | "les"
            | "der"
            | "die"
            | "das"
            | "or"
            | "oder"
            | "avec"
            | "con"
            | "het"
    );
    let hyphen = last.ends_with('-') && last.chars().rev().nth(1).is_some_and(char::is_alphabetic);
    is_word || hyphen || last.ends_with(['/', ','])
}

/// Whether a line ended because the next word had no room: then the next line goes on.
pub(crate) fn is_wrapped(before: &Row, row: &Row, right: f32) -> bool {
    let size = f32::from(row.style.size) / 2.0;
    let word = row.text.split(' ').next().unwrap_or("").chars().count() as f32;
    let total = row.text.chars().count().max(1) as f32;
    let width = (row.right - row.x).max(0.0) * word / total;
    let room = right - before.right;
    let lower = row.text.chars().next().is_some_and(|c| c.is_lowercase() || "&(".contains(c));
    if lower || ends_open(&before.text) {
        return room < width + 6.0 * size;
    }
    // The longest line of a list only looks full beside its neighbours.
    room < width + 0.1 * size && before.limit - before.right < width + 14.0 * size
}

/// Marks rows that continue a wrapped bullet or paragraph.
fn mark_continuations(rows: &mut [Row]) {
    let rights: Vec<f32> = (0..rows.len()).map(|index| right_edge(rows, index)).collect();
    let mut open: Option<(f32, f32, StyleKey)> = None;
    for (index, right) in rights.into_iter().enumerate() {
        let (before, rest) = rows.split_at_mut(index);
        let row = &mut rest[0];
        let Some(previous) = before.last() else {
            open = row.bullet.then(|| opened(row));
            continue;
        };
        let size = f32::from(row.style.size) / 2.0;
        let near = previous.page != row.page || row.gap < 0.85 * size;
        let goes_on =
            near && row.dates.is_empty() && row.margin.is_empty() && is_wrapped(previous, row, right);
        if let Some((glyph, text, style)) = open {
            let unmarked =
                !row.bullet || row.cells.first().is_some_and(|cell| (cell.rect.x - row.x).abs() < 1.0);
            let hanging = (row.x - text).abs() < 2.5;
            let flush = (row.x - glyph).abs() < 2.5;
            if goes_on && unmarked && row.style.size == style.size && (hanging || flush) {
                row.continues = true;
                row.body = true;
                row.bullet = false;
                continue;
            }
            open = None;
        }
        if row.bullet {
            open = Some(opened(row));
            continue;
        }
        let same = previous.style.size == row.style.size && previous.style.weight == row.style.weight;
        if previous.body && !previous.bullet && goes_on && same && (row.x - previous.x).abs() < 3.0 {
            row.continues = true;
            row.body = true;
        }
    }
}

/// How far lines near this one reach: what stands at another indentation does not count, and running text may be
/// set narrower than headers with dates at the right edge.
pub(crate) fn right_edge(rows: &[Row], index: usize) -> f32 {
    let row = &rows[index];
    let near = &rows[index.saturating_sub(24)..rows.len().min(index + 24)];
    let of = |body: bool| {
        near.iter()
            .filter(|other| (other.x - row.x).abs() < 60.0 && (!body || other.body))
            .map(|other| other.right)
            .fold(f32::MIN, f32::max)
    };
    let (widest, body) = (of(false), of(true));
    if body > row.x + 0.7 * (widest - row.x) { body } else { widest }
}

fn opened(row: &Row) -> (f32, f32, StyleKey) {
    (row.x, row.cells.first().map_or(row.x, |cell| cell.rect.x), row.style)
}
