//! Reading order: the page is cut along rivers of white into columns, and read part by part.
//! A river beside which every short line has its partner on the other side is a table's, and is read row by row.

use super::rows::Segment;

/// Depth to which parts are cut.
const MAX_DEPTH: u8 = 8;
/// Lines a column must have.
const MIN_LINES: usize = 3;
/// More parts than this are not layout but drawing.
const MAX_SEGMENTS: usize = 6000;

/// Segments whose vertical extents touch.
struct Band {
    segments: Vec<usize>,
    /// Merged horizontal extents.
    spans: Vec<(f32, f32)>,
}

/// Bands `first..=last` with white between `left` and `right`.
#[derive(Clone, Copy)]
struct River {
    first: usize,
    last: usize,
    left: f32,
    right: f32,
}

/// One line of a side.
#[derive(Clone, Copy)]
struct Line {
    y: f32,
    top: f32,
    size: f32,
}

/// Cuts the page into parts, in reading order; each part is to be read line by line.
pub(super) fn parts(segments: &[Segment]) -> Vec<Vec<usize>> {
    let mut parts = Vec::new();
    let all: Vec<usize> = (0..segments.len()).collect();
    if segments.len() > MAX_SEGMENTS {
        return vec![all];
    }
    cut(segments, all, MAX_DEPTH, &mut parts);
    parts
}

fn cut(segments: &[Segment], members: Vec<usize>, depth: u8, parts: &mut Vec<Vec<usize>>) {
    if members.is_empty() {
        return;
    }
    let bands = bands(segments, &members);
    let river = if depth == 0 || members.len() < 2 * MIN_LINES { None } else { best_river(segments, &bands) };
    let Some(river) = river else {
        parts.push(members);
        return;
    };
    let collect = |range: std::ops::Range<usize>| -> Vec<usize> {
        bands[range].iter().flat_map(|band| band.segments.iter().copied()).collect()
    };
    let above = collect(0..river.first);
    let below = collect(river.last + 1..bands.len());
    let middle = (river.left + river.right) / 2.0;
    let (left, right) = collect(river.first..river.last + 1)
        .into_iter()
        .partition(|&index| (segments[index].x0 + segments[index].x1) / 2.0 < middle);
    for part in [above, left, right, below] {
        cut(segments, part, depth - 1, parts);
    }
}

fn bands(segments: &[Segment], members: &[usize]) -> Vec<Band> {
    let mut order = members.to_vec();
    order.sort_by(|&a, &b| segments[a].top().total_cmp(&segments[b].top()));
    let mut bands: Vec<Band> = Vec::new();
    let mut bottom = f32::MIN;
    for index in order {
        let segment = &segments[index];
        match bands.last_mut() {
            Some(band) if segment.top() < bottom => band.segments.push(index),
            _ => bands.push(Band { segments: vec![index], spans: Vec::new() }),
        }
        bottom = bottom.max(segment.bottom());
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

fn best_river(segments: &[Segment], bands: &[Band]) -> Option<River> {
    let mut sizes: Vec<f32> =
        bands.iter().flat_map(|band| band.segments.iter().map(|&index| segments[index].size)).collect();
    sizes.sort_by(f32::total_cmp);
    let least = (sizes[sizes.len() / 2] * 0.8).max(5.0);
    let mut best: Option<(f32, River)> = None;
    let mut seen: Vec<(usize, usize, f32)> = Vec::new();
    for (start, band) in bands.iter().enumerate() {
        for pair in band.spans.windows(2) {
            let (left, right) = (pair[0].1, pair[1].0);
            if right - left < least {
                continue;
            }
            let river = extend(bands, start, left, right, least);
            let key = (river.first, river.last, (river.left + river.right) / 2.0);
            if seen.iter().any(|s| s.0 == key.0 && s.1 == key.1 && (s.2 - key.2).abs() < 1.0) {
                continue;
            }
            seen.push(key);
            if let Some(river) = trim(segments, bands, river)
                && let Some(score) = score(segments, bands, river)
                && best.is_none_or(|(top, _)| score > top)
            {
                best = Some((score, river));
            }
        }
    }
    best.map(|(_, river)| river)
}

fn extend(bands: &[Band], start: usize, left: f32, right: f32, least: f32) -> River {
    let mut river = River { first: start, last: start, left, right };
    while river.last + 1 < bands.len()
        && let Some((left, right)) = bands[river.last + 1].white(river.left, river.right, least)
    {
        river = River { last: river.last + 1, left, right, ..river };
    }
    while river.first > 0
        && let Some((left, right)) = bands[river.first - 1].white(river.left, river.right, least)
    {
        river = River { first: river.first - 1, left, right, ..river };
    }
    river
}

fn sides(segments: &[Segment], bands: &[Band], river: River) -> (Vec<Line>, Vec<Line>) {
    let middle = (river.left + river.right) / 2.0;
    let mut left: Vec<Line> = Vec::new();
    let mut right: Vec<Line> = Vec::new();
    let mut members: Vec<usize> =
        bands[river.first..=river.last].iter().flat_map(|band| band.segments.iter().copied()).collect();
    members.sort_by(|&a, &b| segments[a].y.total_cmp(&segments[b].y));
    for index in members {
        let segment = &segments[index];
        let side = if segment.x1 <= middle { &mut left } else { &mut right };
        let line = Line { y: segment.y, top: segment.top(), size: segment.size };
        match side.last_mut() {
            Some(last) if line.y - last.y < 0.5 * last.size.min(line.size) => {
                last.size = last.size.max(line.size);
                last.top = last.top.min(line.top);
            }
            _ => side.push(line),
        }
    }
    (left, right)
}

/// A small table within a page must not swallow the one-sided lines above and below it.
fn trim(segments: &[Segment], bands: &[Band], river: River) -> Option<River> {
    let (left, right) = sides(segments, bands, river);
    if left.len().min(right.len()) > 6 {
        return Some(river);
    }
    let middle = (river.left + river.right) / 2.0;
    let two_sided = |band: &Band| {
        band.spans.first().is_some_and(|span| span.1 <= middle)
            && band.spans.last().is_some_and(|span| span.0 >= middle)
    };
    let range = river.first..=river.last;
    let first = range.clone().find(|&at| two_sided(&bands[at]))?;
    let last = range.rev().find(|&at| two_sided(&bands[at]))?;
    Some(River { first, last, ..river })
}

/// How much a river explains; nothing when it does not part columns.
fn score(segments: &[Segment], bands: &[Band], river: River) -> Option<f32> {
    let (left, right) = sides(segments, bands, river);
    let fewer = left.len().min(right.len());
    if fewer < MIN_LINES || is_table(&left, &right) {
        return None;
    }
    Some(fewer as f32 * 3.0 + (left.len() + right.len()) as f32 + (river.right - river.left).min(60.0) * 0.05)
}

/// Lines closer than this many sizes belong together.
const CLUSTER: f32 = 1.75;

fn is_table(left: &[Line], right: &[Line]) -> bool {
    let (sparse, dense) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let partner = |line: &Line| {
        dense.iter().any(|other| {
            let size = line.size.min(other.size);
            (line.y - other.y).abs() <= 0.3 * size || (line.top - other.top).abs() <= 0.22 * size
        })
    };
    let starts: Vec<&Line> = sparse
        .iter()
        .enumerate()
        .filter(|(at, line)| {
            *at == 0 || line.y - sparse[at - 1].y > CLUSTER * line.size.max(sparse[at - 1].size)
        })
        .map(|(_, line)| line)
        .collect();
    let paired = starts.iter().filter(|line| partner(line)).count();
    if starts.len() >= 2 {
        // Sparse labels beside entries. A sidebar is hardly ever in step with its neighbour.
        return paired as f32 >= 0.75 * starts.len() as f32;
    }
    sparse.len() <= 6 && sparse.iter().all(partner)
}
