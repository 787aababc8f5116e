//! What stands before the items of lists.

/// The marker of every list that is not numbered, whatever it is drawn as.
pub const BULLET: &str = "•";

/// Whether a character of a symbol font is one that lists are marked with. Only its lower byte counts: symbol fonts
/// are also addressed from U+F000 on. What else such fonts hold says nothing without them.
pub fn is_bullet(code: u32) -> bool {
    matches!(code & 0xff, 0xa7 | 0xb7 | 0x6c | 0x6e | 0x76 | 0xd8 | 0xfc)
}

/// How an item's number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numerals {
    /// 1, 2, 3
    #[default]
    Decimal,
    /// 01, 02, 03
    PaddedDecimal,
    /// a, b, c; after z comes aa, then bb
    LowerLetters,
    /// A, B, C
    UpperLetters,
    /// i, ii, iii
    LowerRoman,
    /// I, II, III
    UpperRoman,
}

/// A number in words of its list.
pub fn spell(number: u32, numerals: Numerals) -> String {
    match numerals {
        Numerals::Decimal => number.to_string(),
        Numerals::PaddedDecimal => format!("{number:02}"),
        Numerals::LowerLetters => letters(number),
        Numerals::UpperLetters => letters(number).to_ascii_uppercase(),
        Numerals::LowerRoman => roman(number),
        Numerals::UpperRoman => roman(number).to_ascii_uppercase(),
    }
}

/// a to z, then aa, bb and so on, as Word counts.
fn letters(number: u32) -> String {
    if number == 0 || number > 780 {
        return number.to_string();
    }
    let letter = char::from(b'a' + ((number - 1) % 26) as u8);
    String::from(letter).repeat(((number - 1) / 26 + 1) as usize)
}

fn roman(mut number: u32) -> String {
    if number == 0 || number > 3999 {
        return number.to_string();
    }
    let signs = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut text = String::new();
    for (value, sign) in signs {
        while number >= value {
            text.push_str(sign);
            number -= value;
        }
    }
    text
}
