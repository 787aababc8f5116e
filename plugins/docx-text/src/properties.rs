//! What runs and paragraphs may say about themselves; unsaid things come from their styles.

use mortise_sdk::flow::Style;
use roxmltree::Node;

use crate::tabs::{Stop, StopKind};
use crate::xml::{attribute, child, is, points, toggle, value};

#[derive(Clone, Debug, Default)]
pub(crate) struct RunProperties {
    pub(crate) style: Option<String>,
    pub(crate) bold: Option<bool>,
    pub(crate) italic: Option<bool>,
    /// In points.
    pub(crate) size: Option<f32>,
    pub(crate) color: Option<u32>,
    pub(crate) font: Option<String>,
    pub(crate) capitals: Option<bool>,
    pub(crate) hidden: Option<bool>,
    pub(crate) language: Option<String>,
}

impl RunProperties {
    /// Reads the `rPr` among the node's children.
    pub(crate) fn of(node: Node<'_, '_>) -> Self {
        child(node, "rPr").map(Self::read).unwrap_or_default()
    }

    pub(crate) fn read(node: Node<'_, '_>) -> Self {
        let color = value(node, "color").and_then(|value| match value {
            "auto" => Some(0),
            digits => u32::from_str_radix(digits, 16).ok().filter(|color| *color <= 0xff_ffff),
        });
        Self {
            style: value(node, "rStyle").map(str::to_owned),
            bold: toggle(node, "b"),
            italic: toggle(node, "i"),
            size: value(node, "sz").and_then(half_points),
            color,
            font: child(node, "rFonts").and_then(|fonts| attribute(fonts, "ascii")).map(str::to_owned),
            capitals: toggle(node, "caps"),
            hidden: toggle(node, "vanish"),
            language: value(node, "lang").map(str::to_owned),
        }
    }

    /// Takes from `outer` what is unsaid here.
    pub(crate) fn or(mut self, outer: &Self) -> Self {
        self.bold = self.bold.or(outer.bold);
        self.italic = self.italic.or(outer.italic);
        self.size = self.size.or(outer.size);
        self.color = self.color.or(outer.color);
        self.font = self.font.or_else(|| outer.font.clone());
        self.capitals = self.capitals.or(outer.capitals);
        self.hidden = self.hidden.or(outer.hidden);
        self.language = self.language.or_else(|| outer.language.clone());
        self
    }

    pub(crate) fn look(&self) -> Style {
        Style {
            size: self.size.unwrap_or(10.0),
            weight: if self.bold == Some(true) { 700 } else { 400 },
            italic: self.italic == Some(true),
            color: self.color.unwrap_or(0),
            font_name: self.font.clone(),
            monospace: false,
        }
    }
}

fn half_points(text: &str) -> Option<f32> {
    let size = match text.strip_suffix("pt") {
        Some(points) => points.parse::<f32>().ok()?,
        None => text.parse::<f32>().ok()? / 2.0,
    };
    size.is_finite().then(|| size.clamp(1.0, 400.0))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alignment {
    Left,
    Center,
    Right,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ParagraphProperties {
    pub(crate) style: Option<String>,
    pub(crate) left: Option<f32>,
    /// Of the first line, beside `left`; negative where it hangs.
    pub(crate) first: Option<f32>,
    pub(crate) before: Option<f32>,
    pub(crate) after: Option<f32>,
    pub(crate) alignment: Option<Alignment>,
    pub(crate) list: Option<String>,
    pub(crate) level: Option<usize>,
    pub(crate) stops: Vec<Stop>,
    pub(crate) page_break: Option<bool>,
    pub(crate) rule_below: Option<bool>,
    pub(crate) rule_above: Option<bool>,
}

impl ParagraphProperties {
    /// Reads the `pPr` among the node's children.
    pub(crate) fn of(node: Node<'_, '_>) -> Self {
        child(node, "pPr").map(Self::read).unwrap_or_default()
    }

    pub(crate) fn read(node: Node<'_, '_>) -> Self {
        let length = |element: &str, names: &[&str]| {
            let element = child(node, element)?;
            names.iter().find_map(|name| attribute(element, name)).and_then(points)
        };
        let numbering = child(node, "numPr");
        let borders = child(node, "pBdr");
        let border = |side: &str| {
            borders.and_then(|borders| value(borders, side)).map(|kind| kind != "nil" && kind != "none")
        };
        Self {
            style: value(node, "pStyle").map(str::to_owned),
            left: length("ind", &["left", "start"]),
            first: length("ind", &["hanging"]).map(|hanging| -hanging).or(length("ind", &["firstLine"])),
            before: length("spacing", &["before"]),
            after: length("spacing", &["after"]),
            alignment: value(node, "jc").map(|value| match value {
                "center" => Alignment::Center,
                "right" | "end" => Alignment::Right,
                _ => Alignment::Left,
            }),
            list: numbering.and_then(|numbering| value(numbering, "numId")).map(str::to_owned),
            level: numbering
                .and_then(|numbering| value(numbering, "ilvl"))
                .and_then(|level| level.parse().ok()),
            stops: child(node, "tabs").map(stops).unwrap_or_default(),
            page_break: toggle(node, "pageBreakBefore"),
            rule_below: border("bottom"),
            rule_above: border("top"),
        }
    }

    /// Takes from `outer` what is unsaid here.
    pub(crate) fn or(mut self, outer: &Self) -> Self {
        self.left = self.left.or(outer.left);
        self.first = self.first.or(outer.first);
        self.before = self.before.or(outer.before);
        self.after = self.after.or(outer.after);
        self.alignment = self.alignment.or(outer.alignment);
        if self.list.is_none() {
            self.list = outer.list.clone();
            self.level = self.level.or(outer.level);
        }
        self.page_break = self.page_break.or(outer.page_break);
        self.rule_below = self.rule_below.or(outer.rule_below);
        self.rule_above = self.rule_above.or(outer.rule_above);
        for stop in &outer.stops {
            if !self.stops.iter().any(|own| own.at == stop.at) {
                self.stops.push(*stop);
            }
        }
        self
    }
}

fn stops(node: Node<'_, '_>) -> Vec<Stop> {
    node.children()
        .filter(|child| is(*child, "tab"))
        .filter_map(|tab| {
            let at = attribute(tab, "pos").and_then(points)?;
            let kind = match attribute(tab, "val") {
                Some("clear") => StopKind::Cleared,
                Some("right" | "end" | "decimal") => StopKind::Right,
                Some("center") => StopKind::Center,
                Some("bar") => return None,
                _ => StopKind::Left,
            };
            Some(Stop { at, kind })
        })
        .take(100)
        .collect()
}
