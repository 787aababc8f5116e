//! Text with its place on the page: what an extractor answers and a parser reads.

use crate::flow::{Flow, Run, Style};

/// A rectangle in points (1/72 inch) from the page's upper left corner; y grows downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Extent to the right.
    pub width: f32,
    /// Extent downwards.
    pub height: f32,
}

impl Rect {
    /// Right edge.
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Lower edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// The smallest rectangle around both.
    pub fn union(&self, other: &Rect) -> Rect {
        let x = self.x.min(other.x);
        let y = self.y.min(other.y);
        Rect {
            x,
            y,
            width: self.right().max(other.right()) - x,
            height: self.bottom().max(other.bottom()) - y,
        }
    }
}

/// A run of characters on one line in one style, with no gap wider than a space inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// Unicode text; ligatures resolved, no control characters.
    pub text: String,
    /// Width is the advance of the text, height the font's size.
    pub rect: Rect,
    /// In points, after all transformations.
    pub font_size: f32,
    /// 100 to 900 as in CSS; 400 is regular, 700 bold.
    pub font_weight: u16,
    /// Slanted.
    pub italic: bool,
    /// The font's name without subset prefix.
    pub font_name: Option<String>,
    /// Fill colour as 0xRRGGBB.
    pub color: u32,
    /// Number of the line within the page, in reading order, from 0.
    pub line: u32,
    /// Number of the block (paragraph, cell, column part) within the page, in reading order, from 0.
    pub block: u32,
    /// Position of the run in the file's own order, from 0: a hint where geometry is ambiguous.
    pub stream_order: u32,
}

/// A hyperlink laid over a part of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    /// The clickable area.
    pub rect: Rect,
    /// The address, as written in the file.
    pub target: String,
}

/// Whether boxes are real or made up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageLayout {
    /// Boxes are where the ink is.
    #[default]
    Fixed,
    /// The format has no pages: boxes are synthetic, one line below the other, x from indentation.
    Flowed,
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// From 1.
    pub number: u32,
    /// In points.
    pub width: f32,
    /// In points.
    pub height: f32,
    /// Whether boxes are real.
    pub layout: PageLayout,
    /// In reading order.
    pub spans: Vec<Span>,
    /// Hyperlinks.
    pub links: Vec<Link>,
    /// Rules and filled boxes worth knowing as separators.
    pub rules: Vec<Rect>,
}

/// A document's text: what an extractor answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExtractedText {
    /// In order.
    pub pages: Vec<Page>,
    /// BCP 47 tag, when the file or its text says.
    pub language: Option<String>,
    /// Sentences for a person about what could not be read.
    pub warnings: Vec<String>,
    /// Anything else, as a JSON object.
    pub extra_json: Option<String>,
}

impl ExtractedText {
    /// One flowed page of regular text of 10 points; blank lines part blocks.
    pub fn from_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut flow = Flow::new();
        for line in lines {
            if line.trim().is_empty() {
                flow.block();
            } else {
                flow.line(0.0, [Run::new(line, Style::default())]);
            }
        }
        flow.finish()
    }

    /// The text alone: spans of a line joined by a space where there is a gap, lines by a line feed, pages by
    /// a form feed.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for (index, page) in self.pages.iter().enumerate() {
            if index > 0 {
                text.push('\u{c}');
            }
            let mut previous: Option<&Span> = None;
            for span in &page.spans {
                match previous {
                    Some(before) if before.line != span.line => text.push('\n'),
                    Some(before) if is_apart(before, span) => text.push(' '),
                    _ => {}
                }
                text.push_str(&span.text);
                previous = Some(span);
            }
        }
        text
    }
}

fn is_apart(before: &Span, after: &Span) -> bool {
    let gap = after.rect.x - before.rect.right();
    let spaced = before.text.ends_with(char::is_whitespace) || after.text.starts_with(char::is_whitespace);
    !spaced && (gap.abs() > after.font_size * 0.15)
}
