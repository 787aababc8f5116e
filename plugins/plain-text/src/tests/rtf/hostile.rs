//! Files that are damaged, foreign or made to hurt.

use proptest::prelude::{ProptestConfig, any, prop, proptest};

use super::{ErrorKind, extract, of, text};

fn code(bytes: impl Into<Vec<u8>>) -> String {
    extract(bytes).unwrap_err().code
}

#[test]
fn what_is_none_is_said_to_be_none() {
    assert_eq!(code("Ada Lovelace"), "not_rtf");
    assert_eq!(code(""), "not_rtf");
    assert_eq!(code("{\\rtf1}"), "empty_document");
    assert_eq!(code("{\\rtf1{\\pict 00}"), "empty_document");
    assert_eq!(extract("{\\rtf1}").unwrap_err().kind, ErrorKind::InvalidInput);
}

#[test]
fn groups_without_balance_end() {
    assert_eq!(text("{\\rtf1 one}}}} two {\\b three}"), "one");
    assert_eq!(text("{\\rtf1 one{\\b two{{{"), "onetwo");
    assert_eq!(text(of("{\\*} one {\\*\\} two}} three")), "one } two");
    assert_eq!(text(of("a\\'zzb\\'4")), "azzb4");
    assert_eq!(text("{\\rtf1 last\\"), "last");
    assert_eq!(text("{\\rtf1 last\\'"), "last");
}

#[test]
fn deep_nesting_is_refused() {
    assert_eq!(code(of(&"{".repeat(10_000_000))), "too_large");
    assert_eq!(code(of(&"{\\field{\\*\\fldinst ".repeat(5_000))), "too_large");
    assert_eq!(code(of(&"{\\shp{\\shptxt x".repeat(5_000))), "too_large");
    // As deep as it may be, and as deep as tables and stories may be.
    assert_eq!(text(of(&("{".repeat(900) + "x" + &"}".repeat(900)))), "x");
    let boxes = "{\\shptxt x".repeat(400) + &"}".repeat(400);
    assert!(text(of(&boxes)).matches('x').count() < 30);
    assert!(text(of("\\pard\\intbl\\itap2147483647 deep\\nestcell\\nestrow\\cell\\row")).contains("deep"));
}

#[test]
fn absurd_numbers_do_no_harm() {
    let number = "9".repeat(4_000);
    let words = [
        "li", "fi", "tx", "sb", "sa", "fs", "f", "cf", "uc", "cellx", "trleft", "itap", "lang", "paperw",
        "margl", "margr", "deff", "red", "b", "ansicpg",
    ];
    for sign in ["", "-"] {
        let body: String = words.iter().map(|word| format!("\\{word}{sign}{number} ")).collect();
        let text =
            extract(of(&format!("\\trowd{body}a\\tab b\\u{sign}{number} c\\cell\\row\\pard after"))).unwrap();
        assert!(text.plain().contains("after"), "{}", text.plain());
        for span in &text.pages[0].spans {
            assert!(span.rect.x.is_finite() && span.rect.y.is_finite() && span.rect.width.is_finite());
        }
    }
    assert_eq!(text(of("before\\bin99999999999 x}")), "before");
    assert_eq!(text(of("before\\bin-5 after")), "beforeafter");
}

#[test]
fn megabytes_of_words_are_read_or_refused_and_held_nowhere() {
    let of_words = |word: &str| of(&word.repeat((5 << 20) / word.len()));
    for word in [
        "\\b0",
        "\\unheardof-1",
        "{}",
        "{\\b}",
        "\\'",
        "\\tx1",
        "\\trowd\\cellx9",
        "{\\*\\x y}",
        "{\\pict 0f}",
    ] {
        assert_eq!(code(of_words(word)), "empty_document", "{word}");
    }
    for word in ["\\par ", "x\\b x\\b0 ", "\\tab", "\\u8226?", "\\cell", "\\page", "\\'e9", "{\\shptxt x}"] {
        assert_eq!(code(of_words(word)), "too_large", "{word}");
    }
    let fonts =
        "{\\fonttbl".to_owned() + &(0..400_000).map(|n| format!("\\f{n} x;")).collect::<String>() + "}Ada";
    assert_eq!(text(of(&fonts)), "Ada");
    let colors = "{\\colortbl".to_owned() + &";".repeat(5_000_000) + "}Ada";
    assert_eq!(text(of(&colors)), "Ada");
    let instruction =
        format!("{{\\field{{\\*\\fldinst HYPERLINK {}}}{{\\fldrslt Ada}}}}", "y".repeat(5_000_000));
    assert_eq!(text(of(&instruction)), "Ada");
    assert_eq!(code(of(&"word ".repeat(300_000))), "too_large");
    let marker = format!("{{\\listtext {}}}Ada", "m".repeat(1_000_000));
    assert_eq!(text(of(&marker)), "Ada");
}

/// What a table's rows say of their cells is worked with once for each, whatever they say.
#[test]
fn a_table_of_many_rows_and_edges_is_read() {
    let edges: String = (1..200).map(|edge| format!("\\cellx{}", edge * 100)).collect();
    let table = format!("\\trowd{edges}\\pard\\intbl {}", "a\\cell b\\cell\\row ".repeat(5_000));
    assert_eq!(text(of(&table)).lines().count(), 5_000);
}

const PIECES: [&str; 40] = [
    "{",
    "}",
    "{",
    "}",
    "word ",
    "\\par ",
    "\\b ",
    "\\'e9",
    "\\'93\\'fa",
    "\\u8226?",
    "\\u-10179?",
    "\\uc3 ",
    "\\f1 ",
    "\\f3 ",
    "\\tab ",
    "\\line ",
    "\\cell ",
    "\\row ",
    "\\nestcell ",
    "\\nestrow ",
    "\\trowd ",
    "\\cellx-5",
    "\\cellx900 ",
    "\\intbl ",
    "\\itap3 ",
    "\\pard ",
    "\\page ",
    "\\sect ",
    "{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt ",
    "{\\header ",
    "{\\footerf ",
    "{\\shptxt ",
    "{\\listtext ",
    "{\\*\\x ",
    "{\\upr ",
    "{\\*\\ud ",
    "{\\*\\nesttableprops ",
    "\\bin3 ",
    "\\titlepg ",
    "\\",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn changed_bytes_never_make_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        which in any::<bool>(),
    ) {
        let files: [&[u8]; 2] =
            [include_bytes!("../../../tests/libreoffice.rtf"), include_bytes!("../../../tests/pandoc.rtf")];
        let mut bytes = files[usize::from(which)].to_vec();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = extract(bytes);
    }

    #[test]
    fn cut_files_never_make_it_panic(length in any::<prop::sample::Index>()) {
        let bytes = include_bytes!("../../../tests/libreoffice.rtf");
        let _ = extract(bytes[..length.index(bytes.len())].to_vec());
    }

    #[test]
    fn shuffled_words_never_make_it_panic(pieces in prop::collection::vec(0..PIECES.len(), 0..80)) {
        let body: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        if let Ok(text) = extract(of(&body)) {
            for span in text.pages.iter().flat_map(|page| &page.spans) {
                assert!(span.rect.x.is_finite() && span.rect.width >= 0.0 && !span.text.is_empty());
                assert!(!span.text.contains(char::is_control));
            }
        }
    }
}
