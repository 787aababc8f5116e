//! Words to rows by baseline, and rows to segments by wide gaps.

use super::words::{Word, is_bullet};

/// Words of one row with no wide gap between them.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Indices of words, from left to right.
    pub(super) words: Vec<usize>,
    pub(super) x0: f32,
    pub(super) x1: f32,
    pub(super) y: f32,
    pub(super) size: f32,
    /// Begins with a list's bullet.
    pub(super) bulleted: bool,
}

impl Segment {
    /// Upper edge of the capitals: tighter than the font's box, so that rows stay apart.
    pub(super) fn top(&self) -> f32 {
        self.y - 0.68 * self.size
    }

    pub(super) fn bottom(&self) -> f32 {
        self.y + 0.06 * self.size
    }
}

/// Groups words whose baselines are all but the same; each row from left to right, rows from top to bottom.
pub(super) fn rows(words: &[Word]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by(|&a, &b| words[a].y.total_cmp(&words[b].y).then(words[a].x0.total_cmp(&words[b].x0)));
    let mut rows: Vec<Vec<usize>> = Vec::new();
    let mut start: Option<(f32, f32)> = None;
    for index in order {
        let word = &words[index];
        let same = start.is_some_and(|(y, size)| word.y - y <= 0.16 * size.min(word.size));
        match rows.last_mut() {
            Some(row) if same => row.push(index),
            _ => {
                rows.push(vec![index]);
                start = Some((word.y, word.size));
            }
        }
    }
    for row in &mut rows {
        row.sort_by(|&a, &b| words[a].x0.total_cmp(&words[b].x0).then(words[a].x1.total_cmp(&words[b].x1)));
    }
    rows
}

/// Marks words drawn twice over each other and leaves one of each pair.
pub(super) fn merge_doubles(words: &mut Vec<Word>) {
    let mut drop = vec![false; words.len()];
    for row in rows(words) {
        for (at, &first) in row.iter().enumerate() {
            for &second in row[at + 1..].iter().take(4) {
                let (a, b) = (&words[first], &words[second]);
                let near = (a.x0 - b.x0).abs() <= 0.12 * a.size && (a.size - b.size).abs() <= 0.1 * a.size;
                if near && a.text == b.text && !drop[first] && !drop[second] {
                    drop[second] = true;
                    words[first].doubled |= words[first].style == words[second].style;
                }
            }
        }
    }
    let mut index = 0;
    words.retain(|_| {
        index += 1;
        !drop[index - 1]
    });
}

/// Cuts rows where the gap is wider than any between two words of a sentence.
pub(super) fn segments(words: &[Word], rows: &[Vec<usize>]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for row in rows {
        let mut open: Option<Segment> = None;
        for &index in row {
            let word = &words[index];
            match &mut open {
                Some(segment) if word.x0 - segment.x1 <= wide_gap(words, segment, word) => {
                    segment.words.push(index);
                    segment.x1 = segment.x1.max(word.x1);
                    segment.size = segment.size.max(word.size);
                }
                _ => {
                    segments.extend(open.take());
                    open = Some(Segment {
                        words: vec![index],
                        x0: word.x0,
                        x1: word.x1,
                        y: word.y,
                        size: word.size,
                        bulleted: is_bullet(&word.text),
                    });
                }
            }
        }
        segments.extend(open);
    }
    segments
}

/// Lines of one column begin at the same place. Where many do, a gap too narrow to tell otherwise ends a segment.
pub(super) fn split_at_edges(words: &[Word], segments: Vec<Segment>) -> Vec<Segment> {
    let mut starts: Vec<f32> = segments.iter().map(|segment| segment.x0).collect();
    let items = segments.iter().filter(|segment| segment.bulleted && segment.words.len() > 1);
    starts.extend(items.map(|segment| words[segment.words[1]].x0));
    starts.sort_by(f32::total_cmp);
    let begins_many = |x: f32| {
        let (low, high) = (
            starts.partition_point(|&start| start < x - 0.8),
            starts.partition_point(|&start| start <= x + 0.8),
        );
        high - low >= 6
    };
    let mut split: Vec<Segment> = Vec::with_capacity(segments.len());
    for segment in segments {
        let cut = (1..segment.words.len()).find(|&at| {
            let (before, word) = (&words[segment.words[at - 1]], &words[segment.words[at]]);
            // Behind a bullet or a number the text always begins at the same place.
            before.x1 - segment.x0 > 3.0 * word.size
                && word.x0 - before.x1 > 0.36 * word.size
                && begins_many(word.x0)
        });
        let Some(cut) = cut else {
            split.push(segment);
            continue;
        };
        let (left, right) = segment.words.split_at(cut);
        split.push(Segment { x1: words[left[cut - 1]].x1, words: left.to_vec(), ..segment });
        split.push(Segment {
            x0: words[right[0]].x0,
            bulleted: is_bullet(&words[right[0]].text),
            words: right.to_vec(),
            ..segment
        });
    }
    split
}

fn wide_gap(words: &[Word], segment: &Segment, word: &Word) -> f32 {
    let before = segment.words.last().map_or(word, |&last| &words[last]);
    if segment.words.len() == 1 && segment.bulleted && before.text.chars().count() == 1 {
        // A bullet belongs to its item.
        return 3.0 * word.size;
    }
    before.size.min(word.size) * 0.75 + (before.tracking.min(word.tracking) * 2.5)
}
