//! Postal codes at either end of a stretch of words.

/// How many words at the start are a postal code: "80331", "D-80331",
/// "1011 AB", "111 22", "00-950", "1000-205".
pub(super) fn prefix(words: &[&str]) -> usize {
    let Some(first) = words.first() else { return 0 };
    let first = first.trim_end_matches(',').trim_start_matches('〒');
    let bare = first.split_once('-').filter(|(c, _)| is_country_prefix(c)).map_or(first, |(_, rest)| rest);
    let digits = bare.bytes().all(|b| b.is_ascii_digit());
    let second = words.get(1).copied().unwrap_or("");
    match (digits, bare.len()) {
        (true, 4)
            if second.len() == 2 && second.bytes().all(|b| b.is_ascii_uppercase()) && words.len() > 2 =>
        {
            2
        }
        (true, 4..=6) => 1,
        (true, 3) if second.len() == 2 && second.bytes().all(|b| b.is_ascii_digit()) => 2,
        _ if bare.len() == 6 && is_dutch(bare) => 1,
        _ if is_dashed(bare) => 1,
        _ => 0,
    }
}

/// How many words at the end are a postal code: "02118", "94102-1234",
/// "SW1A 1AA", "M5V 2T6", "D02 X285", "400001".
pub(super) fn suffix(words: &[&str]) -> usize {
    let Some(last) = words.last() else { return 0 };
    let last = last.trim_matches(['.', ',']);
    let digits = last.bytes().all(|b| b.is_ascii_digit());
    if let [.., first, _] = words
        && is_split_code(first, last)
    {
        return 2;
    }
    match last.len() {
        4..=6 if digits => 1,
        _ if is_dashed(last) => 1,
        5..=7 if is_british(last) => 1,
        _ => 0,
    }
}

fn is_country_prefix(text: &str) -> bool {
    (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase())
}

fn is_dutch(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 6
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(u8::is_ascii_uppercase)
}

/// "00-950", "1000-205", "01310-100", "02118-1234".
fn is_dashed(text: &str) -> bool {
    let Some((head, tail)) = text.split_once(['-', '‑', '–']) else { return false };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    digits(head)
        && digits(tail)
        && matches!((head.len(), tail.len()), (2, 3) | (4, 3) | (5, 3) | (5, 4) | (3, 4))
}

/// The halves of a British, Canadian or Irish code.
fn is_split_code(first: &str, last: &str) -> bool {
    let upper = |t: &str| t.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let digit = |t: &str, at: usize| t.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let letter = |t: &str, at: usize| t.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase);
    if !upper(first) || !upper(last) || !letter(first, 0) || !(2..=4).contains(&first.len()) {
        return false;
    }
    let british = last.len() == 3
        && digit(last, 0)
        && letter(last, 1)
        && letter(last, 2)
        && (digit(first, 1) || digit(first, 2));
    let canadian = first.len() == 3
        && last.len() == 3
        && digit(first, 1)
        && digit(last, 0)
        && letter(last, 1)
        && digit(last, 2);
    let irish = first.len() == 3 && last.len() == 4 && digit(first, 1);
    british || canadian || irish
}

/// A British code without its space.
fn is_british(text: &str) -> bool {
    let cut = text.len().saturating_sub(3);
    match (text.get(..cut), text.get(cut..)) {
        (Some(first), Some(last)) => is_split_code(first, last),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{prefix, suffix};

    #[test]
    fn finds_codes_at_either_end() {
        let lead = |t: &str| prefix(&t.split(' ').collect::<Vec<_>>());
        let tail = |t: &str| suffix(&t.split(' ').collect::<Vec<_>>());
        for text in [
            "80331 München",
            "D-80331 München",
            "1234AB Stad",
            "00-950 Warszawa",
            "1000-205 Lisboa",
            "8001 Zürich",
        ] {
            assert_eq!(lead(text), 1, "{text}");
        }
        assert_eq!((lead("1011 AB Amsterdam"), lead("111 22 Stockholm")), (2, 2));
        assert_eq!((lead("München"), lead("12 Main"), lead("")), (0, 0, 0));
        assert_eq!((tail("MA 02118"), tail("CA 94102-1234"), tail("Mumbai 400001")), (1, 1, 1));
        assert_eq!(
            (tail("London SW1A 1AA"), tail("ON M5V 2T6"), tail("Dublin D02 X285"), tail("London SW1A1AA")),
            (2, 2, 2, 1)
        );
        assert_eq!((tail("Denver"), tail("éé éé"), tail("")), (0, 0, 0));
    }
}
