//! Weight and slant of a font, from its name and descriptor.

use lopdf::{Dictionary, Document};

use crate::lookup;

const FIXED_PITCH: i64 = 1;
const SERIF: i64 = 1 << 1;
const ITALIC: i64 = 1 << 6;
const FORCE_BOLD: i64 = 1 << 18;

/// How a font looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct FontStyle {
    pub(crate) name: Option<String>,
    pub(crate) weight: u16,
    pub(crate) italic: bool,
    pub(crate) fixed: bool,
    pub(crate) serif: bool,
    /// Symbol and Wingdings fonts.
    pub(crate) symbolic: bool,
}

/// Words in PostScript names, the longer before the shorter they contain.
const WEIGHTS: [(&str, u16); 24] = [
    ("extralight", 200),
    ("ultralight", 200),
    ("semilight", 350),
    ("demilight", 350),
    ("thin", 100),
    ("hairline", 100),
    ("light", 300),
    ("extrabold", 800),
    ("ultrabold", 800),
    ("semibold", 600),
    ("demibold", 600),
    ("halbfett", 600),
    ("demi", 600),
    ("black", 900),
    ("heavy", 900),
    ("fett", 700),
    ("medium", 500),
    ("medi", 600),
    ("bold", 700),
    ("regular", 400),
    ("book", 400),
    ("roman", 400),
    ("normal", 400),
    ("oblique", 400),
];

fn weight_in(name: &str) -> Option<u16> {
    let (family, style) = name.split_once(['-', ',']).unwrap_or(("", name));
    let by_word =
        |text: &str| WEIGHTS.iter().find(|(word, _)| text.contains(word)).map(|(_, weight)| *weight);
    let last = style.rsplit('-').next().unwrap_or(style);
    match last {
        "bd" | "b" | "bdit" | "bi" => return Some(700),
        "lt" => return Some(300),
        "rg" | "it" => return Some(400),
        "md" => return Some(500),
        "sb" => return Some(600),
        _ => {}
    }
    // Computer Modern and its kin write the weight as letters: cmbx10, sfbx1000, lmroman10-bold.
    let tex = ["cmbx", "cmb1", "cmssbx", "sfbx", "ecbx", "sfsx", "ecsx", "cmcsc-bx", "csbx"];
    if tex.iter().any(|prefix| name.starts_with(prefix)) {
        return Some(700);
    }
    by_word(style).or_else(|| by_word(family).filter(|&weight| weight != 900))
}

fn is_italic_name(name: &str) -> bool {
    let tex = ["cmti", "cmsl", "cmbxti", "cmbxsl", "cmssi", "sfti", "sfsl", "ecti", "ecsl", "cmmi"];
    let style = name.split_once(['-', ',']).map_or("", |(_, style)| style);
    ["italic", "oblique", "slanted", "kursiv"].iter().any(|word| name.contains(word))
        || matches!(
            style,
            "it" | "bdit" | "bi" | "i" | "regularital" | "ital" | "bolital" | "mediital" | "boldit"
        )
        || style.ends_with("ital")
        || tex.iter().any(|prefix| name.starts_with(prefix))
}

/// Reads the style of a font and of its descriptor.
pub(crate) fn read(doc: &Document, font: &Dictionary, descriptor: Option<&Dictionary>) -> FontStyle {
    let base = lookup::name(doc, font, b"BaseFont")
        .or_else(|| lookup::name(doc, descriptor?, b"FontName"))
        .map(|name| String::from_utf8_lossy(name).into_owned());
    let name = base.map(|name| match name.split_once('+') {
        Some((tag, rest)) if tag.len() == 6 && tag.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            rest.to_owned()
        }
        _ => name,
    });
    let lower = name.as_deref().unwrap_or_default().to_ascii_lowercase();
    let flags =
        descriptor.and_then(|descriptor| lookup::number(doc, descriptor, b"Flags")).unwrap_or(0.0) as i64;
    let value = |key: &[u8]| descriptor.and_then(|descriptor| lookup::number(doc, descriptor, key));
    let stated = value(b"FontWeight").filter(|weight| (50.0..=1000.0).contains(weight));
    let weight = weight_in(&lower)
        .or(stated.map(|weight| ((weight / 100.0).round() as u16 * 100).clamp(100, 900)))
        .or((flags & FORCE_BOLD != 0).then_some(700))
        .or(value(b"StemV").filter(|&stem| stem >= 140.0).map(|_| 700))
        .unwrap_or(400);
    FontStyle {
        weight,
        italic: is_italic_name(&lower)
            || flags & ITALIC != 0
            || value(b"ItalicAngle").is_some_and(|angle| angle.abs() > 0.5 && angle.abs() < 60.0),
        fixed: flags & FIXED_PITCH != 0,
        serif: flags & SERIF != 0,
        symbolic: ["symbol", "wingding", "webding", "dingbat"].iter().any(|word| lower.contains(word)),
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_italic_name, weight_in};

    #[test]
    fn weights_are_read_from_names() {
        assert_eq!(weight_in("lato-bold"), Some(700));
        assert_eq!(weight_in("lato-light"), Some(300));
        assert_eq!(weight_in("opensans-semibolditalic"), Some(600));
        assert_eq!(weight_in("cmbx10"), Some(700));
        assert_eq!(weight_in("arial,bold"), Some(700));
        assert_eq!(weight_in("nimbusromno9l-medi"), Some(600));
        assert_eq!(weight_in("verdana"), None);
        assert_eq!(weight_in("arial-black"), Some(900));
    }

    #[test]
    fn slants_are_read_from_names() {
        assert!(is_italic_name("cmti10"));
        assert!(is_italic_name("lato-lightitalic"));
        assert!(is_italic_name("nimbusromno9l-regu-slant_italic"));
        assert!(!is_italic_name("raleway-regular"));
    }
}
