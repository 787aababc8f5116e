//! Lines of a region, and the cells wide gaps split them into.

use super::columns::Region;
use super::{Cell, Line, Run};
use mortise_sdk::Rect;

/// Gaps wider than this many ems part cells.
const CELL_GAP: f32 = 1.15;
/// The same where a column of text starts.
const ALIGNED_GAP: f32 = 0.5;
const LARGE_GAP: f32 = 1_000.0;

pub(crate) fn lines(region: Region, rules: &[Rect]) -> Vec<Line> {
    let page = region.page;
    let number = region.column;
    let mut lines: Vec<Line> = Vec::new();
    let limit = region.runs.iter().map(|run| run.rect.right()).fold(f32::MIN, f32::max);
    let rows = rows(region.runs);
    let edges = aligned_edges(&rows);
    for row in rows {
        let cells = cells(row, &edges);
        let Some(first) = cells.first() else { continue };
        let rect = cells.iter().fold(first.rect, |sum, cell| sum.union(&cell.rect));
        let mut line = Line {
            cells,
            rect,
            page,
            region: number,
            gap_above: LARGE_GAP,
            rule_above: false,
            rule_below: false,
            limit,
        };
        if let Some(before) = lines.last_mut() {
            line.gap_above = line.rect.y - before.rect.bottom();
            let (from, to) =
                (before.rect.bottom() - 0.35 * before.rect.height, line.rect.y + 0.35 * line.rect.height);
            let left = before.rect.x.min(line.rect.x);
            let ruled = rules.iter().any(|rule| {
                rule.height < 4.0
                    && rule.width > 20.0
                    && rule.y >= from
                    && rule.bottom() <= to
                    && rule.x < left.max(before.rect.right())
                    && rule.right() > left
            });
            line.rule_above = ruled;
            before.rule_below = ruled;
        }
        lines.push(line);
    }
    lines
}

/// Groups runs by baseline, top to bottom.
pub(crate) fn rows(mut runs: Vec<Run>) -> Vec<Vec<Run>> {
    runs.sort_by(|a, b| a.baseline().total_cmp(&b.baseline()).then(a.rect.x.total_cmp(&b.rect.x)));
    let mut rows: Vec<(f32, f32, Vec<Run>)> = Vec::new();
    for run in runs {
        let (base, height) = (run.baseline(), run.rect.height);
        match rows.last_mut() {
            Some((row_base, row_height, row)) if base - *row_base <= 0.42 * height.min(*row_height) => {
                // The row keeps the baseline of its tallest run so that it cannot creep down the page.
                if height > *row_height {
                    (*row_base, *row_height) = (base, height);
                }
                row.push(run);
            }
            _ => rows.push((base, height, vec![run])),
        }
    }
    rows.into_iter()
        .flat_map(|(_, _, row)| apart(row))
        .map(|mut row| {
            row.sort_by(|a, b| a.rect.x.total_cmp(&b.rect.x).then(a.order.cmp(&b.order)));
            row
        })
        .collect()
}

/// Runs that lie on top of each other are lines set too close, not one line: they part by exact baseline.
fn apart(row: Vec<Run>) -> Vec<Vec<Run>> {
    if row.len() < 2 || row.len() > 200 {
        return vec![row];
    }
    let collide = |a: &Run, b: &Run| {
        let shared = a.rect.right().min(b.rect.right()) - a.rect.x.max(b.rect.x);
        (a.baseline() - b.baseline()).abs() > 0.9 && shared > 0.3 * a.rect.width.min(b.rect.width).max(6.0)
    };
    let is_collision =
        row.iter().enumerate().any(|(index, a)| row[index + 1..].iter().any(|b| collide(a, b)));
    if !is_collision {
        return vec![row];
    }
    let mut lines: Vec<(f32, Vec<Run>)> = Vec::new();
    for run in row {
        match lines.last_mut() {
            Some((base, line)) if (run.baseline() - *base).abs() <= 0.9 => line.push(run),
            _ => lines.push((run.baseline(), vec![run])),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Left edges that at least three rows start at: text that begins there after a gap is a cell of its own.
fn aligned_edges(rows: &[Vec<Run>]) -> Vec<f32> {
    let mut starts: Vec<f32> = rows.iter().filter_map(|row| row.first()).map(|run| run.rect.x).collect();
    starts.sort_by(f32::total_cmp);
    let mut edges: Vec<(f32, usize)> = Vec::new();
    for start in starts {
        match edges.last_mut() {
            Some((edge, count)) if start - *edge < 1.2 => *count += 1,
            _ => edges.push((start, 1)),
        }
    }
    edges.into_iter().filter(|(_, count)| *count >= 3).map(|(edge, _)| edge).take(64).collect()
}

/// Splits one row at wide gaps and icons.
pub(crate) fn cells(row: Vec<Run>, edges: &[f32]) -> Vec<Cell> {
    let row = joined_letters(row);
    let mut cells = Vec::new();
    let mut current: Vec<Run> = Vec::new();
    let mut pending_break = false;
    for run in row {
        if run.text.is_empty() {
            pending_break = true;
            continue;
        }
        if let Some(before) = current.last() {
            let gap = run.rect.x - before.rect.right();
            let em = run.size().min(before.size()).max(4.0);
            let aligned = gap > ALIGNED_GAP * em && edges.iter().any(|edge| (run.rect.x - edge).abs() < 0.9);
            if gap > CELL_GAP * em || aligned || run.break_before || pending_break {
                cells.push(Cell::from_runs(std::mem::take(&mut current)));
            }
        }
        pending_break = false;
        current.push(run);
    }
    if !current.is_empty() {
        cells.push(Cell::from_runs(current));
    }
    cells.retain(|cell| !cell.text.is_empty());
    cells
}

/// Letter-spaced words that came as one run a letter become one run.
fn joined_letters(row: Vec<Run>) -> Vec<Run> {
    let is_letter = |run: &Run| {
        let mut letters = run.text.chars();
        letters.next().is_some_and(char::is_alphanumeric) && letters.next().is_none()
    };
    if row.iter().filter(|run| is_letter(run)).count() < 4 {
        return row;
    }
    let mut out: Vec<Run> = Vec::with_capacity(row.len());
    let mut index = 0;
    while index < row.len() {
        let mut end = index;
        while end < row.len()
            && is_letter(&row[end])
            && row[end].style == row[index].style
            && (end == index || row[end].rect.x - row[end - 1].rect.right() < 2.0 * row[end].size())
        {
            end += 1;
        }
        if end - index < 4 {
            out.push(row[index].clone());
            index += 1;
            continue;
        }
        let letters = &row[index..end];
        let mut gaps: Vec<f32> = letters.windows(2).map(|w| w[1].rect.x - w[0].rect.right()).collect();
        gaps.sort_by(f32::total_cmp);
        let word_gap = gaps[gaps.len() / 2] + 0.28 * letters[0].size();
        let mut word = letters[0].clone();
        for pair in letters.windows(2) {
            if pair[1].rect.x - pair[0].rect.right() > word_gap {
                word.text.push(' ');
            }
            word.text.push_str(&pair[1].text);
            word.rect = word.rect.union(&pair[1].rect);
        }
        out.push(word);
        index = end;
    }
    out
}
