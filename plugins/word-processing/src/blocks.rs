//! What a document consists of, whatever format it came in. Lengths are in points.

use mortise_sdk::flow::{Line, Run, Style};

use crate::properties::{Alignment, ParagraphProperties};
use crate::tabs;

/// Room between a marker and its text where there is no hanging indent.
const MARKER_GAP: f32 = 4.0;

/// One after the other, from top to bottom.
#[derive(Debug)]
pub enum Block {
    /// Text.
    Paragraph(Paragraph),
    /// Rows of cells.
    Table(Table),
    /// What follows stands on a new page.
    PageBreak,
}

/// A paragraph in its final look.
#[derive(Debug)]
pub struct Paragraph {
    pub(crate) line: Line,
    pub(crate) alignment: Alignment,
    pub(crate) before: f32,
    pub(crate) after: f32,
    pub(crate) rule_above: bool,
    pub(crate) rule_below: bool,
    /// The height of the paragraph when it is empty.
    pub(crate) size: f32,
}

/// A table.
#[derive(Debug, Default)]
pub struct Table {
    /// Widths.
    pub columns: Vec<f32>,
    /// From top to bottom.
    pub rows: Vec<Vec<TableCell>>,
}

impl Table {
    /// Makes up columns of equal widths where the document does not say how wide they are, or of how many.
    pub fn complete(&mut self) {
        let needed = self.rows.iter().flatten().map(|cell| cell.start + cell.columns).max().unwrap_or(0);
        if self.columns.len() < needed || self.columns.iter().all(|width| *width == 0.0) {
            self.columns = vec![480.0 / needed.max(1) as f32; needed];
        }
    }
}

/// A cell of a table.
#[derive(Debug)]
pub struct TableCell {
    /// Its first column, from 0.
    pub start: usize,
    /// How many columns it spans.
    pub columns: usize,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

impl Paragraph {
    /// Puts marker, indents and tabs together. `base` is how the paragraph looks where no run says otherwise.
    pub fn new(properties: &ParagraphProperties, base: &Style, marker: Option<&str>, runs: Vec<Run>) -> Self {
        let left = properties.left.unwrap_or(0.0).max(0.0);
        let first = (left + properties.first.unwrap_or(0.0)).max(0.0);
        let size = runs.first().map_or(base.size, |run| run.style.size);
        let has_text = runs.iter().any(|run| !run.text.trim().is_empty());
        let runs = match marker.filter(|_| has_text) {
            Some(marker) => {
                let style = runs.first().map_or_else(|| base.clone(), |run| run.style.clone());
                let end = first + style.advance(marker) + MARKER_GAP;
                let start = if left > first { left.max(end) } else { end };
                let marker = Run { at: Some(first), ..Run::new(marker, style.clone()) };
                let gap = Run { at: Some(start), ..Run::new("", style) };
                let text = tabs::place(runs, start, left.max(start), &properties.stops);
                [marker, gap].into_iter().chain(text).collect()
            }
            None => tabs::place(runs, first, left, &properties.stops),
        };
        Self {
            line: Line { indent: first, hanging: left - first, runs },
            alignment: properties.alignment.unwrap_or(Alignment::Left),
            before: properties.before.unwrap_or(0.0).clamp(0.0, 72.0),
            after: properties.after.unwrap_or(0.0).clamp(0.0, 72.0),
            rule_above: properties.rule_above == Some(true),
            rule_below: properties.rule_below == Some(true),
            size,
        }
    }
}
