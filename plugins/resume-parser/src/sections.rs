//! Finds section headings and cuts the lines into sections.
//!
//! A heading is judged by its words, by how it is set, and by how well its style agrees with the other headings
//! of the file. The last of the three lets headings in that no lexicon knows, and keeps body text out.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::Section;
use crate::entries::body::is_label;
use crate::fields::headings;
use crate::layout::{Cell, Document, Line, StyleKey};

const ACCEPT: f32 = 3.4;
const MAX_HEADING_CHARS: usize = 60;

/// Consecutive lines under one heading.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) kind: Section,
    pub(crate) title: String,
    pub(crate) heading: Option<Line>,
    pub(crate) confidence: f32,
    pub(crate) lines: Vec<Line>,
}

/// The heading lexicon, asked once for each text.
#[derive(Default)]
pub(crate) struct Headings {
    known: RefCell<BTreeMap<String, Option<(Section, f32)>>>,
}

impl Headings {
    pub(crate) fn classify(&self, text: &str) -> Option<(Section, f32)> {
        let text = trimmed(text);
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if text.len() > MAX_HEADING_CHARS || text.len() < 2 || digits > 2 || text.contains(['@', '(', '%']) {
            return None;
        }
        if let Some(found) = self.known.borrow().get(text) {
            return *found;
        }
        let found = headings::classify(text);
        self.known.borrow_mut().insert(text.to_owned(), found);
        found
    }

    /// Whether the words alone make a heading, for callers without style at hand.
    pub(crate) fn is_known(&self, text: &str) -> bool {
        self.classify(text).is_some_and(|(_, confidence)| confidence >= 0.8)
    }
}

fn trimmed(text: &str) -> &str {
    text.trim().trim_end_matches([':', '.', '_', '-', '—', '–', '|']).trim()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct HeadingStyle {
    style: StyleKey,
    caps: bool,
}

/// What is known about one candidate; the decision is made in `score`.
struct Candidate {
    line: usize,
    lexicon: Option<(Section, f32)>,
    style: HeadingStyle,
    features: Features,
}

struct Features {
    larger: bool,
    bold: bool,
    caps: bool,
    coloured: bool,
    ruled: bool,
    gap: bool,
    alone: bool,
    words: usize,
    has_digits: bool,
    has_comma: bool,
    ends_sentence: bool,
}

#[derive(Default)]
struct StyleCount {
    sections: BTreeMap<Section, usize>,
    known: usize,
    others: usize,
}

impl StyleCount {
    fn purity(&self) -> f32 {
        self.known as f32 / (self.known + self.others).max(1) as f32
    }
}

/// Cuts the document; lines before the first heading of a column form parts of kind `Contact` without heading.
pub(crate) fn cut(document: &Document, headings: &Headings) -> Vec<Part> {
    let candidates = candidates(document, headings);
    let counts = agreement(&candidates);
    let mut accepted: BTreeMap<usize, (Section, f32)> = BTreeMap::new();
    let first_known =
        candidates.iter().find(|c| c.lexicon.is_some() && score(c, &counts) >= ACCEPT).map(|c| c.line);
    for candidate in &candidates {
        let score = score(candidate, &counts);
        if score < ACCEPT {
            continue;
        }
        match candidate.lexicon {
            Some((section, _)) => {
                accepted.insert(candidate.line, (section, confidence(score)));
            }
            None if first_known.is_some_and(|first| candidate.line > first) => {
                accepted.insert(candidate.line, (Section::Other, confidence(score) * 0.8));
            }
            None => {}
        }
    }
    drop_group_names(document, &mut accepted);
    let mut parts = assemble(document, &accepted);
    for part in parts.iter_mut().filter(|part| part.kind == Section::Summary) {
        // "About" may head contact details.
        let text = |line: &Line| line.text();
        let has_prose = part.lines.iter().any(|line| text(line).split_whitespace().count() >= 8);
        if !has_prose && part.lines.iter().any(|line| text(line).contains('@')) {
            part.kind = Section::Contact;
        }
    }
    parts
}

/// A smaller "heading" right below a heading is the first group of its section, not a section.
fn drop_group_names(document: &Document, accepted: &mut BTreeMap<usize, (Section, f32)>) {
    let lines: Vec<usize> = accepted.keys().copied().collect();
    let loudness = |line: usize| {
        let style = document.lines[line].first_style();
        style.size * 4 + u16::from(style.weight)
    };
    for pair in lines.windows(2) {
        let (above, line) = (pair[0], pair[1]);
        let adjoins = line == above + 1
            && document.lines[line].region == document.lines[above].region
            && document.lines[above].cells.len() == 1;
        if adjoins && loudness(line) < loudness(above) {
            accepted.remove(&line);
        }
    }
}

fn confidence(score: f32) -> f32 {
    (0.5 + (score - ACCEPT) * 0.15).clamp(0.3, 0.99)
}

fn candidates(document: &Document, headings: &Headings) -> Vec<Candidate> {
    let body = document.body;
    let mut out = Vec::new();
    for (index, line) in document.lines.iter().enumerate() {
        let Some(cell) = line.cells.first() else { continue };
        let text = trimmed(&cell.text);
        let count = text.chars().count();
        if !(2..=MAX_HEADING_CHARS).contains(&count) || !text.chars().any(char::is_alphabetic) {
            continue;
        }
        let style = cell.first_style();
        let caps = is_caps(text);
        let size = f32::from(style.size) / 2.0;
        let below = document.lines.get(index + 1).is_some_and(|next| next.rule_above);
        let words = text.split_whitespace().count();
        out.push(Candidate {
            line: index,
            lexicon: headings.classify(text).filter(|(_, confidence)| *confidence > 0.3 && !is_label(text)),
            style: HeadingStyle { style, caps },
            features: Features {
                larger: style.size * 100 > body.size * 107,
                bold: style.weight == 2 && body.weight < 2,
                caps,
                coloured: style.color != body.color,
                ruled: line.rule_below || below || line.rule_above,
                gap: line.gap_above > 0.8 * size,
                alone: line.cells.len() == 1,
                words,
                has_digits: text.chars().any(|c| c.is_ascii_digit()),
                has_comma: text.contains(','),
                ends_sentence: cell.text.ends_with('.'),
            },
        });
    }
    out
}

pub(crate) fn is_caps(text: &str) -> bool {
    let mut upper = 0;
    for character in text.chars() {
        if character.is_lowercase() {
            return false;
        }
        upper += usize::from(character.is_uppercase());
    }
    upper >= 2
}

fn agreement(candidates: &[Candidate]) -> BTreeMap<HeadingStyle, StyleCount> {
    let mut counts: BTreeMap<HeadingStyle, StyleCount> = BTreeMap::new();
    for candidate in candidates {
        let count = counts.entry(candidate.style).or_default();
        match candidate.lexicon {
            Some((section, confidence)) if confidence >= 0.6 => {
                *count.sections.entry(section).or_default() += 1;
                count.known += 1;
            }
            _ => count.others += 1,
        }
    }
    counts
}

/// The style that plainly is the heading style of the file, and the smallest size of such styles.
fn dominant(counts: &BTreeMap<HeadingStyle, StyleCount>) -> Option<(&HeadingStyle, u16)> {
    let plain = || counts.iter().filter(|(_, count)| count.sections.len() >= 3 && count.purity() >= 0.6);
    let smallest = plain().map(|(style, _)| style.style.size).min()?;
    plain().max_by_key(|(_, count)| count.sections.len()).map(|(style, _)| (style, smallest))
}

/// The heading score: lexicon, style and agreement summed. A trained model may take its place.
fn score(candidate: &Candidate, counts: &BTreeMap<HeadingStyle, StyleCount>) -> f32 {
    let f = &candidate.features;
    let flag = |on: bool, weight: f32| if on { weight } else { 0.0 };
    let prominence = flag(f.larger, 1.0)
        + flag(f.bold, 0.6)
        + flag(f.caps, 0.6)
        + flag(f.coloured, 0.4)
        + flag(f.ruled, 0.6)
        + flag(f.gap, 0.4);
    let count = counts.get(&candidate.style);
    let distinct = count.map_or(0, |count| count.sections.len());
    let purity = count.map_or(0.0, StyleCount::purity);
    let agreement = (1.0 + distinct as f32).ln() * purity * 1.4;
    // A style that mostly holds other text makes no headings.
    let stray = match count {
        Some(count) if count.others >= 2 && purity < 0.5 => 1.6 * (1.0 - purity),
        _ => 0.0,
    } + match dominant(counts) {
        Some((style, smallest))
            if purity < 0.6 && candidate.style.style.size < smallest && *style != candidate.style =>
        {
            1.4
        }
        _ => 0.0,
    };
    let noise = flag(f.has_digits, 1.5)
        + flag(f.has_comma, 0.8)
        + flag(f.ends_sentence, 1.0)
        + flag(!f.alone, 0.3)
        + 0.5 * (f.words.saturating_sub(4)) as f32;
    match candidate.lexicon {
        Some((_, confidence)) => confidence * 2.4 + prominence.min(2.2) + agreement - noise - stray,
        // Unknown words need a style that nearly only headings have.
        None if distinct >= 3 && purity >= 0.6 && f.alone && prominence >= 1.0 => {
            1.2 + prominence.min(2.0) + agreement - noise
        }
        None => 0.0,
    }
}

fn assemble(document: &Document, accepted: &BTreeMap<usize, (Section, f32)>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut region = usize::MAX;
    let mut feet: Vec<Line> = Vec::new();
    let mut foot: Option<(usize, usize)> = None;
    for (index, line) in document.lines.iter().enumerate() {
        if is_page_number(document, line) {
            continue;
        }
        // What stands far below everything else on a page is its foot: contact details or nothing.
        if is_foot(document, line) && !accepted.contains_key(&index) || foot == Some((line.page, line.region))
        {
            foot = Some((line.page, line.region));
            feet.push(line.clone());
            continue;
        }
        let starts_region = line.region != region;
        region = line.region;
        if let Some((kind, confidence)) = accepted.get(&index) {
            let mut rest = line.clone();
            let mut heading = line.clone();
            heading.cells.truncate(1);
            rest.cells.remove(0);
            let pulled = pull_level(&mut parts, &heading);
            let mut part = Part {
                kind: *kind,
                title: heading.cells.first().map(|cell| trimmed(&cell.text).to_owned()).unwrap_or_default(),
                heading: Some(heading),
                confidence: *confidence,
                lines: pulled,
            };
            push_line(&mut part, rest);
            parts.push(part);
            continue;
        }
        if parts.is_empty() || starts_region && !document.flowed {
            parts.push(Part {
                kind: Section::Contact,
                title: String::new(),
                heading: None,
                confidence: 0.5,
                lines: Vec::new(),
            });
        }
        if let Some(part) = parts.last_mut() {
            part.lines.push(line.clone());
        }
    }
    if !feet.is_empty() {
        parts.push(Part {
            kind: Section::Contact,
            title: String::new(),
            heading: None,
            confidence: 0.4,
            lines: feet,
        });
    }
    parts.retain(|part| part.heading.is_some() || !part.lines.is_empty());
    parts
}

fn is_foot(document: &Document, line: &Line) -> bool {
    let height = document.page_sizes.get(line.page).map_or(0.0, |size| size.1);
    !document.flowed
        && line.rect.y > 0.86 * height
        && line
            .cells
            .iter()
            .all(|cell| cell.first_style().size <= document.body.size && cell.first_style().weight < 2)
        && line.gap_above > 3.0 * line.rect.height
        && line.gap_above < 1_000.0
        && line.text().len() < 160
}

/// "Page 1 of 2", "2 / 3" or a lone number at the edge of a page.
fn is_page_number(document: &Document, line: &Line) -> bool {
    let height = document.page_sizes.get(line.page).map_or(0.0, |size| size.1);
    if document.flowed || line.rect.y > 0.07 * height && line.rect.bottom() < 0.92 * height {
        return false;
    }
    let text = line.text().to_lowercase();
    if text.len() > 80 {
        return false;
    }
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let named = words
        .windows(2)
        .any(|pair| matches!(pair[0], "page" | "seite" | "página" | "pagina") && is_number(pair[1]));
    named
        || words.len() <= 2
            && words.iter().all(|word| is_number(word) && word.len() <= 2)
            && !words.is_empty()
}

fn push_line(part: &mut Part, mut line: Line) {
    let Some(first) = line.cells.first() else { return };
    line.rect =
        line.cells.iter().fold(first.rect, |sum: mortise_sdk::Rect, cell: &Cell| sum.union(&cell.rect));
    part.lines.push(line);
}

/// A label beside its section may sit a little lower than the first line of it: that line belongs to the label.
fn pull_level(parts: &mut [Part], heading: &Line) -> Vec<Line> {
    let mut pulled = Vec::new();
    let Some(part) = parts.last_mut() else { return pulled };
    while let Some(line) = part.lines.last() {
        let level = line.page == heading.page
            && line.region == heading.region
            && line.rect.x > heading.rect.right()
            && line.rect.bottom() > heading.rect.y + 0.35 * heading.rect.height.min(line.rect.height);
        if !level || pulled.len() >= 3 {
            break;
        }
        pulled.extend(part.lines.pop());
    }
    pulled.reverse();
    pulled
}
