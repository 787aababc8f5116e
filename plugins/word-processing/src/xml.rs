//! XML parts: decoded, parsed with limits and without document types, read by local name.

use roxmltree::{Document, Node, ParsingOptions};

use crate::Fault;

/// A long résumé has some ten thousand.
const MAX_NODES: u32 = 500_000;

/// UTF-8, or UTF-16 where a mark says so; absent when it is neither.
pub fn decode(bytes: Vec<u8>) -> Option<String> {
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

/// The part's elements.
///
/// # Errors
/// It is not well-formed, has a document type, or far more elements than a résumé can.
pub fn parse(text: &str) -> Result<Document<'_>, Fault> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => {
            Fault::TooLarge("The document has more parts than a résumé can have.".into())
        }
        // The error itself may quote the document.
        other => {
            let message = format!("A part of the document is not well-formed XML (at {}).", other.pos());
            Fault::Damaged(message)
        }
    })
}

/// Whether the node is an element of this name, in whichever vocabulary.
pub fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// The first child of this name.
pub fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| is(*child, name))
}

/// An attribute by its local name.
pub fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
}

/// A length with its unit, in points; a number alone counts `unit` points each.
pub fn length(text: &str, unit: f32) -> Option<f32> {
    let digits = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
    let number: f32 = text[..digits].trim().parse().ok()?;
    let points = match &text[digits..] {
        "" => number * unit,
        "pt" => number,
        "in" => number * 72.0,
        "cm" => number * 72.0 / 2.54,
        "mm" => number * 72.0 / 25.4,
        "pc" | "pi" => number * 12.0,
        "px" => number * 0.75,
        _ => return None,
    };
    points.is_finite().then(|| points.clamp(-2000.0, 2000.0))
}
