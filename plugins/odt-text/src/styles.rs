//! Styles: named ones, which stand on one another, and automatic ones, which each part has of its own.

use std::collections::HashMap;

use roxmltree::Node;
use word_processing::xml::{attribute, child, is};
use word_processing::{ParagraphProperties, RunProperties};

use crate::lists::ListStyle;
use crate::properties::{self, points};

/// A chain longer than this is a circle.
const MAX_CHAIN: usize = 32;
/// Of text whose size nobody says, in points.
const SIZE: f32 = 12.0;

/// One part's `styles` or `automatic-styles`.
#[derive(Default)]
pub(crate) struct Sheet {
    paragraphs: HashMap<String, Style>,
    texts: HashMap<String, Style>,
    /// Widths of columns, in points.
    columns: HashMap<String, f32>,
    lists: HashMap<String, ListStyle>,
    /// What paragraphs start from.
    default: Style,
}

#[derive(Default)]
struct Style {
    parent: Option<String>,
    run: RunProperties,
    /// Size beside that of the style it stands on.
    relative_size: Option<f32>,
    paragraph: ParagraphProperties,
    list: Option<String>,
    /// The master page that begins with such a paragraph.
    page: Option<String>,
}

impl Sheet {
    pub(crate) fn read(node: Option<Node<'_, '_>>) -> Self {
        let mut sheet = Self::default();
        for node in node.into_iter().flat_map(|node| node.children()).filter(Node::is_element) {
            let name = attribute(node, "name").unwrap_or_default().to_owned();
            match (node.tag_name().name(), attribute(node, "family")) {
                ("style", Some("paragraph")) => drop(sheet.paragraphs.insert(name, style(node))),
                ("style", Some("text")) => drop(sheet.texts.insert(name, style(node))),
                ("style", Some("table-column")) => {
                    let width = child(node, "table-column-properties")
                        .and_then(|properties| attribute(properties, "column-width"))
                        .and_then(points);
                    sheet.columns.extend(width.map(|width| (name, width)));
                }
                ("default-style", Some("paragraph")) => sheet.default = style(node),
                ("list-style", _) => drop(sheet.lists.insert(name, ListStyle::read(node))),
                _ => {}
            }
        }
        sheet
    }
}

fn style(node: Node<'_, '_>) -> Style {
    let (run, relative_size) = child(node, "text-properties").map(properties::run).unwrap_or_default();
    let said = |name: &str| attribute(node, name).filter(|value| !value.is_empty()).map(str::to_owned);
    Style {
        parent: said("parent-style-name"),
        run,
        relative_size,
        paragraph: child(node, "paragraph-properties").map(properties::paragraph).unwrap_or_default(),
        list: said("list-style-name"),
        page: said("master-page-name"),
    }
}

/// What the text of one part looks its styles up in.
#[derive(Clone, Copy)]
pub(crate) struct Styles<'a> {
    pub(crate) automatic: &'a Sheet,
    pub(crate) named: &'a Sheet,
}

/// A paragraph's style, with everything it stands on.
pub(crate) struct Look {
    pub(crate) paragraph: ParagraphProperties,
    /// What the paragraph itself says of its indents; a list's levels are stronger than the rest.
    pub(crate) own_left: Option<f32>,
    pub(crate) own_first: Option<f32>,
    pub(crate) run: RunProperties,
    pub(crate) list: Option<String>,
    pub(crate) page: Option<String>,
}

impl<'a> Styles<'a> {
    pub(crate) fn paragraph(&self, name: Option<&str>) -> Look {
        let automatic = name.and_then(|name| self.automatic.paragraphs.get(name));
        let chain: Vec<&Style> = self.chain(name, |sheet| &sheet.paragraphs).collect();
        let default = &self.named.default;
        let mut look = Look {
            paragraph: ParagraphProperties::default(),
            own_left: automatic.and_then(|style| style.paragraph.left),
            own_first: automatic.and_then(|style| style.paragraph.first),
            run: RunProperties::default(),
            list: chain.iter().find_map(|style| style.list.clone()),
            page: chain.first().and_then(|style| style.page.clone()),
        };
        for style in chain.iter().copied().chain([default]) {
            look.paragraph = look.paragraph.or(&style.paragraph);
            look.run = look.run.or(&style.run);
        }
        look.run.size = Some(size(&chain, default.run.size.unwrap_or(SIZE)));
        look
    }

    /// A run's properties within text that looks like `outer`.
    pub(crate) fn run(&self, name: Option<&str>, outer: &RunProperties) -> RunProperties {
        let chain: Vec<&Style> = self.chain(name, |sheet| &sheet.texts).collect();
        let mut run = chain.iter().fold(RunProperties::default(), |run, style| run.or(&style.run)).or(outer);
        run.size = Some(size(&chain, outer.size.unwrap_or(SIZE)));
        run
    }

    pub(crate) fn column(&self, name: Option<&str>) -> Option<f32> {
        let name = name?;
        self.automatic.columns.get(name).or_else(|| self.named.columns.get(name)).copied()
    }

    pub(crate) fn list(&self, name: &str) -> Option<&'a ListStyle> {
        self.automatic.lists.get(name).or_else(|| self.named.lists.get(name))
    }

    /// The style and those it stands on; only named ones are stood on.
    fn chain(
        &self,
        name: Option<&str>,
        of: impl Fn(&'a Sheet) -> &'a HashMap<String, Style>,
    ) -> impl Iterator<Item = &'a Style> {
        let named = of(self.named);
        let first = name.and_then(|name| of(self.automatic).get(name).or_else(|| named.get(name)));
        std::iter::successors(first, move |style| named.get(style.parent.as_deref()?)).take(MAX_CHAIN)
    }
}

/// The size a chain of styles comes to, from its foot upwards.
fn size(chain: &[&Style], foot: f32) -> f32 {
    let step = |size: f32, style: &&Style| match (style.run.size, style.relative_size) {
        (Some(size), _) => size,
        (None, Some(share)) => (size * share).clamp(1.0, 400.0),
        (None, None) => size,
    };
    chain.iter().rev().fold(foot, step)
}

/// The master pages of the styles part, and the one that the document begins with.
pub(crate) fn master_page<'a, 'input>(
    styles: Node<'a, 'input>,
    wanted: Option<&str>,
) -> Option<Node<'a, 'input>> {
    let pages = || {
        child(styles, "master-styles")
            .into_iter()
            .flat_map(|node| node.children())
            .filter(|node| is(*node, "master-page"))
    };
    let named = |name: &str| pages().find(|page| attribute(*page, "name") == Some(name));
    wanted.and_then(named).or_else(|| named("Standard")).or_else(|| pages().next())
}

/// The room between the margins of a master page, in points.
pub(crate) fn text_width(styles: Node<'_, '_>, page: Node<'_, '_>) -> Option<f32> {
    let name = attribute(page, "page-layout-name")?;
    let layout = child(styles, "automatic-styles")?
        .children()
        .find(|node| is(*node, "page-layout") && attribute(*node, "name") == Some(name))?;
    let properties = child(layout, "page-layout-properties")?;
    let said = |name: &str| attribute(properties, name).and_then(points);
    let margin = |side: &str| said(side).or(said("margin")).unwrap_or(0.0);
    Some((said("page-width")? - margin("margin-left") - margin("margin-right")).clamp(100.0, 2000.0))
}
