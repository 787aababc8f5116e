//! Cuts a section's rows into entries: the best set of entry starts over the whole section, found by dynamic
//! programming. All entries of a section look alike, so every row is compared with the section's first row,
//! and each entry is expected to hold one date.

use super::body::is_label;
use super::rows::{Dated, Row};
use crate::layout::StyleKey;

const MAX_ROWS_PER_ENTRY: usize = 64;

/// One entry: its header rows, its running text, its dates.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) header: Vec<Row>,
    pub(crate) body: Vec<Row>,
    pub(crate) dates: Vec<Dated>,
}

/// What the section's entries look like.
struct Pattern {
    style: StyleKey,
    x: f32,
    bullet: bool,
    dated: bool,
    /// The first row's style is not that of running text.
    distinct: bool,
    big_gap: f32,
    has_big_gaps: bool,
    any_dates: bool,
    one_line_entries: bool,
}

/// Features of a row as the start of an entry. The weights in `start_score` could be learnt.
struct StartFeatures {
    same_style: bool,
    same_x: bool,
    same_bullet: bool,
    big_gap: bool,
    continues: bool,
    body: bool,
    after_body: bool,
    after_start_like: bool,
    dated: bool,
    ruled: bool,
}

pub(crate) fn split(rows: Vec<Row>, one_line: bool) -> Vec<Entry> {
    if rows.is_empty() {
        return Vec::new();
    }
    let one_line = one_line || is_list(&rows);
    let pattern = pattern(&rows, one_line);
    let starts = best_starts(&rows, &pattern);
    let mut entries: Vec<Entry> = Vec::new();
    let mut is_start = vec![false; rows.len()];
    for start in starts {
        is_start[start] = true;
    }
    for (row, start) in rows.into_iter().zip(is_start) {
        if !start && !row.continues && row.dates.is_empty() && is_label(&row.text) {
            continue;
        }
        if start || entries.is_empty() {
            entries.push(Entry::default());
        }
        let Some(entry) = entries.last_mut() else { continue };
        entry.dates.extend(row.dates.iter().cloned());
        let first = entry.header.is_empty();
        let joins_bullet_header = row.continues && entry.body.is_empty() && pattern.bullet;
        if first || joins_bullet_header || !row.body && entry.body.is_empty() {
            entry.header.push(row);
        } else {
            entry.body.push(row);
        }
    }
    entries
}

/// "Name: what it is", line by line.
fn is_list(rows: &[Row]) -> bool {
    let leads = rows.iter().filter(|row| row.text.find(": ").is_some_and(|at| at < 60)).count();
    let heads = rows.iter().filter(|row| !row.continues).count();
    leads == heads
        && rows
            .iter()
            .all(|row| row.dates.is_empty() && row.style == rows[0].style && row.bullet == rows[0].bullet)
}

fn pattern(rows: &[Row], one_line: bool) -> Pattern {
    let first = &rows[0];
    let mut body_styles = std::collections::BTreeMap::<StyleKey, usize>::new();
    for row in rows.iter().filter(|row| row.body) {
        *body_styles.entry(row.style).or_default() += row.text.len();
    }
    let body = body_styles.into_iter().max_by_key(|(_, count)| *count).map(|(style, _)| style);
    let mut gaps: Vec<f32> =
        rows[1..].iter().filter(|row| !row.continues).map(|row| row.gap).filter(|gap| *gap < 400.0).collect();
    gaps.sort_by(f32::total_cmp);
    let largest = gaps.last().copied().unwrap_or(0.0);
    let median = gaps.get(gaps.len() / 2).copied().unwrap_or(0.0);
    let smallest = gaps.first().copied().unwrap_or(0.0);
    let size = f32::from(first.style.size) / 2.0;
    let spread = largest - smallest;
    let same_as_first = rows.iter().filter(|row| row.style == first.style && !row.continues).count();
    Pattern {
        style: first.style,
        x: first.x,
        bullet: first.bullet,
        dated: !first.dates.is_empty(),
        distinct: body.is_some_and(|body| body != first.style)
            || body.is_none() && same_as_first * 2 <= rows.len(),
        big_gap: smallest + 0.6 * spread,
        has_big_gaps: spread > 0.25 * size
            && (largest > 1.3 * median.max(0.0) || median - smallest > 0.25 * size),
        any_dates: rows.iter().any(|row| !row.dates.is_empty()),
        one_line_entries: one_line,
    }
}

fn features(rows: &[Row], index: usize, pattern: &Pattern) -> StartFeatures {
    let row = &rows[index];
    let before = index.checked_sub(1).map(|at| &rows[at]);
    StartFeatures {
        same_style: row.style == pattern.style,
        same_x: (row.x - pattern.x).abs() < 3.0,
        same_bullet: row.bullet == pattern.bullet,
        big_gap: row.gap >= pattern.big_gap && row.gap < 400.0,
        continues: row.continues,
        body: row.body && !row.bullet,
        after_body: before.is_some_and(|before| before.body),
        after_start_like: before.is_some_and(|before| {
            before.style == pattern.style && !before.body && before.bullet == row.bullet
        }),
        dated: !row.dates.is_empty(),
        ruled: row.ruled,
    }
}

fn start_score(f: &StartFeatures, pattern: &Pattern) -> f32 {
    let flag = |on: bool, yes: f32, no: f32| if on { yes } else { no };
    let mut score = 0.0;
    score += match (f.same_style, pattern.distinct) {
        (true, true) => 1.3,
        (true, false) => 0.4,
        (false, true) => -1.8,
        (false, false) => -1.0,
    };
    score += flag(f.same_x, 0.2, -0.5);
    score += flag(f.same_bullet, 0.0, -3.0);
    score += flag(f.continues, -8.0, 0.0);
    score += flag(f.body, -1.2, 0.0);
    if pattern.has_big_gaps {
        score += flag(f.big_gap, 1.0, -0.9);
    }
    score += flag(f.after_body && !pattern.bullet, 0.7, -0.2);
    if !pattern.one_line_entries {
        score += flag(f.after_start_like, -0.6, 0.0);
        score -= 0.4;
    }
    score += match (pattern.dated, f.dated) {
        (true, true) => 0.7,
        (true, false) => -0.9,
        (false, true) => -0.2,
        (false, false) => 0.0,
    };
    score + flag(f.ruled, 0.4, 0.0)
}

/// One date for each entry is normal; none is possible, several are not.
fn date_score(count: usize, pattern: &Pattern) -> f32 {
    match count {
        _ if !pattern.any_dates => 0.0,
        0 => -1.9,
        1 => 1.0,
        more => 1.0 - 1.3 * (more - 1).min(20) as f32,
    }
}

fn best_starts(rows: &[Row], pattern: &Pattern) -> Vec<usize> {
    let count = rows.len();
    let mut dated = vec![0; count + 1];
    for (index, row) in rows.iter().enumerate() {
        dated[index + 1] = dated[index] + usize::from(!row.dates.is_empty());
    }
    let scores: Vec<f32> = (0..count)
        .map(|index| if index == 0 { 0.0 } else { start_score(&features(rows, index, pattern), pattern) })
        .collect();
    let mut best = vec![f32::MIN; count + 1];
    let mut from = vec![0; count + 1];
    best[0] = 0.0;
    for end in 1..=count {
        for start in end.saturating_sub(MAX_ROWS_PER_ENTRY)..end {
            let total = best[start] + scores[start] + date_score(dated[end] - dated[start], pattern);
            if total > best[end] {
                best[end] = total;
                from[end] = start;
            }
        }
    }
    let mut starts = Vec::new();
    let mut end = count;
    while end > 0 {
        end = from[end];
        starts.push(end);
    }
    starts.reverse();
    starts
}
