//! Files that are damaged, foreign, locked or made to hurt.

use proptest::prelude::{ProptestConfig, any, prop, proptest};

use super::{ErrorKind, Made, archive, extract, p};

fn code(bytes: Vec<u8>) -> String {
    extract(bytes).unwrap_err().code
}

#[test]
fn foreign_files_are_told_apart() {
    let ole = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600], &name, &[0; 600]].concat()
    };
    let sheet = archive([("[Content_Types].xml".to_owned(), b"<Types/>".to_vec())]);
    assert_eq!(code(ole("EncryptedPackage")), "encrypted");
    assert_eq!(extract(ole("EncryptedPackage")).unwrap_err().kind, ErrorKind::Unsupported);
    assert_eq!(code(ole("WordDocument")), "not_a_docx");
    assert_eq!(code(sheet), "not_a_docx");
    assert_eq!(code(b"%PDF-1.4".to_vec()), "not_a_docx");
    assert_eq!(code(Vec::new()), "not_a_docx");
}

#[test]
fn damage_is_said_to_be_damage() {
    let whole = Made::of(&p("text")).bytes();
    assert_eq!(code(whole[..whole.len() / 2].to_vec()), "damaged_docx");
    assert_eq!(code(Made::of("<w:p>").bytes()), "damaged_docx");
    assert_eq!(code(Made::of(&p("")).bytes()), "empty_document");
}

#[test]
fn document_types_and_entities_are_refused() {
    let part = b"<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><document><body>&b;</body></document>";
    assert_eq!(code(archive([("word/document.xml".to_owned(), part.to_vec())])), "damaged_docx");
}

#[test]
fn bombs_are_refused_unexploded() {
    let mut wide = Made::of(&p("x"));
    wide.parts.push(("word/media/image1.emf".to_owned(), vec![0; 8 << 20]));
    assert_eq!(code(wide.bytes()), "too_large");

    let many = (0..2_001).map(|number| (format!("word/media/{number}"), Vec::new()));
    assert_eq!(code(archive(many)), "too_large");

    let deep = "<w:tbl><w:tr><w:tc>".repeat(5_000) + &"</w:tc></w:tr></w:tbl>".repeat(5_000);
    assert_eq!(code(Made::of(&deep).bytes()), "too_large");

    let nodes = "<w:p/>".repeat(600_000);
    assert_eq!(code(Made::of(&nodes).bytes()), "too_large");

    let text = p(&"word ".repeat(300_000));
    assert_eq!(code(Made::of(&text).bytes()), "too_large");
}

#[test]
fn absurd_numbers_do_no_harm() {
    let body = "<w:p><w:pPr><w:ind w:left='-99999999999' w:hanging='1e38'/><w:spacing w:before='NaN' w:after='inf'/>\
        <w:tabs><w:tab w:val='right' w:pos='99999999'/></w:tabs><w:numPr><w:ilvl w:val='77'/><w:numId w:val='9'/></w:numPr></w:pPr>\
        <w:r><w:rPr><w:sz w:val='999999'/><w:color w:val='zzz'/></w:rPr><w:t>a</w:t><w:tab/><w:t>b</w:t></w:r></w:p>\
        <w:tbl><w:tblGrid><w:gridCol w:w='-5'/></w:tblGrid><w:tr><w:tc><w:tcPr><w:gridSpan w:val='4000000000'/></w:tcPr><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
    let text = Made::of(body).text();
    for span in &text.pages[0].spans {
        assert!(span.rect.x.is_finite() && span.rect.y.is_finite() && span.rect.width.is_finite());
    }
    assert_eq!(text.plain(), "a b\nc");
}

const PIECES: [&str; 24] = [
    "<w:p>",
    "</w:p>",
    "<w:r>",
    "</w:r>",
    "<w:t>word</w:t>",
    "<w:tab/>",
    "<w:br/>",
    "<w:br w:type='page'/>",
    "<w:tbl>",
    "</w:tbl>",
    "<w:tr>",
    "</w:tr>",
    "<w:tc>",
    "</w:tc>",
    "<w:pPr><w:jc w:val='center'/></w:pPr>",
    "<w:hyperlink r:id='q'>",
    "</w:hyperlink>",
    "<w:fldChar w:fldCharType='begin'/>",
    "<w:fldChar w:fldCharType='end'/>",
    "<w:pict>",
    "</w:pict>",
    "<w:txbxContent>",
    "</w:txbxContent>",
    "<w:instrText>HYPERLINK \\l</w:instrText>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_never_make_it_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = include_bytes!("../../tests/python-docx.docx").to_vec();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = extract(bytes);
    }

    #[test]
    fn cut_files_never_make_it_panic(length in any::<prop::sample::Index>()) {
        let bytes = include_bytes!("../../tests/python-docx.docx");
        let _ = extract(bytes[..length.index(bytes.len())].to_vec());
    }

    #[test]
    fn shuffled_elements_never_make_it_panic(pieces in prop::collection::vec(0..PIECES.len(), 0..40)) {
        let mut open: Vec<&str> = Vec::new();
        let mut body = String::new();
        // Closed in order, so that most of them are well-formed.
        for piece in pieces.into_iter().map(|piece| PIECES[piece]) {
            if piece.starts_with("</") {
                body.extend(open.pop());
            } else {
                body.push_str(piece);
                let closing = PIECES.iter().find(|end| {
                    let name = piece[1..].split([' ', '>', '/']).next().unwrap_or_default();
                    end.starts_with("</") && end[2..].trim_end_matches('>') == name
                });
                open.extend(closing);
            }
        }
        body.extend(open.into_iter().rev());
        let _ = extract(Made::of(&body).bytes());
    }
}
