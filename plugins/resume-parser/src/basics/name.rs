//! The person's name and the label beside or below it.

use crate::Section;
use crate::entries::rows::{is_sentence, trimmed_slice};
use crate::entries::score::{FieldModel, TextFeatures};
use crate::fields::{contacts, dates, headings, phones};
use crate::layout::{Cell, Document, Line};
use crate::record::Placed;
use crate::sections::{Headings, Part};

pub(crate) struct Found {
    pub(crate) name: Placed,
    pub(crate) label: Option<Placed>,
    pub(crate) confidence: f32,
}

/// A cell that may hold the name.
struct Candidate<'a> {
    part: usize,
    line: usize,
    cell: &'a Cell,
    page: usize,
    /// Byte range of the name in the cell.
    from: usize,
    to: usize,
    score: f32,
}

pub(crate) fn find(
    document: &Document,
    parts: &[Part],
    headings: &Headings,
    model: &dyn FieldModel,
    email: Option<&str>,
) -> Option<Found> {
    let best = best(document, parts, headings, model, email)?;
    let lines = &parts[best.part].lines;
    let mut name = Placed::of(&best.cell.slice(best.from, best.to)?, best.page);
    let mut next = best.line + 1;
    let style = best.cell.first_style();
    let mut label = (best.to < best.cell.text.len())
        .then(|| trimmed_slice(best.cell, best.to, best.cell.text.len()))
        .flatten()
        .map(|cell| Placed::of(&cell, best.page));
    // A name on two lines keeps its size; what shares the cell behind a bar is no name.
    if label.is_none() {
        while let Some(line) = lines.get(next) {
            let Some(cell) = line.cells.first() else { break };
            let joins = cell.first_style().size == style.size
                && line.page == best.page
                && (name.text.split_whitespace().count() <= 2 || cell.first_style() == style)
                && line.gap_above < 0.6 * best.cell.rect.height
                && style.size * 100 > document.body.size * 125
                && is_name_like(&cell.text)
                && model.features(&cell.text).title < 0.5;
            if !joins || next > best.line + 2 {
                break;
            }
            name.append(&cell.text, line.page, cell.rect);
            next += 1;
        }
    } else if let Some(label) = &mut label
        && let Some(line) = lines.get(next)
        && let Some(cell) = line.cells.first()
        && cell.first_style().size == style.size
        && !is_contact(&cell.text)
    {
        label.append(&cell.text, line.page, cell.rect);
    }
    if label.is_none() {
        label = label_below(document, parts, &name, model);
    }
    let confidence = (0.35 + 0.12 * best.score).clamp(0.2, 0.98);
    Some(Found { name, label, confidence })
}

fn best<'a>(
    document: &Document,
    parts: &'a [Part],
    headings: &Headings,
    model: &dyn FieldModel,
    email: Option<&str>,
) -> Option<Candidate<'a>> {
    let mut best: Option<Candidate<'a>> = None;
    let mut seen = 0;
    for (number, part) in parts.iter().enumerate() {
        let in_header = part.kind == Section::Contact || part.kind == Section::Personal;
        for (index, line) in part.lines.iter().enumerate() {
            if line.page > 0 || seen > 400 {
                break;
            }
            for cell in line.cells.iter().take(3) {
                seen += 1;
                // Inside sections only large text may be a name.
                if !in_header && cell.first_style().size * 100 < document.body.size * 115 {
                    continue;
                }
                let (from, to) = name_range(cell);
                let text = &cell.text[from..to];
                if !is_name_like(text)
                    || headings.classify(text).is_some_and(|(_, confidence)| confidence >= 0.7)
                {
                    continue;
                }
                let ratio = f32::from(cell.first_style().size) / f32::from(document.body.size.max(1));
                let features = model.features(text);
                let score = score(text, ratio, &features, email)
                    + if in_header { 0.8 } else { -1.2 }
                    + if part.heading.is_none() { 0.5 } else { 0.0 }
                    - 0.04 * (index.min(20) as f32);
                if best.as_ref().is_none_or(|best| score > best.score) {
                    best =
                        Some(Candidate { part: number, line: index, cell, page: line.page, from, to, score });
                }
            }
        }
    }
    best.filter(|best| best.score > 0.8)
}

fn score(text: &str, ratio: f32, features: &TextFeatures, email: Option<&str>) -> f32 {
    let mut score = (ratio - 1.0).clamp(0.0, 2.0) * 2.2;
    score -= 1.2 * features.title + 0.5 * features.place + 0.4 * features.organisation;
    let words = features.words;
    score += if (2..=4).contains(&words) { 0.6 } else { -0.3 };
    if let Some(email) = email {
        let local = folded(email.split('@').next().unwrap_or(""));
        let hits = text
            .split_whitespace()
            .filter(|word| word.chars().count() > 2 && local.contains(&folded(word)))
            .count();
        score += 1.2 * hits.min(2) as f32;
    }
    score
}

/// Lower case without accents and punctuation, as mailboxes are named.
fn folded(word: &str) -> String {
    word.to_lowercase()
        .chars()
        .filter_map(|c| match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => Some('a'),
            'é' | 'è' | 'ê' | 'ë' => Some('e'),
            'í' | 'ì' | 'î' | 'ï' | 'ı' => Some('i'),
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => Some('o'),
            'ú' | 'ù' | 'û' | 'ü' => Some('u'),
            'ç' => Some('c'),
            'ñ' => Some('n'),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

/// "Name | Label" and "Name (label)": the name ends at the bar.
fn name_range(cell: &Cell) -> (usize, usize) {
    let end = ["|", " • ", " · ", " – ", " — ", " - "]
        .iter()
        .filter_map(|separator| cell.text.find(separator))
        .filter(|at| *at > 3)
        .min()
        .unwrap_or(cell.text.len());
    let prefix = ["name:", "nom:", "nom :", "nombre:", "nome:", "naam:"]
        .iter()
        .find(|prefix| cell.text.get(..prefix.len()).is_some_and(|head| head.to_lowercase() == **prefix))
        .map_or(0, |prefix| prefix.len());
    (prefix.min(end), end)
}

fn is_contact(text: &str) -> bool {
    text.contains('@') || !contacts::find_urls(text).is_empty() || !phones::find(text).is_empty()
}

fn is_name_like(text: &str) -> bool {
    let text = text.trim();
    let words = text.split_whitespace().count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    (1..=7).contains(&words)
        && letters >= 2
        && text.chars().count() <= 60
        && !text.chars().any(|c| c.is_ascii_digit() || "@/:;?!_=<>{}|•·".contains(c))
        && text.chars().find(|c| c.is_alphabetic()).is_some_and(|c| !c.is_lowercase())
        && !headings::is_document_title(text)
        && !is_sentence(text)
}

/// The first short line below the name that is no contact detail.
fn label_below(document: &Document, parts: &[Part], name: &Placed, model: &dyn FieldModel) -> Option<Placed> {
    let mut found: Option<(f32, Placed)> = None;
    let mut below: Vec<&Line> = parts
        .iter()
        .filter(|part| part.heading.is_none())
        .flat_map(|part| &part.lines)
        .filter(|line| line.page == name.page && line.rect.y > name.rect.bottom() - 0.35 * line.rect.height)
        .take(60)
        .collect();
    below.sort_by(|a, b| a.rect.y.total_cmp(&b.rect.y));
    for (distance, line) in below.iter().take(5).enumerate() {
        let Some(cell) = line.cells.first() else { continue };
        let text = cell.text.trim();
        let words = text.split_whitespace().count();
        let is_plain = (1..=12).contains(&words)
            && text.chars().count() >= 3
            && !is_contact(text)
            && dates::find_ranges(text).is_empty()
            && !text.ends_with('.')
            && text.chars().any(char::is_alphabetic);
        if !is_plain {
            continue;
        }
        let features = model.features(text);
        let size = f32::from(cell.first_style().size) / f32::from(document.body.size.max(1));
        let alone = line.cells.len() == 1;
        let score = 1.3 * features.title + (size - 1.0).clamp(0.0, 0.6)
            - 1.7 * features.place
            - 0.3 * distance as f32
            + if alone { 0.25 } else { -0.4 }
            + if cell.first_style() != document.body { 0.2 } else { 0.0 }
            - if is_sentence(text) { 0.8 } else { 0.0 };
        if found.as_ref().is_none_or(|(best, _)| score > *best) {
            // A label may run over two lines in one style.
            let mut label = Placed::of(cell, line.page);
            if alone
                && let Some(after) = below.get(distance + 1)
                && let [only] = after.cells.as_slice()
                && only.first_style() == cell.first_style()
                && after.gap_above < 0.5 * cell.rect.height
                && cell.first_style() != document.body
                && !is_contact(&only.text)
                && !is_sentence(&only.text)
            {
                label.append(&only.text, after.page, only.rect);
            }
            found = Some((score, label));
        }
    }
    found.filter(|(score, _)| *score > 0.25).map(|(_, label)| label)
}
