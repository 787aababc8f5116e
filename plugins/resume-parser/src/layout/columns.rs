//! Cuts pages into columns at whitespace rivers, and joins columns that run over several pages.
//!
//! A river is only a column gutter when both of its sides live on their own: each has section headings.
//! Otherwise left and right belong together line by line (dates or labels beside their text).

use super::rows::{cells, rows};
use super::{Cell, Run, StyleKey};
use mortise_sdk::Rect;

const MAX_DEPTH: usize = 4;
const MAX_CANDIDATES: usize = 48;

/// Runs that are read together, top to bottom.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) runs: Vec<Run>,
    pub(crate) page: usize,
    /// The same number on the next page means that the text reads on.
    pub(crate) column: usize,
}

/// A part of one page between rivers: its runs and the x-range it may fill.
struct Part {
    runs: Vec<Run>,
    left: f32,
    right: f32,
    /// Part of a split, not full width.
    is_column: bool,
}

pub(crate) fn regions(pages: &[Vec<Run>], _rules: &[Vec<Rect>], is_heading: &dyn Fn(&str) -> bool) -> Vec<Region> {
    let mut out: Vec<Region> = Vec::new();
    let mut next_column = 0;
    // Columns the page before ended in: x-range, number, and where in `out` its last region stands.
    let mut open: Vec<(f32, f32, usize)> = Vec::new();
    let mut gutters: Vec<f32> = Vec::new();
    for (page, runs) in pages.iter().enumerate() {
        let mut parts = Vec::new();
        let cutter = Cutter { is_heading, known: gutters.clone() };
        cutter.cut(runs.clone(), f32::MIN, f32::MAX, 0, false, &mut parts);
        gutters = parts.iter().filter(|part| part.left > f32::MIN && part.is_column).map(|part| part.left).collect();
        let mut now_open: Vec<(f32, f32, usize)> = Vec::new();
        let mut previous_was_column = false;
        for (index, part) in parts.into_iter().enumerate() {
            let left = part.runs.iter().map(|run| run.rect.x).fold(f32::MAX, f32::min);
            let right = part.runs.iter().map(|run| run.rect.right()).fold(f32::MIN, f32::max);
            let continues = open
                .iter()
                .filter(|(from, to, _)| left >= from - 6.0 && right <= to + 6.0)
                .min_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
                .copied()
                .filter(|_| part.is_column || index == 0);
            let (column, bounds) = match continues {
                Some((from, to, column)) => (column, (from, to)),
                None => {
                    // Full-width text below columns reads on from the last of them.
                    let column = if index > 0 && !part.is_column && previous_was_column {
                        next_column - 1
                    } else {
                        next_column += 1;
                        next_column - 1
                    };
                    (column, (part.left, part.right))
                }
            };
            if !part.is_column && part.left == f32::MIN {
                now_open.clear();
            }
            previous_was_column = part.is_column;
            now_open.push((bounds.0, bounds.1, column));
            // A column that reads on goes right behind its own part of the page before.
            let position = match continues {
                Some(_) => out.iter().rposition(|region| region.column == column).map_or(out.len(), |at| at + 1),
                None => out.len(),
            };
            out.insert(position, Region { runs: part.runs, page, column });
        }
        if !now_open.is_empty() {
            // Columns this page does not use stay open for the next one.
            if now_open.len() == 1 && open.len() > 1 && open.iter().any(|(_, _, column)| *column == now_open[0].2) {
                now_open = open.clone();
            }
            open = now_open;
        }
    }
    out
}

struct Cutter<'a> {
    is_heading: &'a dyn Fn(&str) -> bool,
    /// Left edges of right-hand columns on the page before.
    known: Vec<f32>,
}

struct River {
    x: f32,
    top: f32,
    bottom: f32,
    score: f32,
}

impl Cutter<'_> {
    fn cut(&self, runs: Vec<Run>, left: f32, right: f32, depth: usize, is_column: bool, out: &mut Vec<Part>) {
        if runs.is_empty() {
            return;
        }
        let river = if depth < MAX_DEPTH && runs.len() >= 6 { self.best_river(&runs) } else { None };
        let Some(river) = river else {
            out.push(Part { runs, left, right, is_column });
            return;
        };
        let (mut above, mut below, mut west, mut east) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for run in runs {
            let middle = run.rect.y + run.rect.height / 2.0;
            if middle < river.top {
                above.push(run);
            } else if middle > river.bottom {
                below.push(run);
            } else if run.rect.x + run.rect.width.min(4.0) / 2.0 < river.x {
                west.push(run);
            } else {
                east.push(run);
            }
        }
        self.cut(above, left, right, depth + 1, is_column, out);
        self.cut(west, left, river.x - 2.0, depth + 1, true, out);
        self.cut(east, river.x - 2.0, right, depth + 1, true, out);
        self.cut(below, left, right, depth + 1, is_column, out);
    }

    fn best_river(&self, runs: &[Run]) -> Option<River> {
        let mut best: Option<River> = None;
        for x in candidates(runs) {
            for (top, bottom) in bands(runs, x) {
                if let Some((score, top)) = self.score(runs, x, top, bottom)
                    && best.as_ref().is_none_or(|river| score > river.score)
                {
                    best = Some(River { x, top, bottom, score });
                }
            }
        }
        best
    }

    fn score(&self, runs: &[Run], x: f32, top: f32, bottom: f32) -> Option<(f32, f32)> {
        let (mut west, mut east) = (Vec::new(), Vec::new());
        for run in runs {
            let middle = run.rect.y + run.rect.height / 2.0;
            if middle >= top && middle <= bottom && !run.text.is_empty() {
                if run.rect.x + 2.0 < x { west.push(run.clone()) } else { east.push(run.clone()) }
            }
        }
        if west.len() < 2 || east.len() < 2 {
            return None;
        }
        let size = west.iter().map(Run::size).fold(f32::MAX, f32::min).clamp(4.0, 14.0);
        // Trailing spaces and sloppy advances reach a little into a gutter; most runs decide.
        let mut ends: Vec<f32> = west.iter().map(|run| run.rect.right()).collect();
        ends.sort_by(f32::total_cmp);
        let gutter = x - ends[ends.len() - 1];
        if gutter < 0.35 * size {
            return None;
        }
        let mut west = Side::new(west, self.is_heading);
        let mut east = Side::new(east, self.is_heading);
        (west.headings, east.headings) = (west.headings_beside(&east), east.headings_beside(&west));
        let overlap = west.bottom.min(east.bottom) - west.top.max(east.top);
        if overlap < 2.0 * size {
            return None;
        }
        let is_known = self.known.iter().any(|known| (known + 2.0 - x).abs() < 6.0);
        if west.headings == 0 || east.headings == 0 {
            if !is_known || west.lines < 2 || east.lines < 2 {
                return None;
            }
        } else if west.is_label_column(&east) {
            return None;
        }
        let headings = west.headings.min(east.headings) as f32;
        // What stands above the first heading of either side is the head of the page, across both.
        let first = [&west, &east].iter().filter_map(|side| side.first_heading).fold(f32::MAX, f32::min);
        let top = if is_known { top } else { top.max(first - 0.6 * size) };
        let score = headings * 2.0 + (bottom - top).min(2_000.0) / 400.0 + gutter.min(40.0) / 40.0 + f32::from(u8::from(is_known));
        Some((score, top))
    }
}

struct Side {
    rows: Vec<(f32, StyleKey, bool)>,
    lines: usize,
    headings: usize,
    /// Lines that are no heading.
    others: usize,
    bases: Vec<f32>,
    heading_bases: Vec<f32>,
    /// Upper edge of the first heading.
    first_heading: Option<f32>,
    top: f32,
    bottom: f32,
}

impl Side {
    fn new(runs: Vec<Run>, is_heading: &dyn Fn(&str) -> bool) -> Side {
        let top = runs.iter().map(|run| run.rect.y).fold(f32::MAX, f32::min);
        let bottom = runs.iter().map(|run| run.rect.bottom()).fold(f32::MIN, f32::max);
        let mut side = Side {
            rows: Vec::new(),
            lines: 0,
            headings: 0,
            others: 0,
            bases: Vec::new(),
            heading_bases: Vec::new(),
            first_heading: None,
            top,
            bottom,
        };
        for row in rows(runs) {
            let base = row.first().map(Run::baseline).unwrap_or_default();
            let cells = cells(row, &[]);
            side.lines += 1;
            side.bases.push(base);
            // A heading may share its line with something at the far right, but it stands first.
            let style = cells.first().map(Cell::first_style).unwrap_or_default();
            let before = side.headings;
            if cells.len() <= 2 && cells.first().is_some_and(|cell| cell.text.len() < 48 && is_heading(&cell.text)) {
                side.headings += 1;
                side.first_heading = side.first_heading.or(cells.first().map(|cell| cell.rect.y));
                side.heading_bases.push(base);
            } else {
                side.others += 1;
            }
            side.rows.push((base, style, side.headings > before));
        }
        side
    }

    /// Headings that are not level with an equal-looking line on the other side that is none: those are the
    /// names of groups in a grid.
    fn headings_beside(&self, other: &Side) -> usize {
        let is_grid = |base: f32, style: StyleKey| {
            other.rows.iter().any(|(level, look, heading)| !heading && *look == style && (level - base).abs() < 2.0)
        };
        self.rows.iter().filter(|(base, style, heading)| *heading && !is_grid(*base, *style)).count()
    }

    /// Headings to the left of their sections: nearly nothing else on the left, each level with text on the right.
    fn is_label_column(&self, east: &Side) -> bool {
        let level = self
            .heading_bases
            .iter()
            .filter(|base| east.bases.iter().any(|other| (*other - **base).abs() < 9.0))
            .count();
        let mostly_headings = self.others * 2 <= self.headings;
        let outnumber = self.headings >= 2 * east.headings.max(1);
        level * 3 >= self.headings * 2 && (mostly_headings || outnumber && self.others <= 2 * self.headings && self.lines * 2 < east.lines)
    }
}

/// Left edges several runs share and that have something to their left.
fn candidates(runs: &[Run]) -> Vec<f32> {
    let mut edges: Vec<f32> = runs.iter().filter(|run| !run.text.is_empty()).map(|run| run.rect.x).collect();
    edges.sort_by(f32::total_cmp);
    let mut groups: Vec<(f32, usize)> = Vec::new();
    for edge in edges {
        match groups.last_mut() {
            Some((first, count)) if edge - *first < 3.0 => *count += 1,
            _ => groups.push((edge, 1)),
        }
    }
    if groups.is_empty() {
        return Vec::new();
    }
    groups.remove(0);
    groups.retain(|(_, count)| *count >= 2);
    groups.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.total_cmp(&b.0)));
    groups.truncate(MAX_CANDIDATES);
    groups.into_iter().map(|(x, _)| x - 0.5).collect()
}

/// Stretches of the page that nothing crosses at `x`.
fn bands(runs: &[Run], x: f32) -> Vec<(f32, f32)> {
    let mut top = f32::MAX;
    let mut bottom = f32::MIN;
    let mut crossing: Vec<(f32, f32)> = Vec::new();
    for run in runs {
        top = top.min(run.rect.y);
        bottom = bottom.max(run.rect.bottom());
        if run.rect.x < x - 1.0 && run.rect.right() > x + 1.0 {
            crossing.push((run.rect.y, run.rect.bottom()));
        }
    }
    crossing.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut bands = Vec::new();
    let mut from = top - 1.0;
    for (start, end) in crossing {
        if start - from > 24.0 {
            bands.push((from, start));
        }
        from = from.max(end);
    }
    if bottom - from > 24.0 {
        bands.push((from, bottom + 1.0));
    }
    bands.truncate(24);
    bands
}
