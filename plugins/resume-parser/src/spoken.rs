//! Spoken languages with their level.

use mortise_sdk::resume::Language;

use crate::entries::cards;
use crate::entries::rows::{is_blank, unbulleted};
use crate::entries::slots;
use crate::fields::languages;
use crate::layout::Line;
use crate::record::{Placed, Record};

pub(crate) struct Spoken {
    language: Placed,
    fluency: Option<Placed>,
}

pub(crate) fn read(lines: Vec<Line>) -> Vec<Spoken> {
    let mut out: Vec<Spoken> = Vec::new();
    for line in cards::columns(lines).into_iter().flatten() {
        for cell in &line.cells {
            let text = unbulleted(&cell.text).unwrap_or(&cell.text);
            if is_blank(text) {
                continue;
            }
            let whole = Placed::of(cell, line.page).with_text(text);
            // A list of languages in one cell is read part by part, anything else as it stands.
            let listed = languages::parse_list(text);
            if listed.len() > 1 {
                for (language, fluency) in listed {
                    let fluency = fluency.map(|fluency| whole.with_text(fluency));
                    out.push(Spoken { language: whole.with_text(language), fluency });
                }
            } else if languages::parse(text).is_some_and(|(_, fluency)| fluency.is_some()) {
                push(&mut out, &whole);
            } else {
                for piece in slots::pieces(cell) {
                    push(&mut out, &Placed::of(&piece, line.page));
                }
            }
        }
    }
    out
}

fn push(out: &mut Vec<Spoken>, text: &Placed) {
    if let Some((language, fluency)) = languages::parse(&text.text) {
        let fluency = fluency.map(|fluency| text.with_text(fluency));
        out.push(Spoken { language: text.with_text(language), fluency });
        return;
    }
    let shown = text.text.trim_matches([':', '(', ')', '-', '–', '—', ' ']);
    match out.last_mut() {
        Some(last)
            if last.fluency.is_none()
                && (languages::is_fluency(shown) || shown.split_whitespace().count() <= 6) =>
        {
            last.fluency = Some(text.with_text(shown));
        }
        _ => {}
    }
}

impl Record {
    pub(crate) fn add_languages(&mut self, spoken: Vec<Spoken>) {
        for one in spoken {
            let at = format!("/languages/{}", self.resume.languages.len());
            let language = self.take(Some(&one.language), &format!("{at}/language"), 0.95);
            let fluency = self.take(one.fluency.as_ref(), &format!("{at}/fluency"), 0.85);
            self.resume.languages.push(Language { language, fluency });
        }
    }
}
