//! Average widths of characters in a plain sans serif, as a share of the font size.

use super::Style;

pub(super) fn advance(text: &str, style: &Style) -> f32 {
    text.chars().map(|character| width(character, style)).sum()
}

pub(super) fn width(character: char, style: &Style) -> f32 {
    if style.monospace {
        return 0.6 * style.size;
    }
    let share = match character {
        ' ' | 'f' | 'i' | 'j' | 'l' | 't' | 'I' | '!' | '\'' | '(' | ')' | ',' | '.' | '/' | ':' | ';'
        | '[' | ']' | '|' => 0.28,
        'r' | '-' | '•' | '"' | '*' => 0.34,
        'm' | 'M' | '%' => 0.85,
        'w' | 'A'..='H' | 'J'..='L' | 'N'..='V' | 'X'..='Z' => 0.7,
        'W' | '@' | '—' => 0.97,
        // Scripts whose characters fill a square.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff01}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 1.0,
        _ => 0.53,
    };
    let bold = if style.weight >= 600 { 1.06 } else { 1.0 };
    share * bold * style.size
}
