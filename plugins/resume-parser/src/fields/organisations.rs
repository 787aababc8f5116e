//! Names of employers, associations and schools: how much a line looks like
//! one, from legal forms, telling words and the way names are written.

use super::fold::{Word, words};
use super::lexicons;
use super::table::listed;

/// Ends of compound names: "Musterstadtwerke", "Wasserverband".
const ENDINGS: &str = "\
werke werk gesellschaft verband verein verlag klinik klinikum krankenhaus zentrum institut stiftung bank sparkasse \
versicherung versicherungen bau gruppe agentur haus hof markt handel technik systeme werkstatt apotheke praxis kanzlei \
bahn amt ministerium zeitung theater orchester museum soft tech labs ware works corp media hotel ziekenhuis \
maatschappij bedrijf groep winkel";

const SCHOOL_ENDINGS: &str = "\
universitat universitaet hochschule schule gymnasium akademie kolleg universiteit hogeschool school college lyceum academie";

/// How much a line looks like the name of an organisation, from 0 to 1.
pub(crate) fn score(text: &str) -> f32 {
    let found = words(text);
    if found.is_empty() || found.len() > 14 || text.len() > 200 {
        return 0.0;
    }
    let mut value: f32 = 0.2 * case(text, &found);
    if has_suffix(text, &found) {
        value += 0.65;
    }
    let mut strong = 0;
    for at in 0..found.len() {
        strong +=
            usize::from(lexicons::NAME_WORDS.longest_at(&found, at).is_some() || ends(&found[at], ENDINGS));
        if lexicons::WEAK_NAME_WORDS.longest_at(&found, at).is_some() {
            value += 0.05;
        }
    }
    value += match strong {
        0 => 0.0,
        1 => 0.35,
        _ => 0.45,
    };
    value = value.max(is_school(text) * 0.9);
    if text.contains(['&', '+']) && found.len() <= 5 {
        value += 0.1;
    }
    value -= 0.05 * (found.len() as f32 - 6.0).max(0.0);
    if sentence(text) {
        value -= 0.3;
    }
    value.clamp(0.0, 1.0)
}

/// How much a line looks like the name of a school or university.
pub(crate) fn is_school(text: &str) -> f32 {
    let found = words(text);
    if found.is_empty() || found.len() > 16 || text.len() > 220 {
        return 0.0;
    }
    let mut value: f32 = 0.0;
    for at in 0..found.len() {
        if let Some((_, n)) = lexicons::SCHOOLS.longest_at(&found, at) {
            // Short forms such as "TU" and "FH" need to be written so.
            let raw = &text[found[at].bytes.clone()];
            let short = n == 1 && raw.len() <= 4;
            let spelt =
                !short || !raw.chars().any(char::is_lowercase) || matches!(found[at].folded.as_str(), "uni");
            value = value.max(if !spelt {
                0.15
            } else if short {
                0.75
            } else {
                0.85
            });
            value += if n > 1 { 0.1 } else { 0.03 };
        } else if ends(&found[at], SCHOOL_ENDINGS) {
            value = value.max(0.85);
        } else if lexicons::FACULTIES.longest_at(&found, at).is_some() {
            value = value.max(0.45);
        }
    }
    if value > 0.0 {
        value += 0.1 * (case(text, &found) - 0.5);
        // "Bachelor, Open University" still names the school.
        value -= 0.03 * (found.len() as f32 - 8.0).max(0.0);
    }
    if sentence(text) {
        value -= 0.3;
    }
    value.clamp(0.0, 1.0)
}

/// A legal form at the end of the name or before a separator.
fn has_suffix(text: &str, found: &[Word]) -> bool {
    (1..found.len()).any(|at| {
        let Some((_, n)) = lexicons::LEGAL_FORMS.longest_at(found, at) else { return false };
        let raw = &text[found[at].bytes.clone()];
        // "as", "me", "se", "co" are words too: short forms have capitals.
        let short = n == 1 && raw.len() <= 3;
        let spelt = !short || raw.chars().next().is_some_and(char::is_uppercase);
        let rest = text.get(found[at + n - 1].bytes.end..).unwrap_or("").trim_start_matches(['.', ' ']);
        let last = rest.chars().next().is_none_or(|c| !c.is_alphanumeric());
        spelt && (last || !short)
    })
}

fn ends(word: &Word, endings: &str) -> bool {
    let long = |e: &str| word.folded.len() >= e.len() + 3 && word.folded.ends_with(e);
    endings.split_ascii_whitespace().any(long)
}

/// Small words inside names.
const SMALL: &str = "of the and for de des du la le les del della di da do der die das und van von den het y e et in at a an am im zu zur";

/// The share of words that are written like names, with a capital.
fn case(text: &str, found: &[Word]) -> f32 {
    let named =
        |w: &&Word| text[w.bytes.clone()].chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric());
    let counted: Vec<&Word> = found.iter().filter(|w| !listed(SMALL, &w.folded)).collect();
    counted.iter().filter(|w| named(w)).count() as f32 / counted.len().max(1) as f32
}

fn sentence(text: &str) -> bool {
    let text = text.trim_end();
    let dot =
        text.ends_with('.') && !text.ends_with("Inc.") && !text.ends_with("Co.") && !text.ends_with("Ltd.");
    let last = text.trim_end_matches('.').rsplit([' ', '.']).next().unwrap_or("");
    (dot && last.chars().count() > 4) || text.ends_with([';', ':'])
}

#[cfg(test)]
mod tests {
    use super::{is_school, score};

    #[test]
    fn organisations_score_high() {
        for name in [
            "Acme Inc.",
            "Muster GmbH & Co. KG",
            "Ejemplo S.L.",
            "Voorbeeld B.V.",
            "Esempio S.p.A.",
            "Exemplo Ltda",
            "Stadtwerke Musterstadt",
            "St. Elsewhere Hospital",
            "Nordbank AG",
            "The Example Group",
            "Universität Musterstadt",
            "Globex (Pty) Ltd",
            "Wasserverband Nord",
        ] {
            assert!(score(name) >= 0.5, "{name}: {}", score(name));
        }
    }

    #[test]
    fn other_lines_score_low() {
        for other in [
            "Senior Engineer",
            "built the new platform as planned.",
            "2019",
            "",
            "Java, Kotlin",
            "worked as me",
        ] {
            assert!(score(other) < 0.4, "{other}: {}", score(other));
        }
    }

    #[test]
    fn knows_schools() {
        for name in [
            "University of Example",
            "Technische Universität Musterstadt",
            "TU Berlin",
            "École Supérieure",
            "Lycée Victor Hugo",
            "ROC Midden",
            "Gymnasium am See",
            "Musterhochschule",
            "Istituto Tecnico Rossi",
            "Universidade do Porto",
            "Northfield Community College",
            "Hogeschool Zuid",
        ] {
            assert!(is_school(name) >= 0.7, "{name}: {}", is_school(name));
        }
        for other in ["Acme Inc.", "tu as raison", "Bachelor of Science", "Berlin", ""] {
            assert!(is_school(other) < 0.5, "{other}: {}", is_school(other));
        }
    }

    #[test]
    fn survives_any_text() {
        for text in ["é", ".", "S.A.", "\u{301}\u{301}", "日本大学"] {
            assert!((0.0..=1.0).contains(&score(text)) && (0.0..=1.0).contains(&is_school(text)));
        }
    }
}
