//! The column of dates left of the entries, as many layouts have it.

use super::rows::{Dated, Row, is_blank, unbulleted};
use crate::fields::dates;
use crate::layout::{Cell, Line};

/// The x where content starts if everything left of it is a column of dates.
pub(super) fn left_column(lines: &[Line]) -> Option<f32> {
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
pub(super) fn is_date_part(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    // A month: with a year behind it, all of it is a date.
    let is_month =
        || dates::find_ranges(&format!("{text} 2001")).first().is_some_and(|date| date.bytes.start == 0);
    text.is_empty() || text.chars().all(|c| c.is_ascii_digit()) || !text.contains(' ') && is_month()
}

pub(super) struct Note {
    pub(super) row: usize,
    pub(super) page: usize,
    pub(super) cell: Cell,
}

/// Gives the dates of the left column to the rows beside them; wrapped dates are read across their lines.
pub(super) fn place_notes(rows: &mut [Row], notes: Vec<Note>) {
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
