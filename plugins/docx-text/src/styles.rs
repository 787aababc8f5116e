//! The styles part: defaults, and chains of styles that stand on one another.

use std::collections::HashMap;

use roxmltree::Document;
use word_processing::{ParagraphProperties, RunProperties};

use crate::properties::{paragraph_of, run_of};
use crate::xml::{attribute, child, is, value};

/// A chain longer than this is a circle.
const MAX_CHAIN: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Styles {
    run: RunProperties,
    paragraph: ParagraphProperties,
    styles: HashMap<String, Style>,
    default_paragraph: Option<String>,
}

#[derive(Debug)]
struct Style {
    base: Option<String>,
    run: RunProperties,
    paragraph: ParagraphProperties,
}

impl Styles {
    pub(crate) fn read(document: &Document<'_>) -> Self {
        let mut styles = Self::default();
        let root = document.root_element();
        if let Some(defaults) = child(root, "docDefaults") {
            if let Some(run) = child(defaults, "rPrDefault") {
                styles.run = run_of(run);
            }
            if let Some(paragraph) = child(defaults, "pPrDefault") {
                styles.paragraph = paragraph_of(paragraph);
            }
        }
        for node in root.children().filter(|node| is(*node, "style")) {
            let Some(id) = attribute(node, "styleId") else { continue };
            if attribute(node, "type") == Some("paragraph")
                && matches!(attribute(node, "default"), Some("1" | "true" | "on"))
            {
                styles.default_paragraph = Some(id.to_owned());
            }
            let style = Style {
                base: value(node, "basedOn").map(str::to_owned),
                run: run_of(node),
                paragraph: paragraph_of(node),
            };
            styles.styles.insert(id.to_owned(), style);
        }
        styles
    }

    /// A paragraph's properties, and those its runs start from.
    pub(crate) fn paragraph(&self, own: ParagraphProperties) -> (ParagraphProperties, RunProperties) {
        let id = own
            .style
            .as_deref()
            .filter(|id| self.styles.contains_key(*id))
            .or(self.default_paragraph.as_deref());
        let mut paragraph = own.clone();
        let mut run = RunProperties::default();
        for style in self.chain(id) {
            paragraph = paragraph.or(&style.paragraph);
            run = run.or(&style.run);
        }
        (paragraph.or(&self.paragraph), run.or(&self.run))
    }

    /// A run's properties within its paragraph.
    pub(crate) fn run(&self, own: RunProperties, paragraph: &RunProperties) -> RunProperties {
        let id = own.style.clone();
        let mut run = own;
        for style in self.chain(id.as_deref()) {
            run = run.or(&style.run);
        }
        run.or(paragraph)
    }

    fn chain<'a>(&'a self, id: Option<&'a str>) -> impl Iterator<Item = &'a Style> {
        std::iter::successors(id.and_then(|id| self.styles.get(id)), |style| {
            style.base.as_deref().and_then(|base| self.styles.get(base))
        })
        .take(MAX_CHAIN)
    }
}
