//! Lines to spans, and the numbers of lines and blocks.

use mortise_sdk::{Rect, Span};

use super::words::{Word, is_bullet};
use crate::ink::{Ink, InkStyle};

/// From the baseline up to a box's upper edge, in sizes.
const ASCENT: f32 = 0.8;
/// The widest gap within a span, in sizes.
const SPACE: f32 = 0.5;
/// Words closer than this are one.
const GLUE: f32 = 0.13;
/// Gaps that a reader of spans would not take for a blank.
const NARROW: f32 = 0.16;
/// Blocks that may go on at a time, and cells of a line that are told apart.
const MAX_OPEN: usize = 64;

/// Builds the spans of a page.
pub(super) struct Builder<'i> {
    ink: &'i Ink,
    pub(super) spans: Vec<Span>,
    line: u32,
    blocks: u32,
    /// Blocks that the next line may continue.
    open: Vec<Block>,
}

#[derive(Clone, Copy)]
struct Block {
    number: u32,
    x0: f32,
    x1: f32,
    y: f32,
    size: f32,
    bold: bool,
    pitch: Option<f32>,
}

struct Draft {
    span: Span,
    style: u32,
    doubled: bool,
}

impl<'i> Builder<'i> {
    pub(super) fn new(ink: &'i Ink) -> Self {
        Self { ink, spans: Vec::new(), line: 0, blocks: 0, open: Vec::new() }
    }

    /// What comes next belongs to another column or part.
    pub(super) fn end_part(&mut self) {
        self.open.clear();
    }

    /// Adds a line, given from left to right.
    pub(super) fn push_line(&mut self, words: &[Word], line: &[usize]) {
        let mut drafts: Vec<Draft> = Vec::new();
        let mut before: Option<&Word> = None;
        for &index in line {
            let word = &words[index];
            self.push_word(&mut drafts, before, word);
            before = Some(word);
        }
        let line_spans: Vec<Span> = drafts.into_iter().map(|draft| draft.span).collect();
        self.push_cells(line_spans);
        self.line += 1;
    }

    fn push_word(&self, drafts: &mut Vec<Draft>, before: Option<&Word>, word: &Word) {
        let size = before.map_or(word.size, |before| before.size.max(word.size));
        let gap = before.map_or(0.0, |before| word.x0 - before.x1);
        let tracking = before.map_or(0.0, |before| before.tracking.min(word.tracking));
        let glued = gap.abs()
            <= if word.blank_before && !word.text.starts_with([',', '.', ';', ')']) {
                0.05 * size
            } else {
                GLUE * size + tracking * 1.25
            };
        if let Some(draft) = drafts.last_mut() {
            let level = before.is_some_and(|before| {
                (before.y - word.y).abs() < 0.1 * size && (before.size - word.size).abs() < 0.05 * size
            });
            let same = draft.style == word.style && draft.doubled == word.doubled && level;
            if same && gap <= SPACE * size + tracking * 2.5 && gap > -0.5 * size {
                if !glued {
                    draft.span.text.push(' ');
                }
                draft.span.text.push_str(&word.text);
                draft.span.rect.width = draft.span.rect.width.max(word.x1 - draft.span.rect.x);
                draft.span.stream_order = draft.span.stream_order.min(word.order);
                return;
            }
            if !glued && gap.abs() <= NARROW * size {
                draft.span.text.push(' ');
            }
        }
        drafts.push(Draft { span: self.span(word), style: word.style, doubled: word.doubled });
    }

    fn span(&self, word: &Word) -> Span {
        let look = self.ink.styles.get(word.style as usize);
        let style = look.map(|look| &look.font.style);
        let weight = style.map_or(400, |style| style.weight);
        let thick = word.doubled || look.is_some_and(|look: &InkStyle| look.thickened);
        Span {
            text: word.text.clone(),
            rect: Rect {
                x: word.x0,
                y: word.y - ASCENT * word.size,
                width: word.x1 - word.x0,
                height: word.size,
            },
            font_size: word.size,
            font_weight: if thick { weight.max(700) } else { weight },
            italic: style.is_some_and(|style| style.italic),
            font_name: style.and_then(|style| style.name.clone()),
            color: look.map_or(0, |look| look.color),
            line: self.line,
            block: 0,
            stream_order: word.order,
        }
    }

    /// Cells are the parts of a line with wide gaps between them; each goes on with a block above it or opens one.
    fn push_cells(&mut self, spans: Vec<Span>) {
        let mut cells: Vec<Vec<Span>> = Vec::new();
        for span in spans {
            let full = cells.len() == MAX_OPEN;
            match cells.last_mut() {
                Some(cell)
                    if cell.last().is_some_and(|last| {
                        span.rect.x - last.rect.right() <= 1.2 * last.font_size.max(span.font_size)
                    }) =>
                {
                    cell.push(span);
                }
                Some(cell) if full => cell.push(span),
                _ => cells.push(vec![span]),
            }
        }
        let mut next: Vec<Block> = Vec::new();
        for mut cell in cells {
            let block = self.block_of(&cell);
            next.push(block);
            for span in &mut cell {
                span.block = block.number;
            }
            self.spans.append(&mut cell);
        }
        let y = next.iter().map(|block| block.y).fold(f32::MIN, f32::max);
        // A neighbour's rows may come between two lines of a cell.
        self.open.retain(|block| {
            y - block.y < 2.2 * block.size && next.iter().all(|new| new.number != block.number)
        });
        self.open.extend(next);
        self.open.truncate(MAX_OPEN);
    }

    fn block_of(&mut self, cell: &[Span]) -> Block {
        let x0 = cell.iter().map(|span| span.rect.x).fold(f32::MAX, f32::min);
        let x1 = cell.iter().map(|span| span.rect.right()).fold(f32::MIN, f32::max);
        let size = cell.iter().map(|span| span.font_size).fold(0.0, f32::max);
        let y = cell.iter().map(|span| span.rect.y + ASCENT * span.font_size).fold(f32::MIN, f32::max);
        let bold = cell.iter().all(|span| span.font_weight >= 600);
        let bulleted = cell.first().is_some_and(|span| is_bullet(&span.text));
        let fits = |block: &&Block| {
            let pitch = y - block.y;
            let overlap = x1.min(block.x1) - x0.max(block.x0);
            pitch > 0.0
                && pitch <= 1.9 * size.max(block.size)
                && block.pitch.is_none_or(|usual| (pitch - usual).abs() <= 0.25 * usual)
                && overlap > 0.3 * (x1 - x0).min(block.x1 - block.x0)
                && (size - block.size).abs() <= 0.12 * block.size
                && bold == block.bold
        };
        let found = if bulleted { None } else { self.open.iter().rev().find(fits).copied() };
        match found {
            Some(block) => {
                Block { x0: x0.min(block.x0), x1: x1.max(block.x1), y, pitch: Some(y - block.y), ..block }
            }
            None => {
                self.blocks += 1;
                Block { number: self.blocks - 1, x0, x1, y, size, bold, pitch: None }
            }
        }
    }
}
