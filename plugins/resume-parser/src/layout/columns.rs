//! Cuts pages into columns at whitespace rivers, and joins columns that run over several pages.
//!
//! A river is only a column gutter when both of its sides live on their own: each has section headings.
//! Otherwise left and right belong together line by line (dates or labels beside their text).

use super::rows::{cells, rows};
use super::{Run, StyleKey};
use mortise_sdk::Rect;

const MAX_DEPTH: usize = 4;
const MAX_CANDIDATES: usize = 32;
/// Runs closer than this many ems read on.
const JOIN_GAP: f32 = 0.35;

/// Runs that are read together, top to bottom.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) runs: Vec<Run>,
    pub(crate) page: usize,
    /// The same number on the next page means that the text reads on.
    pub(crate) column: usize,
}

/// Runs on one baseline with no more than a blank between them.
#[derive(Clone, Debug)]
struct Segment {
    runs: Vec<Run>,
    rect: Rect,
    base: f32,
    style: StyleKey,
    heading: bool,
    caps: bool,
}

/// A part of one page between rivers: its text and the x-range it may fill.
struct Part {
    segments: Vec<Segment>,
    left: f32,
    right: f32,
    /// Part of a split, not full width.
    is_column: bool,
}

pub(crate) fn regions(
    pages: &[Vec<Run>],
    _rules: &[Vec<Rect>],
    is_heading: &dyn Fn(&str) -> bool,
) -> Vec<Region> {
    let mut out: Vec<Region> = Vec::new();
    let mut next_column = 0;
    // Columns the page before ended in: x-range, number, and where in `out` its last region stands.
    let mut open: Vec<(f32, f32, usize)> = Vec::new();
    let mut gutters: Vec<f32> = Vec::new();
    for (page, runs) in pages.iter().enumerate() {
        let mut parts = Vec::new();
        let cutter = Cutter { known: gutters.clone() };
        cutter.cut(segments(runs, is_heading), f32::MIN, f32::MAX, 0, false, &mut parts);
        gutters = parts
            .iter()
            .filter(|part| part.left > f32::MIN && part.is_column)
            .map(|part| part.left)
            .collect();
        let mut now_open: Vec<(f32, f32, usize)> = Vec::new();
        let mut previous_was_column = false;
        for (index, part) in parts.into_iter().enumerate() {
            let left = part.segments.iter().map(|segment| segment.rect.x).fold(f32::MAX, f32::min);
            let right = part.segments.iter().map(|segment| segment.rect.right()).fold(f32::MIN, f32::max);
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
                Some(_) => {
                    out.iter().rposition(|region| region.column == column).map_or(out.len(), |at| at + 1)
                }
                None => out.len(),
            };
            let runs = part.segments.into_iter().flat_map(|segment| segment.runs).collect();
            out.insert(position, Region { runs, page, column });
        }
        if !now_open.is_empty() {
            // Columns this page does not use stay open for the next one.
            if now_open.len() == 1
                && open.len() > 1
                && open.iter().any(|(_, _, column)| *column == now_open[0].2)
            {
                now_open = open.clone();
            }
            open = now_open;
        }
    }
    out
}

fn segments(runs: &[Run], is_heading: &dyn Fn(&str) -> bool) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    for row in rows(runs.to_vec()) {
        let from = out.len();
        for run in row {
            let joins = out.len() > from
                && out.last().is_some_and(|segment| {
                    run.rect.x - segment.rect.right() < JOIN_GAP * run.size().max(4.0)
                        && (run.baseline() - segment.base).abs() < 0.3 * run.size()
                });
            match out.last_mut() {
                Some(segment) if joins => {
                    segment.rect = segment.rect.union(&run.rect);
                    segment.runs.push(run);
                }
                _ => out.push(Segment {
                    rect: run.rect,
                    base: run.baseline(),
                    style: run.style,
                    heading: false,
                    caps: false,
                    runs: vec![run],
                }),
            }
        }
    }
    for segment in &mut out {
        let length: usize = segment.runs.iter().map(|run| run.text.len()).sum();
        segment.heading = length < 64
            && cells(segment.runs.clone(), &[])
                .first()
                .is_some_and(|cell| cell.text.len() < 48 && is_heading(&cell.text));
        segment.caps = segment.runs.iter().all(|run| !run.text.chars().any(char::is_lowercase));
    }
    out
}

struct Cutter {
    /// Left edges of right-hand columns on the page before.
    known: Vec<f32>,
}

struct River {
    x: f32,
    top: f32,
    bottom: f32,
    score: f32,
}

fn middle(segment: &Segment) -> f32 {
    segment.rect.y + segment.rect.height / 2.0
}

impl Cutter {
    fn cut(
        &self,
        segments: Vec<Segment>,
        left: f32,
        right: f32,
        depth: usize,
        is_column: bool,
        out: &mut Vec<Part>,
    ) {
        if segments.is_empty() {
            return;
        }
        let river = if depth < MAX_DEPTH && segments.len() >= 6 { self.best_river(&segments) } else { None };
        let Some(river) = river else {
            out.push(Part { segments, left, right, is_column });
            return;
        };
        let (mut above, mut below, mut west, mut east) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for segment in segments {
            let middle = middle(&segment);
            if middle < river.top {
                above.push(segment);
            } else if middle > river.bottom {
                below.push(segment);
            } else if is_west(&segment, river.x) {
                west.push(segment);
            } else {
                east.push(segment);
            }
        }
        self.cut(above, left, right, depth + 1, is_column, out);
        self.cut(west, left, river.x - 2.0, depth + 1, true, out);
        self.cut(east, river.x - 2.0, right, depth + 1, true, out);
        self.cut(below, left, right, depth + 1, is_column, out);
    }

    fn best_river(&self, segments: &[Segment]) -> Option<River> {
        let mut best: Option<River> = None;
        for x in candidates(segments) {
            for (top, bottom) in bands(segments, x) {
                if let Some((score, top)) = self.score(segments, x, top, bottom)
                    && best.as_ref().is_none_or(|river| score > river.score)
                {
                    best = Some(River { x, top, bottom, score });
                }
            }
        }
        best
    }

    /// The worth of a river and where its columns begin; none if left and right belong together.
    fn score(&self, segments: &[Segment], x: f32, top: f32, bottom: f32) -> Option<(f32, f32)> {
        let inside = |segment: &&Segment| {
            let middle = middle(segment);
            middle >= top && middle <= bottom && segment.runs.iter().any(|run| !run.text.is_empty())
        };
        let (west, east): (Vec<&Segment>, Vec<&Segment>) =
            segments.iter().filter(inside).partition(|segment| is_west(segment, x));
        if west.len() < 2 || east.len() < 2 {
            return None;
        }
        let size = west
            .iter()
            .map(|segment| f32::from(segment.style.size) / 2.0)
            .fold(f32::MAX, f32::min)
            .clamp(4.0, 14.0);
        // Sloppy advances reach a little into a gutter; most lines decide.
        let mut ends: Vec<f32> = west.iter().map(|segment| segment.rect.right()).collect();
        ends.sort_by(f32::total_cmp);
        let most = x - ends[(ends.len() - 1) * 9 / 10];
        let gutter = x - ends[ends.len() - 1];
        if gutter < -2.5 || most < 0.35 * size {
            return None;
        }
        let mut west = Side::new(&west);
        let mut east = Side::new(&east);
        (west.headings, east.headings) = (west.headings_beside(&east), east.headings_beside(&west));
        let overlap = west.bottom.min(east.bottom) - west.top.max(east.top);
        if overlap < 2.0 * size {
            return None;
        }
        let is_known = self.known.iter().any(|known| (known + 2.0 - x).abs() < 6.0);
        // Lines that keep their own rhythm are no table.
        let independent = west.others >= 4 && east.others >= 4 && west.level_with(&east) < 0.5;
        if west.headings == 0 || east.headings == 0 {
            if !is_known || west.lines < 2 || east.lines < 2 {
                return None;
            }
        } else if !independent && west.is_label_column(&east) {
            return None;
        }
        let headings = west.headings.min(east.headings) as f32;
        // What stands above the first heading of either side is the head of the page, across both.
        let first = [&west, &east].iter().filter_map(|side| side.first_heading).fold(f32::MAX, f32::min);
        let top = if is_known { top } else { top.max(first - 0.6 * size) };
        let score = headings * 2.0
            + (bottom - top).min(2_000.0) / 400.0
            + gutter.clamp(0.0, 40.0) / 40.0
            + f32::from(u8::from(is_known));
        Some((score, top))
    }
}

fn is_west(segment: &Segment, x: f32) -> bool {
    segment.rect.x + segment.rect.width.min(4.0) / 2.0 < x
}

/// A line of one side.
struct Row {
    base: f32,
    style: StyleKey,
    heading: bool,
    caps: bool,
}

struct Side {
    rows: Vec<Row>,
    lines: usize,
    headings: usize,
    /// Lines that are no heading.
    others: usize,
    /// Upper edge of the first heading.
    first_heading: Option<f32>,
    top: f32,
    bottom: f32,
}

impl Side {
    /// Segments come row by row from left to right.
    fn new(segments: &[&Segment]) -> Side {
        let top = segments.iter().map(|segment| segment.rect.y).fold(f32::MAX, f32::min);
        let bottom = segments.iter().map(|segment| segment.rect.bottom()).fold(f32::MIN, f32::max);
        let mut side =
            Side { rows: Vec::new(), lines: 0, headings: 0, others: 0, first_heading: None, top, bottom };
        let mut at = 0;
        while at < segments.len() {
            let first = segments[at];
            let mut end = at + 1;
            while end < segments.len() && (segments[end].base - first.base).abs() < 2.0 {
                end += 1;
            }
            // A heading may share its line with something at the far right, but it stands first.
            let heading = first.heading && end - at <= 2;
            side.lines += 1;
            side.headings += usize::from(heading);
            side.others += usize::from(!heading);
            if heading {
                side.first_heading = side.first_heading.or(Some(first.rect.y));
            }
            side.rows.push(Row { base: first.base, style: first.style, heading, caps: first.caps });
            at = end;
        }
        side
    }

    /// Headings that are not level with an equal-looking line on the other side that is none: those are the
    /// names of groups in a grid.
    fn headings_beside(&self, other: &Side) -> usize {
        let is_grid = |base: f32, style: StyleKey| {
            other.rows.iter().any(|row| !row.heading && row.style == style && (row.base - base).abs() < 2.0)
        };
        // Nor do they look like the text around them.
        let is_plain = |style: StyleKey| {
            let alike = self.rows.iter().filter(|row| !row.heading && row.style == style).count();
            alike * 5 > self.others * 2
        };
        let stands =
            |row: &&Row| row.heading && !is_grid(row.base, row.style) && (row.caps || !is_plain(row.style));
        self.rows.iter().filter(stands).count()
    }

    /// Share of the lines that stand level with a line of the other side, from the sparser side's view.
    fn level_with(&self, other: &Side) -> f32 {
        let (few, many) = if self.lines <= other.lines { (self, other) } else { (other, self) };
        let mut at = 0;
        let mut level = 0;
        for Row { base, .. } in &few.rows {
            while at < many.rows.len() && many.rows[at].base < base - 1.2 {
                at += 1;
            }
            level += usize::from(many.rows.get(at).is_some_and(|other| (other.base - base).abs() <= 1.2));
        }
        level as f32 / few.rows.len().max(1) as f32
    }

    /// Headings to the left of their sections: nearly nothing else on the left, each level with text on the right.
    fn is_label_column(&self, east: &Side) -> bool {
        let is_level = |base: f32| east.rows.iter().any(|other| (other.base - base).abs() < 9.0);
        let level = self.rows.iter().filter(|row| row.heading && is_level(row.base)).count();
        let mostly_headings = self.others * 2 <= self.headings;
        let outnumber = self.headings >= 2 * east.headings.max(1);
        let sparse = self.others <= 2 * self.headings && self.lines * 2 < east.lines;
        level * 3 >= self.headings * 2 && (mostly_headings || outnumber && sparse)
    }
}

/// Left edges several lines share and that have something to their left.
fn candidates(segments: &[Segment]) -> Vec<f32> {
    let mut edges: Vec<f32> = segments.iter().map(|segment| segment.rect.x).collect();
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
fn bands(segments: &[Segment], x: f32) -> Vec<(f32, f32)> {
    let mut top = f32::MAX;
    let mut bottom = f32::MIN;
    let mut crossing: Vec<(f32, f32)> = Vec::new();
    for segment in segments {
        top = top.min(segment.rect.y);
        bottom = bottom.max(segment.rect.bottom());
        if segment.rect.x < x - 1.0 && segment.rect.right() > x + 2.5 {
            crossing.push((segment.rect.y, segment.rect.bottom()));
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
