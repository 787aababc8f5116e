//! Lists: which marker an item gets, and where it stands.

use std::collections::HashMap;

use roxmltree::Node;
use word_processing::markers::{BULLET, Numerals, spell};
use word_processing::xml::{attribute, child};

use crate::properties::points;

const LEVELS: usize = 10;
/// A marker is a few characters; more would be repeated for every item.
const MAX_AFFIX: usize = 40;

#[derive(Default)]
pub(crate) struct ListStyle {
    levels: [Option<Level>; LEVELS],
}

struct Level {
    kind: Kind,
    left: Option<f32>,
    first: Option<f32>,
}

enum Kind {
    Bullet,
    /// Without numerals nothing is shown.
    Number {
        numerals: Option<Numerals>,
        prefix: String,
        suffix: String,
        start: u32,
        shown: usize,
    },
}

impl ListStyle {
    pub(crate) fn read(node: Node<'_, '_>) -> Self {
        let mut style = Self::default();
        for node in node.children().filter(Node::is_element) {
            let at = attribute(node, "level").and_then(|level| level.parse::<usize>().ok());
            let Some(level) = at.and_then(|at| style.levels.get_mut(at.checked_sub(1)?)) else { continue };
            *level = read_level(node);
        }
        style
    }

    /// How far a level's text stands from the margin, and its first line from there, in points.
    pub(crate) fn indents(&self, level: usize) -> (Option<f32>, Option<f32>) {
        self.levels[level.min(LEVELS - 1)].as_ref().map(|level| (level.left, level.first)).unwrap_or_default()
    }
}

fn read_level(node: Node<'_, '_>) -> Option<Level> {
    let said = |name: &str| attribute(node, name);
    let affix = |name: &str| said(name).unwrap_or_default().chars().take(MAX_AFFIX).collect::<String>();
    let kind = match node.tag_name().name() {
        "list-level-style-bullet" | "list-level-style-image" => Kind::Bullet,
        "list-level-style-number" => Kind::Number {
            numerals: said("num-format").and_then(numerals),
            prefix: affix("num-prefix"),
            suffix: affix("num-suffix"),
            start: said("start-value").and_then(|start| start.parse().ok()).unwrap_or(1),
            shown: said("display-levels").and_then(|shown| shown.parse().ok()).unwrap_or(1),
        },
        _ => return None,
    };
    let properties = child(node, "list-level-properties");
    let length = |name: &str| properties.and_then(|node| attribute(node, name)).and_then(points);
    let aligned = properties.and_then(|node| child(node, "list-level-label-alignment"));
    let label = |name: &str| aligned.and_then(|node| attribute(node, name)).and_then(points);
    let (left, first) = if aligned.is_some() {
        (label("margin-left"), label("text-indent"))
    } else {
        // The older way: room before the marker, and room for it.
        let width = length("min-label-width").unwrap_or(0.0);
        (Some(length("space-before").unwrap_or(0.0) + width), Some(-width))
    };
    Some(Level { kind, left, first })
}

fn numerals(format: &str) -> Option<Numerals> {
    Some(match format {
        "" => return None,
        "a" => Numerals::LowerLetters,
        "A" => Numerals::UpperLetters,
        "i" => Numerals::LowerRoman,
        "I" => Numerals::UpperRoman,
        _ => Numerals::Decimal,
    })
}

/// The last number given, per list style and level.
#[derive(Default)]
pub(crate) struct Counters(HashMap<String, [Option<u32>; LEVELS]>);

impl Counters {
    /// A list begins to count anew.
    pub(crate) fn restart(&mut self, style: &str, level: usize) {
        if let Some(counters) = self.0.get_mut(style) {
            counters[level.min(LEVELS - 1)..].fill(None);
        }
    }

    /// Counts one item, and answers its marker. `start` is the number it has to have.
    pub(crate) fn next(
        &mut self,
        name: &str,
        style: Option<&ListStyle>,
        level: usize,
        start: Option<u32>,
    ) -> Option<String> {
        let level = level.min(LEVELS - 1);
        let counters = self.0.entry(name.to_owned()).or_default();
        let definition = |at: usize| style.and_then(|style| style.levels[at].as_ref());
        let first = |at: usize| match definition(at).map(|level| &level.kind) {
            Some(Kind::Number { start, .. }) => *start,
            _ => 1,
        };
        let next = counters[level].map_or(first(level), |number| number.saturating_add(1));
        counters[level] = Some(start.unwrap_or(next));
        counters[level + 1..].fill(None);
        let marker = match definition(level).map(|level| &level.kind) {
            None | Some(Kind::Bullet) => BULLET.to_owned(),
            Some(Kind::Number { numerals: None, .. }) => return None,
            Some(Kind::Number { prefix, suffix, shown, .. }) => {
                let from = (level + 1).saturating_sub(*shown);
                let numbers: Vec<String> = (from..=level)
                    .filter_map(|at| match definition(at).map(|level| &level.kind) {
                        Some(Kind::Number { numerals: Some(numerals), .. }) => {
                            Some(spell(counters[at].unwrap_or_else(|| first(at)), *numerals))
                        }
                        _ => None,
                    })
                    .collect();
                format!("{prefix}{}{suffix}", numbers.join(".")).trim().to_owned()
            }
        };
        Some(marker).filter(|marker| !marker.is_empty())
    }
}
