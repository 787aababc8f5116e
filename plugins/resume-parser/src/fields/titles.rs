//! Job titles: how much a line looks like one, from its head nouns, ranks,
//! fields and the way titles are built ("Head of X", "Leiter/in", "X II").

use super::fold::{Word, words};
use super::lexicons;
use super::table::listed;

/// Ends of one-word titles: German, Dutch and the Romance languages build
/// their nouns of agent with these.
const AGENT_ENDINGS: &str = "\
entwickler entwicklerin leiter leiterin ingenieur ingenieurin techniker technikerin mechaniker mechanikerin berater \
beraterin verkaufer verkauferin arbeiter arbeiterin lehrer lehrerin pfleger pflegerin kaufmann kauffrau meister \
meisterin manager managerin assistent assistentin arzt arztin fuhrer fuhrerin bearbeiter bearbeiterin redakteur \
redakteurin gestalter gestalterin student studentin praktikant praktikantin helfer helferin fahrer fahrerin bauer \
bauerin planer planerin trainer trainerin forscher forscherin therapeut therapeutin anwalt anwaltin padagoge \
padagogin koch kochin kraft referent referentin monteur schlosser elektroniker elektronikerin fachfrau fachmann \
designer architekt architektin administrator medewerker ontwikkelaar leider beheerder adviseur verpleegkundige \
kundige begeleider docent leraar assistente ontwerper monteuse werker werkster analyst analist spezialist \
spezialistin experte expertin musiker musikerin kunstler kunstlerin ologe ologin ologist oloog ologue ologo ologa \
engineer developer keeper maker smith worker";

/// Weaker signs: endings that most agents share with other words.
const WEAK_ENDINGS: &str = "eur ore aire ador adora eiro eira ero era ant ante er in or";

/// Endings that hardly any other word has.
const FAIR_ENDINGS: &str = "ist ista iste istin euse trice teur atore iere";

/// Prepositions a title's field follows ("Head of Sales", "Leiter der Technik").
const LINKS: &str =
    "of for to de des du d der des fur im in di del della dei degli do da van voor and und et y e en at with";

/// How much a line looks like a job title, from 0 to 1.
pub(crate) fn score(text: &str) -> f32 {
    let found = words(text);
    if found.is_empty() || found.len() > 14 || text.len() > 200 {
        return 0.0;
    }
    let tally = tally(text, &found);
    if tally.heads == 0.0 && tally.levels == 0 {
        let bare = if tally.fields > 0 && found.len() <= 4 { 0.2 } else { 0.05 };
        return if tally.never > 0 { 0.0 } else { bare };
    }
    let count = found.len() as f32;
    let known = tally.known as f32 / count;
    let mut value = match tally.heads {
        h if h >= 0.8 => 0.35 + 0.3 * h.min(1.0),
        h if h > 0.0 => 0.15 + 0.3 * h,
        _ => 0.25,
    };
    value += 0.2 * known;
    value += if tally.levels > 0 { 0.1 } else { 0.0 };
    value += if tally.head_placed { 0.12 } else { -0.25 };
    value += if gendered(text) { 0.1 } else { 0.0 };
    value -= 0.04 * (count - 6.0).max(0.0);
    if tally.never > 0 {
        value -= 0.35;
    }
    if text.trim_end().ends_with(['.', ';', ':']) {
        value -= 0.25;
    }
    if starts_like_a_sentence(text, &found) {
        value -= 0.35;
    }
    if text.bytes().any(|b| b.is_ascii_digit()) && tally.levels == 0 {
        value -= 0.15;
    }
    value.clamp(0.0, 1.0)
}

/// Whether the line is surely about a post: a head noun in a title's place.
pub(crate) fn has_head(text: &str) -> bool {
    let found = words(text);
    let tally = tally(text, &found);
    tally.heads >= 1.0 && tally.head_placed
}

#[derive(Default)]
struct Tally {
    heads: f32,
    head_placed: bool,
    levels: usize,
    fields: usize,
    known: usize,
    never: usize,
}

fn tally(text: &str, found: &[Word]) -> Tally {
    let mut out = Tally::default();
    let mut at = 0;
    while at < found.len() {
        if let Some((_, n)) = lexicons::NO_TITLES.longest_at(found, at) {
            out.never += 1;
            at += n;
        } else if let Some((_, n)) = lexicons::TITLE_HEADS.longest_at(found, at) {
            out.heads += 1.0;
            out.known += n;
            out.head_placed |= well_placed(text, found, at + n);
            at += n;
        } else if let Some((_, n)) = lexicons::TITLE_LEVELS.longest_at(found, at) {
            out.levels += usize::from(found[at].folded.len() > 1);
            out.known += n;
            at += n;
        } else if let Some((_, n)) = lexicons::TITLE_FIELDS.longest_at(found, at) {
            out.fields += 1;
            out.known += n;
            at += n;
        } else {
            let word = &found[at].folded;
            if let Some(weight) = agent(word) {
                out.heads += weight;
                out.known += usize::from(weight >= 0.8);
                out.head_placed |= well_placed(text, found, at + 1);
            } else if listed(LINKS, word) && at > 0 {
                out.known += 1;
            }
            at += 1;
        }
    }
    out
}

/// How sure a word's ending makes it a noun of agent.
fn agent(word: &str) -> Option<f32> {
    let longer = |ending: &&str| word.len() > ending.len() + 1 && word.ends_with(*ending);
    if AGENT_ENDINGS.split_ascii_whitespace().any(|e| longer(&e)) {
        return Some(0.9);
    }
    let has = |endings: &str| {
        endings.split_ascii_whitespace().any(|e| word.len() >= e.len() + 4 && word.ends_with(e))
    };
    match word.len() {
        0..=5 => None,
        _ if has(FAIR_ENDINGS) => Some(0.6),
        _ => has(WEAK_ENDINGS).then_some(0.25),
    }
}

/// A head noun ends the title or a part of it, or a preposition follows.
fn well_placed(text: &str, found: &[Word], next: usize) -> bool {
    let Some(word) = found.get(next) else { return true };
    let gap = text.get(found[next - 1].bytes.end..word.bytes.start).unwrap_or("");
    let part_ends = gap.chars().any(|c| ",;/|()&–—-:*•·".contains(c));
    let follows = listed(LINKS, &word.folded) || lexicons::TITLE_LEVELS.longest_at(found, next).is_some();
    // Romance titles put the field behind the noun: "Ingeniero industrial".
    part_ends || follows || found.len() - next <= 2
}

/// "(m/w/d)", "Leiter/in", "Entwickler*in", "Verkäufer:innen", "ingénieur·e".
fn gendered(text: &str) -> bool {
    let lower = text.to_lowercase();
    let marks = [
        "m/w/d", "w/m/d", "m/f", "f/m", "h/f", "f/h", "m/v", "v/m", "/in", "*in", ":in", "_in", "(in)", "·e",
        "(e)", "/-in", "(a)", "/a",
    ];
    let ends = |at: usize, mark: &str| {
        lower[at + mark.len()..].chars().next().is_none_or(|c| !c.is_alphabetic() || c == 'n')
    };
    marks.iter().any(|m| lower.match_indices(m).any(|(at, _)| at > 0 && ends(at, m)))
}

/// Verbs and words sentences open with; titles never do.
const OPENERS: &str = "\
i we the this these led managed developed designed built created worked responsible implemented supported provided \
maintained coordinated assisted helped ensured conducted performed prepared organized organised achieved increased \
reduced improved trained taught supervised wrote launched delivered oversaw handled collaborated participated using \
working leading managing developing designing ensuring providing supporting maintaining coordinating verantwortlich \
entwicklung betreuung durchfuhrung erstellung unterstutzung planung umsetzung mise gestion realisation desarrollo \
developpement gestione sviluppo elaboration participation conception ich je yo io ik eu";

fn starts_like_a_sentence(text: &str, found: &[Word]) -> bool {
    let lower_start = text.trim_start().chars().next().is_some_and(char::is_lowercase) && found.len() > 4;
    lower_start || (found.len() > 3 && found.first().is_some_and(|w| listed(OPENERS, &w.folded)))
}

#[cfg(test)]
mod tests {
    use super::{has_head, score};

    #[test]
    fn titles_score_high() {
        for title in [
            "Senior Software Engineer",
            "Head of Marketing",
            "Leiter/in Einkauf",
            "Stellvertretende Filialleiterin",
            "Chef de projet",
            "Ingénieure logiciel confirmée",
            "Directora de Recursos Humanos",
            "Responsabile vendite",
            "Verpleegkundige",
            "Analista de dados",
            "Registered Nurse II",
            "Software Engineer (m/w/d)",
            "Barista",
            "Data Scientist, Growth",
            "Wissenschaftliche Mitarbeiterin",
            "Kfz-Mechatroniker",
            "VP of Engineering",
            "Co-Founder & CTO",
            "Teaching Assistant",
            "Court Reporter",
            "Intern",
            "Anlagenmechaniker",
            "Warehouse Operative / Forklift Driver",
            "Enfermera de urgencias",
            "Shift Supervisor (Bottling Line)",
        ] {
            assert!(score(title) >= 0.6, "{title}: {}", score(title));
        }
        assert!(has_head("Lead Engineer") && !has_head("Engineering Works"));
    }

    #[test]
    fn other_lines_score_low() {
        for other in [
            "Acme GmbH",
            "University of Edinburgh",
            "Berlin, Germany",
            "2019 – 2020",
            "TypeScript, React, Node.js",
            "",
            "Globex Inc.",
            "Led a team of four engineers and shipped the billing service.",
            "Bachelor of Science in Physics",
            "St. Mary's Hospital",
            "Bonn",
        ] {
            assert!(score(other) < 0.5, "{other}: {}", score(other));
        }
    }

    #[test]
    fn survives_any_text() {
        for text in ["é", "/in", "(m/w/d)", "\u{301}", "日本語 engineer", "of of of of"] {
            assert!((0.0..=1.0).contains(&score(text)));
        }
    }
}
