//! Sections set as cards side by side: each column of cards is read on its own.

use super::margin;
use crate::fields::dates;
use crate::layout::{Cell, Line};

/// Splits lines into columns of cards, or answers them as one column.
pub(crate) fn columns(lines: Vec<Line>) -> Vec<Vec<Line>> {
    split(lines, 14.0)
}

/// The same for entries with several cells a line: columns have to be exactly flush.
pub(crate) fn strict_columns(lines: Vec<Line>) -> Vec<Vec<Line>> {
    split(lines, 2.0)
}

fn split(lines: Vec<Line>, slack: f32) -> Vec<Vec<Line>> {
    let Some(edges) = edges(&lines, slack) else { return vec![lines] };
    // Rows of cards: a new first card starts a new row, so that reading order stays card by card.
    let mut grid: Vec<Vec<Vec<Line>>> = Vec::new();
    let lead = lines.first().map(Line::first_style).unwrap_or_default();
    for line in lines {
        let starts = line.first_style() == lead && line.gap_above > 0.0;
        let has_first = line.cells.iter().any(|cell| column_of(cell, &edges) == 0);
        let is_new = match grid.last() {
            None => true,
            Some(row) => starts && has_first && row[0].len() > 1 && line.gap_above > 0.6 * line.rect.height,
        };
        if is_new {
            grid.push(vec![Vec::new(); edges.len() + 1]);
        }
        let Some(row) = grid.last_mut() else { continue };
        let mut split: Vec<Vec<Cell>> = vec![Vec::new(); edges.len() + 1];
        for cell in &line.cells {
            split[column_of(cell, &edges)].push(cell.clone());
        }
        for (column, cells) in split.into_iter().enumerate() {
            let Some(first) = cells.first() else { continue };
            let rect = cells.iter().fold(first.rect, |sum, cell| sum.union(&cell.rect));
            let gap = row[column].last().map_or(line.gap_above, |before: &Line| {
                if before.page == line.page { rect.y - before.rect.bottom() } else { line.gap_above }
            });
            row[column].push(Line { cells, rect, gap_above: gap, ..line.clone() });
        }
    }
    grid.into_iter().flatten().filter(|column| !column.is_empty()).collect()
}

fn column_of(cell: &Cell, edges: &[f32]) -> usize {
    edges.iter().take_while(|edge| cell.rect.x >= **edge - 2.0).count()
}

fn is_dated(text: &str) -> bool {
    dates::find_ranges(text).iter().any(|date| date.bytes.len() * 2 > text.len())
}

/// Left edges of the second and further columns.
fn edges(lines: &[Line], slack: f32) -> Option<Vec<f32>> {
    let lead = lines.first()?;
    let style = lead.first_style();
    let mut edges: Vec<f32> = Vec::new();
    // A column of dates beside its entries is no card.
    if lead.cells.first().is_some_and(|cell| margin::is_date_part(&cell.text) || is_dated(&cell.text)) {
        return None;
    }
    // Nor is a name with its list.
    if let [name, list] = lead.cells.as_slice()
        && list.text.contains(',')
        && !name.text.contains(',')
    {
        return None;
    }
    for cell in lead.cells.iter().skip(1) {
        let same = cell.first_style() == style;
        if !same || is_dated(&cell.text) {
            return None;
        }
        edges.push(cell.rect.x);
    }
    if edges.is_empty() || edges.len() > 5 {
        return None;
    }
    // The columns have to hold: each edge has a second line, and no cell runs across it.
    let crosses = lines
        .iter()
        .flat_map(|line| &line.cells)
        .any(|cell| edges.iter().any(|edge| cell.rect.x < edge - 2.0 && cell.rect.right() > edge + 2.0));
    let lined = edges.iter().all(|edge| {
        lines.iter().skip(1).any(|line| line.cells.iter().any(|cell| (cell.rect.x - edge).abs() < slack))
    });
    // Text flush right and ragged left is no column.
    let last = edges.last().copied().unwrap_or_default();
    let cells: Vec<&Cell> =
        lines.iter().filter_map(|line| line.cells.last()).filter(|cell| cell.rect.x >= last - 60.0).collect();
    let spread = |ends: &dyn Fn(&Cell) -> f32| {
        let values = cells.iter().map(|cell| ends(cell));
        values.clone().fold(f32::MIN, f32::max) - values.fold(f32::MAX, f32::min)
    };
    let flush_right =
        cells.len() > 1 && spread(&|cell| cell.rect.right()) < 3.0 && spread(&|cell| cell.rect.x) > 3.0;
    (!crosses && lined && !flush_right).then_some(edges)
}
