//! Extracted text, on both sides of the border.

use super::{at_most, object};
use crate::hooks::Failure;
use crate::text::{ExtractedText, Link, Page, PageLayout, Rect, Span};
use crate::wasm::bindings::text as wit;
use crate::wasm::failure::bad_result;

const MAX_PAGES: usize = 10_000;
const MAX_WARNINGS: usize = 1_000;

pub(crate) fn accept(text: wit::ExtractedText) -> Result<ExtractedText, Failure> {
    at_most("pages", text.pages.len(), MAX_PAGES)?;
    at_most("warnings", text.warnings.len(), MAX_WARNINGS)?;
    object(text.extra_json.clone())?;
    let pages: Result<_, Failure> = text.pages.into_iter().map(page).collect();
    Ok(ExtractedText {
        pages: pages?,
        language: text.language,
        warnings: text.warnings,
        extra_json: text.extra_json,
    })
}

fn page(page: wit::Page) -> Result<Page, Failure> {
    let number = page.number;
    if number == 0 {
        return Err(bad_result("a page has the number 0"));
    }
    let wrong = |what: &str| bad_result(format!("page {number}: {what} is not a finite number"));
    if !page.width.is_finite() || !page.height.is_finite() {
        return Err(wrong("its size"));
    }
    let spans: Option<_> = page.spans.into_iter().map(span).collect();
    let links: Option<_> = page
        .links
        .into_iter()
        .map(|link| Some(Link { rect: rect(link.box_)?, target: link.target }))
        .collect();
    let rules: Option<_> = page.rules.into_iter().map(rect).collect();
    Ok(Page {
        number,
        width: page.width,
        height: page.height,
        layout: match page.layout {
            wit::PageLayout::Fixed => PageLayout::Fixed,
            wit::PageLayout::Flowed => PageLayout::Flowed,
        },
        spans: spans.ok_or_else(|| wrong("a span's box or font size"))?,
        links: links.ok_or_else(|| wrong("a link's box"))?,
        rules: rules.ok_or_else(|| wrong("a rule's box"))?,
    })
}

fn span(span: wit::Span) -> Option<Span> {
    span.font_size.is_finite().then_some(())?;
    Some(Span {
        rect: rect(span.box_)?,
        text: span.text,
        font_size: span.font_size,
        font_weight: span.font_weight,
        italic: span.italic,
        font_name: span.font_name,
        color: span.color,
        line: span.line,
        block: span.block,
        stream_order: span.stream_order,
    })
}

/// Absent if any of its four numbers is none.
pub(crate) fn rect(rect: wit::Rect) -> Option<Rect> {
    let wit::Rect { x, y, width, height } = rect;
    [x, y, width, height].iter().all(|number| number.is_finite()).then_some(Rect { x, y, width, height })
}

pub(crate) fn lend(text: &ExtractedText) -> wit::ExtractedText {
    let lend_rect = |rect: &Rect| wit::Rect { x: rect.x, y: rect.y, width: rect.width, height: rect.height };
    let lend_span = |span: &Span| wit::Span {
        text: span.text.clone(),
        box_: lend_rect(&span.rect),
        font_size: span.font_size,
        font_weight: span.font_weight,
        italic: span.italic,
        font_name: span.font_name.clone(),
        color: span.color,
        line: span.line,
        block: span.block,
        stream_order: span.stream_order,
    };
    let lend_page = |page: &Page| wit::Page {
        number: page.number,
        width: page.width,
        height: page.height,
        layout: match page.layout {
            PageLayout::Fixed => wit::PageLayout::Fixed,
            PageLayout::Flowed => wit::PageLayout::Flowed,
        },
        spans: page.spans.iter().map(lend_span).collect(),
        links: page
            .links
            .iter()
            .map(|link| wit::Link { box_: lend_rect(&link.rect), target: link.target.clone() })
            .collect(),
        rules: page.rules.iter().map(lend_rect).collect(),
    };
    wit::ExtractedText {
        pages: text.pages.iter().map(lend_page).collect(),
        language: text.language.clone(),
        warnings: text.warnings.clone(),
        extra_json: text.extra_json.clone(),
    }
}

/// The text as bytes in which no two different texts are alike; what the hash of a call's input is made of.
pub(crate) fn feed(text: &ExtractedText, into: &mut Vec<u8>) {
    let number = |into: &mut Vec<u8>, value: u64| into.extend_from_slice(&value.to_le_bytes());
    let string = |into: &mut Vec<u8>, value: Option<&str>| {
        number(into, value.map_or(u64::MAX, |value| value.len() as u64));
        into.extend_from_slice(value.unwrap_or_default().as_bytes());
    };
    let rect = |into: &mut Vec<u8>, rect: &Rect| {
        for side in [rect.x, rect.y, rect.width, rect.height] {
            into.extend_from_slice(&side.to_bits().to_le_bytes());
        }
    };
    number(into, text.pages.len() as u64);
    for page in &text.pages {
        number(into, u64::from(page.number));
        number(into, u64::from(page.width.to_bits()) << 32 | u64::from(page.height.to_bits()));
        number(into, u64::from(page.layout == PageLayout::Flowed));
        number(into, page.spans.len() as u64);
        for span in &page.spans {
            string(into, Some(&span.text));
            rect(into, &span.rect);
            number(into, u64::from(span.font_size.to_bits()) << 32 | u64::from(span.color));
            number(into, u64::from(span.font_weight) << 32 | u64::from(span.italic));
            string(into, span.font_name.as_deref());
            number(into, u64::from(span.line) << 32 | u64::from(span.block));
            number(into, u64::from(span.stream_order));
        }
        number(into, page.links.len() as u64);
        for link in &page.links {
            rect(into, &link.rect);
            string(into, Some(&link.target));
        }
        number(into, page.rules.len() as u64);
        page.rules.iter().for_each(|rule| rect(into, rule));
    }
    string(into, text.language.as_deref());
    number(into, text.warnings.len() as u64);
    text.warnings.iter().for_each(|warning| string(into, Some(warning)));
    string(into, text.extra_json.as_deref());
}
