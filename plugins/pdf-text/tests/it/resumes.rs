//! Real layouts, filled with made-up persons.

use std::path::Path;

use mortise_sdk::ExtractedText;

use crate::build::extract;

pub(crate) fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/resumes").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(name: &str) -> ExtractedText {
    extract(&file(name))
}

/// Asserts that the lines occur, in this order.
fn assert_in_order(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for line in wanted {
        let Some(found) = rest.find(line) else { panic!("{line:?} is missing or out of order in:\n{text}") };
        rest = &rest[found + line.len()..];
    }
}

#[test]
fn word_processor_output_is_read_line_by_line() {
    let text = read("docx-plain__student_us.pdf");
    let plain = text.plain();
    assert!(plain.starts_with("Tyler Nguyen\n"), "{plain}");
    assert!(text.warnings.is_empty(), "{:?}", text.warnings);
    assert!(text.pages[0].spans[0].font_size > text.pages[0].spans[8].font_size);
}

#[test]
fn narrow_gutters_part_columns() {
    let plain = read("deedy-1__nurse_us.pdf").plain();
    assert_in_order(
        &plain,
        &[
            "Keisha Renée Baptiste-Moore",
            "EDUCATION\n",
            "LANGUAGES\n",
            "Haitian Creole (Conversational)",
            "EXPERIENCE\n",
            "MAGNOLIA HOME HEALTH",
        ],
    );
    assert!(plain.contains("\nunit\n"), "a wrapped line keeps to its column:\n{plain}");
}

#[test]
fn a_sidebar_is_read_apart_from_the_main_text() {
    let plain = read("jr-sidebar__warehouse_us.pdf").plain();
    assert_in_order(&plain, &["djenkins1990@example.com", "RiverPort Fulfillment", "QuickBox Logistics"]);
}

#[test]
fn labels_centred_beside_their_section_come_first() {
    let plain = read("npm-paper-plus-plus__student_us.pdf").plain();
    assert_in_order(
        &plain,
        &[
            "Tyler Nguyen",
            "CONTACT\n",
            "Email\n",
            "LOCATION\n",
            "Country",
            "EDUCATION\n",
            "Orange Coast State University",
        ],
    );
}

#[test]
fn dates_beside_a_list_do_not_break_into_its_items() {
    let plain = read("rendercv-classic__paralegal_us.pdf").plain();
    assert_in_order(
        &plain,
        &[
            "Senior Litigation Paralegal Chicago, IL\n",
            "Jan 2020 – present\n",
            "• Manage document review of up to 1.8 million records in Relativity\n",
        ],
    );
}

#[test]
fn accents_links_and_weights_survive() {
    let text = read("jr-french-atelier__chef_fr.pdf");
    let plain = text.plain();
    assert!(plain.contains("Théodore Lambert-Duquesne"), "{plain}");
    assert!(text.pages.iter().flat_map(|page| &page.spans).any(|span| span.font_weight >= 600));
    assert!(!plain.chars().any(|c| c.is_control() && c != '\n' && c != '\u{c}'));
}

#[test]
fn every_span_lies_on_its_page_and_numbers_ascend() {
    for name in
        ["jr-creative-confidence__nurse_us.pdf", "rendercv-moderncv__welder_au.pdf", "deedy-1__nurse_us.pdf"]
    {
        for page in read(name).pages {
            let mut line = 0;
            for span in &page.spans {
                assert!(span.rect.x >= -1.0 && span.rect.right() <= page.width + 1.0, "{name}: {span:?}");
                assert!(span.rect.y >= -1.0 && span.rect.bottom() <= page.height + 4.0, "{name}: {span:?}");
                assert!(span.line == line || span.line == line + 1, "{name}: {span:?}");
                line = span.line;
            }
        }
    }
}
