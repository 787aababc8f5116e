//! The lines of one part: rows that differ only by a superscript or by centring become one.

use super::rows::{self, Segment};
use super::words::Word;

/// The indices of the words of a line, from left to right.
pub(super) type Line = Vec<usize>;

struct Open {
    rows: Vec<Vec<usize>>,
}

/// Lines of the given segments from top to bottom.
pub(super) fn lines(words: &[Word], segments: &[Segment], part: &[usize]) -> Vec<Line> {
    let members: Vec<usize> = part.iter().flat_map(|&index| segments[index].words.iter().copied()).collect();
    let picked: Vec<Word> =
        members.iter().map(|&index| Word { text: String::new(), ..words[index].clone() }).collect();
    let mut open: Vec<Open> = Vec::new();
    for row in rows::rows(&picked) {
        let joins = open
            .iter_mut()
            .rev()
            .take(2)
            .find(|line| line.rows.iter().all(|other| side_by_side(&picked, other, &row)));
        match joins {
            Some(line) => line.rows.push(row),
            None => open.push(Open { rows: vec![row] }),
        }
    }
    let mut lines: Vec<(f32, Line)> = open
        .into_iter()
        .map(|line| {
            let mut indices = line.rows.concat();
            indices.sort_by(|&a, &b| {
                picked[a].x0.total_cmp(&picked[b].x0).then(picked[a].x1.total_cmp(&picked[b].x1))
            });
            let tallest =
                indices.iter().map(|&index| &picked[index]).max_by(|a, b| a.size.total_cmp(&b.size));
            let y = tallest.map_or(0.0, |word| word.y);
            (y, indices.into_iter().map(|index| members[index]).collect())
        })
        .collect();
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Whether two rows overlap vertically by more than half without covering each other.
fn side_by_side(words: &[Word], a: &[usize], b: &[usize]) -> bool {
    let extent = |row: &[usize]| {
        row.iter().fold((f32::MAX, f32::MIN), |(top, bottom), &index| {
            let word = &words[index];
            (top.min(word.y - 0.7 * word.size), bottom.max(word.y))
        })
    };
    let ((top_a, bottom_a), (top_b, bottom_b)) = (extent(a), extent(b));
    let overlap = bottom_a.min(bottom_b) - top_a.max(top_b);
    if overlap < 0.6 * (bottom_a - top_a).min(bottom_b - top_b) {
        return false;
    }
    // Both run from left to right: the word that ends first cannot cover any later one.
    let (mut at_a, mut at_b) = (0, 0);
    while let (Some(&first), Some(&second)) = (a.get(at_a), b.get(at_b)) {
        let (one, two) = (&words[first], &words[second]);
        if one.x1.min(two.x1) - one.x0.max(two.x0) > 0.1 * one.size.min(two.size) {
            return false;
        }
        if one.x1 <= two.x1 { at_a += 1 } else { at_b += 1 }
    }
    true
}
