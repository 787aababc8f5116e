//! From positioned runs of text to lines in reading order.
//!
//! Geometry decides; the order of the file only breaks ties. Every page is cut into regions at full-height
//! whitespace rivers first, lines and cells are formed inside a region afterwards.

mod columns;
mod rows;
mod runs;

use mortise_sdk::{ExtractedText, Rect};

pub(crate) use runs::Run;

/// What the eye tells styles apart by. Font families are left out: fallback fonts change inside a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StyleKey {
    /// Size in half points.
    pub(crate) size: u16,
    /// 0 light, 1 regular, 2 bold.
    pub(crate) weight: u8,
    pub(crate) italic: bool,
    pub(crate) color: u32,
}

/// Runs on one line with no wide gap between them.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) rect: Rect,
    pub(crate) runs: Vec<Run>,
    /// Where each run starts in `text`.
    pub(crate) starts: Vec<usize>,
}

impl Cell {
    pub(crate) fn from_runs(runs: Vec<Run>) -> Cell {
        let mut text = String::new();
        let mut starts = Vec::with_capacity(runs.len());
        let mut rect = runs.first().map(|run| run.rect).unwrap_or_default();
        let mut previous: Option<&Run> = None;
        for run in &runs {
            if let Some(before) = previous {
                rect = rect.union(&run.rect);
                if run.space_before
                    || before.space_after
                    || run.rect.x - before.rect.right() > 0.13 * run.size()
                {
                    text.push(' ');
                }
            }
            starts.push(text.len());
            text.push_str(&run.text);
            previous = Some(run);
        }
        Cell { text, rect, runs, starts }
    }

    /// The part of the cell in a byte range of its text, without spaces and separators at the ends.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Option<Cell> {
        let mut runs = Vec::new();
        for (run, start) in self.runs.iter().zip(&self.starts) {
            let end = start + run.text.len();
            let (a, b) = (from.max(*start), to.min(end));
            if a >= b {
                continue;
            }
            let Some(text) = run.text.get(a - start..b - start) else { continue };
            let shown = text.trim();
            if shown.is_empty() {
                continue;
            }
            // By characters: a bullet takes three bytes.
            let share = run.rect.width / run.text.chars().count().max(1) as f32;
            let before = run.text.get(..a - start).map_or(0, |head| head.chars().count());
            let mut part = run.clone();
            part.rect.x += share * before as f32;
            part.rect.width = share * text.chars().count() as f32;
            part.space_before |= text.starts_with(' ');
            part.space_after |= text.ends_with(' ');
            part.text = shown.to_owned();
            runs.push(part);
        }
        if runs.is_empty() { None } else { Some(Cell::from_runs(runs)) }
    }

    /// The style most of the text has.
    pub(crate) fn style(&self) -> StyleKey {
        let mut best = (0, StyleKey::default());
        for run in &self.runs {
            let same: usize =
                self.runs.iter().filter(|other| other.style == run.style).map(|r| r.text.len()).sum();
            if same > best.0 {
                best = (same, run.style);
            }
            if self.runs.len() > 32 {
                break;
            }
        }
        best.1
    }

    pub(crate) fn first_style(&self) -> StyleKey {
        self.runs.first().map(|run| run.style).unwrap_or_default()
    }
}

/// Cells side by side on one baseline inside one region.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) cells: Vec<Cell>,
    pub(crate) rect: Rect,
    /// From 0.
    pub(crate) page: usize,
    /// Which column region the line belongs to; equal numbers read on from one page to the next.
    pub(crate) region: usize,
    /// Free space above, to the line before in the region; large at the start of a region.
    pub(crate) gap_above: f32,
    /// A rule or the edge of a box lies between this line and the one before.
    pub(crate) rule_above: bool,
    /// A rule lies right below.
    pub(crate) rule_below: bool,
    /// How far the text of the region reaches.
    pub(crate) limit: f32,
}

impl Line {
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for cell in &self.cells {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&cell.text);
        }
        text
    }

    pub(crate) fn first_style(&self) -> StyleKey {
        self.cells.first().map(Cell::first_style).unwrap_or_default()
    }
}

/// A hyperlink with its page, from 0.
#[derive(Clone, Debug)]
pub(crate) struct PageLink {
    pub(crate) page: usize,
    pub(crate) rect: Rect,
    pub(crate) target: String,
}

/// A file's lines in reading order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub(crate) lines: Vec<Line>,
    pub(crate) links: Vec<PageLink>,
    /// The style most characters have.
    pub(crate) body: StyleKey,
    pub(crate) page_sizes: Vec<(f32, f32)>,
    pub(crate) flowed: bool,
    pub(crate) truncated: bool,
}

/// Reads the layout. `is_heading` answers whether a text is a known section heading: columns need to know.
pub(crate) fn read(text: &ExtractedText, is_heading: &dyn Fn(&str) -> bool) -> Document {
    let mut document = Document::default();
    let gathered = runs::gather(text);
    document.truncated = gathered.truncated;
    document.links = gathered.links;
    document.page_sizes = gathered.page_sizes;
    document.flowed = text.pages.iter().all(|page| page.layout == mortise_sdk::PageLayout::Flowed);
    document.body = body_style(&gathered.pages);
    let regions = columns::regions(&gathered.pages, &gathered.rules, is_heading);
    for region in regions {
        let rules = gathered.rules.get(region.page).map(Vec::as_slice).unwrap_or_default();
        document.lines.extend(rows::lines(region, rules));
    }
    document
}

fn body_style(pages: &[Vec<Run>]) -> StyleKey {
    let mut counts = std::collections::BTreeMap::<StyleKey, usize>::new();
    for run in pages.iter().flatten() {
        *counts.entry(run.style).or_default() += run.text.len();
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(style, _)| style).unwrap_or_default()
}
