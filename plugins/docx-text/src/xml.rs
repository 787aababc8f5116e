//! What is particular to the XML of DOCX: values in attributes of children, and lengths in twentieths of a point.

use mortise_sdk::PluginError;
use roxmltree::{Document, Node};
use word_processing::xml;
pub(crate) use word_processing::xml::{attribute, child, is};

use crate::fault;

pub(crate) fn parse(text: &str) -> Result<Document<'_>, PluginError> {
    xml::parse(text).map_err(fault)
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
    xml::length(text, 0.05)
}
