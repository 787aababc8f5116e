//! Spoken languages and how well they are mastered, in any order: "English
//! (C1)", "Muttersprache: Deutsch", "Français – courant".

use super::fold::{Word, words};
use super::lexicons;

/// The language and the mastery that one entry names, as written.
pub(crate) fn parse(text: &str) -> Option<(String, Option<String>)> {
    if text.len() > 160 {
        return None;
    }
    let found = words(text);
    let (at, n) = first_name(&found)?;
    let name = found[at].bytes.start..found[at + n - 1].bytes.end;
    let bracket = dialect(text, &found, at + n);
    let language = text[name.start..bracket.unwrap_or(name.end)].to_owned();
    let behind = bracket.unwrap_or(name.end);
    let after: Vec<Word> = found.iter().filter(|w| w.bytes.start >= behind).cloned().collect();
    let before = &found[..at];
    if found.len() > n + 3 && !(is_mastery(&after) || is_mastery(before)) {
        // A sentence that mentions a language.
        return None;
    }
    let fluency = mastery(text, behind..text.len(), &after).or_else(|| mastery(text, 0..name.start, before));
    Some((language, fluency))
}

/// Every entry of a line such as "English (C1), French (B2)".
pub(crate) fn parse_list(text: &str) -> Vec<(String, Option<String>)> {
    let found = words(text);
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < found.len() {
        match lexicons::LANGUAGES.longest_at(&found, at) {
            Some((_, n)) => {
                starts.push(found[at].bytes.start);
                at += n;
            }
            None => at += 1,
        }
    }
    if starts.len() < 2 {
        return parse(text).into_iter().collect();
    }
    // Mastery stands before its language only if it does so at the start.
    let lead =
        found.first().is_some_and(|w| w.bytes.start < starts[0]) && is_mastery(&words(&text[..starts[0]]));
    let mut cuts = vec![0];
    for pair in starts.windows(2) {
        let gap = &text[pair[0]..pair[1]];
        let split = |c: char| ",;|•·/\n".contains(c);
        let separator = if lead { gap.find(split) } else { gap.rfind(split) };
        cuts.push(separator.map_or(pair[1], |i| pair[0] + i + 1));
    }
    cuts.push(text.len());
    cuts.windows(2)
        .filter_map(|w| {
            parse(text.get(w[0]..w[1])?.trim_matches(|c: char| c.is_whitespace() || ",;|•·/".contains(c)))
        })
        .collect()
}

/// Whether the text only says how well a language is mastered.
pub(crate) fn is_fluency(text: &str) -> bool {
    is_mastery(&words(text))
}

fn first_name(found: &[Word]) -> Option<(usize, usize)> {
    (0..found.len()).find_map(|at| lexicons::LANGUAGES.longest_at(found, at).map(|(_, n)| (at, n)))
}

/// The end of a bracket that names a kind of the language: "(Brazil)".
fn dialect(text: &str, found: &[Word], next: usize) -> Option<usize> {
    let from = found[next - 1].bytes.end;
    let inner = text[from..].trim_start();
    let close = inner.strip_prefix('(')?.find(')')?;
    let body = words(&inner[1..=close]);
    let place = (1..=2).contains(&body.len())
        && body.iter().all(|w| w.folded.chars().all(char::is_alphabetic) && w.folded.len() > 3);
    (place && !is_mastery(&body)).then(|| from + (text[from..].len() - inner.len()) + close + 2)
}

/// Whether all words speak of mastery, at least one of them surely.
fn is_mastery(found: &[Word]) -> bool {
    let mut at = 0;
    let mut sure = false;
    while at < found.len() {
        if let Some((_, n)) = lexicons::FLUENCY.longest_at(found, at) {
            sure = true;
            at += n;
        } else if is_level(&found[at].folded) {
            sure = true;
            at += 1;
        } else if lexicons::FLUENCY_QUALIFIERS.get(&found[at].folded).is_some()
            || found[at].folded.bytes().all(|b| b.is_ascii_digit())
        {
            at += 1;
        } else {
            return false;
        }
    }
    sure
}

/// A level of the European framework, also "B1+" and "C1".
fn is_level(word: &str) -> bool {
    let bare = word.trim_end_matches('+');
    matches!(bare, "a1" | "a2" | "b1" | "b2" | "c1" | "c2" | "n1" | "n2" | "n3" | "n4" | "n5")
}

/// The mastery in a stretch of the text, without separators, dots and bars.
fn mastery(text: &str, bytes: std::ops::Range<usize>, found: &[Word]) -> Option<String> {
    let first = (0..found.len())
        .find(|at| lexicons::FLUENCY.longest_at(found, *at).is_some() || is_level(&found[*at].folded));
    let start = if is_mastery(found) { 0 } else { first? };
    let last = found.last()?;
    let end = text[last.bytes.end..bytes.end].chars().take_while(|c| *c == '+' || *c == '%').count()
        + last.bytes.end;
    let raw = text.get(found[start].bytes.start..end)?;
    let open = raw.matches('(').count();
    let close = raw.matches(')').count();
    let raw = if open > close { format!("{raw})") } else { raw.to_owned() };
    let raw = raw.trim_matches(|c: char| c.is_whitespace() || "-–—:,;|·•/".contains(c));
    let plain: String = raw.chars().filter(|c| !super::contacts::is_icon(*c)).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    (!plain.is_empty() && plain.chars().count() <= 80).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::{is_fluency, parse, parse_list};

    #[track_caller]
    fn reads(text: &str, language: &str, fluency: &str) {
        let (name, level) = parse(text).unwrap_or_else(|| panic!("nothing in {text:?}"));
        assert_eq!((name.as_str(), level.as_deref().unwrap_or("")), (language, fluency), "{text:?}");
    }

    #[test]
    fn reads_languages_and_mastery() {
        reads("English (C1)", "English", "C1");
        reads("Deutsch – Muttersprache", "Deutsch", "Muttersprache");
        reads("Français : courant", "Français", "courant");
        reads("Native Spanish", "Spanish", "Native");
        reads("Inglés: nivel avanzado (B2)", "Inglés", "nivel avanzado (B2)");
        reads("Nederlands ●●●●○", "Nederlands", "");
        reads("Italiano madrelingua", "Italiano", "madrelingua");
        reads("Português (Brasil) - Nativo", "Português (Brasil)", "Nativo");
        reads("English, full professional proficiency", "English", "full professional proficiency");
        reads("Sehr gute Kenntnisse in Englisch", "Englisch", "Sehr gute Kenntnisse in");
        reads("French B1+", "French", "B1+");
        reads("Mandarin Chinese", "Mandarin Chinese", "");
        reads("Englisch fließend in Wort und Schrift", "Englisch", "fließend in Wort und Schrift");
    }

    #[test]
    fn reads_lists() {
        let names = |text| {
            parse_list(text)
                .into_iter()
                .map(|(l, f)| format!("{l}={}", f.unwrap_or_default()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names("English (C1), French (B2), Thai"), ["English=C1", "French=B2", "Thai="]);
        assert_eq!(
            names("Deutsch: Muttersprache; Englisch: fließend"),
            ["Deutsch=Muttersprache", "Englisch=fließend"]
        );
        assert_eq!(names("Native German, fluent English"), ["German=Native", "English=fluent"]);
        assert_eq!(names("English"), ["English="]);
    }

    #[test]
    fn knows_names_and_mastery_apart() {
        assert!(
            is_fluency("Muttersprache")
                && is_fluency("B2")
                && is_fluency("Native or bilingual proficiency")
                && !is_fluency("English")
        );
        assert_eq!(parse("Taught English to forty adults from nine countries"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn survives_any_text() {
        for text in
            ["é", "(", "English (", "English )é(", "●", "\u{301}English\u{301}", "English +", "日本語"]
        {
            let _ = (parse(text), parse_list(text));
        }
    }
}
