//! Telephone numbers: international and national groupings with brackets and
//! extensions; not dates, amounts, identifiers or postal codes.

use std::ops::Range;

use super::contacts::is_icon;
use super::dates::find_ranges;
use super::fold::fold;
use super::table::listed;

/// A telephone number as written, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Phone {
    pub(crate) number: String,
    pub(crate) bytes: Range<usize>,
    /// From 0 to 1: a country code or a label before it makes it sure.
    pub(crate) confidence: f32,
}

/// Words that announce a telephone number.
const LABELS: &str = "\
t p m f h c ph tel tele telephone phone phones mob mobile cell cellphone cellular call fax home work office direct \
whatsapp telefon telefonnummer handy handynummer mobil mobiltelefon mobilnummer fon festnetz rufnummer privat \
portable gsm fixe mobiles telephones domicile telefono telefonos movil celular fijo cellulare fisso recapito \
telefoon telefoonnummer mobiel telemovel telefone";

const EXTENSIONS: &[&str] = &["ext.", "ext", "extension", "x", "durchwahl", "dw", "poste", "app."];

/// Every telephone number of `text`, in order.
pub(crate) fn find(text: &str) -> Vec<Phone> {
    let mut out = Vec::new();
    let mut dates = None;
    for run in runs(text) {
        for part in split_run(text, run) {
            let Some(mut phone) = judge(text, part) else { continue };
            let sure = phone.confidence >= 0.96;
            let dates = dates.get_or_insert_with(|| find_ranges(text));
            let touches = |r: &Range<usize>| r.start < phone.bytes.end && phone.bytes.start < r.end;
            if !sure && dates.iter().any(|d| touches(&d.bytes)) {
                continue;
            }
            if let Some(end) = extension(text, phone.bytes.end) {
                phone.bytes.end = end;
                phone.number = text[phone.bytes.clone()].to_owned();
            }
            out.push(phone);
        }
    }
    out
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn belongs(c: char) -> bool {
    c.is_ascii_digit()
        || matches!(c, '+' | '(' | ')' | '.' | '/' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
        || is_dash(c)
}

/// Stretches of digits and what may stand between them.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut spaces = 0;
    for (at, c) in text.char_indices() {
        spaces = if c == ' ' { spaces + 1 } else { 0 };
        // A plus starts a number of its own; a wide gap ends one.
        let breaks = spaces > 2 || (c == '+' && open.is_some());
        if belongs(c) && !breaks {
            open.get_or_insert(at..at).end = at + c.len_utf8();
        } else {
            out.extend(open.take());
            if c == '+' {
                open = Some(at..at + 1);
            }
        }
    }
    out.extend(open);
    out
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Two numbers with a slash or a dash between them are two.
fn split_run(text: &str, run: Range<usize>) -> Vec<Range<usize>> {
    let body = &text[run.clone()];
    for separator in [" / ", " - ", " – ", " | ", "/"] {
        if let Some(at) = body.find(separator) {
            let (head, tail) = (&body[..at], &body[at + separator.len()..]);
            if digits(head) >= 8 && digits(tail) >= 8 {
                let middle = run.start + at;
                let rest = split_run(text, middle + separator.len()..run.end);
                return std::iter::once(run.start..middle).chain(rest).collect();
            }
        }
    }
    vec![run]
}

/// Cuts what cannot belong to the number off both ends.
fn trim(text: &str, mut run: Range<usize>) -> Range<usize> {
    let starts = |c: char| c.is_ascii_digit() || c == '+' || c == '(';
    while let Some(c) = text[run.clone()].chars().next().filter(|c| !starts(*c)) {
        run.start += c.len_utf8();
    }
    while let Some(c) = text[run.clone()].chars().next_back().filter(|c| !c.is_ascii_digit()) {
        run.end -= c.len_utf8();
    }
    let body = &text[run.clone()];
    if body.starts_with('(') && !body.contains(')') {
        run.start += 1;
    }
    run
}

fn judge(text: &str, run: Range<usize>) -> Option<Phone> {
    let run = trim(text, run);
    let body = text.get(run.clone()).filter(|b| !b.is_empty())?;
    let count = digits(body);
    if !(6..=15).contains(&count) {
        return None;
    }
    let before = text[..run.start].trim_end_matches([' ', ':', '.', '\u{a0}']);
    let glued = text[..run.start].chars().next_back();
    let follows = text[run.end..].chars().next();
    let labelled = is_label(before) || (count >= 7 && before.ends_with(is_icon));
    // A path, an identifier or part of a word.
    let inside_word =
        glued.is_some_and(|c| c.is_alphabetic() || "@_#=".contains(c) || "/-".contains(c) && !labelled);
    let continues = follows.is_some_and(|c| c.is_alphabetic() && c != 'x' && c != 'e')
        || text[run.end..].starts_with(['%', '€', '$']);
    if (inside_word && !labelled) || (continues && !body.starts_with('+')) {
        return None;
    }
    let confidence = shape(body, count, labelled)?;
    Some(Phone { number: body.to_owned(), bytes: run, confidence })
}

fn is_label(before: &str) -> bool {
    let tail: String = before.chars().rev().take_while(|c| c.is_alphabetic() || *c == ')').collect();
    let word: String = tail.chars().rev().collect();
    listed(LABELS, &fold(&word)) || before.ends_with(['☎', '✆', '📞', '📱', '✉'])
}

/// How sure the grouping of the digits makes it.
fn shape(body: &str, count: usize, labelled: bool) -> Option<f32> {
    if body.starts_with('+') || (body.starts_with("00") && count >= 10) {
        return (count >= 8).then_some(0.97);
    }
    let groups: Vec<&str> = body.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).collect();
    let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    let trunk = groups.first().is_some_and(|g| g.starts_with('0'));
    if body.contains("00 000") || body.contains("00.000") {
        return None;
    }
    if labelled {
        return Some(0.95);
    }
    let north_american = matches!(lengths.as_slice(), [3, 3, 4] | [1, 3, 3, 4]);
    if north_american && (lengths.len() == 3 || groups[0] == "1") {
        return Some(0.9);
    }
    let address = body.contains('.') && lengths.len() == 4 && lengths.iter().all(|l| *l <= 3);
    let is_code = matches!(lengths.as_slice(), [5, 4] | [5, 3] | [3, 2, 4] | [4, 4, 4, ..] | [4, 3]);
    if address || groups.first().is_some_and(|g| *g == "978" || *g == "979") {
        return None;
    }
    match lengths.as_slice() {
        [5, 3 | 4] if body.contains(is_dash) => None,
        _ if trunk && (9..=13).contains(&count) && lengths.len() > 1 => Some(0.9),
        [10 | 11] if trunk => Some(0.8),
        [10] => Some(0.55),
        [3, 4] if body.contains(is_dash) => Some(0.45),
        _ if is_code || lengths.len() < 3 => None,
        _ if body.starts_with('(') && (8..=12).contains(&count) => Some(0.85),
        _ if lengths.iter().all(|l| (2..=4).contains(l)) && (8..=11).contains(&count) => Some(0.7),
        _ => None,
    }
}

/// The end of an extension ("ext. 12", "x12") behind a number.
fn extension(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let inner = rest.trim_start_matches([' ', ',', '(']);
    let word = EXTENSIONS.iter().filter(|w| inner.get(..w.len()).is_some_and(|t| t.eq_ignore_ascii_case(w)));
    let word = word.max_by_key(|w| w.len())?;
    let tail = inner[word.len()..].trim_start_matches([' ', '.', ':']);
    let length = tail.bytes().take_while(u8::is_ascii_digit).count();
    (1..=6).contains(&length).then(|| at + rest.len() - tail.len() + length)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[track_caller]
    fn finds(text: &str, number: &str) {
        let found: Vec<_> = find(text).into_iter().map(|p| p.number).collect();
        assert_eq!(found, [number], "{text:?}");
    }

    #[test]
    fn finds_international_and_national_numbers() {
        for number in [
            "+49 30 1234567",
            "+49 (0)30 123 45 67",
            "+1 (555) 123-4567",
            "(555) 123-4567",
            "555-123-4567",
            "555.123.4567",
            "1-555-123-4567",
            "06 12 34 56 78",
            "0171 1234567",
            "030/1234567",
            "+33 6 12 34 56 78",
            "0491 570 156",
            "600 123 456",
            "+44 20 7946 0018",
            "0049 30 1234567",
            "+31 6 12345678",
            "+55 (11) 91234-5678",
            "+41‑44‑668‑18‑00",
            "089 / 12 34 56-7",
            "(030) 901820",
            "+4915112345678",
            "12 34 56 78",
            "02079460018",
        ] {
            finds(number, number);
            finds(&format!("Phone: {number} | Berlin"), number);
            finds(&format!("jane@example.org, {number}, Berlin"), number);
        }
    }

    #[test]
    fn reads_labels_icons_and_extensions() {
        finds("Tel.: 1234567", "1234567");
        finds("tel:+49-30-123456", "+49-30-123456");
        finds("\u{f095}555-123-4567", "555-123-4567");
        finds("\u{f095} 6123 4567", "6123 4567");
        finds("(555) 123-4567 ext. 89", "(555) 123-4567 ext. 89");
        finds("(555) 123-4567 x89", "(555) 123-4567 x89");
    }

    #[test]
    fn two_numbers_are_two() {
        let found = find("030 1234567 / 0171 1234567");
        assert_eq!(
            found.iter().map(|p| p.number.as_str()).collect::<Vec<_>>(),
            ["030 1234567", "0171 1234567"]
        );
        assert_eq!(find("+49 30 1234567 +49 171 1234567").len(), 2);
    }

    #[test]
    fn leaves_other_numbers_alone() {
        for text in [
            "2018 – 2020",
            "01.02.2018 - 31.03.2019",
            "06/2018 – 07/2019",
            "10115 Berlin",
            "02118-1234",
            "192.168.0.12",
            "1 000 000",
            "1.000.000 €",
            "$12 500 000",
            "978-3-16-148410-0",
            "orcid.org/0000-0001-2345-6789",
            "2,000,000",
            "linkedin.com/in/jane-doe-12345678",
            "3.8/4.0",
            "ID 20190601",
            "2018-2020 2021-2022",
            "12345",
            "CVE-2019-123456",
            "2010 2012 2014",
            "5 10 15 20",
        ] {
            assert_eq!(find(text), [], "{text:?}");
        }
    }

    #[test]
    fn survives_any_text() {
        for text in [
            "+",
            "((((",
            "+++++++",
            "é+49 30 1234567é",
            "0000000000000000000000",
            "(0) (0) (0)",
            "\u{a0}\u{a0}1",
            "1/2/3/4/5/6/7/8/9",
        ] {
            let _ = find(text);
        }
    }
}
