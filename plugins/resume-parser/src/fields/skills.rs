//! Lists of skills: the items of a line and the label in front of them, with
//! names such as "CI/CD", "C/C++" and "AWS (EC2, S3)" kept whole.

/// A label, if the line has one, and its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) label: Option<String>,
    pub(crate) items: Vec<String>,
}

/// Separators that always part items.
const HARD: &str = ",;•·|\n\t‣▪●◦∙⋅‧➢✓✔★☆■□◆◇○、，；";

/// Reads "Languages: Rust, Go" as a label and items.
pub(crate) fn split_group(text: &str) -> Group {
    let Some((label, rest)) = label_of(text) else { return Group { label: None, items: split_list(text) } };
    Group { label: Some(label.to_owned()), items: split_list(rest) }
}

/// The items of a list. A slash parts words of more than three letters; a
/// dash, a slash or "and" with spaces around it parts, too.
pub(crate) fn split_list(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = vec![String::new()];
    let chars: Vec<char> = text.chars().collect();
    let mut depth = 0_usize;
    for (i, c) in chars.iter().copied().enumerate() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // An opening bracket without its end parts nothing off.
        let enclosed = depth > 0 && chars[i..].iter().any(|c| matches!(c, ')' | ']'));
        let before = if i == 0 { ' ' } else { chars[i - 1] };
        let after = chars.get(i + 1).copied().unwrap_or(' ');
        let decimal = c == ',' && before.is_ascii_digit() && after.is_ascii_digit();
        let hard = HARD.contains(c) && !decimal;
        let spaced = before.is_whitespace() && after.is_whitespace();
        let soft =
            (matches!(c, '-' | '–' | '—') && spaced) || (c == '/' && (spaced || parts_words(&chars, i)));
        if !enclosed && (hard || soft) {
            pieces.push(String::new());
        } else if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    let count = pieces.len();
    let mut items: Vec<String> = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        let mut item = tidy(piece);
        // "Rust, Go and C": the last item follows a conjunction.
        if count > 1 && i + 1 == count {
            for word in ["and ", "und ", "et ", "y ", "e ", "en ", "& "] {
                if let Some(rest) = item.strip_prefix(word) {
                    item = rest.trim_start();
                }
            }
            if let Some((head, tail)) = last_pair(item) {
                items.extend([head.to_owned(), tail.to_owned()]);
                continue;
            }
        }
        if item.chars().any(char::is_alphanumeric) {
            items.push(item.to_owned());
        }
    }
    items
}

/// "Go and C" at the end of a list, both short, are two items.
fn last_pair(item: &str) -> Option<(&str, &str)> {
    for word in [" and ", " und ", " et ", " y ", " e ", " en "] {
        if let Some((head, tail)) = item.split_once(word) {
            let single = |t: &str| !t.is_empty() && t.split(' ').count() == 1;
            return (single(head) && single(tail)).then_some((head, tail));
        }
    }
    None
}

/// Whether a slash without spaces parts two items: both sides are words of
/// more than three letters that are not written in capitals throughout.
fn parts_words(chars: &[char], at: usize) -> bool {
    let stop = |c: &char| c.is_whitespace() || HARD.contains(*c) || "/()[]".contains(*c);
    let left: Vec<char> = chars[..at].iter().rev().take_while(|c| !stop(c)).copied().collect();
    let right: Vec<char> = chars[at + 1..].iter().take_while(|c| !stop(c)).copied().collect();
    let word = |w: &[char]| {
        let letters = w.iter().filter(|c| c.is_alphabetic()).count();
        letters > 3 && w.iter().any(|c| c.is_lowercase())
    };
    // "HTML/CSS" and "HTML5/CSS3" are two items; "CI/CD", "TCP/IP" one.
    let caps = |w: &[char]| w.len() > 2 && w.iter().all(|c| c.is_uppercase() || c.is_ascii_digit());
    let acronyms = caps(&left) && caps(&right) && left.len() + right.len() > 6;
    let capital =
        |w: &[char], last: bool| if last { w.last() } else { w.first() }.is_some_and(|c| c.is_uppercase());
    acronyms || (word(&left) && word(&right) && capital(&left, true) && capital(&right, false))
}

/// Trims bullets, dots and lone brackets off an item.
fn tidy(item: &str) -> &str {
    let mut item = item.trim_matches(|c: char| {
        c.is_whitespace() || "•·*-–—:,;\u{ad}\u{200b}".contains(c) || super::contacts::is_icon(c)
    });
    if item.ends_with('.') && item.matches('.').count() == 1 && !item.ends_with("etc.") {
        item = item.trim_end_matches('.');
    }
    if item.ends_with(')') && !item.contains('(') {
        item = item.trim_end_matches(')');
    }
    item.trim()
}

/// The label before a colon, if what follows is a list.
fn label_of(text: &str) -> Option<(&str, &str)> {
    let (label, rest) = text.split_once([':', '：'])?;
    let (label, rest) = (tidy(label), rest.trim());
    let words = label.split_whitespace().count();
    let time =
        label.ends_with(|c: char| c.is_ascii_digit()) && rest.starts_with(|c: char| c.is_ascii_digit());
    let link = rest.starts_with("//");
    let comma = label.contains([',', ';', '|', '•']);
    ((1..=7).contains(&words) && !rest.is_empty() && !time && !link && !comma).then_some((label, rest))
}

#[cfg(test)]
mod tests {
    use super::{split_group, split_list};

    #[test]
    fn splits_at_every_separator() {
        for text in [
            "Rust, Go, C++",
            "Rust; Go; C++",
            "Rust • Go • C++",
            "Rust · Go · C++",
            "Rust | Go | C++",
            "Rust / Go / C++",
            "• Rust, Go, and C++.",
            "Rust – Go – C++",
            "Rust, Go and C++",
            "Rust\nGo\nC++",
        ] {
            assert_eq!(split_list(text), ["Rust", "Go", "C++"], "{text:?}");
        }
        assert_eq!(split_list("Python/Django"), ["Python", "Django"]);
        assert_eq!(split_list("HTML5/CSS3"), ["HTML5", "CSS3"]);
    }

    #[test]
    fn keeps_names_whole() {
        for text in [
            "CI/CD",
            "TCP/IP",
            "C/C++",
            "AWS (EC2, S3, RDS)",
            "A/B testing",
            "Node.js",
            "UI/UX",
            "PL/SQL",
            "Problem-solving",
            "Research and development",
        ] {
            assert_eq!(split_list(text), [text]);
        }
        assert_eq!(split_list("AWS (EC2, S3), CI/CD, C/C++"), ["AWS (EC2, S3)", "CI/CD", "C/C++"]);
        assert_eq!(split_list("Excel (pivot, SQL"), ["Excel (pivot", "SQL"]);
    }

    #[test]
    fn reads_labels() {
        let group = split_group("Languages: Rust, Go");
        assert_eq!(
            (group.label.as_deref(), group.items),
            (Some("Languages"), vec!["Rust".to_owned(), "Go".to_owned()])
        );
        assert_eq!(split_group("Rust, Go").label, None);
        assert_eq!(split_group("https://example.com").label, None);
        assert_eq!(split_group("• Tools & Platforms : Git").label.as_deref(), Some("Tools & Platforms"));
    }

    #[test]
    fn survives_any_text() {
        for text in ["", "((((", "))))", "/", "é/é", ":", "a:", ":b", ",,,", "\u{301}", "[", "1,5 t"] {
            let _ = (split_list(text), split_group(text));
        }
    }
}
