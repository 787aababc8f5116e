//! The few declarations of a `style` attribute that change how a line is read.

use mortise_sdk::flow::Style;

/// Applies them to `style`; true when the element is not shown at all.
pub(super) fn apply(declarations: &str, style: &mut Style) -> bool {
    let mut hidden = false;
    for declaration in declarations.split(';') {
        let Some((property, value)) = declaration.split_once(':') else { continue };
        let value = value.trim().trim_end_matches("!important").trim().to_ascii_lowercase();
        match property.trim().to_ascii_lowercase().as_str() {
            "display" => hidden |= value == "none",
            "visibility" => hidden |= value == "hidden" || value == "collapse",
            "font-weight" => style.weight = weight(&value).unwrap_or(style.weight),
            "font-style" => style.italic = value.starts_with("italic") || value.starts_with("oblique"),
            "font-size" => match size(&value, style.size) {
                Some(0.0) => hidden = true,
                Some(size) => style.size = size,
                None => {}
            },
            "color" => style.color = color(&value).unwrap_or(style.color),
            _ => {}
        }
    }
    hidden
}

fn weight(value: &str) -> Option<u16> {
    match value {
        "bold" | "bolder" => Some(700),
        "normal" | "lighter" => Some(400),
        _ => value.parse().ok().filter(|weight| (1..=1000).contains(weight)),
    }
}

fn size(value: &str, parent: f32) -> Option<f32> {
    let digits =
        value.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(value.len());
    let number: f32 = value[..digits].parse().ok()?;
    let points = match value[digits..].trim() {
        _ if number == 0.0 => 0.0,
        "pt" => number,
        // The SDK's default of 10 points stands for the browser's of 16 pixels.
        "px" => number * 0.625,
        "em" => number * parent,
        "rem" => number * 10.0,
        "%" => number / 100.0 * parent,
        _ => return None,
    };
    if points == 0.0 { Some(0.0) } else { Some(points.clamp(2.0, 200.0)) }
}

fn color(value: &str) -> Option<u32> {
    let digits = value.strip_prefix('#')?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        6 => Some(number),
        3 => Some(
            [number >> 8, (number >> 4) & 15, number & 15]
                .iter()
                .fold(0, |all, part| (all << 8) | (part * 17)),
        ),
        _ => None,
    }
}
