//! A table, kept until its columns' widths are known.

use mortise_sdk::flow::{Cell, Flow, Line};

/// What lies between the margins of the page.
const WIDTH: f32 = 483.0;
/// Free room between two columns.
const GUTTER: f32 = 14.0;
/// Tables of more columns are set as lines.
const MAX_COLUMNS: usize = 64;

#[derive(Default)]
pub(super) struct Table {
    rows: Vec<Vec<TableCell>>,
}

struct TableCell {
    columns: usize,
    lines: Vec<Line>,
}

impl Table {
    pub(super) fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    pub(super) fn begin_cell(&mut self, columns: usize) {
        if self.rows.is_empty() {
            self.begin_row();
        }
        if let Some(row) = self.rows.last_mut() {
            row.push(TableCell { columns: columns.clamp(1, MAX_COLUMNS), lines: Vec::new() });
        }
    }

    /// Adds a line to the last cell; text outside of cells becomes a cell of its own.
    pub(super) fn push(&mut self, line: Line) {
        if self.rows.last().is_none_or(Vec::is_empty) {
            self.begin_cell(1);
        }
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.last_mut()) {
            cell.lines.push(line);
        }
    }

    pub(super) fn end_block(&mut self) {
        let cell = self.rows.last_mut().and_then(|row| row.last_mut());
        if let Some(cell) = cell
            && cell.lines.last().is_some_and(|line| !line.runs.is_empty())
        {
            cell.lines.push(Line::default());
        }
    }

    pub(super) fn set(mut self, flow: &mut Flow) {
        for cell in self.rows.iter_mut().flatten() {
            while cell.lines.last().is_some_and(|line| line.runs.is_empty()) {
                cell.lines.pop();
            }
        }
        let widths = self.widths();
        if widths.len() < 2 || widths.len() > MAX_COLUMNS {
            for line in self.rows.into_iter().flatten().flat_map(|cell| cell.lines) {
                if line.runs.is_empty() {
                    flow.block();
                } else {
                    flow.paragraph(&line);
                }
            }
            return;
        }
        for row in self.rows {
            let mut column = 0;
            let mut cells = Vec::with_capacity(row.len());
            for cell in row {
                let end = (column + cell.columns).min(widths.len());
                let x = widths[..column.min(end)].iter().map(|width| width + GUTTER).sum();
                let room: f32 = widths[column.min(end)..end].iter().map(|width| width + GUTTER).sum();
                let width = (end < widths.len()).then_some(room - GUTTER);
                cells.push(Cell { x, width, lines: cell.lines });
                column = end;
            }
            flow.row(&cells);
        }
    }

    /// As wide as the longest line needs where the page has room for all; otherwise narrow columns get what
    /// they need and wide ones share the rest.
    fn widths(&self) -> Vec<f32> {
        let columns =
            self.rows.iter().map(|row| row.iter().map(|cell| cell.columns).sum()).max().unwrap_or(0);
        if columns > MAX_COLUMNS {
            return vec![0.0; columns.min(MAX_COLUMNS + 1)];
        }
        let mut natural = vec![0.0f32; columns];
        for row in &self.rows {
            let mut column = 0;
            for cell in row {
                if cell.columns == 1 {
                    natural[column] = cell.lines.iter().map(reach).fold(natural[column], f32::max);
                }
                column += cell.columns;
            }
        }
        let room = WIDTH - GUTTER * columns.saturating_sub(1) as f32;
        share(&natural, room.max(columns as f32))
    }
}

fn share(natural: &[f32], mut room: f32) -> Vec<f32> {
    let mut widths = vec![None; natural.len()];
    loop {
        let open = widths.iter().filter(|width| width.is_none()).count();
        if open == 0 {
            break;
        }
        let fair = room / open as f32;
        let mut settled = false;
        for (width, natural) in widths.iter_mut().zip(natural) {
            if width.is_none() && *natural <= fair {
                *width = Some(*natural);
                room -= natural;
                settled = true;
            }
        }
        if !settled {
            widths.iter_mut().filter(|width| width.is_none()).for_each(|width| *width = Some(fair));
        }
    }
    widths.into_iter().map(Option::unwrap_or_default).collect()
}

/// The width of a line's longest part.
fn reach(line: &Line) -> f32 {
    let (mut longest, mut current) = (0.0f32, line.indent);
    for run in &line.runs {
        current = run.at.map_or(current, |at| current.max(at));
        for (index, piece) in run.text.split('\n').enumerate() {
            if index > 0 {
                longest = longest.max(current);
                current = line.indent + line.hanging;
            }
            current += run.style.advance(piece) + piece.matches('\t').count() as f32 * 36.0;
        }
    }
    longest.max(current) + 1.0
}
