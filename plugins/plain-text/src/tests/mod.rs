//! Small files of each format, and bytes of none.

use mortise_sdk::{ErrorKind, Page, Span, testing::Host};
use proptest::prelude::{any, prop, proptest};

use super::{CallContext, Document, ExtractedText, PlainText, PluginError, TextExtractor};

mod encodings;
mod rtf;

fn extract(document: Document) -> Result<ExtractedText, PluginError> {
    Host::new().run(|| PlainText::extract(&CallContext::default(), &document))
}

fn page(media_type: &str, text: &str) -> Page {
    extract(Document::from_bytes(text).with_media_type(media_type)).unwrap().pages.remove(0)
}

fn html(text: &str) -> Page {
    page("text/html", text)
}

fn markdown(text: &str) -> Page {
    page("text/markdown", text)
}

fn lines(page: &Page) -> Vec<String> {
    let text = ExtractedText { pages: vec![page.clone()], ..ExtractedText::default() };
    text.plain().lines().map(str::to_owned).collect()
}

fn find<'a>(page: &'a Page, text: &str) -> &'a Span {
    page.spans.iter().find(|span| span.text.contains(text)).unwrap_or_else(|| panic!("no span with {text}"))
}

#[test]
fn plain_text_keeps_lines_blocks_and_columns() {
    let page =
        page("text/plain", "Ada Lovelace\r\n\r\nAnalyst        1842\r\n  London\r\n--------\r\nSkills\r\n");
    assert_eq!(lines(&page), ["Ada Lovelace", "Analyst 1842", "London", "Skills"]);
    assert_eq!(page.spans.iter().map(|span| span.block).collect::<Vec<_>>(), [0, 1, 1, 1, 2]);
    assert!(find(&page, "London").rect.x > find(&page, "Analyst").rect.x);
    assert_eq!(page.rules.len(), 1);
}

#[test]
fn a_form_feed_starts_a_page() {
    let text = extract(Document::from_bytes(*b"one\x0ctwo")).unwrap();
    assert_eq!(text.pages.len(), 2);
    assert_eq!(text.plain(), "one\u{c}two");
}

#[test]
fn markdown_headings_lists_emphasis_and_links() {
    let page = markdown(
        "# Ada Lovelace\nada@example.com | [site](https://ada.example)\n\n## Work\n\n**Analyst**, *Engine*\n\n- first\n  - inner\n- second\n\n3. third\n",
    );
    assert_eq!(
        lines(&page),
        [
            "Ada Lovelace",
            "ada@example.com | site",
            "Work",
            "Analyst, Engine",
            "• first",
            "• inner",
            "• second",
            "3. third"
        ]
    );
    let name = find(&page, "Ada");
    assert!(name.font_size > find(&page, "Work").font_size && name.font_weight == 700);
    assert_eq!(find(&page, "Analyst").font_weight, 700);
    assert!(find(&page, "Engine").italic);
    assert!(find(&page, "inner").rect.x > find(&page, "first").rect.x);
    assert_eq!(page.links[0].target, "https://ada.example");
    assert_eq!(page.links[0].rect, find(&page, "site").rect);
}

#[test]
fn a_markdown_table_stands_in_columns() {
    let page = markdown("| Role | Year |\n|---|---|\n| Analyst | 1842 |\n| Countess | 1838 |\n");
    assert_eq!(lines(&page), ["Role Year", "Analyst 1842", "Countess 1838"]);
    assert_eq!(find(&page, "1842").rect.x, find(&page, "1838").rect.x);
    assert!(find(&page, "1838").rect.x > find(&page, "Countess").rect.right());
}

#[test]
fn html_shows_what_a_reader_sees() {
    let page = html(
        "<!doctype html><html lang=de><head><title>no</title><style>p{color:red}</style></head><body>\
         <h1>J&uuml;rgen&nbsp;<em>Gro&szlig;</em></h1><p>Zeile eins<br>Zeile  zwei<p>Neu</p>\
         <script>if (a < b) { document.write('<p>no</p>') }</script><!-- no -->\
         <div style='display:none'>no</div><span hidden>no</span>\
         <a href='mailto:j@example.com'>Mail</a></body></html>",
    );
    assert_eq!(lines(&page), ["Jürgen Groß", "Zeile eins", "Zeile zwei", "Neu", "Mail"]);
    assert_eq!(page.links[0].target, "mailto:j@example.com");
    assert!(find(&page, "Groß").italic);
}

#[test]
fn html_tells_its_language() {
    let text = extract(Document::from_bytes(*b"<html lang='fr-CH'><p>Bonjour")).unwrap();
    assert_eq!(text.language.as_deref(), Some("fr-CH"));
}

#[test]
fn html_lists_have_bullets_and_numbers() {
    let page =
        html("<ul><li>one<ul><li>deeper</ul><li><p>two</p></ul><ol start=4><li>four<li>five</ol>after");
    assert_eq!(lines(&page), ["• one", "• deeper", "• two", "4. four", "5. five", "after"]);
    assert!(find(&page, "deeper").rect.x > find(&page, "one").rect.x);
    assert_eq!(find(&page, "after").rect.x, find(&page, "•").rect.x);
}

#[test]
fn html_tables_are_read_row_by_row() {
    let page = html(
        "<table><tr><th>From<th>Post<tr><td>1842<td>Analyst<tr><td>1838</td><td><ul><li>a<li>b</ul></td></tr></table>end",
    );
    assert_eq!(lines(&page), ["From Post", "1842 Analyst", "1838", "• a", "• b", "end"]);
    assert_eq!(find(&page, "From").font_weight, 700);
    assert_eq!(find(&page, "Post").rect.x, find(&page, "Analyst").rect.x);
    assert!(find(&page, "end").rect.y > find(&page, "b").rect.y);
}

#[test]
fn a_page_inside_one_table_cell_still_has_blocks() {
    let page = html("<table><tr><td><h2>Work</h2><p>Acme</p><h2>School</h2></td></tr></table>");
    assert_eq!(page.spans.iter().map(|span| span.block).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn wide_cells_break_and_do_not_run_into_their_neighbour() {
    let long = "word ".repeat(60);
    let page = html(&format!("<table><tr><td>{long}</td><td>beside</td></tr></table>"));
    let beside = find(&page, "beside");
    assert!(page.spans.len() > 3);
    assert!(
        page.spans.iter().filter(|span| span.text != "beside").all(|span| span.rect.right() < beside.rect.x)
    );
}

#[test]
fn style_attributes_count() {
    let page =
        html("<p style='font-size:32px;font-weight:600;color:#0a0'>Big</p><p style='font-size:0'>trap</p>");
    let big = find(&page, "Big");
    assert_eq!((big.font_size, big.font_weight, big.color), (20.0, 600, 0x00aa00));
    assert_eq!(page.spans.len(), 1);
}

#[test]
fn no_text_is_said_to_be_no_text() {
    for empty in ["", " \r\n\t", "<html><script>x</script></html>", "\u{feff}"] {
        let error = extract(Document::from_bytes(empty)).unwrap_err();
        assert_eq!(
            (error.kind, error.code.as_str()),
            (ErrorKind::InvalidInput, "empty_document"),
            "{empty:?}"
        );
    }
}

#[test]
fn too_much_text_is_refused_politely() {
    for text in ["a  ".repeat(600_000), "a\n".repeat(300_000), "\x0ca".repeat(20_000)] {
        assert_eq!(extract(Document::from_bytes(text)).unwrap_err().code, "too_large");
    }
    let deep = "<div><table><tr><td>x".repeat(20_000);
    assert!(extract(Document::from_bytes(deep).with_media_type("text/html")).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0..3usize) {
        let media_type = ["text/plain", "text/markdown", "text/html"][kind];
        let _ = extract(Document::from_bytes(bytes).with_media_type(media_type));
    }

    #[test]
    fn no_tag_soup_makes_it_panic(pieces in prop::collection::vec(0..SOUP.len(), 0..60)) {
        let soup: String = pieces.iter().map(|piece| SOUP[*piece]).collect();
        for media_type in ["text/markdown", "text/html"] {
            if let Ok(text) = extract(Document::from_bytes(soup.clone()).with_media_type(media_type)) {
                for span in text.pages.iter().flat_map(|page| &page.spans) {
                    assert!(span.rect.x.is_finite() && span.rect.width >= 0.0 && !span.text.is_empty());
                    assert!(!span.text.contains(char::is_control));
                }
            }
        }
    }
}

const SOUP: [&str; 32] = [
    "<p>",
    "</p>",
    "<table>",
    "</table>",
    "<tr>",
    "<td colspan=3>",
    "</td>",
    "<td>",
    "<li>",
    "<ul>",
    "</ul>",
    "<ol start=18446744073709551615>",
    "word ",
    "<br>",
    "<hr>",
    "<h1>",
    "</h1>",
    "<b>",
    "</b>",
    "<a href=x>",
    "</a>",
    "<pre>\t",
    "<!--",
    "-->",
    "&amp;",
    "|a|b|\n|-|-|\n|c|d|\n",
    "\n\n",
    "- x\n",
    "    ",
    "```\n",
    "> ",
    "<div style='font-size:0.0001pt'>",
];
