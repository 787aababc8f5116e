//! What styles say of runs and paragraphs.

use roxmltree::Node;
use word_processing::xml::{attribute, child, is, length};
use word_processing::{Alignment, ParagraphProperties, RunProperties, Stop, StopKind};

const MAX_STOPS: usize = 100;

/// A length in points; numbers without a unit are none.
pub(crate) fn points(text: &str) -> Option<f32> {
    text.ends_with(|last: char| last.is_ascii_alphabetic()).then(|| length(text, 0.0)).flatten()
}

/// Reads `text-properties`. The second value is the size beside that of the text around, where that is what is said.
pub(crate) fn run(node: Node<'_, '_>) -> (RunProperties, Option<f32>) {
    let said = |name: &str| attribute(node, name).filter(|value| !value.is_empty());
    let size = said("font-size");
    let relative =
        size.and_then(|size| size.strip_suffix('%')).and_then(|share| share.trim().parse::<f32>().ok());
    let language = said("language").filter(|language| !matches!(*language, "none" | "zxx"));
    let country = said("country").filter(|country| *country != "none");
    let properties = RunProperties {
        style: None,
        bold: said("font-weight").map(|weight| match weight {
            "bold" => true,
            weight => weight.parse::<u16>().is_ok_and(|weight| weight >= 600),
        }),
        italic: said("font-style").map(|style| matches!(style, "italic" | "oblique")),
        size: size.and_then(points).map(|size| size.clamp(1.0, 400.0)),
        color: said("color")
            .and_then(|color| u32::from_str_radix(color.strip_prefix('#')?, 16).ok())
            .filter(|color| *color <= 0xff_ffff),
        font: said("font-family").or(said("font-name")).map(|name| name.trim_matches('\'').to_owned()),
        capitals: said("text-transform").map(|transform| transform == "uppercase"),
        hidden: said("display").map(|display| display == "none"),
        language: language.map(|language| match country {
            Some(country) => format!("{language}-{country}"),
            None => language.to_owned(),
        }),
    };
    let relative = relative.filter(|share| share.is_finite()).map(|share| (share / 100.0).clamp(0.1, 10.0));
    (properties, relative)
}

/// Reads `paragraph-properties`.
pub(crate) fn paragraph(node: Node<'_, '_>) -> ParagraphProperties {
    let said = |name: &str| attribute(node, name);
    let margin = |side: &str| said(side).or(said("margin")).and_then(points);
    let border =
        |side: &str| said(side).or(said("border")).map(|border| !matches!(border, "none" | "hidden"));
    ParagraphProperties {
        left: margin("margin-left"),
        first: said("text-indent").and_then(points),
        before: margin("margin-top"),
        after: margin("margin-bottom"),
        alignment: said("text-align").map(|side| match side {
            "center" => Alignment::Center,
            "end" | "right" => Alignment::Right,
            _ => Alignment::Left,
        }),
        page_break: said("break-before").map(|kind| kind == "page"),
        rule_below: border("border-bottom"),
        rule_above: border("border-top"),
        stops: child(node, "tab-stops").map(stops).unwrap_or_default(),
        ..ParagraphProperties::default()
    }
}

fn stops(node: Node<'_, '_>) -> Vec<Stop> {
    let stops = node.children().filter(|stop| is(*stop, "tab-stop")).filter_map(|stop| {
        let kind = match attribute(stop, "type") {
            Some("right" | "char") => StopKind::Right,
            Some("center") => StopKind::Center,
            _ => StopKind::Left,
        };
        Some(Stop { at: attribute(stop, "position").and_then(points)?, kind })
    });
    stops.take(MAX_STOPS).collect()
}
