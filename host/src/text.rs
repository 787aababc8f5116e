//! Text with its place on the page, as the host keeps it: what extractors answer and parsers are given.
//! Stored compactly (a span is a JSON array), never sent to API consumers as it is.

use serde::{Deserialize, Serialize};

/// A rectangle in points from the page's upper left corner; y grows downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// A run of characters on one line in one style; fields as in `wit/text.wit`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    pub text: String,
    pub rect: Rect,
    pub font_size: f32,
    pub font_weight: u16,
    pub italic: bool,
    pub font_name: Option<String>,
    pub color: u32,
    pub line: u32,
    pub block: u32,
    pub stream_order: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub rect: Rect,
    pub target: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageLayout {
    #[default]
    Fixed,
    Flowed,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Page {
    pub number: u32,
    pub width: f32,
    pub height: f32,
    pub layout: PageLayout,
    pub spans: Vec<Span>,
    pub links: Vec<Link>,
    pub rules: Vec<Rect>,
}

/// A document's text, page by page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExtractedText {
    pub pages: Vec<Page>,
    pub language: Option<String>,
    pub warnings: Vec<String>,
    pub extra_json: Option<String>,
}

impl ExtractedText {
    /// The text alone, in reading order: lines end in a line feed, pages in a form feed. What search indexes.
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
                    Some(before) if gap(before, span) => text.push(' '),
                    _ => {}
                }
                text.push_str(&span.text);
                previous = Some(span);
            }
        }
        text
    }
}

fn gap(before: &Span, after: &Span) -> bool {
    let distance = after.rect.x - (before.rect.x + before.rect.width);
    let spaced = before.text.ends_with(char::is_whitespace) || after.text.starts_with(char::is_whitespace);
    !spaced && distance.abs() > after.font_size * 0.15
}

type SpanRow<'a> = (
    std::borrow::Cow<'a, str>,
    [f32; 4],
    f32,
    u16,
    bool,
    Option<std::borrow::Cow<'a, str>>,
    u32,
    u32,
    u32,
    u32,
);

/// Half a hundredth of a point is far below what any reader of a résumé can use.
fn hundredths(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Rect { x, y, width, height } = self.rect;
        let row: SpanRow<'_> = (
            self.text.as_str().into(),
            [hundredths(x), hundredths(y), hundredths(width), hundredths(height)],
            hundredths(self.font_size),
            self.font_weight,
            self.italic,
            self.font_name.as_deref().map(Into::into),
            self.color,
            self.line,
            self.block,
            self.stream_order,
        );
        row.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (
            text,
            [x, y, width, height],
            font_size,
            font_weight,
            italic,
            font_name,
            color,
            line,
            block,
            order,
        ) = SpanRow::deserialize(deserializer)?;
        Ok(Span {
            text: text.into_owned(),
            rect: Rect { x, y, width, height },
            font_size,
            font_weight,
            italic,
            font_name: font_name.map(std::borrow::Cow::into_owned),
            color,
            line,
            block,
            stream_order: order,
        })
    }
}
