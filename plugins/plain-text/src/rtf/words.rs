//! Control words by what they mean.

/// Destinations that hold no text of the document, or the same text again for other readers.
const SKIPPED: [&str; 36] = [
    "annotation",
    "atnauthor",
    "atndate",
    "atnicn",
    "atnid",
    "atnparent",
    "atnref",
    "atntime",
    "bkmkend",
    "bkmkstart",
    "buptim",
    "colorschememapping",
    "datafield",
    "falt",
    "filetbl",
    "fname",
    "fontemb",
    "footerl",
    "footnote",
    "ftnsep",
    "headerl",
    "info",
    "listtable",
    "nonesttables",
    "nonshppict",
    "objdata",
    "pict",
    "pntxta",
    "pntxtb",
    "private",
    "revtbl",
    "rxe",
    "shprslt",
    "sp",
    "stylesheet",
    "xe",
];

/// Destinations with text that older readers are told to pass over.
const STARRED: [&str; 7] = ["do", "dptxbxtext", "fldinst", "nesttableprops", "shpinst", "shptxt", "ud"];

pub(super) fn is_skipped(name: &str) -> bool {
    SKIPPED.binary_search(&name).is_ok()
}

/// Whether to read a destination behind `\*`; of most nobody has to know.
pub(super) fn is_known(name: &str) -> bool {
    STARRED.binary_search(&name).is_ok()
}

/// What a control word stands for, where it stands for text.
pub(super) fn text(name: &str) -> Option<&'static str> {
    Some(match name {
        "tab" => "\t",
        "line" | "lbr" => "\n",
        "emdash" => "—",
        "endash" => "–",
        "bullet" => "•",
        "lquote" => "‘",
        "rquote" => "’",
        "ldblquote" => "“",
        "rdblquote" => "”",
        "emspace" | "enspace" | "qmspace" => " ",
        _ => return None,
    })
}

/// The primary subtag (BCP 47) of Windows' number of a language, of those that the shipped parser reads and a few more.
pub(super) fn language(number: i32) -> Option<&'static str> {
    Some(match number & 0x3ff {
        0x01 => "ar",
        0x04 => "zh",
        0x05 => "cs",
        0x06 => "da",
        0x07 => "de",
        0x08 => "el",
        0x09 => "en",
        0x0a => "es",
        0x0b => "fi",
        0x0c => "fr",
        0x0d => "he",
        0x0e => "hu",
        0x10 => "it",
        0x11 => "ja",
        0x12 => "ko",
        0x13 => "nl",
        0x14 => "no",
        0x15 => "pl",
        0x16 => "pt",
        0x18 => "ro",
        0x19 => "ru",
        0x1d => "sv",
        0x1f => "tr",
        0x22 => "uk",
        _ => return None,
    })
}

#[cfg(test)]
#[test]
fn lists_are_in_order() {
    assert!(SKIPPED.is_sorted() && STARRED.is_sorted());
}
