//! Files that are damaged, foreign, locked or made to hurt.

use proptest::prelude::{ProptestConfig, any, prop, proptest};

use super::{ErrorKind, KIND, Made, NAMESPACES, archive, extract, p};

fn code(bytes: Vec<u8>) -> String {
    extract(bytes).unwrap_err().code
}

fn part(name: &str, content: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    (name.to_owned(), content.into())
}

#[test]
fn foreign_files_are_told_apart() {
    let sheet =
        [part("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), part("content.xml", "<a/>")];
    assert_eq!(code(archive(sheet)), "not_an_odt");
    assert_eq!(code(archive([part("word/document.xml", "<document/>")])), "not_an_odt");
    assert_eq!(code(archive([part("content.xml", "<document/>")])), "not_an_odt");
    assert_eq!(code(archive([part("mimetype", KIND)])), "damaged_odt");
    assert_eq!(code(b"%PDF-1.4".to_vec()), "not_an_odt");
    assert_eq!(code(Vec::new()), "not_an_odt");
}

#[test]
fn a_template_is_read_like_the_document_it_becomes() {
    let content = format!(
        "<office:document-content {NAMESPACES}><office:body><office:text>{}</office:text></office:body></office:document-content>",
        p("Ada")
    );
    let parts = [part("mimetype", format!("{KIND}-template")), part("content.xml", content)];
    assert_eq!(extract(archive(parts)).unwrap().plain(), "Ada");
}

#[test]
fn locked_documents_are_said_to_be_locked() {
    let locked = "<manifest:manifest xmlns:manifest='m'><manifest:file-entry manifest:full-path='content.xml'>\
        <manifest:encryption-data manifest:checksum='x'/></manifest:file-entry></manifest:manifest>";
    let noise: Vec<u8> = (0..2000u32).map(|number| (number * 7919 % 251) as u8).collect();
    let by_part =
        [part("mimetype", KIND), part("content.xml", noise.clone()), part("META-INF/manifest.xml", locked)];
    let whole = [part("mimetype", KIND), part("encrypted-package", noise)];
    for bytes in [archive(by_part), archive(whole), include_bytes!("../../tests/locked.odt").to_vec()] {
        let error = extract(bytes).unwrap_err();
        assert_eq!((error.code.as_str(), error.kind), ("encrypted", ErrorKind::Unsupported));
        assert!(error.message.contains("password"), "{error}");
    }
}

#[test]
fn damage_is_said_to_be_damage() {
    let whole = Made::of(&p("text")).bytes();
    assert_eq!(code(whole[..whole.len() / 2].to_vec()), "damaged_odt");
    assert_eq!(code(Made::of("<text:p>").bytes()), "damaged_odt");
    assert_eq!(code(Made::of(&p(" ")).bytes()), "empty_document");
}

#[test]
fn document_types_and_entities_are_refused() {
    let content = b"<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><d><body><text><p>&b;</p></text></body></d>";
    assert_eq!(code(archive([part("mimetype", KIND), part("content.xml", content)])), "damaged_odt");
}

#[test]
fn bombs_are_refused_unexploded() {
    let mut wide = Made::of(&p("x"));
    wide.parts.push(part("Pictures/image.bmp", vec![0; 8 << 20]));
    assert_eq!(code(wide.bytes()), "too_large");
    assert_eq!(
        code(archive([part("mimetype", KIND), part("content.xml", vec![b' '; 64 << 20])])),
        "too_large"
    );

    let many = (0..2_001).map(|number| part(&format!("Pictures/{number}"), ""));
    assert_eq!(code(archive(many)), "too_large");

    let wrapped = |open: &str, close: &str| Made::of(&(open.repeat(5_000) + &close.repeat(5_000))).bytes();
    assert_eq!(code(wrapped("<text:list><text:list-item>", "</text:list-item></text:list>")), "too_large");
    assert_eq!(code(wrapped("<text:section>", "</text:section>")), "too_large");
    let cells = wrapped(
        "<table:table><table:table-row><table:table-cell>",
        "</table:table-cell></table:table-row></table:table>",
    );
    assert_eq!(code(cells), "too_large");
    let spans =
        "<text:p>".to_owned() + &"<text:span>".repeat(5_000) + &"</text:span>".repeat(5_000) + "</text:p>";
    assert_eq!(code(Made::of(&spans).bytes()), "too_large");

    assert_eq!(code(Made::of(&"<text:p/>".repeat(600_000)).bytes()), "too_large");
    assert_eq!(code(Made::of(&p(&"word ".repeat(300_000))).bytes()), "too_large");
    let blanks = p(&"<text:s text:c='4000000000'/>".repeat(20_000));
    assert_eq!(code(Made::of(&blanks).bytes()), "too_large");
}

#[test]
fn absurd_numbers_do_no_harm() {
    let made = Made {
        automatic: "<style:style style:name='P' style:family='paragraph'><style:paragraph-properties fo:margin-left='-99999999999in' fo:text-indent='1e38cm' \
            fo:margin-top='NaNpt' fo:margin-bottom='infpt'><style:tab-stops><style:tab-stop style:position='1e30in' style:type='right'/></style:tab-stops>\
            </style:paragraph-properties><style:text-properties fo:font-size='1e30%' fo:color='#zzz' fo:font-weight='99999'/></style:style>\
            <style:style style:name='C' style:family='table-column'><style:table-column-properties style:column-width='-5in'/></style:style>\
            <text:list-style style:name='L'><text:list-level-style-number text:level='99' style:num-format='1'/><text:list-level-style-number text:level='0'/>\
            <text:list-level-style-number text:level='1' style:num-format='i' text:start-value='4294967295' text:display-levels='77'/></text:list-style>"
            .to_owned(),
        ..Made::of(
            "<text:p text:style-name='P'>a<text:tab/>b</text:p><text:list text:style-name='L'><text:list-item><text:p>c</text:p></text:list-item>\
             <text:list-item><text:p>d</text:p></text:list-item></text:list><table:table><table:table-column table:style-name='C' table:number-columns-repeated='4000000000'/>\
             <table:table-row><table:table-cell table:number-columns-repeated='4000000000' table:number-columns-spanned='4000000000'><text:p>e</text:p></table:table-cell>\
             <table:table-cell><text:p>f</text:p></table:table-cell></table:table-row></table:table>",
        )
    };
    let text = made.text();
    for span in &text.pages[0].spans {
        assert!(span.rect.x.is_finite() && span.rect.y.is_finite() && span.rect.width.is_finite());
    }
    assert_eq!(text.plain(), "a b\n4294967295 c\n4294967295 d\ne f");
}

const PIECES: [&str; 24] = [
    "<text:p>",
    "</text:p>",
    "<text:span>",
    "</text:span>",
    "word ",
    "<text:tab/>",
    "<text:s/>",
    "<text:line-break/>",
    "<table:table>",
    "</table:table>",
    "<table:table-row>",
    "</table:table-row>",
    "<table:table-cell>",
    "</table:table-cell>",
    "<text:list>",
    "</text:list>",
    "<text:list-item>",
    "</text:list-item>",
    "<text:a>",
    "</text:a>",
    "<draw:frame>",
    "</draw:frame>",
    "<draw:text-box>",
    "</draw:text-box>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_never_make_it_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = include_bytes!("../../tests/pandoc.odt").to_vec();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = extract(bytes);
    }

    #[test]
    fn cut_files_never_make_it_panic(length in any::<prop::sample::Index>()) {
        let bytes = include_bytes!("../../tests/pandoc.odt");
        let _ = extract(bytes[..length.index(bytes.len())].to_vec());
    }

    #[test]
    fn shuffled_elements_never_make_it_panic(pieces in prop::collection::vec(0..PIECES.len(), 0..60)) {
        let mut open: Vec<&str> = Vec::new();
        let mut body = String::new();
        // Closed in order, so that all of them are well-formed.
        for piece in pieces.into_iter().map(|piece| PIECES[piece]) {
            if piece.starts_with("</") {
                body.extend(open.pop());
            } else {
                body.push_str(piece);
                let closing = PIECES.iter().find(|end| {
                    end.starts_with("</") && piece.starts_with('<') && piece[1..] == end[2..]
                });
                open.extend(closing);
            }
        }
        body.extend(open.into_iter().rev());
        let _ = extract(Made::of(&body).bytes());
    }
}
