//! The numbering part: which marker a list paragraph gets.

use std::collections::HashMap;

use roxmltree::{Document, Node};
use word_processing::ParagraphProperties;
use word_processing::markers::{BULLET, Numerals, spell};

use crate::properties;
use crate::xml::{attribute, is, value};

const LEVELS: usize = 9;

#[derive(Debug, Default)]
pub(crate) struct Numbering {
    abstracts: HashMap<String, Vec<Level>>,
    /// Which abstract list a number stands for, and where its levels start anew.
    numbers: HashMap<String, (String, [Option<u32>; LEVELS])>,
    /// The last number given, per list and level.
    counters: HashMap<String, [Option<u32>; LEVELS]>,
}

#[derive(Clone, Debug)]
struct Level {
    format: String,
    /// For instance `%1.%2.`
    text: String,
    start: u32,
    paragraph: ParagraphProperties,
}

/// A paragraph's marker and the indents its level brings along.
pub(crate) struct Marker {
    pub(crate) text: Option<String>,
    pub(crate) paragraph: ParagraphProperties,
}

impl Numbering {
    pub(crate) fn read(document: &Document<'_>) -> Self {
        let mut numbering = Self::default();
        for node in document.root_element().children() {
            if is(node, "abstractNum")
                && let Some(id) = attribute(node, "abstractNumId")
            {
                let levels =
                    node.children().filter(|child| is(*child, "lvl")).take(LEVELS).map(level).collect();
                numbering.abstracts.insert(id.to_owned(), levels);
            }
            if is(node, "num")
                && let (Some(id), Some(target)) = (attribute(node, "numId"), value(node, "abstractNumId"))
            {
                let mut starts = [None; LEVELS];
                for change in node.children().filter(|child| is(*child, "lvlOverride")) {
                    let at: Option<usize> = attribute(change, "ilvl").and_then(|level| level.parse().ok());
                    if let Some(start) = at.and_then(|at| starts.get_mut(at)) {
                        *start = value(change, "startOverride").and_then(|start| start.parse().ok());
                    }
                }
                numbering.numbers.insert(id.to_owned(), (target.to_owned(), starts));
            }
        }
        numbering
    }

    /// Counts one paragraph of the list.
    pub(crate) fn next(&mut self, list: &str, level: usize) -> Option<Marker> {
        let (target, starts) = self.numbers.get(list)?;
        let levels = self.abstracts.get(target)?;
        let level = level.min(LEVELS - 1);
        let definition = levels.get(level)?;
        // Lists that restart count for themselves, others go on with their abstract list.
        let key = if starts.iter().any(Option::is_some) {
            format!("num {list}")
        } else {
            format!("abstract {target}")
        };
        let counters = self.counters.entry(key).or_default();
        let start = |at: usize| starts[at].or(levels.get(at).map(|level| level.start)).unwrap_or(1);
        counters[level] = Some(counters[level].map_or(start(level), |number| number.saturating_add(1)));
        counters[level + 1..].fill(None);
        let text = match definition.format.as_str() {
            "none" => None,
            "bullet" => Some(BULLET.to_owned()),
            _ => {
                let mut text = definition.text.clone();
                for at in (0..=level).rev() {
                    let format = levels.get(at).map_or("decimal", |level| level.format.as_str());
                    let number = counters[at].unwrap_or_else(|| start(at));
                    text = text.replace(&format!("%{}", at + 1), &spell(number, numerals(format)));
                }
                Some(text.trim().to_owned()).filter(|text| !text.is_empty())
            }
        };
        Some(Marker { text, paragraph: definition.paragraph.clone() })
    }
}

fn level(node: Node<'_, '_>) -> Level {
    Level {
        format: value(node, "numFmt").unwrap_or("decimal").to_owned(),
        // A level's text is a few characters; more would be repeated for every paragraph.
        text: value(node, "lvlText").unwrap_or_default().chars().take(40).collect(),
        start: value(node, "start").and_then(|start| start.parse().ok()).unwrap_or(1),
        paragraph: properties::paragraph_of(node),
    }
}

fn numerals(format: &str) -> Numerals {
    match format {
        "lowerLetter" => Numerals::LowerLetters,
        "upperLetter" => Numerals::UpperLetters,
        "lowerRoman" => Numerals::LowerRoman,
        "upperRoman" => Numerals::UpperRoman,
        "decimalZero" => Numerals::PaddedDecimal,
        _ => Numerals::Decimal,
    }
}
