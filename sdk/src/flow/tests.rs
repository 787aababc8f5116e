//! What the made-up layout promises.

use super::{Cell, Flow, Line, Run, Style};

fn run(text: &str) -> Run {
    Run::new(text, Style::default())
}

#[test]
fn runs_of_one_style_join_into_one_span() {
    let mut flow = Flow::new();
    flow.line(0.0, [run("Soft"), run("ware"), run(" engineer")]);
    let page = &flow.finish().pages[0];
    assert_eq!(page.spans.len(), 1);
    assert_eq!(page.spans[0].text, "Software engineer");
}

#[test]
fn two_spaces_part_spans_and_keep_their_distance() {
    let mut flow = Flow::new();
    flow.line(0.0, [run("Acme      2019")]);
    let page = &flow.finish().pages[0];
    assert_eq!(page.spans.len(), 2);
    assert!(page.spans[1].rect.x > page.spans[0].rect.right() + 10.0);
    assert_eq!(page.spans[0].line, page.spans[1].line);
}

#[test]
fn tabs_of_two_lines_meet_at_one_stop() {
    let mut flow = Flow::new();
    flow.line(0.0, [run("a\tx")]);
    flow.line(0.0, [run("bbb\ty")]);
    let page = &flow.finish().pages[0];
    assert_eq!(page.spans[1].rect.x, page.spans[3].rect.x);
}

#[test]
fn cells_of_one_line_share_it_and_longer_ones_are_read_in_turn() {
    let line = |text: &str| Line { runs: vec![run(text)], ..Line::default() };
    let mut flow = Flow::new();
    flow.row(&[
        Cell { x: 0.0, lines: vec![line("2019")], ..Cell::default() },
        Cell { x: 120.0, lines: vec![line("Acme")], ..Cell::default() },
    ]);
    flow.row(&[
        Cell { x: 0.0, lines: vec![line("Skills"), line("Rust")], ..Cell::default() },
        Cell { x: 120.0, lines: vec![line("Work")], ..Cell::default() },
    ]);
    flow.line(0.0, [run("after")]);
    let text = flow.finish();
    assert_eq!(text.plain(), "2019 Acme\nSkills\nRust\nWork\nafter");
    let spans = &text.pages[0].spans;
    assert_eq!(spans[2].rect.y, spans[4].rect.y);
    assert!(spans[5].rect.y > spans[3].rect.y);
    assert_eq!(spans.iter().map(|span| span.block).collect::<Vec<_>>(), [0, 1, 2, 2, 3, 4]);
}

#[test]
fn a_page_break_starts_counting_anew() {
    let mut flow = Flow::new();
    flow.line(0.0, [run("one")]);
    flow.page_break();
    flow.line(0.0, [run("two")]);
    flow.page_break();
    let text = flow.finish();
    assert_eq!(text.pages.len(), 2);
    assert_eq!((text.pages[1].number, text.pages[1].spans[0].line), (2, 0));
    assert_eq!(text.plain(), "one\u{c}two");
}

#[test]
fn a_link_covers_its_text() {
    let mut flow = Flow::new();
    let link = Run { link: Some("https://example.com".to_owned()), ..run("my site") };
    flow.line(0.0, [run("see "), link, run(" there")]);
    let page = &flow.finish().pages[0];
    assert_eq!(page.links.len(), 1);
    assert_eq!(page.links[0].rect, page.spans[1].rect);
    assert_eq!(page.spans[1].text, "my site");
}

#[test]
fn control_and_invisible_characters_vanish() {
    let mut flow = Flow::new();
    flow.line(0.0, [run("\u{feff}co\u{ad}ope\u{7}rate\u{a0}now")]);
    assert_eq!(flow.finish().plain(), "cooperate now");
}

#[test]
fn a_cell_with_a_width_breaks_between_words() {
    let line =
        Line { hanging: 8.0, runs: vec![run("• one two three four five six seven")], ..Line::default() };
    let narrow = Cell { x: 0.0, width: Some(80.0), lines: vec![line] };
    let beside =
        Cell { x: 90.0, width: None, lines: vec![Line { runs: vec![run("beside")], ..Line::default() }] };
    let mut flow = Flow::new();
    flow.row(&[narrow, beside]);
    let page = &flow.finish().pages[0];
    assert!(page.spans.len() > 3);
    let (last, lines) = page.spans.split_last().unwrap();
    assert!(lines.iter().all(|span| span.rect.right() <= last.rect.x));
    assert_eq!(lines[1].rect.x, lines[0].rect.x + 8.0);
    assert_eq!(
        lines.iter().map(|span| span.text.as_str()).collect::<Vec<_>>().join(" "),
        "• one two three four five six seven"
    );
}

#[test]
fn columns_made_of_spaces_stay_columns_in_a_monospaced_style() {
    let style = Style { monospace: true, ..Style::default() };
    let mut flow = Flow::new();
    flow.line(0.0, [Run::new("Illinois   2019", style.clone())]);
    flow.line(0.0, [Run::new("WWWWWWWW   2020", style)]);
    let page = &flow.finish().pages[0];
    assert!((page.spans[1].rect.x - page.spans[3].rect.x).abs() < 0.01);
}
