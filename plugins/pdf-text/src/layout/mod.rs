//! Ink to spans in reading order: by geometry alone, so that the file's own order does not matter.

mod columns;
mod lines;
mod rows;
mod spans;
mod tables;
mod words;

use mortise_sdk::{Rect, Span};

use crate::ink::{Glyph, GlyphKind, Ink};

/// Text may run in this many directions on a page.
const MAX_DIRECTIONS: usize = 8;

/// Glyphs that run in one direction, turned so that they run to the right.
struct Frame {
    cos: f32,
    sin: f32,
    glyphs: Vec<Glyph>,
}

impl Frame {
    fn turn(&self, x: f32, y: f32) -> (f32, f32) {
        (x * self.cos + y * self.sin, y * self.cos - x * self.sin)
    }

    /// The box on the page of a box in the frame.
    fn back(&self, rect: Rect) -> Rect {
        let corners = [
            (rect.x, rect.y),
            (rect.right(), rect.y),
            (rect.x, rect.bottom()),
            (rect.right(), rect.bottom()),
        ];
        let turned = corners.map(|(x, y)| {
            let point = (x * self.cos - y * self.sin, x * self.sin + y * self.cos);
            Rect { x: point.0, y: point.1, width: 0.0, height: 0.0 }
        });
        turned.iter().skip(1).fold(turned[0], |sum, point| sum.union(point))
    }
}

/// The spans of a page of this size.
pub(crate) fn spans(ink: &Ink, width: f32, height: f32) -> Vec<Span> {
    let mut frames = frames(ink, width, height);
    // The direction of most of the text comes first.
    frames.sort_by_key(|frame| std::cmp::Reverse(frame.glyphs.len()));
    let mut spans: Vec<Span> = Vec::new();
    for frame in &frames {
        let (line, block) = spans
            .iter()
            .fold((0, 0), |(line, block), span| (line.max(span.line + 1), block.max(span.block + 1)));
        let rules = if block == 0 { ink.rules.as_slice() } else { &[] };
        for mut span in arrange(ink, &frame.glyphs, rules) {
            span.line += line;
            span.block += block;
            if frame.sin != 0.0 || frame.cos != 1.0 {
                span.rect = frame.back(span.rect);
            }
            spans.push(span);
        }
    }
    spans
}

fn frames(ink: &Ink, width: f32, height: f32) -> Vec<Frame> {
    let visible =
        ink.glyphs.iter().any(|glyph| !glyph.invisible && matches!(glyph.kind, GlyphKind::Letters(..)));
    let mut frames: Vec<Frame> = Vec::new();
    for glyph in &ink.glyphs {
        let off_page = glyph.x0.max(glyph.x1) < -1.0
            || glyph.x0.min(glyph.x1) > width + 1.0
            || glyph.y0 < -1.0
            || glyph.y0 > height + 2.0 + glyph.size;
        if (visible && glyph.invisible) || off_page || glyph.size < 0.3 {
            continue;
        }
        let (dx, dy) = (glyph.x1 - glyph.x0, glyph.y1 - glyph.y0);
        let length = dx.hypot(dy);
        let (mut cos, mut sin) = if length < 1e-3 { (1.0, 0.0) } else { (dx / length, dy / length) };
        if sin.abs() < 0.02 && cos > 0.0 {
            (cos, sin) = (1.0, 0.0);
        }
        let at = match frames.iter().position(|frame| (frame.cos * cos + frame.sin * sin) > 0.999) {
            Some(at) => at,
            None if frames.len() < MAX_DIRECTIONS => {
                frames.push(Frame { cos, sin, glyphs: Vec::new() });
                frames.len() - 1
            }
            None => continue,
        };
        let frame = &mut frames[at];
        let mut turned = *glyph;
        if frame.sin != 0.0 || frame.cos != 1.0 {
            (turned.x0, turned.y0) = frame.turn(glyph.x0, glyph.y0);
            (turned.x1, turned.y1) = frame.turn(glyph.x1, glyph.y1);
        }
        frame.glyphs.push(turned);
    }
    frames
}

fn arrange(ink: &Ink, glyphs: &[Glyph], rules: &[Rect]) -> Vec<Span> {
    let mut words = words::words(ink, glyphs);
    rows::merge_doubles(&mut words);
    let rows = rows::rows(&words);
    let segments = rows::split_at_edges(&words, rows::segments(&words, &rows));
    let mut builder = spans::Builder::new(ink);
    for part in columns::parts(&segments, rules) {
        for line in lines::lines(&words, &segments, &part) {
            builder.push_line(&words, &line);
        }
        builder.end_part();
    }
    builder.spans
}
