//! What a document says of runs and paragraphs.

use roxmltree::Node;
use word_processing::{Alignment, ParagraphProperties, RunProperties, Stop, StopKind};

use crate::xml::{attribute, child, is, points, toggle, value};

/// Reads the `rPr` among the node's children.
pub(crate) fn run_of(node: Node<'_, '_>) -> RunProperties {
    child(node, "rPr").map(run).unwrap_or_default()
}

fn run(node: Node<'_, '_>) -> RunProperties {
    let color = value(node, "color").and_then(|value| match value {
        "auto" => Some(0),
        digits => u32::from_str_radix(digits, 16).ok().filter(|color| *color <= 0xff_ffff),
    });
    RunProperties {
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

fn half_points(text: &str) -> Option<f32> {
    let size = match text.strip_suffix("pt") {
        Some(points) => points.parse::<f32>().ok()?,
        None => text.parse::<f32>().ok()? / 2.0,
    };
    size.is_finite().then(|| size.clamp(1.0, 400.0))
}

/// Reads the `pPr` among the node's children.
pub(crate) fn paragraph_of(node: Node<'_, '_>) -> ParagraphProperties {
    child(node, "pPr").map(paragraph).unwrap_or_default()
}

fn paragraph(node: Node<'_, '_>) -> ParagraphProperties {
    let length = |element: &str, names: &[&str]| {
        let element = child(node, element)?;
        names.iter().find_map(|name| attribute(element, name)).and_then(points)
    };
    let numbering = child(node, "numPr");
    let borders = child(node, "pBdr");
    let border = |side: &str| {
        borders.and_then(|borders| value(borders, side)).map(|kind| kind != "nil" && kind != "none")
    };
    ParagraphProperties {
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
        level: numbering.and_then(|numbering| value(numbering, "ilvl")).and_then(|level| level.parse().ok()),
        stops: child(node, "tabs").map(stops).unwrap_or_default(),
        page_break: toggle(node, "pageBreakBefore"),
        rule_below: border("bottom"),
        rule_above: border("top"),
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
