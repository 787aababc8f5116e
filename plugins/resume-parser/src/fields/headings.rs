//! Headings: which section a short line announces, in any of the languages,
//! with its letters spaced out, numbered, compound or slightly misspelt.

use super::fold::{Word, join, words};
use super::lexicons::HEADINGS;
use super::table::listed;
use crate::section::Section;

/// Longer lines are sentences.
const MOST_WORDS: usize = 8;

/// Words that join two headings or two halves of one.
const CONNECTORS: [&str; 12] = ["and", "und", "u", "et", "y", "e", "i", "en", "n", "or", "oder", "ed"];

/// Words around a heading that do not change what it announces.
const ORNAMENTS: &str = "\
my the a an of in some selected relevant key main core recent other further additional \
personal professional continued cont summary overview list section major notable current \
past previous mein meine der die das weitere sonstige relevante wichtige ausgewahlte mes \
mon ma les la le l autres principales mis mi los las el otros otras i il miei mie altre \
altri mijn de overige relevantes meus minhas outros outras os";

/// Headings that are just as often words inside a section.
const AMBIGUOUS: &str = "\
software web online tech technical technology programming service services leadership \
community research fun extra info general details driving equipment machinery history \
address adresse website internet press media school schools university universities \
college stage stages studio work arbeit person family sport sports mission visa \
nationality membership note notes lavoro informatica informatique network networks hello \
hi license licence patente linguistics mentoring";

/// Titles of the document itself, which head no section.
const DOCUMENT_TITLES: [&str; 16] = [
    "curriculum vitae",
    "curriculum",
    "cv",
    "c v",
    "resume",
    "lebenslauf",
    "tabellarischer lebenslauf",
    "vita",
    "hoja de vida",
    "curriculum vitae europass",
    "europass",
    "europass curriculum vitae",
    "formato europeo per il curriculum vitae",
    "levensloop",
    "curriculo",
    "bewerbung",
];

/// Whether the line only says that this is a résumé.
pub(crate) fn is_document_title(text: &str) -> bool {
    let found = words(text);
    let line = unspaced(text, &found).unwrap_or_else(|| join(&found));
    DOCUMENT_TITLES.contains(&line.as_str()) || line == "curriculumvitae"
}

/// The section a heading announces and how sure that is, from 0 to 1. From
/// 0.9 it is a known heading; below 0.7 the style of the line has to agree.
pub(crate) fn classify(text: &str) -> Option<(Section, f32)> {
    let found = words(text);
    let found = without_number(&found);
    if found.is_empty() || found.len() > 40 || text.len() > 160 {
        return None;
    }
    if let Some(line) = unspaced(text, found) {
        return spaced_out(&line);
    }
    if found.len() > MOST_WORDS + 2 {
        return None;
    }
    let plain: Vec<Word> = found.iter().filter(|w| !is_connector(w)).cloned().collect();
    if let Some(section) = exact(found).or_else(|| exact(&plain)) {
        let line = join(&plain);
        let mut score = if listed(AMBIGUOUS, &line) { 0.75 } else { 1.0 };
        score -= doubt(text);
        return Some((section, score));
    }
    if let Some((section, score)) = classify_all(text).first().copied()
        && score >= 0.7
    {
        return Some((section, score - doubt(text)));
    }
    let candidates = [bare(&plain), misspelt(&plain), contained(&plain)];
    let best = candidates.into_iter().flatten().max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some((best.0, (best.1 - doubt(text)).max(0.0)))
}

/// Every section that a compound heading such as "Skills & Languages"
/// announces, in order; one element or none for a simple one.
pub(crate) fn classify_all(text: &str) -> Vec<(Section, f32)> {
    let found = words(text);
    let found = without_number(&found);
    if found.is_empty() || found.len() > 40 || text.len() > 160 {
        return Vec::new();
    }
    if let Some(line) = unspaced(text, found) {
        return if line.contains(' ') {
            classify_all(&line)
        } else {
            spaced_out(&line).into_iter().collect()
        };
    }
    if found.len() > MOST_WORDS {
        return Vec::new();
    }
    let whole = exact(found);
    let parts = halves(text, found);
    let mut sections: Vec<(Section, f32)> = Vec::new();
    let mut known = 0;
    for part in &parts {
        let Some((section, score)) = exact(part).map(|s| (s, 0.95)).or_else(|| bare(part)) else { continue };
        known += 1;
        if !sections.iter().any(|(s, _)| *s == section) {
            sections.push((section, score));
        }
    }
    if parts.len() > 1 && known == parts.len() && sections.len() > 1 {
        // A phrase of its own, such as "Licences & Certifications", stays one.
        if let Some(section) = whole.filter(|_| sections.iter().all(|(s, _)| *s != Section::Languages)) {
            return vec![(section, 1.0)];
        }
        return sections;
    }
    if let Some(section) = whole {
        return vec![(section, 1.0)];
    }
    if parts.len() > 1 && known == parts.len() {
        return sections.into_iter().map(|(section, _)| (section, 0.95)).collect();
    }
    if parts.len() > 1 && known > 0 {
        let share = known as f32 / parts.len() as f32;
        return sections.into_iter().map(|(section, score)| (section, score * (0.5 + 0.4 * share))).collect();
    }
    sections.truncate(1);
    sections
}

fn section_of(group: &str) -> Section {
    match group {
        "summary" => Section::Summary,
        "work" => Section::Work,
        "education" => Section::Education,
        "skills" => Section::Skills,
        "languages" => Section::Languages,
        "projects" => Section::Projects,
        "certificates" => Section::Certificates,
        "publications" => Section::Publications,
        "awards" => Section::Awards,
        "volunteer" => Section::Volunteer,
        "interests" => Section::Interests,
        "references" => Section::References,
        "contact" => Section::Contact,
        "personal" => Section::Personal,
        _ => Section::Other,
    }
}

fn exact(found: &[Word]) -> Option<Section> {
    HEADINGS.get(&join(found)).map(section_of)
}

fn is_connector(word: &Word) -> bool {
    CONNECTORS.contains(&word.folded.as_str())
}

/// The end of a wrapped sentence may be a heading's word, too.
fn doubt(text: &str) -> f32 {
    let (start, end) = (text.trim_start(), text.trim_end());
    let lower = if start.starts_with(char::is_lowercase) { 0.2 } else { 0.0 };
    let open = text.matches('(').count() != text.matches(')').count();
    let stop = if open || end.ends_with(['.', ',', ';']) { 0.3 } else { 0.0 };
    lower + stop
}

/// Drops "1.", "II." and "A)" before a heading and years after it.
fn without_number(found: &[Word]) -> &[Word] {
    let is_number = |w: &Word| w.folded.bytes().all(|b| b.is_ascii_digit());
    let is_roman = |w: &Word| w.folded.bytes().all(|b| matches!(b, b'i' | b'v' | b'x'));
    let mut rest = found;
    if let [first, tail @ ..] = rest
        && !tail.is_empty()
        && (is_number(first) || (is_roman(first) && tail.iter().any(|w| w.folded.len() > 2)))
    {
        rest = tail;
    }
    // "(2019)" and "2015–2019", but not the dates of an entry.
    let words = rest.iter().rposition(|w| !is_number(w)).map_or(0, |last| last + 1);
    if (1..rest.len()).contains(&words) && rest.len() - words <= 2 { &rest[..words] } else { rest }
}

/// Joins letters set apart ("E X P E R I E N C E"); two or more spaces or a
/// separator then part the words. None if the line is not set so.
fn unspaced(text: &str, found: &[Word]) -> Option<String> {
    let single = found.iter().filter(|w| w.folded.chars().count() == 1).count();
    if found.len() < 4 || single * 10 < found.len() * 8 {
        return None;
    }
    let mut line = String::new();
    let mut end = found.first()?.bytes.start;
    for word in found {
        let gap = text.get(end..word.bytes.start).unwrap_or("");
        if !line.is_empty() && gap.chars().any(|c| "&/+|,".contains(c)) {
            line.push_str(" & ");
        } else if !line.is_empty() && gap.chars().filter(|c| c.is_whitespace()).count() > 1 {
            line.push(' ');
        }
        line.push_str(&word.folded);
        end = word.bytes.end;
    }
    // Real words must come of it, or "a & b & c & d" would be read for ever.
    let joined: Vec<&str> = line.split(' ').filter(|word| *word != "&").collect();
    let letters = joined.iter().filter(|word| word.chars().count() < 2).count();
    (letters * 2 < joined.len()).then_some(line)
}

fn spaced_out(line: &str) -> Option<(Section, f32)> {
    if line.contains(' ') {
        // In capitals, as it was: a small initial would speak against it.
        return classify(&line.to_uppercase());
    }
    if let Some(group) = HEADINGS.get(line) {
        return Some((section_of(group), 1.0));
    }
    let joined = |key: &str| key.bytes().filter(|b| *b != b' ').eq(line.bytes());
    if let Some((_, group)) = HEADINGS.keys().find(|(key, _)| joined(key)) {
        return Some((section_of(group), 1.0));
    }
    // "SKILLSANDLANGUAGES": the connector is inside the run of letters.
    for connector in CONNECTORS.iter().filter(|c| c.len() > 1) {
        for (at, _) in line.match_indices(connector) {
            let (head, tail) = (&line[..at], &line[at + connector.len()..]);
            if let (Some(group), Some(_)) = (HEADINGS.get(head), HEADINGS.get(tail)) {
                return Some((section_of(group), 0.9));
            }
        }
    }
    None
}

/// The parts of a heading between connectors and separators.
fn halves(text: &str, found: &[Word]) -> Vec<Vec<Word>> {
    let mut parts = vec![Vec::new()];
    let mut end = found.first().map_or(0, |w| w.bytes.start);
    for word in found {
        let gap = text.get(end..word.bytes.start).unwrap_or("");
        if gap.chars().any(|c| "&/+|,;·•".contains(c)) || is_connector(word) {
            parts.push(Vec::new());
        }
        if !is_connector(word)
            && let Some(part) = parts.last_mut()
        {
            part.push(word.clone());
        }
        end = word.bytes.end;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// The heading without "my", "selected", "(continued)" and the like.
fn bare(found: &[Word]) -> Option<(Section, f32)> {
    let is_ornament = |w: &Word| listed(ORNAMENTS, &w.folded);
    let mut rest = found;
    while let [first, tail @ ..] = rest
        && is_ornament(first)
        && !tail.is_empty()
    {
        rest = tail;
    }
    if let Some(section) = exact(rest) {
        return Some((section, 0.9));
    }
    while let [head @ .., last] = rest
        && is_ornament(last)
        && !head.is_empty()
    {
        rest = head;
    }
    exact(rest).map(|section| (section, 0.85))
}

/// One letter wrong, missing or too many in a heading of seven or more.
fn misspelt(found: &[Word]) -> Option<(Section, f32)> {
    let line = join(found);
    if found.len() == 1 && line.len() >= 9 {
        // "WORKEXPERIENCE": the space was lost.
        let joined = |key: &str| key.contains(' ') && key.bytes().filter(|b| *b != b' ').eq(line.bytes());
        if let Some((_, group)) = HEADINGS.keys().find(|(key, _)| joined(key)) {
            return Some((section_of(group), 0.95));
        }
    }
    if line.len() < 7 || found.len() > 4 || !line.is_ascii() {
        return None;
    }
    let near = HEADINGS.keys().filter(|(key, _)| key.len() >= 7 && one_edit(key.as_bytes(), line.as_bytes()));
    near.min().map(|(_, group)| (section_of(group), 0.75))
}

fn one_edit(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    if short.len() < long.len() {
        return short[same..] == long[same + 1..];
    }
    let rest = (&short[same..], &long[same..]);
    match rest {
        ([x, y, s @ ..], [z, w, l @ ..]) if x == w && y == z => s == l,
        ([_, s @ ..], [_, l @ ..]) => s == l,
        _ => false,
    }
}

/// A known heading among other words: the more of the line it covers, and
/// the nearer to its end, the surer.
fn contained(found: &[Word]) -> Option<(Section, f32)> {
    if found.len() > 5 {
        return None;
    }
    let total: usize = found.iter().map(|w| w.folded.len()).sum();
    let mut best: Option<(Section, f32)> = None;
    for at in 0..found.len() {
        let Some((group, n)) = HEADINGS.longest_at(found, at) else { continue };
        let phrase = &found[at..at + n];
        if phrase.iter().map(|w| w.folded.len()).sum::<usize>() < 5 || listed(AMBIGUOUS, &join(phrase)) {
            continue;
        }
        let covered: usize = phrase.iter().map(|w| w.folded.len()).sum();
        let share = covered as f32 / total.max(1) as f32;
        let edge = if at == 0 || at + n == found.len() { 0.1 } else { 0.0 };
        let score = 0.2 + 0.4 * share + edge;
        if share >= 0.35 && best.is_none_or(|(_, s)| score > s) {
            best = Some((section_of(group), score));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::{classify, classify_all, is_document_title};
    use crate::section::Section;

    #[track_caller]
    fn reads(text: &str, section: Section, at_least: f32) {
        let found = classify(text);
        let ok = found.is_some_and(|(s, score)| s == section && score >= at_least);
        assert!(ok, "{text:?} gives {found:?}");
    }

    #[test]
    fn knows_headings_of_every_language() {
        reads("Work Experience", Section::Work, 0.9);
        reads("BERUFLICHER WERDEGANG", Section::Work, 0.9);
        reads("Expériences professionnelles", Section::Work, 0.9);
        reads("Formación académica", Section::Education, 0.9);
        reads("Istruzione e formazione", Section::Education, 0.9);
        reads("Nevenactiviteiten", Section::Volunteer, 0.9);
        reads("Competências", Section::Skills, 0.9);
        reads("Formação", Section::Education, 0.9);
        reads("Aus- und Weiterbildung", Section::Education, 0.9);
        reads("Centres d’intérêt", Section::Interests, 0.9);
    }

    #[test]
    fn knows_odd_headings() {
        reads("Professional Story", Section::Work, 0.9);
        reads("Where I've worked", Section::Work, 0.9);
        reads("STUDY", Section::Education, 0.9);
        reads("Expertise", Section::Skills, 0.9);
        reads("Personal information", Section::Personal, 0.9);
        reads("§ 2. Employment history:", Section::Work, 0.9);
        reads("II. Education", Section::Education, 0.9);
        reads("Selected Publications (2019)", Section::Publications, 0.8);
        reads("My selected projects", Section::Projects, 0.8);
    }

    #[test]
    fn joins_spaced_letters() {
        reads("E X P E R I E N C E", Section::Work, 0.9);
        reads("W O R K   E X P E R I E N C E", Section::Work, 0.9);
        reads("W O R K E X P E R I E N C E", Section::Work, 0.9);
        reads("S K I L L S  &  L A N G U A G E S", Section::Skills, 0.8);
        reads("É D U C A T I O N", Section::Education, 0.9);
        reads("WORKEXPERIENCE", Section::Work, 0.9);
        reads("Honours&Prizes", Section::Awards, 0.9);
    }

    #[test]
    fn splits_compound_headings() {
        let sections = |text| classify_all(text).into_iter().map(|(s, _)| s).collect::<Vec<_>>();
        assert_eq!(sections("Skills & Languages"), [Section::Skills, Section::Languages]);
        assert_eq!(sections("Sprachen und Interessen"), [Section::Languages, Section::Interests]);
        assert_eq!(sections("Licences & Certifications"), [Section::Certificates]);
        assert_eq!(sections("Education"), [Section::Education]);
        reads("Publications / Talks", Section::Publications, 0.9);
        reads("Awards and Languages", Section::Awards, 0.8);
    }

    #[test]
    fn is_less_sure_of_what_it_guesses() {
        reads("Experiance", Section::Work, 0.7);
        reads("Profesional experience", Section::Work, 0.7);
        let (_, score) = classify("Culinary experience abroad").expect("contains a heading");
        assert!(score < 0.7, "{score}");
        assert_eq!(classify("Led a team of nine people who built the payment platform from scratch"), None);
        for text in ["their experience.", "FREELANCE 08/2024 - 04/2025", "services)"] {
            assert!(classify(text).is_none_or(|(_, score)| score < 0.7), "{text}: {:?}", classify(text));
        }
        assert_eq!(classify("Jane Doe"), None);
        assert_eq!(classify(""), None);
        assert_eq!(classify("••• — 2019"), None);
    }

    #[test]
    fn knows_the_title_of_the_document() {
        assert!(is_document_title("Curriculum Vitæ"));
        assert!(is_document_title("L E B E N S L A U F"));
        assert!(!is_document_title("Experience"));
    }

    #[test]
    fn single_letters_between_separators_do_not_recurse_for_ever() {
        assert_eq!(classify("abc & d & e & f & g & h"), None);
        assert_eq!(classify_all("E X | 2 / 3 / 4 / 5"), []);
    }

    #[test]
    fn survives_any_text() {
        for text in [
            "\u{301}",
            "A\u{301}&",
            "🎉 🎉 🎉 🎉",
            "İ I ı ẞ",
            "日 本 語 経 歴",
            &"é ".repeat(500),
            "& & &",
            "a & b & c & d",
        ] {
            let _ = (classify(text), classify_all(text));
        }
    }
}
