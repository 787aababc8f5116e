//! Input nobody means well with: the parser answers and does not panic.

use mortise_sdk::{ExtractedText, Link, Page, PageLayout, Rect, Span};

fn span(text: &str, x: f32, y: f32, size: f32) -> Span {
    let rect = Rect { x, y, width: size * 0.5 * text.chars().count() as f32, height: size };
    Span { text: text.to_owned(), rect, font_size: size, font_weight: 400, ..Span::default() }
}

fn page(spans: Vec<Span>) -> ExtractedText {
    let page = Page { number: 1, width: 595.0, height: 842.0, spans, ..Page::default() };
    ExtractedText { pages: vec![page], ..ExtractedText::default() }
}

/// A small generator, so that every run sees the same numbers.
fn numbers(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    }
}

const WORDS: &[&str] = &[
    "Experience",
    "Education",
    "Skills",
    "•",
    "2019 – 2021",
    "Engineer",
    "Acme GmbH",
    "B.Sc. in Physics",
    "a@b.de",
    "—",
    "E X P",
    "Berlin, DE",
    "\u{f095}",
    "GPA: 3.9/4.0",
    "Languages",
    "led a team of nine people and shipped it.",
    "(",
    ")",
    ",",
    "",
    " ",
];

#[test]
fn ten_thousand_spans_anywhere() {
    let mut next = numbers(7);
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30, 0.0, -5.0];
    let spans = (0..10_000)
        .map(|_| {
            let word = WORDS[next() as usize % WORDS.len()];
            let mut span =
                span(word, (next() % 600) as f32, (next() % 840) as f32, 4.0 + (next() % 30) as f32);
            if next().is_multiple_of(20) {
                span.rect.x = odd[next() as usize % odd.len()];
            }
            if next().is_multiple_of(20) {
                span.rect.height = odd[next() as usize % odd.len()];
            }
            if next().is_multiple_of(20) {
                span.font_size = odd[next() as usize % odd.len()];
            }
            span.font_weight = (next() % 1_200) as u16;
            span
        })
        .collect();
    let resume = resume_parser::parse(&page(spans));
    assert!(resume.evidence.iter().all(|evidence| (0.0..=1.0).contains(&evidence.confidence)));
}

#[test]
fn everything_in_one_place() {
    let spans = (0..10_000).map(|index| span(WORDS[index % WORDS.len()], 50.0, 50.0, 10.0)).collect();
    resume_parser::parse(&page(spans));
}

#[test]
fn one_column_of_ten_thousand_lines() {
    let spans =
        (0..10_000).map(|index| span(WORDS[index % WORDS.len()], 50.0, index as f32 * 9.0, 10.0)).collect();
    resume_parser::parse(&page(spans));
}

#[test]
fn one_row_of_ten_thousand_words() {
    let spans = (0..10_000).map(|index| span("Engineer,", index as f32 * 9.0, 50.0, 1.0)).collect();
    resume_parser::parse(&page(spans));
}

#[test]
fn a_megabyte_in_one_span() {
    for unit in ["a", "a ", "é, ", "2019 - ", "((", "a@", "http://", "1 ", "E X ", "• ", "|"] {
        let text = unit.repeat(1_000_000 / unit.len());
        let resume = resume_parser::parse(&page(vec![
            span("Experience", 50.0, 40.0, 14.0),
            span(&text, 50.0, 60.0, 10.0),
        ]));
        assert!(!resume.warnings.is_empty(), "{unit:?} is cut with a warning");
    }
}

#[test]
fn nothing_at_all() {
    assert_eq!(resume_parser::parse(&ExtractedText::default()), Default::default());
    resume_parser::parse(&page(Vec::new()));
}

#[test]
fn links_and_rules_out_of_this_world() {
    let mut text = page(vec![span("Jane Roe", 50.0, 50.0, 20.0), span("Experience", 50.0, 90.0, 12.0)]);
    let far = Rect { x: f32::NAN, y: f32::INFINITY, width: -1.0, height: 0.0 };
    text.pages[0].rules = vec![far; 5_000];
    text.pages[0].links = vec![Link { rect: far, target: "mailto:".repeat(50_000) }; 3];
    text.pages[0].height = f32::NAN;
    resume_parser::parse(&text);
}

#[test]
fn many_pages_of_columns() {
    let pages = (0..60)
        .map(|number| {
            let spans = (0..120)
                .flat_map(|line| {
                    let y = 20.0 + line as f32 * 6.5;
                    let left = if line % 10 == 0 { "Skills" } else { "Rust, Go" };
                    let right = if line % 12 == 0 { "Experience" } else { "Engineer, Acme GmbH 2019 - 2020" };
                    [span(left, 20.0, y, 5.0), span(right, 220.0, y + 1.5, 5.0)]
                })
                .collect();
            Page { number, width: 595.0, height: 842.0, spans, ..Page::default() }
        })
        .collect();
    resume_parser::parse(&ExtractedText { pages, ..ExtractedText::default() });
}

#[test]
fn a_flowed_document_without_boxes() {
    let mut text = page(vec![span("Jane Roe", 0.0, 0.0, 0.0), span("Experience", 0.0, 0.0, 0.0)]);
    text.pages[0].layout = PageLayout::Flowed;
    let resume = resume_parser::parse(&text);
    assert!(resume.evidence.iter().all(|evidence| evidence.page.is_none() && evidence.rect.is_none()));
}
