//! Files made to hang, to fill the memory or to overflow the stack.

use lopdf::{Dictionary, Object, Stream, dictionary};

use crate::build::{Pdf, extract, save};
use crate::refusals::refusal;

/// A stream of `size` blanks, packed a thousandfold.
fn packed(size: usize) -> Stream {
    let mut stream = Stream::new(dictionary! {}, vec![b' '; size]);
    stream.compress().expect("packs blanks");
    stream
}

#[test]
fn a_page_that_inflates_without_end_is_too_large() {
    let mut pdf = Pdf::new();
    let bomb = pdf.doc.add_object(packed(64 << 20));
    pdf.page("", dictionary! { "Contents" => bomb });
    let bytes = pdf.bytes();
    assert!(bytes.len() < 1 << 20);
    assert_eq!(refusal(&bytes).code, "too_large");
}

#[test]
fn many_middling_streams_share_one_budget() {
    let mut pdf = Pdf::new();
    let content = packed(20 << 20);
    for _ in 0..12 {
        let part = pdf.doc.add_object(content.clone());
        pdf.page("", dictionary! { "Contents" => part });
    }
    assert_eq!(refusal(&pdf.bytes()).code, "too_large");
}

#[test]
fn an_object_stream_that_inflates_without_end_is_too_large() {
    let mut pdf = Pdf::new();
    pdf.page("BT /F1 10 Tf 72 700 Td (x) Tj ET", dictionary! {});
    let mut stream = packed(16 << 20);
    stream.dict.extend(&dictionary! { "Type" => "ObjXtm", "N" => 1, "First" => 4 });
    pdf.doc.add_object(stream);
    // The writer leaves out object streams, so it is told another name of the same length.
    let mut bytes = pdf.bytes();
    let name = bytes.windows(6).position(|window| window == b"ObjXtm").expect("just written");
    bytes[name..name + 6].copy_from_slice(b"ObjStm");
    assert_eq!(refusal(&bytes).code, "too_large");
}

#[test]
fn forms_that_draw_themselves_end() {
    let mut pdf = Pdf::new();
    let dict = || dictionary! { "Type" => "XObject", "Subtype" => "Form" };
    let one = pdf.stream(dict(), b"/X2 Do /X2 Do BT /F1 10 Tf (a) Tj ET");
    let two = pdf.stream(dict(), b"/X1 Do /X1 Do");
    pdf.resource("XObject", "X1", one);
    pdf.resource("XObject", "X2", two);
    pdf.page("BT /F1 10 Tf 72 700 Td (before) Tj ET /X1 Do /X1 Do /X1 Do", dictionary! {});
    let text = extract(&pdf.bytes());
    assert!(text.plain().contains("before"));
    assert!(text.warnings.iter().any(|warning| warning.contains("intricate")));
}

#[test]
fn a_page_tree_that_contains_itself_ends() {
    let mut pdf = Pdf::new();
    let page = pdf.page("BT /F1 10 Tf 72 700 Td (once) Tj ET", dictionary! {});
    pdf.finish();
    let tree = pdf.tree;
    let kids: Vec<Object> = vec![tree.into(), page.into(), tree.into(), page.into()];
    pdf.doc.get_dictionary_mut(tree).expect("the page tree").set("Kids", kids);
    assert_eq!(extract(&save(&mut pdf.doc)).plain(), "once");
}

#[test]
fn references_in_a_circle_are_nothing() {
    let mut pdf = Pdf::new();
    let (a, b) = (pdf.doc.new_object_id(), pdf.doc.new_object_id());
    pdf.doc.objects.insert(a, Object::Reference(b));
    pdf.doc.objects.insert(b, Object::Reference(a));
    pdf.resource("Font", "F3", a);
    pdf.page(
        "BT /F3 10 Tf 72 700 Td (lost) Tj /F1 10 Tf 0 -50 Td (found) Tj ET",
        dictionary! { "Rotate" => a, "Annots" => b },
    );
    assert!(extract(&pdf.bytes()).plain().contains("found"));
}

#[test]
fn a_font_that_descends_from_itself_is_survived() {
    let mut pdf = Pdf::new();
    let font = pdf.doc.new_object_id();
    let dict = dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "Encoding" => font, "DescendantFonts" => vec![Object::Reference(font)], "ToUnicode" => font,
    };
    pdf.doc.objects.insert(font, dict.into());
    pdf.resource("Font", "F3", font);
    pdf.page("BT /F3 10 Tf 72 700 Td (lost) Tj /F1 10 Tf 0 -50 Td (found) Tj ET", dictionary! {});
    assert!(extract(&pdf.bytes()).plain().contains("found"));
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(200_000), close.repeat(200_000));
    for junk in
        [deep("[", "]"), deep("<<", ">>"), deep("(", ")"), "q ".repeat(200_000), "/Span BMC ".repeat(200_000)]
    {
        let mut pdf = Pdf::new();
        pdf.page(&format!("BT /F1 10 Tf 72 700 Td (x) Tj ET {junk}"), dictionary! {});
        assert_eq!(extract(&pdf.bytes()).plain(), "x");
    }
    let mut tree: Object = Dictionary::new().into();
    for _ in 0..2_000 {
        tree = vec![tree].into();
    }
    let mut pdf = Pdf::new();
    pdf.page("BT /F1 10 Tf 72 700 Td (x) Tj ET", dictionary! { "Annots" => tree });
    let _ = pdf_text::extract(&pdf.bytes());
}

#[test]
fn absurd_numbers_are_survived() {
    let content = "1e38 0 0 1e38 0 0 cm 99999999999999999999999 0 0 9999999999999999999999999 1 1 cm
        BT /F1 99999999999999999999999999999999999999999999 Tf 99999999999999999999 Tc 72 700 Td (big) Tj ET
        Q Q Q ET EMC EMC 1 0 0 re S - -- + . .. f* /F9 Tf (x) Tj [ (y) ] TJ";
    let mut pdf = Pdf::new();
    pdf.page(
        content,
        dictionary! { "MediaBox" => vec![0.into(), 0.into(), Object::Real(1e30), (-5).into()] },
    );
    let _ = pdf_text::extract(&pdf.bytes());
}

#[test]
fn a_page_strewn_with_glyphs_ends() {
    // Two rows of a hundred thousand words each, half a line apart, each word in its own colour.
    let mut content = String::from("BT /F1 10 Tf ");
    for at in 0..200_000u32 {
        let (x, y) = (10.0 + 0.0029 * f64::from(at / 2), 700.0 - 3.0 * f64::from(at % 2));
        content.push_str(&format!("0.{:06} g 1 0 0 1 {x:.4} {y} Tm (a) Tj ", at));
    }
    content.push_str("ET");
    assert!(!extract(&Pdf::of(&content)).pages[0].spans.is_empty());
}
