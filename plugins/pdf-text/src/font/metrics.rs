//! Advance widths of the fourteen standard fonts, which files need not embed nor describe.

static WIDTHS: &str = include_str!("standard_widths.txt");

/// Which column of the table a font uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standard {
    Fixed,
    Column(usize),
}

/// The nearest standard font to this name: every font gets one, as a reader substitutes one too.
pub(crate) fn nearest(name: &str, bold: bool, italic: bool, fixed: bool, serif: bool) -> Standard {
    let lower = name.to_ascii_lowercase();
    if fixed || lower.contains("courier") || lower.contains("mono") {
        return Standard::Fixed;
    }
    let sans = lower.contains("helvetica") || lower.contains("arial") || lower.contains("sans");
    let roman = lower.contains("times") || lower.contains("roman") || lower.contains("serif");
    if !sans && (roman || serif) {
        Standard::Column(2 + usize::from(bold) + 2 * usize::from(italic))
    } else {
        Standard::Column(usize::from(bold))
    }
}

/// The advance in thousandths of an em.
pub(crate) fn width(font: Standard, c: char) -> f32 {
    let Standard::Column(column) = font else { return 600.0 };
    let code = u32::from(c);
    let (mut low, mut high) = (0, WIDTHS.len());
    let table = WIDTHS.as_bytes();
    while low < high {
        let middle = low + (high - low) / 2;
        let start = table[..middle].iter().rposition(|&byte| byte == b'\n').map_or(0, |found| found + 1);
        let end = table[middle..]
            .iter()
            .position(|&byte| byte == b'\n')
            .map_or(table.len(), |found| middle + found);
        let mut fields = WIDTHS[start..end].split(' ');
        let key = fields.next().and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0);
        match key.cmp(&code) {
            std::cmp::Ordering::Equal => {
                return fields.nth(column).and_then(|value| value.parse().ok()).unwrap_or(500.0);
            }
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    500.0
}

#[cfg(test)]
mod tests {
    use super::{Standard, nearest, width};

    #[test]
    fn known_widths_are_found() {
        assert_eq!(width(Standard::Column(0), 'A'), 667.0);
        assert_eq!(width(Standard::Column(2), ' '), 250.0);
        assert_eq!(width(Standard::Column(3), 'm'), 833.0);
        assert_eq!(width(Standard::Fixed, 'W'), 600.0);
        assert_eq!(nearest("Times-Bold", true, false, false, true), Standard::Column(3));
        assert_eq!(nearest("Arial,Bold", true, false, false, false), Standard::Column(1));
    }
}
