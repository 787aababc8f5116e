//! A fake host and builders, so that `cargo test` proves a plugin without a sandbox.

use crate::{Page, Rect, Span};

pub(crate) mod fake;
mod host;

pub use host::{Host, LogLine};

/// Width of a character of the made-up font, as a share of its size.
const ADVANCE: f32 = 0.5;

/// A regular black span of 10 points with its upper left corner at `x`, `y`.
///
/// ```
/// use mortise_sdk::{Span, testing};
///
/// let heading = Span { font_weight: 700, ..testing::span("Experience", 72.0, 90.0) };
/// assert_eq!(heading.rect.width, 50.0);
/// ```
pub fn span(text: impl Into<String>, x: f32, y: f32) -> Span {
    let text = text.into();
    let font_size = 10.0;
    let width = text.chars().count() as f32 * font_size * ADVANCE;
    Span {
        text,
        rect: Rect { x, y, width, height: font_size },
        font_size,
        font_weight: 400,
        ..Span::default()
    }
}

/// An A4 page of these spans, in this order. Spans whose boxes overlap by half their height share a line, and
/// a gap of more than a line's height starts a block.
///
/// ```
/// use mortise_sdk::testing::{page, span};
///
/// let page = page(vec![span("Developer", 72.0, 100.0), span("2019", 400.0, 101.0), span("Acme", 72.0, 112.0)]);
/// assert_eq!(page.spans.iter().map(|span| span.line).collect::<Vec<_>>(), [0, 0, 1]);
/// ```
pub fn page(mut spans: Vec<Span>) -> Page {
    let mut before: Option<(Rect, u32, u32)> = None;
    for (order, span) in spans.iter_mut().enumerate() {
        let (line, block) = match before {
            Some((rect, line, block)) => {
                let overlap = rect.bottom().min(span.rect.bottom()) - rect.y.max(span.rect.y);
                let gap = span.rect.y - rect.bottom();
                if overlap * 2.0 >= span.rect.height.min(rect.height) {
                    (line, block)
                } else {
                    (line + 1, block + u32::from(gap > span.rect.height || gap < -rect.height))
                }
            }
            None => (0, 0),
        };
        span.line = line;
        span.block = block;
        span.stream_order = u32::try_from(order).unwrap_or(u32::MAX);
        before = Some((span.rect, line, block));
    }
    Page { number: 1, width: 595.0, height: 842.0, spans, ..Page::default() }
}

#[cfg(test)]
mod tests;
