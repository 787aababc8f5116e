//! Tells wrapped lines from new ones, and list items whose marker is no text.

use super::rows::Row;
use crate::layout::StyleKey;

/// Rows set further in than their header are list items whose marker is no text, as browsers draw them.
pub(super) fn mark_unmarked_items(rows: &mut [Row]) {
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
pub(super) fn ends_open(text: &str) -> bool {
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
pub(super) fn is_wrapped(before: &Row, row: &Row, right: f32) -> bool {
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
pub(super) fn mark_continuations(rows: &mut [Row]) {
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
pub(super) fn right_edge(rows: &[Row], index: usize) -> f32 {
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
