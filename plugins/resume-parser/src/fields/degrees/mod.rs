//! Degrees: the kind of study ("BSc (Hons)", "Diplom-Ingenieur", "Laurea
//! magistrale") apart from its area, in any of the orders they are written.

mod grade;

use super::dates::find_ranges;
use super::fold::{Word, words};
use super::lexicons;
use super::organisations::is_school;
use super::table::listed;
use std::ops::Range;

pub(crate) use grade::find_score;

/// A degree as written, and the area where the same text names it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Degree {
    pub(crate) study_type: String,
    pub(crate) area: Option<String>,
    /// Where the degree and its area stand together.
    pub(crate) bytes: Range<usize>,
    pub(crate) confidence: f32,
}

/// Degrees that are ordinary words, too: sure only with an area or alone.
const COMMON: &str = "\
master degree certificate minor diploma associate doctor apprenticeship residency fellowship studium weiterbildung \
fortbildung abschluss lehre meister promotion licence brevet these titulo grado secundaria especialidad ingenieria \
qualifica specializzazione certificado zertifikat traineeship dr mag ing ir mr das cas mas dec hf fp eso ib media \
attestation graduado minor mestre tecnologo certificaat bachiller ausbildung";

/// Words between a degree and its area.
const LINKS: &str = "in of en de du des d of im zum zur als as der di del dell della do da em fur the with mit la le les l a ein einer field major bereich fach fachrichtung studiengang option specialite especialidad mention schwerpunkt subject majoring";

/// Designations that are whole whatever follows.
const STRONG: &str = "science sciences arts laws philosophy commerce technology";

/// Words that end an area.
const STOPS: &str = "at from an bei universitat university presso aan con avec presso awarded graduated gpa grade note thesis minor";

/// The degree a line names.
pub(crate) fn parse(text: &str) -> Option<Degree> {
    if text.len() > 300 {
        return None;
    }
    let found = words(text);
    let (first, last, group) = best(text, &found)?;
    let (first, last) = (grow_left(&found, first), grow_right(text, &found, last, group));
    let end = with_bracket(text, &found, last);
    let type_bytes = found[first].bytes.start..end;
    let study_type = clean(&text[type_bytes.clone()]);
    let behind = area_after(text, &found, end);
    let ahead = area_before(text, type_bytes.start);
    let common = listed(COMMON, &found[first].folded) && last == first + 1;
    let (area, bytes) = match (behind, ahead) {
        (Some(area), _) => (Some(area.clone()), type_bytes.start..area.end),
        (None, Some(area)) => (Some(area.clone()), area.start..type_bytes.end),
        (None, None) => (None, type_bytes.clone()),
    };
    let alone = first == 0 && last == found.len();
    let confidence = match (common, area.is_some() || alone) {
        (false, true) => 0.95,
        (false, false) => 0.85,
        (true, true) if first == 0 => 0.75,
        (true, _) => 0.4,
    };
    let confidence = if group == "short" && !alone && area.is_none() { 0.4 } else { confidence };
    Some(Degree { study_type, area: area.map(|a| clean(&text[a])), bytes, confidence })
}

/// The words a degree at word `at` takes and its group.
fn at(text: &str, found: &[Word], at: usize) -> Option<(usize, &'static str)> {
    let (group, n) = lexicons::DEGREES.longest_at(found, at)?;
    let raw = text.get(found[at].bytes.start..found[at + n - 1].bytes.end)?;
    if n > 1 && raw.contains([',', ';', '|', '/', '&', '(']) {
        // Letters of different names side by side are no abbreviation.
        let (group, _) = lexicons::DEGREES.longest_at(&found[at..=at], 0)?;
        return accepted(&text[found[at].bytes.clone()], group).then_some((1, group));
    }
    accepted(raw, group).then_some((n, group))
}

/// Short abbreviations need capitals or dots: "MA" and "B.A.", not "ma".
fn accepted(raw: &str, group: &str) -> bool {
    let letters: Vec<char> = raw.chars().filter(|c| c.is_alphabetic()).collect();
    match group {
        "short" => {
            raw.contains('.')
                || letters.iter().filter(|c| c.is_uppercase()).count() >= 2
                || raw.starts_with("BEd")
                || raw.starts_with("MEd")
        }
        _ if letters.len() <= 4 => letters.first().is_some_and(|c| c.is_uppercase()) || letters.len() == 4,
        _ => true,
    }
}

/// The most telling degree of a line: whole phrases before common words.
fn best(text: &str, found: &[Word]) -> Option<(usize, usize, &'static str)> {
    let mut best: Option<(usize, usize, &'static str, i32)> = None;
    let mut i = 0;
    while i < found.len() {
        let Some((n, group)) = at(text, found, i) else {
            i += 1;
            continue;
        };
        let word = &found[i].folded;
        let common = n == 1 && listed(COMMON, word);
        // "Scrum Master" and "Ms. Doe" are no degrees.
        let apart = i == 0
            || text[found[i - 1].bytes.end..found[i].bytes.start].contains([',', '(', '–', '|', ':', '-']);
        let of = found.get(i + n).is_some_and(|w| w.folded == "of");
        let title =
            !apart && !of && n == 1 && matches!(word.as_str(), "master" | "associate" | "doctor" | "meister");
        let spouse = n == 1
            && matches!(word.as_str(), "mr" | "ms" | "dr" | "ing" | "ir")
            && i + 1 < found.len()
            && i == 0;
        let rank = i32::from(!common) * 2 + i32::from(group != "short") + i32::from(i == 0)
            - i32::from(title || spouse) * 4;
        if rank > -2 && best.is_none_or(|(.., r)| rank > r) {
            best = Some((i, i + n, group, rank));
        }
        i += n;
    }
    best.map(|(first, last, group, _)| (first, last, group))
}

fn grow_left(found: &[Word], mut first: usize) -> usize {
    while first > 0 && lexicons::BEFORE_DEGREE.get(&found[first - 1].folded).is_some() {
        first -= 1;
    }
    first
}

/// "of Science", "of Applied Science", "degree", "III", "(FH)".
fn grow_right(text: &str, found: &[Word], mut last: usize, group: &str) -> usize {
    let folded = |i: usize| found.get(i).map_or("", |w| w.folded.as_str());
    if group == "open" && folded(last) == "of" {
        if let Some((_, n)) = lexicons::DESIGNATIONS.longest_at(found, last + 1) {
            let next = folded(last + 1 + n);
            // "Bachelor of Design Thinking": the designation goes on, but not
            // that of arts or science.
            let strong = listed(STRONG, folded(last + n));
            let ended = strong
                || found.get(last + 1 + n).is_none_or(|w| {
                    let gap = &text[found[last + n].bytes.end..w.bytes.start];
                    gap.trim() != ""
                        || gap.chars().count() > 1
                        || matches!(next, "in" | "with" | "and" | "hons" | "degree" | "at" | "from" | "major")
                });
            if ended {
                last += 1 + n;
            }
        }
    } else if group == "open" && folded(last) == "s" {
        last += 1;
    }
    while let Some((_, n)) = lexicons::AFTER_DEGREE.longest_at(found, last) {
        let gap = &text[found[last - 1].bytes.end..found[last].bytes.start];
        let raw = &text[found[last].bytes.clone()];
        let spelt = raw.len() > 3 || !raw.chars().any(char::is_lowercase);
        if gap.contains([',', '(', '|', '–', ';']) || !spelt {
            break;
        }
        last += n;
    }
    last
}

/// Takes in a bracket that holds an abbreviation or a class: "(Hons)".
fn with_bracket(text: &str, found: &[Word], last: usize) -> usize {
    let end = found[last - 1].bytes.end;
    let dot = text[end..].starts_with('.') && text[found[last - 1].bytes.clone()].len() <= 5;
    let end = end + usize::from(dot);
    let rest = &text[end..];
    let inner = rest.trim_start();
    let Some(close) = inner.strip_prefix('(').and_then(|r| r.find(')')) else { return end };
    let body = words(&inner[1..=close]);
    let joined = super::fold::join(&body);
    let known = lexicons::AFTER_DEGREE.longest_at(&body, 0).is_some_and(|(_, n)| n == body.len())
        || lexicons::HONOURS.get(&joined).is_some()
        || lexicons::DEGREES.longest_at(&body, 0).is_some_and(|(_, n)| n == body.len());
    if known { end + (rest.len() - inner.len()) + close + 2 } else { end }
}

/// Trims separators and white space off a value.
fn clean(value: &str) -> String {
    let value = trim(value);
    let open = value.matches('(').count();
    let value = if value.matches(')').count() > open { value.trim_end_matches(')') } else { value };
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn trim(value: &str) -> &str {
    value.trim_matches(|c: char| c.is_whitespace() || ",;:|·•–—-/*".contains(c))
}

/// The stretch up to the next separator that can be an area.
fn area_after(text: &str, found: &[Word], from: usize) -> Option<Range<usize>> {
    let mut next = found.partition_point(|w| w.bytes.start < from);
    let gap = text.get(from..found.get(next)?.bytes.start)?;
    if gap.contains(['|', '•', ';', ')']) {
        return None;
    }
    let separated = gap.contains([',', '–', '—', ':', '(', '-', '·', '/']);
    let mut linked = false;
    while found.get(next).is_some_and(|w| listed(LINKS, &w.folded)) && found.len() > next + 1 {
        linked = true;
        next += 1;
    }
    let start = found.get(next)?.bytes.start;
    let end = start + stop(text, found, next, start);
    let area = trim(&text[start..end]);
    if !is_area(area) || (separated && !linked && is_school(area) >= 0.3) {
        return None;
    }
    Some(start..start + area.len())
}

/// How far an area that starts at `start` reaches.
fn stop(text: &str, found: &[Word], next: usize, start: usize) -> usize {
    let rest = &text[start..];
    let mut end = rest.len();
    for (at, c) in rest.char_indices() {
        let spaced = rest[..at].ends_with(' ') && rest[at + c.len_utf8()..].starts_with(' ');
        let dash = matches!(c, '–' | '—' | '-') && spaced;
        let bracket =
            c == '(' && (rest[at..].contains(|c: char| c.is_ascii_digit()) || is_school(&rest[at..]) > 0.5);
        let unopened = c == ')' && !rest[..at].contains('(');
        if dash && goes_on(&rest[at + c.len_utf8()..]) {
            continue;
        }
        if matches!(c, ',' | ';' | '|' | '•' | '·' | '\t' | '\n' | '@')
            || dash
            || bracket
            || unopened
            || rest[at..].starts_with("   ")
        {
            end = at;
            break;
        }
    }
    for word in found.iter().skip(next + 1) {
        if word.bytes.start >= start + end {
            break;
        }
        if listed(STOPS, &word.folded) {
            end = word.bytes.start - start;
            break;
        }
    }
    let dates = find_ranges(&rest[..end]);
    dates.first().map_or(end, |d| d.bytes.start)
}

/// After a dash an area goes on unless a school, a number or a date follows.
fn goes_on(rest: &str) -> bool {
    let part = rest.split([',', '|', ';', '•', '·']).next().unwrap_or(rest);
    let count = words(part).len();
    is_school(part) < 0.3
        && super::organisations::score(part) < 0.4
        && !part.contains(|c: char| c.is_ascii_digit())
        && (2..=4).contains(&count)
}

fn is_area(area: &str) -> bool {
    let found = words(area);
    let letters = area.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || found.is_empty() || found.len() > 10 || is_school(area) >= 0.6 {
        return false;
    }
    let degree = lexicons::DEGREES.longest_at(&found, 0).is_some_and(|(_, n)| n == found.len());
    let honours = lexicons::HONOURS.get(&super::fold::join(&found)).is_some();
    let grade = found.len() <= 3 && lexicons::GRADES.longest_at(&found, 0).is_some();
    !(degree || honours || grade)
}

/// "Computer Science, BSc" and "Physics (PhD)": the area comes first.
fn area_before(text: &str, until: usize) -> Option<Range<usize>> {
    let head = text[..until].trim_end();
    let head = head.strip_suffix('(').unwrap_or(head);
    let head = head.trim_end_matches(|c: char| c.is_whitespace() || ",;:|·•–—-/".contains(c));
    let closed = head.rfind('(').is_some_and(|i| head[i..].contains(')'));
    let parts: &[char] = if closed { &['|', '•', ';', '·'] } else { &['|', '•', ';', '·', '('] };
    let start = head.rfind(parts).map_or(0, |i| i + head[i..].chars().next().map_or(1, char::len_utf8));
    let start = head.rfind(", ").map_or(start, |i| start.max(i + 2));
    let piece = &head[start..];
    let start = start + (piece.len() - piece.trim_start().len());
    let area = &head[start..];
    (is_area(area) && find_ranges(area).is_empty() && words(area).len() <= 6)
        .then(|| start..start + area.len())
}

#[cfg(test)]
mod tests;
