//! XML parts: decoded, parsed with limits and without document types, read by local name.

use mortise_sdk::PluginError;
use roxmltree::{Document, Node, ParsingOptions};

use crate::{damaged, too_large};

/// A long résumé has some ten thousand.
const MAX_NODES: u32 = 500_000;

pub(crate) fn decode(bytes: Vec<u8>) -> Option<String> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>();
        text.ok().filter(|_| rest.is_empty())
    };
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf_16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf_16(rest, u16::from_be_bytes);
    }
    String::from_utf8(bytes).ok()
}

pub(crate) fn parse(text: &str) -> Result<Document<'_>, PluginError> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => {
            too_large("The document has more parts than a résumé can have.")
        }
        // The error itself may quote the document.
        other => damaged(format!("A part of the document is not well-formed XML (at {}).", other.pos())),
    })
}

/// Whether the node is an element of this name, in the transitional or the strict vocabulary.
pub(crate) fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

pub(crate) fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| is(*child, name))
}

pub(crate) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
}

/// The `val` of a child.
pub(crate) fn value<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name).and_then(|child| attribute(child, "val"))
}

/// An on/off child: present means on unless its `val` says otherwise.
pub(crate) fn toggle(node: Node<'_, '_>, name: &str) -> Option<bool> {
    child(node, name).map(|child| !matches!(attribute(child, "val"), Some("0" | "false" | "off")))
}

/// A length in twentieths of a point, or with a unit, in points.
pub(crate) fn points(text: &str) -> Option<f32> {
    let digits = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
    let number: f32 = text[..digits].trim().parse().ok()?;
    let points = match &text[digits..] {
        "" => number / 20.0,
        "pt" => number,
        "in" => number * 72.0,
        "cm" => number * 72.0 / 2.54,
        "mm" => number * 72.0 / 25.4,
        "pc" | "pi" => number * 12.0,
        _ => return None,
    };
    points.is_finite().then(|| points.clamp(-2000.0, 2000.0))
}
