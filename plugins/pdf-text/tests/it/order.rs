//! Reading order follows geometry, not the file.

use crate::build::{Pdf, extract, placed, plain};

/// A left column of `rows` lines, a right one out of step with it.
fn columns() -> Vec<(f32, f32, &'static str)> {
    const LEFT: [&str; 6] = ["Skills", "Welding", "Rigging", "Languages", "English", "Welsh"];
    const RIGHT: [&str; 6] = [
        "Experience",
        "Welder at the docks of a big port",
        "Built forty barges and more",
        "Mended cranes by night",
        "Led a team of nine",
        "Wrote the safety rules",
    ];
    let mut items = Vec::new();
    for (row, text) in LEFT.into_iter().enumerate() {
        items.push((50.0, 600.0 - 19.0 * row as f32, text));
    }
    for (row, text) in RIGHT.into_iter().enumerate() {
        items.push((220.0, 595.0 - 14.0 * row as f32, text));
    }
    items
}

const HEADER: [(f32, f32, &str); 2] = [
    (150.0, 700.0, "A very long name that spans both columns of it"),
    (180.0, 680.0, "someone@example.org, 0123 456, Cardiff"),
];

#[test]
fn two_columns_under_a_header_are_read_one_after_the_other() {
    let mut items = HEADER.to_vec();
    items.extend(columns());
    let text = plain(&placed(&items));
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "A very long name that spans both columns of it",
            "someone@example.org, 0123 456, Cardiff",
            "Skills",
            "Welding",
            "Rigging",
            "Languages",
            "English",
            "Welsh",
            "Experience",
            "Welder at the docks of a big port",
            "Built forty barges and more",
            "Mended cranes by night",
            "Led a team of nine",
            "Wrote the safety rules",
        ]
    );
}

#[test]
fn the_order_within_the_file_does_not_matter() {
    let mut items = HEADER.to_vec();
    items.extend(columns());
    let straight = extract(&Pdf::of(&placed(&items)));
    items.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.total_cmp(&b.0)));
    items.rotate_left(5);
    let shuffled = extract(&Pdf::of(&placed(&items)));
    assert_eq!(straight.plain(), shuffled.plain());
    let numbers = |text: &mortise_sdk::ExtractedText| -> Vec<(u32, u32)> {
        text.pages[0].spans.iter().map(|span| (span.line, span.block)).collect()
    };
    assert_eq!(numbers(&straight), numbers(&shuffled));
}

#[test]
fn dates_on_the_right_stay_on_their_lines() {
    let mut items = Vec::new();
    for entry in 0..4 {
        let y = 700.0 - 60.0 * entry as f32;
        items.extend([
            (50.0, y, "Crane Driver"),
            (480.0, y, "2001 to 2005"),
            (50.0, y - 13.0, "Docks"),
            (480.0, y - 13.0, "Cardiff"),
        ]);
        items.push((50.0, y - 26.0, "Moved things"));
    }
    let text = plain(&placed(&items));
    assert_eq!(
        text.lines().take(3).collect::<Vec<_>>(),
        ["Crane Driver 2001 to 2005", "Docks Cardiff", "Moved things"]
    );
    assert_eq!(text.lines().count(), 12);
}

#[test]
fn one_line_labels_on_the_left_stay_on_their_lines() {
    let mut items = Vec::new();
    for entry in 0..4 {
        let y = 700.0 - 50.0 * entry as f32;
        items.extend([
            (50.0, y, "2001"),
            (150.0, y, "Crane driver at the docks of Cardiff"),
            (150.0, y - 13.0, "Moved things about all day long"),
        ]);
    }
    let text = plain(&placed(&items));
    assert_eq!(
        text.lines().take(2).collect::<Vec<_>>(),
        ["2001 Crane driver at the docks of Cardiff", "Moved things about all day long"]
    );
}

#[test]
fn a_label_of_two_lines_is_read_before_its_entry() {
    let mut items = Vec::new();
    for entry in 0..4 {
        let y = 700.0 - 50.0 * entry as f32;
        items.extend([(50.0, y, "March 2001 to"), (50.0, y - 13.0, "May 2005")]);
        items.extend([
            (150.0, y, "Crane driver at the docks of Cardiff"),
            (150.0, y - 13.0, "Moved things about all day long"),
        ]);
    }
    let text = plain(&placed(&items));
    assert_eq!(
        text.lines().take(4).collect::<Vec<_>>(),
        [
            "March 2001 to",
            "May 2005",
            "Crane driver at the docks of Cardiff",
            "Moved things about all day long"
        ]
    );
}

#[test]
fn paragraphs_are_blocks() {
    let items = [
        (50.0, 700.0, "One sentence goes"),
        (50.0, 688.0, "over two lines."),
        (50.0, 660.0, "Another stands apart."),
    ];
    let text = extract(&Pdf::of(&placed(&items)));
    let blocks: Vec<u32> = text.pages[0].spans.iter().map(|span| span.block).collect();
    assert_eq!(blocks, [0, 0, 1]);
}

#[test]
fn text_running_upwards_is_read_apart() {
    let content = format!(
        "{} BT /F1 10 Tf 0 1 -1 0 30 300 Tm (Curriculum vitae) Tj ET",
        placed(&[(50.0, 700.0, "Plain text here, and more of it")])
    );
    assert_eq!(plain(&content), "Plain text here, and more of it\nCurriculum vitae");
}

#[test]
fn a_lone_date_between_rules_stays_with_its_entry() {
    let content = placed(&[
        (50.0, 700.0, "Education"),
        (60.0, 680.0, "Whitehaven High School"),
        (60.0, 666.0, "Diploma"),
        (500.0, 666.0, "2009"),
        (50.0, 640.0, "Experience"),
        (60.0, 620.0, "Forklift operator at a port"),
    ]);
    let content = format!("{content} 50 694 m 550 694 l S 50 634 m 550 634 l S");
    assert_eq!(
        plain(&content),
        "Education\nWhitehaven High School\nDiploma 2009\nExperience\nForklift operator at a port"
    );
}
