//! Blocks onto flowed pages: gaps, rules, alignment, and tables cell by cell.

use mortise_sdk::PluginError;
use mortise_sdk::flow::{Cell, Flow, Line, Run};

use crate::blocks::{Block, Paragraph, Table, TableCell};
use crate::properties::Alignment;
use crate::too_large;

const MAX_SPANS: usize = 100_000;
const MAX_PAGES: usize = 10_000;
/// Free room at a cell's right edge.
const PADDING: f32 = 8.0;

pub(crate) fn set(blocks: Vec<Block>, width: f32) -> Result<Flow, PluginError> {
    let mut flow = Flow::new();
    body(&mut flow, blocks, width)?;
    Ok(flow)
}

fn body(flow: &mut Flow, blocks: Vec<Block>, width: f32) -> Result<(), PluginError> {
    let mut pages = 0;
    let mut after = 0.0f32;
    let mut blocks = blocks.into_iter().peekable();
    while let Some(block) = blocks.next() {
        match block {
            Block::Paragraph(paragraph) => {
                let below = paragraph.rule_below
                    && !matches!(blocks.peek(), Some(Block::Paragraph(next)) if next.rule_below);
                flow.gap(after.max(paragraph.before));
                after = paragraph.after;
                if paragraph.rule_above {
                    flow.rule();
                }
                if is_blank(&paragraph) {
                    flow.gap(paragraph.size);
                }
                for line in lines(paragraph, width) {
                    flow.paragraph(&line);
                }
                if below {
                    flow.rule();
                }
            }
            Block::Table(table) => {
                after = 0.0;
                self::table(flow, table, width)?;
            }
            Block::PageBreak => {
                pages += 1;
                if pages > MAX_PAGES {
                    return Err(too_large("The document has more pages than a résumé can."));
                }
                flow.page_break();
            }
        }
        if flow.len() > MAX_SPANS {
            return Err(too_large("The document has far more pieces of text than a résumé can."));
        }
    }
    Ok(())
}

fn table(flow: &mut Flow, table: Table, width: f32) -> Result<(), PluginError> {
    let Table { columns, rows } = table;
    for mut row in rows {
        row.retain(|cell| has_text(&cell.blocks));
        // A row of one cell is a frame around ordinary text.
        if row.len() == 1 && row[0].start == 0 && (columns.len() == 1 || row[0].columns >= columns.len()) {
            for cell in row {
                body(flow, cell.blocks, width)?;
            }
            continue;
        }
        let cells: Vec<Cell> = row.into_iter().map(|cell| set_cell(cell, &columns)).collect();
        flow.gap(2.0);
        flow.row(&cells);
        if flow.len() > MAX_SPANS {
            return Err(too_large("The document has far more pieces of text than a résumé can."));
        }
    }
    flow.gap(2.0);
    Ok(())
}

fn set_cell(cell: TableCell, columns: &[f32]) -> Cell {
    let TableCell { start, columns: span, blocks } = cell;
    let start = start.min(columns.len());
    let end = (start + span).min(columns.len());
    let x = columns[..start].iter().sum();
    let width = (columns[start..end].iter().sum::<f32>() - PADDING).max(20.0);
    let mut lines = Vec::new();
    stack(blocks, width, &mut lines);
    while lines.last().is_some_and(|line| line.runs.is_empty()) {
        lines.pop();
    }
    Cell { x, width: (end < columns.len()).then_some(width), lines }
}

/// A cell's blocks as lines; one without runs between blocks.
fn stack(blocks: Vec<Block>, width: f32, stacked: &mut Vec<Line>) {
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => {
                if stacked.last().is_some_and(|line| !line.runs.is_empty()) {
                    stacked.push(Line::default());
                }
                if !is_blank(&paragraph) {
                    stacked.extend(lines(paragraph, width));
                }
            }
            Block::Table(table) => {
                for row in table.rows {
                    stacked.extend(row_in_cell(row, width));
                }
            }
            Block::PageBreak => {}
        }
    }
}

/// A table in a cell: rows of single lines keep their cells apart by tabs, other rows are read in turn.
fn row_in_cell(row: Vec<TableCell>, width: f32) -> Vec<Line> {
    let cells: Vec<Vec<Line>> = row
        .into_iter()
        .map(|cell| {
            let mut lines = Vec::new();
            stack(cell.blocks, width, &mut lines);
            lines.retain(|line| !line.runs.is_empty());
            lines
        })
        .filter(|lines| !lines.is_empty())
        .collect();
    if cells.len() < 2 || cells.iter().any(|lines| lines.len() > 1) {
        return cells.into_iter().flatten().collect();
    }
    let mut joined = Line::default();
    for (index, line) in cells.into_iter().flatten().enumerate() {
        if index > 0
            && let Some(last) = joined.runs.last()
        {
            joined.runs.push(Run::new("\t", last.style.clone()));
        }
        joined.runs.extend(line.runs.into_iter().map(|run| Run { at: None, ..run }));
    }
    vec![joined]
}

/// A paragraph's lines; each stands by itself where it is centred or set to the right.
fn lines(paragraph: Paragraph, width: f32) -> Vec<Line> {
    if is_blank(&paragraph) {
        return Vec::new();
    }
    let Paragraph { line, alignment, .. } = paragraph;
    if alignment == Alignment::Left || line.runs.iter().any(|run| run.at.is_some()) {
        return vec![line];
    }
    let mut lines = vec![Line { runs: Vec::new(), ..line.clone() }];
    for run in line.runs {
        for (index, text) in run.text.split('\n').enumerate() {
            if index > 0 {
                lines.push(Line { indent: line.indent + line.hanging, hanging: 0.0, runs: Vec::new() });
            }
            if let Some(last) = lines.last_mut() {
                last.runs.push(Run { text: text.to_owned(), ..run.clone() });
            }
        }
    }
    for line in &mut lines {
        let text: f32 = line.runs.iter().map(|run| run.style.advance(&run.text)).sum();
        let free = (width - line.indent - text).max(0.0);
        line.indent += if alignment == Alignment::Center { free / 2.0 } else { free };
        line.hanging = 0.0;
    }
    lines
}

fn is_blank(paragraph: &Paragraph) -> bool {
    paragraph.line.runs.iter().all(|run| run.text.trim().is_empty())
}

fn has_text(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Paragraph(paragraph) => !is_blank(paragraph),
        Block::Table(table) => table.rows.iter().flatten().any(|cell| has_text(&cell.blocks)),
        Block::PageBreak => false,
    })
}
