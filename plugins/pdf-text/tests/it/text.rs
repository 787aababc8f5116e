//! Glyphs to words and spans.

use lopdf::{Object, dictionary};

use crate::build::{Pdf, extract, plain, spans};

#[test]
fn text_operators_place_lines() {
    let content = "BT /F1 12 Tf 14 TL 72 700 Td (First) Tj T* (Second) Tj (Third) ' 1 0 (Fourth) \" 0 -20 TD (Fifth) Tj T* <5369787468> Tj ET";
    assert_eq!(plain(content), "First\nSecond\nThird\nFourth\nFifth\nSixth");
}

#[test]
fn gaps_in_an_array_part_words_and_kerning_does_not() {
    assert_eq!(
        plain("BT /F1 12 Tf 72 700 Td [(Pro) 20 (ject) -300 (Lead) -15 (er)] TJ ET"),
        "Project Leader"
    );
}

#[test]
fn letter_spacing_is_undone() {
    assert_eq!(plain("BT /F1 12 Tf 4 Tc 72 700 Td (WORK EXPERIENCE) Tj ET"), "WORK EXPERIENCE");
    assert_eq!(plain("BT /F1 12 Tf 72 700 Td (E D U C A T I O N) Tj ET"), "EDUCATION");
    assert_eq!(plain("BT /F1 12 Tf 72 700 Td (W O R K   H I S T O R Y) Tj ET"), "WORK HISTORY");
}

#[test]
fn negative_letter_spacing_keeps_the_blanks_of_the_file() {
    assert_eq!(plain("BT /F1 12 Tf -0.8 Tc 72 700 Td (CAPTAIN, FLEET) Tj ET"), "CAPTAIN, FLEET");
}

#[test]
fn spans_tell_place_size_weight_and_colour() {
    let spans = spans("0.2 0.4 0.6 rg BT /F2 20 Tf 72 700 Td (Ada) Tj ET");
    let span = &spans[0];
    assert_eq!((span.font_weight, span.italic, span.color), (700, false, 0x33_66_99));
    assert_eq!(span.font_name.as_deref(), Some("Helvetica-Bold"));
    assert_eq!((span.font_size, span.rect.x, span.rect.y, span.rect.height), (20.0, 72.0, 84.0, 20.0));
    assert!((span.rect.width - 20.0 * (0.722 + 0.611 + 0.556)).abs() < 0.01);
}

#[test]
fn text_drawn_twice_is_one_bold_run() {
    let content =
        "BT /F1 12 Tf 1 0 0 1 72 700 Tm (Skills and tools) Tj 1 0 0 1 72.4 700 Tm (Skills and tools) Tj ET";
    let spans = spans(content);
    assert_eq!(spans.len(), 1);
    assert_eq!((spans[0].text.as_str(), spans[0].font_weight), ("Skills and tools", 700));
    let outlined = crate::build::spans("BT /F1 12 Tf 2 Tr 72 700 Td (Outlined) Tj ET");
    assert_eq!(outlined[0].font_weight, 700);
}

#[test]
fn invisible_text_counts_only_where_nothing_else_is() {
    assert_eq!(plain("BT /F1 12 Tf 72 700 Td 3 Tr (hidden) Tj 0 Tr 0 -40 Td (shown) Tj ET"), "shown");
    assert_eq!(plain("BT /F1 12 Tf 72 700 Td 3 Tr (recognised) Tj ET"), "recognised");
}

#[test]
fn a_wide_gap_starts_a_new_span_on_the_same_line() {
    let spans = spans("BT /F1 10 Tf 72 700 Td (Nurse) Tj 300 0 Td (2019) Tj ET");
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[0].line, spans[1].line);
    assert_ne!(spans[0].block, spans[1].block);
}

#[test]
fn a_font_may_name_its_glyphs() {
    let mut pdf = Pdf::new();
    let differences: Vec<Object> = [
        Object::Integer(1),
        "f_i".into(),
        "eacute".into(),
        "uni0159".into(),
        "hyphen".into(),
        "bullet".into(),
        "ffl".into(),
    ]
    .into();
    let font = dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "ABCDEF+Fancy-LightItalic", "FirstChar" => 1, "LastChar" => 6,
        "Widths" => vec![Object::Integer(500); 6],
        "Encoding" => dictionary! { "Type" => "Encoding", "Differences" => differences },
    };
    pdf.resource("Font", "F3", font);
    pdf.page("BT /F3 10 Tf 72 700 Td <010203040506> Tj ET", dictionary! {});
    let spans = extract(&pdf.bytes()).pages.remove(0).spans;
    assert_eq!(spans[0].text, "fiéř-•ffl");
    assert_eq!((spans[0].font_weight, spans[0].italic), (300, true));
    assert_eq!(spans[0].font_name.as_deref(), Some("Fancy-LightItalic"));
    assert!((spans[0].rect.width - 30.0).abs() < 0.01);
}

/// A two-byte font with this ToUnicode program, all glyphs half an em wide.
fn composite(pdf: &mut Pdf, to_unicode: &str) {
    let cmap = pdf.stream(dictionary! {}, to_unicode.as_bytes());
    let descendant = dictionary! {
        "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "Inter-Bold", "DW" => 500,
        "W" => vec![Object::Integer(9), vec![Object::Integer(250)].into()],
    };
    let font = dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "Inter-Bold", "Encoding" => "Identity-H",
        "DescendantFonts" => vec![Object::Dictionary(descendant)], "ToUnicode" => cmap,
    };
    pdf.resource("Font", "F3", font);
}

#[test]
fn composite_fonts_read_their_unicode_map() {
    let mut pdf = Pdf::new();
    composite(
        &mut pdf,
        "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0001> <0003> <0061> endbfrange
         4 beginbfchar <0004> <00660066> <0005> <00ad> <0009> <0020> <0006> <e0a1> endbfchar",
    );
    pdf.page("BT /F3 10 Tf 72 700 Td <0001000400050002000900030006> Tj ET", dictionary! {});
    assert_eq!(extract(&pdf.bytes()).plain(), "aff-b c");
}

#[test]
fn accents_drawn_over_letters_are_composed() {
    // Old TeX: the accent, back by its width, the letter.
    assert_eq!(plain("BT /F1 10 Tf 72 700 Td [(Andr) (\\264) 333 (e)] TJ ET"), "André");
}

#[test]
fn stated_text_replaces_only_what_has_no_meaning() {
    let untold = "BT /F3 10 Tf 72 700 Td /Span <</ActualText (Ada)>> BDC <00010002> Tj EMC ET";
    let icon = "BT /F3 10 Tf 72 660 Td /Span <</ActualText (mailto:ada@example.org)>> BDC <0001> Tj EMC /F1 10 Tf ( shown) Tj ET";
    let told = "BT /F1 10 Tf 72 620 Td /Span <</ActualText (tel:1)>> BDC (call me) Tj EMC ET";
    let mut pdf = Pdf::new();
    composite(&mut pdf, "1 beginbfchar <0044> <0044> endbfchar");
    pdf.page(&format!("{untold} {icon} {told}"), dictionary! {});
    assert_eq!(extract(&pdf.bytes()).plain(), "Ada\nshown\ncall me");
}

#[test]
fn type3_fonts_scale_by_their_matrix() {
    let mut pdf = Pdf::new();
    let font = dictionary! {
        "Type" => "Font", "Subtype" => "Type3", "FontMatrix" => vec![0.01.into(), 0.into(), 0.into(), 0.01.into(), 0.into(), 0.into()],
        "FirstChar" => 65, "LastChar" => 66, "Widths" => vec![50.into(), 50.into()],
        "Encoding" => dictionary! { "Differences" => vec![65.into(), "A".into(), "B".into()] },
    };
    pdf.resource("Font", "F3", font);
    pdf.page("BT /F3 10 Tf 72 700 Td (AB) Tj ET", dictionary! {});
    let spans = extract(&pdf.bytes()).pages.remove(0).spans;
    assert_eq!(spans[0].text, "AB");
    assert!((spans[0].rect.width - 10.0).abs() < 0.01);
}

#[test]
fn forms_are_read_where_they_are_drawn() {
    let mut pdf = Pdf::new();
    let dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Form",
        "Matrix" => vec![1.into(), 0.into(), 0.into(), 1.into(), 50.into(), 0.into()],
    };
    let form = pdf.stream(dict, b"BT /F1 10 Tf 10 10 Td (inside) Tj ET");
    pdf.resource("XObject", "X1", form);
    pdf.page("q 1 0 0 1 100 600 cm /X1 Do Q BT /F1 10 Tf 72 700 Td (outside) Tj ET", dictionary! {});
    let text = extract(&pdf.bytes());
    assert_eq!(text.plain(), "outside\ninside");
    assert_eq!(text.pages[0].spans[1].rect.x, 160.0);
}

#[test]
fn rotated_pages_are_turned_upright() {
    let mut pdf = Pdf::new();
    pdf.page("BT /F1 10 Tf 0 1 -1 0 100 200 Tm (sideways) Tj ET", dictionary! { "Rotate" => 90 });
    pdf.page(
        "BT /F1 10 Tf 1 0 0 1 300 400 Tm (cropped) Tj ET",
        dictionary! {
            "CropBox" => vec![200.into(), 300.into(), 500.into(), 700.into()],
        },
    );
    let text = extract(&pdf.bytes());
    let (first, second) = (&text.pages[0], &text.pages[1]);
    assert_eq!((first.width, first.height), (800.0, 600.0));
    assert_eq!((first.spans[0].text.as_str(), first.spans[0].rect.x), ("sideways", 200.0));
    assert!((first.spans[0].rect.y - 92.0).abs() < 0.01);
    assert_eq!((second.width, second.height, second.spans[0].rect.x), (300.0, 400.0, 100.0));
    assert_eq!(text.language.as_deref(), Some("en-GB"));
}

#[test]
fn links_and_rules_are_told() {
    let mut pdf = Pdf::new();
    let link = dictionary! {
        "Type" => "Annot", "Subtype" => "Link", "Rect" => vec![72.into(), 690.into(), 172.into(), 710.into()],
        "A" => dictionary! { "S" => "URI", "URI" => Object::string_literal("https://example.org/ada") },
    };
    pdf.page(
        "BT /F1 10 Tf 72 700 Td (site) Tj ET 1 w 72 600 m 500 600 l S 72 500 400 0.8 re f 100 100 m 140 150 l S",
        dictionary! { "Annots" => vec![Object::Dictionary(link)] },
    );
    let page = extract(&pdf.bytes()).pages.remove(0);
    assert_eq!(page.links[0].target, "https://example.org/ada");
    assert_eq!((page.links[0].rect.x, page.links[0].rect.y, page.links[0].rect.height), (72.0, 90.0, 20.0));
    assert_eq!(page.rules.len(), 2);
    assert!((page.rules[0].y - 199.5).abs() < 0.01 && page.rules[0].width == 428.0);
}

#[test]
fn an_inline_image_does_not_derail_the_text() {
    let content = "BI /W 2 /H 2 /BPC 8 /CS /G ID ab(EI( EI BT /F1 10 Tf 72 700 Td (after) Tj ET";
    assert_eq!(plain(content), "after");
}
