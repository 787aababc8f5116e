//! Reading order: the page is cut along rivers of white into columns, and read part by part.
//! A river beside which every short line has its partner on the other side is a table's, and is read row by row.

use mortise_sdk::Rect;

use super::rows::Segment;
use super::tables;

/// Depth to which parts are cut.
const MAX_DEPTH: u8 = 8;
/// Lines a column must have.
const MIN_LINES: usize = 3;
/// More parts than this are not layout but drawing.
const MAX_SEGMENTS: usize = 3000;
/// Rivers looked at before the best so far is taken.
const MAX_RIVERS: usize = 400;

struct Page<'a> {
    segments: &'a [Segment],
    /// Horizontal rules.
    rules: Vec<Rect>,
    /// Vertical rules.
    posts: Vec<Rect>,
}

/// Segments whose vertical extents touch.
struct Band {
    segments: Vec<usize>,
    top: f32,
    bottom: f32,
    /// Extent of the widest rule between this band and the one above.
    rule_above: Option<(f32, f32)>,
    /// Merged horizontal extents.
    spans: Vec<(f32, f32)>,
}

/// Bands `first..=last` with white between `left` and `right`.
#[derive(Clone, Copy)]
pub(super) struct River {
    first: usize,
    last: usize,
    pub(super) left: f32,
    pub(super) right: f32,
    /// A rule across the river ends it.
    ruled: bool,
}

impl River {
    pub(super) fn middle(&self) -> f32 {
        (self.left + self.right) / 2.0
    }
}

/// One line of a side.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) y: f32,
    pub(super) top: f32,
    pub(super) size: f32,
    pub(super) x0: f32,
}

/// What parts a region best.
#[derive(Default)]
struct Found {
    column: Option<River>,
    table: Option<River>,
}

/// Cuts the page into parts, in reading order; each part is to be read line by line.
pub(super) fn parts(segments: &[Segment], rules: &[Rect]) -> Vec<Vec<usize>> {
    let mut parts = Vec::new();
    let all: Vec<usize> = (0..segments.len()).collect();
    if segments.len() > MAX_SEGMENTS {
        return vec![all];
    }
    let (rules, posts) = rules.iter().partition(|rule| rule.width > rule.height);
    cut(&Page { segments, rules, posts }, all, MAX_DEPTH, &mut parts);
    parts
}

fn cut(page: &Page<'_>, members: Vec<usize>, depth: u8, parts: &mut Vec<Vec<usize>>) {
    if members.is_empty() {
        return;
    }
    let bands = bands(page, &members);
    let found = if depth == 0 { Found::default() } else { find(page.segments, &bands) };
    let collect = |range: std::ops::Range<usize>| -> Vec<usize> {
        bands[range].iter().flat_map(|band| band.segments.iter().copied()).collect()
    };
    let Some((river, is_column)) =
        found.column.map(|river| (river, true)).or(found.table.map(|river| (river, false)))
    else {
        parts.push(members);
        return;
    };
    let above = collect(0..river.first);
    let below = collect(river.last + 1..bands.len());
    let inside = collect(river.first..river.last + 1);
    if is_column && let Some(rows) = tables::rows_by_posts(page.segments, &page.posts, &inside, &river) {
        cut(page, above, depth - 1, parts);
        for row in rows {
            cut(page, row, depth - 1, parts);
        }
        cut(page, below, depth - 1, parts);
    } else if is_column {
        let middle = river.middle();
        let (left, right) = inside
            .into_iter()
            .partition(|&index| (page.segments[index].x0 + page.segments[index].x1) / 2.0 < middle);
        for part in [above, left, right, below] {
            cut(page, part, depth - 1, parts);
        }
    } else {
        let Some(cells) = tables::cells(page.segments, inside, &river) else {
            parts.push(members);
            return;
        };
        cut(page, above, depth - 1, parts);
        for cell in cells {
            cut(page, cell, depth - 1, parts);
        }
        cut(page, below, depth - 1, parts);
    }
}

fn bands(page: &Page<'_>, members: &[usize]) -> Vec<Band> {
    let segments = page.segments;
    let mut order = members.to_vec();
    order.sort_by(|&a, &b| segments[a].top().total_cmp(&segments[b].top()));
    let mut bands: Vec<Band> = Vec::new();
    let mut bottom = f32::MIN;
    for index in order {
        let segment = &segments[index];
        match bands.last_mut() {
            Some(band) if segment.top() < bottom => band.segments.push(index),
            _ => bands.push(Band {
                segments: vec![index],
                top: segment.top(),
                bottom,
                rule_above: None,
                spans: Vec::new(),
            }),
        }
        bottom = bottom.max(segment.bottom());
        if let Some(band) = bands.last_mut() {
            band.bottom = bottom;
        }
    }
    for at in 1..bands.len() {
        let (from, to) = (bands[at - 1].bottom - 1.0, bands[at].top + 1.0);
        let between = page.rules.iter().filter(|rule| rule.y >= from && rule.y <= to);
        bands[at].rule_above =
            between.max_by(|a, b| a.width.total_cmp(&b.width)).map(|rule| (rule.x, rule.right()));
    }
    for band in &mut bands {
        let mut spans: Vec<(f32, f32)> =
            band.segments.iter().map(|&index| (segments[index].x0, segments[index].x1)).collect();
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (x0, x1) in spans {
            match band.spans.last_mut() {
                Some(last) if x0 <= last.1 => last.1 = last.1.max(x1),
                _ => band.spans.push((x0, x1)),
            }
        }
    }
    bands
}

impl Band {
    /// The white of this band around `left..right`, if wide enough.
    fn white(&self, left: f32, right: f32, least: f32) -> Option<(f32, f32)> {
        let middle = self.spans.partition_point(|span| span.1 <= left);
        // Of the gaps that touch left..right take the widest part.
        let mut best: Option<(f32, f32)> = None;
        for at in middle..=self.spans.len() {
            let from = if at == 0 { f32::MIN } else { self.spans[at - 1].1 };
            let to = self.spans.get(at).map_or(f32::MAX, |span| span.0);
            let gap = (from.max(left), to.min(right));
            if gap.0 >= right {
                break;
            }
            if gap.1 - gap.0 >= least && best.is_none_or(|(a, b)| gap.1 - gap.0 > b - a) {
                best = Some(gap);
            }
        }
        best
    }
}

fn find(segments: &[Segment], bands: &[Band]) -> Found {
    let mut sizes: Vec<f32> =
        bands.iter().flat_map(|band| band.segments.iter().map(|&index| segments[index].size)).collect();
    sizes.sort_by(f32::total_cmp);
    let median = sizes[sizes.len() / 2];
    let least = (median * 0.38).max(3.0);
    let mut found = Found::default();
    // A table has two rows at least.
    let mut best = (0.0f32, 1usize);
    let mut seen: Vec<(usize, usize, f32)> = Vec::new();
    for (start, band) in bands.iter().enumerate() {
        for pair in band.spans.windows(2) {
            let (left, right) = (pair[0].1, pair[1].0);
            if right - left < least {
                continue;
            }
            let river = extend(bands, start, left, right, least);
            let key = (river.first, river.last, river.middle());
            if seen.iter().any(|s| s.0 == key.0 && s.1 == key.1 && (s.2 - key.2).abs() < 1.0) {
                continue;
            }
            if seen.len() == MAX_RIVERS {
                return found;
            }
            seen.push(key);
            let Some(river) = trim(segments, bands, river) else { continue };
            let (left, right) = sides(segments, bands, &river);
            let width = river.left - left.iter().map(|line| line.x0).fold(f32::MAX, f32::min);
            if width < 1.5 * median {
                // Bullets or numbers, not a column.
                continue;
            }
            if river.right - river.left < 0.6 * median && !is_flush(&right, river.right) {
                continue;
            }
            if is_table(&left, &right, river.ruled) {
                let lines = left.len().min(right.len());
                let wide = river.right - river.left > 0.9 * median || is_flush(&right, river.right);
                if lines > best.1 && wide {
                    best.1 = lines;
                    found.table = Some(river);
                }
            } else if let Some(score) = score(&left, &right, &river, median)
                && score > best.0
            {
                best.0 = score;
                found.column = Some(river);
            }
        }
    }
    found
}

/// Whether many lines begin at one place close to the river's bank: then even a narrow one parts columns.
fn is_flush(lines: &[Line], bank: f32) -> bool {
    let close = lines.iter().map(|line| line.x0).filter(|x0| x0 - bank < 6.0);
    let most =
        close.map(|x0| lines.iter().filter(|line| (line.x0 - x0).abs() < 0.8).count()).max().unwrap_or(0);
    most >= 5 && most * 3 >= lines.len()
}

impl Band {
    fn rule_crosses(&self, river: &River) -> bool {
        self.rule_above.is_some_and(|(x0, x1)| x0 < river.left - 8.0 && x1 > river.right + 8.0)
    }
}

fn extend(bands: &[Band], start: usize, left: f32, right: f32, least: f32) -> River {
    let mut river = River { first: start, last: start, left, right, ruled: false };
    while let Some(next) = bands.get(river.last + 1) {
        river.ruled |= next.rule_crosses(&river);
        match next.white(river.left, river.right, least) {
            Some((left, right)) if !next.rule_crosses(&river) => {
                river = River { last: river.last + 1, left, right, ..river };
            }
            _ => break,
        }
    }
    while river.first > 0 && !bands[river.first].rule_crosses(&river) {
        let Some((left, right)) = bands[river.first - 1].white(river.left, river.right, least) else { break };
        river = River { first: river.first - 1, left, right, ..river };
    }
    river.ruled |= bands[river.first].rule_crosses(&river);
    river
}

fn sides(segments: &[Segment], bands: &[Band], river: &River) -> (Vec<Line>, Vec<Line>) {
    let members = bands[river.first..=river.last].iter().flat_map(|band| band.segments.iter().copied());
    let middle = river.middle();
    let (left, right): (Vec<usize>, Vec<usize>) = members.partition(|&index| segments[index].x1 <= middle);
    (side(segments, left), side(segments, right))
}

/// The lines of one side.
pub(super) fn side(segments: &[Segment], mut members: Vec<usize>) -> Vec<Line> {
    members.sort_by(|&a, &b| segments[a].y.total_cmp(&segments[b].y));
    let mut lines: Vec<Line> = Vec::new();
    for index in members {
        let segment = &segments[index];
        let line = Line { y: segment.y, top: segment.top(), size: segment.size, x0: segment.x0 };
        match lines.last_mut() {
            Some(last) if line.y - last.y < 0.5 * last.size.min(line.size) => {
                last.size = last.size.max(line.size);
                last.top = last.top.min(line.top);
                last.x0 = last.x0.min(line.x0);
            }
            _ => lines.push(line),
        }
    }
    lines
}

/// A small table within a page must not swallow the one-sided lines above and below it.
fn trim(segments: &[Segment], bands: &[Band], river: River) -> Option<River> {
    let (left, right) = sides(segments, bands, &river);
    if left.len().min(right.len()) > 6 {
        return Some(river);
    }
    let middle = river.middle();
    let two_sided = |band: &Band| {
        band.spans.first().is_some_and(|span| span.1 <= middle)
            && band.spans.last().is_some_and(|span| span.0 >= middle)
    };
    let range = river.first..=river.last;
    let mut first = range.clone().find(|&at| two_sided(&bands[at]))?;
    let mut last = range.rev().find(|&at| two_sided(&bands[at]))?;
    // What follows without a pause belongs to its column all the same.
    let close = |upper: &Band, lower: &Band| {
        lower.top - upper.bottom < 1.25 * lower.segments.first().map_or(0.0, |&index| segments[index].size)
    };
    while first > river.first && close(&bands[first - 1], &bands[first]) {
        first -= 1;
    }
    while last < river.last && close(&bands[last], &bands[last + 1]) {
        last += 1;
    }
    Some(River { first, last, ..river })
}

/// How much a river explains; nothing when there is too little beside it.
fn score(left: &[Line], right: &[Line], river: &River, median: f32) -> Option<f32> {
    let fewer = left.len().min(right.len());
    let largest = |lines: &[Line]| lines.iter().map(|line| line.size).fold(0.0, f32::max);
    let (a, b) = (largest(left), largest(right));
    let width = river.right - river.left;
    let least = if river.ruled && width > 1.5 * median {
        1
    } else if a.max(b) > 1.5 * a.min(b) && width > median {
        // A large name beside small print.
        2
    } else {
        MIN_LINES
    };
    (fewer >= least).then(|| fewer as f32 * 3.0 + (left.len() + right.len()) as f32 + width.min(60.0) * 0.05)
}

/// Lines closer than this many sizes belong together.
const CLUSTER: f32 = 1.75;

/// Whether two lines stand side by side in one row of a table.
pub(super) fn in_row(a: &Line, b: &Line) -> bool {
    let size = a.size.min(b.size);
    a.size.max(b.size) <= 1.7 * size
        && ((a.y - b.y).abs() <= 0.3 * size || (a.top - b.top).abs() <= 0.22 * size)
}

/// Whether baselines, upper edges or middles agree, as they do when something aligned them.
fn is_level(a: &Line, b: &Line) -> bool {
    let close = 0.08 * a.size.min(b.size) + 0.15;
    let middle = |line: &Line| line.y - 0.35 * line.size;
    (a.y - b.y).abs() <= close || (a.top - b.top).abs() <= close || (middle(a) - middle(b)).abs() <= close
}

/// The first lines of runs of lines that stand close together.
pub(super) fn cluster_starts(lines: &[Line]) -> Vec<usize> {
    let gap = |at: usize| lines[at].y - lines[at - 1].y;
    let pitch = (1..lines.len()).map(gap).fold(f32::MAX, f32::min);
    let starts = |at: usize| {
        let size = lines[at].size.max(lines[at - 1].size);
        gap(at) > CLUSTER * size || gap(at) > (1.22 * pitch).max(1.1 * size)
    };
    (0..lines.len()).filter(|&at| at == 0 || starts(at)).collect()
}

fn is_table(left: &[Line], right: &[Line], ruled: bool) -> bool {
    let (sparse, dense) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let paired = |line: &Line| dense.iter().any(|other| in_row(line, other));
    let level = |line: &Line| dense.iter().any(|other| is_level(line, other));
    if ruled && sparse.len() < MIN_LINES {
        // Between two rules a lone label may stand at any height; a date stands level with its entry.
        return sparse.iter().any(level);
    }
    let starts = cluster_starts(sparse);
    let share = |count: usize| count as f32 / starts.len().max(1) as f32;
    if starts.len() >= 2 {
        // Sparse labels beside entries. A sidebar is hardly ever in step with its neighbour.
        let exact = share(starts.iter().filter(|&&at| level(&sparse[at])).count());
        let near = share(starts.iter().filter(|&&at| paired(&sparse[at])).count());
        return exact >= 0.7 || (near >= 0.9 && sparse.len() * 3 <= dense.len());
    }
    sparse.len() <= 6 && sparse.iter().all(paired)
}
