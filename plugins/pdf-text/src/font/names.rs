//! Glyph names to Unicode: the Adobe Glyph List and the rules for names outside it.

/// `name;XXXX[ XXXX]` a line, sorted by the bytes of the name.
static GLYPH_LIST: &str = include_str!("glyphlist.txt");

/// The text a glyph name stands for.
pub(crate) fn text_of(name: &str) -> Option<String> {
    if name.is_empty() || name == ".notdef" {
        return None;
    }
    if let Some(text) = listed(name).or_else(|| by_code(name)) {
        return Some(text);
    }
    // `f_i.alt`: a variant's suffix goes, parts of a ligature are joined.
    let base = name.split('.').next().unwrap_or(name);
    if base.contains('_') {
        return base.split('_').map(|part| listed(part).or_else(|| by_code(part))).collect();
    }
    if base != name && !base.is_empty() { text_of(base) } else { special(base) }
}

fn listed(name: &str) -> Option<String> {
    let list = GLYPH_LIST.as_bytes();
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = list[..middle].iter().rposition(|&byte| byte == b'\n').map_or(0, |found| found + 1);
        let end =
            list[middle..].iter().position(|&byte| byte == b'\n').map_or(list.len(), |found| middle + found);
        let (key, codes) = GLYPH_LIST[start..end].split_once(';')?;
        match key.as_bytes().cmp(name.as_bytes()) {
            std::cmp::Ordering::Equal => return codes.split(' ').map(scalar).collect(),
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

fn scalar(hex: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(hex, 16).ok()?)
}

/// `uniXXXX…` and `uXXXX` to `uXXXXXX`.
fn by_code(name: &str) -> Option<String> {
    if let Some(digits) = name.strip_prefix("uni")
        && digits.len() >= 4
        && digits.len().is_multiple_of(4)
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        let units: Vec<u16> = (0..digits.len())
            .step_by(4)
            .filter_map(|at| u16::from_str_radix(&digits[at..at + 4], 16).ok())
            .collect();
        return String::from_utf16(&units).ok();
    }
    let digits = name.strip_prefix('u')?;
    if (4..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return scalar(digits).map(String::from);
    }
    None
}

/// Names that TeX fonts use beyond the list.
fn special(name: &str) -> Option<String> {
    Some(
        match name {
            "ff" => "ff",
            "ffi" => "ffi",
            "ffl" => "ffl",
            "fi" => "fi",
            "fl" => "fl",
            "dotlessj" => "j",
            "visiblespace" | "nonbreakingspace" => " ",
            "sfthyphen" | "hyphenchar" => "-",
            "compwordmark" | "cwm" => "",
            _ => return None,
        }
        .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::{GLYPH_LIST, text_of};

    #[test]
    fn every_listed_name_is_found() {
        for line in GLYPH_LIST.lines() {
            let (name, _) = line.split_once(';').unwrap();
            assert!(text_of(name).is_some(), "{name}");
        }
    }

    #[test]
    fn names_outside_the_list_follow_the_rules() {
        assert_eq!(text_of("uni00E9").as_deref(), Some("é"));
        assert_eq!(text_of("u1F600").as_deref(), Some("😀"));
        assert_eq!(text_of("f_f_i").as_deref(), Some("ffi"));
        assert_eq!(text_of("a.sc").as_deref(), Some("a"));
        assert_eq!(text_of("one.tnum.alt").as_deref(), Some("1"));
        assert_eq!(text_of("glyph123"), None);
        assert_eq!(text_of(".notdef"), None);
        assert_eq!(text_of(".null"), None);
    }
}
