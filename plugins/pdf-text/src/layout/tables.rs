//! Tables without borders: labels or dates beside entries. A cell of several lines is kept together.

use mortise_sdk::Rect;

use super::columns::{Line, River, cluster_starts, in_row, side};
use super::rows::Segment;

/// One row of the table.
struct Row {
    label: Vec<usize>,
    content: Vec<usize>,
}

/// Cuts the table beside the river into parts in reading order; nothing when reading line by line does as well.
pub(super) fn cells(segments: &[Segment], members: Vec<usize>, river: &River) -> Option<Vec<Vec<usize>>> {
    let middle = river.middle();
    let (left, right): (Vec<usize>, Vec<usize>) =
        members.iter().partition(|&&index| segments[index].x1 <= middle);
    let left_width = river.left - left.iter().map(|&index| segments[index].x0).fold(f32::MAX, f32::min);
    let right_width = right.iter().map(|&index| segments[index].x1).fold(f32::MIN, f32::max) - river.right;
    let labels_lead = left_width <= right_width;
    let (labels, contents) = if labels_lead { (left, right) } else { (right, left) };
    let label_lines = side(segments, labels.clone());
    let content_lines = side(segments, contents.clone());
    let starts = cluster_starts(&label_lines);
    if starts.len() == label_lines.len() || label_lines.len() > 3 * starts.len() {
        return None;
    }
    let borders: Vec<f32> = starts
        .iter()
        .map(|&at| {
            let label = &label_lines[at];
            let partner = content_lines.iter().find(|line| in_row(label, line));
            partner.map_or(label.top, |partner| partner.top.min(label.top)) - 0.2
        })
        .collect();
    let mut rows: Vec<Row> =
        (0..=borders.len()).map(|_| Row { label: Vec::new(), content: Vec::new() }).collect();
    for (members, is_label) in [(labels, true), (contents, false)] {
        for index in members {
            let row = &mut rows[borders.partition_point(|&border| border <= segments[index].top())];
            if is_label { row.label.push(index) } else { row.content.push(index) }
        }
    }
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut together: Vec<usize> = Vec::new();
    for Row { label, content } in rows {
        let label_lines = side(segments, label.clone());
        let first = label_lines.first().copied();
        let splits = label_lines.len() > 1
            && if labels_lead { content.len() > 1 } else { interrupts(segments, &label_lines, &content) };
        let Some(first) = first.filter(|_| splits) else {
            together.extend(label);
            together.extend(content);
            continue;
        };
        parts.push(std::mem::take(&mut together));
        if labels_lead {
            parts.push(label);
            parts.push(content);
        } else {
            // The first line with its partner, then the rest of the cell, then what it stood beside.
            let cutoff = first.y + 0.5 * first.size;
            let (head, tail): (Vec<usize>, Vec<usize>) =
                content.into_iter().partition(|&index| segments[index].y <= cutoff);
            let (label_head, label_tail): (Vec<usize>, Vec<usize>) =
                label.into_iter().partition(|&index| segments[index].y <= cutoff);
            parts.push([head, label_head].concat());
            parts.push(label_tail);
            parts.push(tail);
        }
    }
    parts.push(together);
    parts.retain(|part| !part.is_empty());
    (parts.len() > 1).then_some(parts)
}

/// A river with several upright rules one below the other is a table whose rows reach from rule to rule: label and
/// content by turns.
pub(super) fn rows_by_posts(
    segments: &[Segment],
    posts: &[Rect],
    members: &[usize],
    river: &River,
) -> Option<Vec<Vec<usize>>> {
    let mut rows: Vec<Rect> = posts
        .iter()
        .filter(|post| post.x >= river.left - 1.0 && post.right() <= river.right + 1.0)
        .copied()
        .collect();
    rows.sort_by(|a, b| a.y.total_cmp(&b.y));
    rows.dedup_by(|next, row| {
        let joined = next.y < row.bottom() + 1.0;
        if joined {
            *row = row.union(next);
        }
        joined
    });
    if rows.len() < 2 {
        return None;
    }
    let middle = river.middle();
    let mut parts: Vec<Vec<usize>> = vec![Vec::new(); 2 * rows.len() + 2];
    for &index in members {
        let segment = &segments[index];
        let row = rows.partition_point(|row| row.y <= segment.y - 0.3 * segment.size);
        parts[2 * row + usize::from(segment.x0 > middle)].push(index);
    }
    parts.retain(|part| !part.is_empty());
    Some(parts)
}

/// Whether a later line of a cell would stand amid a sentence, beside a list's item.
fn interrupts(segments: &[Segment], label: &[Line], content: &[usize]) -> bool {
    label[1..].iter().any(|line| {
        content.iter().any(|&index| {
            let segment = &segments[index];
            let beside = segment.top() < line.y && segment.bottom() > line.top;
            beside && segment.bulleted
        })
    })
}
