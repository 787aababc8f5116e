//! The document's body with its header and footer, read into blocks.

use std::collections::BTreeMap;

use mortise_sdk::{ExtractedText, PluginError};
use roxmltree::Node;
use word_processing::xml::{self, attribute, child, is};
use word_processing::{Block, Budget, Paragraph};

use crate::fault;
use crate::inline::{Content, Scope};
use crate::lists::Counters;
use crate::package::{Parts, not_an_odt};
use crate::styles::{Sheet, Styles, master_page, text_width};

/// Between the margins of a page nobody describes, in points: A4 with 20 mm on each side.
const WIDTH: f32 = 482.0;

pub(crate) struct Reader<'a> {
    pub(crate) styles: Styles<'a>,
    pub(crate) budget: Budget,
    /// Characters per language.
    pub(crate) languages: BTreeMap<String, usize>,
    counters: Counters,
}

/// The list item that paragraphs stand in.
pub(crate) struct Item<'a> {
    /// Absent where only the paragraph's style says which list it is.
    style: Option<&'a str>,
    level: usize,
    start: Option<u32>,
    /// Its first paragraph has not come yet, and will have the marker.
    is_new: bool,
}

pub(crate) fn read(parts: &Parts) -> Result<ExtractedText, PluginError> {
    let content = xml::parse(&parts.content).map_err(fault)?;
    let root = content.root_element();
    let body = child(root, "body").ok_or_else(not_an_odt)?;
    let text = child(body, "text").ok_or_else(not_an_odt)?;
    let styles = parts.styles.as_deref().map(xml::parse).transpose().map_err(fault)?;
    let styles = styles.as_ref().map(|document| document.root_element());

    let named = Sheet::read(styles.and_then(|root| child(root, "styles")));
    let of_pages = Sheet::read(styles.and_then(|root| child(root, "automatic-styles")));
    let automatic = Sheet::read(child(root, "automatic-styles"));
    let in_pages = Styles { automatic: &of_pages, named: &named };
    let in_body = Styles { automatic: &automatic, named: &named };
    let mut reader = Reader {
        styles: in_pages,
        budget: Budget::default(),
        languages: BTreeMap::new(),
        counters: Counters::default(),
    };

    let first = text.children().find(|node| is(*node, "p") || is(*node, "h"));
    let wanted = first.and_then(|node| in_body.paragraph(attribute(node, "style-name")).page);
    let page = styles.and_then(|root| master_page(root, wanted.as_deref()));
    let mut blocks = Vec::new();
    reader.margins(page, ["header-first", "header"], &mut blocks)?;
    reader.styles = in_body;
    reader.body(text, &mut blocks)?;
    reader.styles = in_pages;
    reader.margins(page, ["footer-first", "footer"], &mut blocks)?;
    let width = styles.zip(page).and_then(|(root, page)| text_width(root, page)).unwrap_or(WIDTH);
    word_processing::finish(blocks, width, reader.languages)
}

impl Reader<'_> {
    /// Headers or footers of a master page, where they are shown.
    fn margins(
        &mut self,
        page: Option<Node<'_, '_>>,
        names: [&str; 2],
        blocks: &mut Vec<Block>,
    ) -> Result<(), PluginError> {
        for name in names {
            let part = page.and_then(|page| child(page, name));
            if let Some(part) = part.filter(|part| attribute(*part, "display") != Some("false")) {
                self.blocks(part, 0, None, blocks)?;
            }
        }
        Ok(())
    }

    fn body(&mut self, text: Node<'_, '_>, blocks: &mut Vec<Block>) -> Result<(), PluginError> {
        let mut body = Vec::new();
        self.blocks(text, 0, None, &mut body)?;
        // The first paragraph may ask for a page of its own, which it has anyway.
        if matches!(body.first(), Some(Block::PageBreak)) {
            body.remove(0);
        }
        blocks.append(&mut body);
        Ok(())
    }

    /// Reads paragraphs, lists, tables and what is wrapped around them.
    pub(crate) fn blocks(
        &mut self,
        node: Node<'_, '_>,
        depth: usize,
        mut item: Option<&mut Item<'_>>,
        blocks: &mut Vec<Block>,
    ) -> Result<(), PluginError> {
        let depth = Budget::deeper(depth)?;
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "p" | "h" => self.paragraph(child, depth, item.as_deref_mut(), blocks)?,
                "list" => self.list(child, depth, item.as_deref(), blocks)?,
                "table" => {
                    let table = self.table(child, depth)?;
                    blocks.push(Block::Table(table));
                }
                "section" | "numbered-paragraph" | "index-body" | "table-of-content"
                | "alphabetical-index" | "bibliography" => self.blocks(child, depth, None, blocks)?,
                // Anchored to the page.
                "frame" | "g" | "custom-shape" | "rect" | "ellipse" | "circle" | "polygon" | "path"
                | "caption" | "line" | "connector" => self.drawing(child, depth, blocks)?,
                // Deleted text, declarations, remarks and marks.
                _ => {}
            }
        }
        Ok(())
    }

    fn list(
        &mut self,
        node: Node<'_, '_>,
        depth: usize,
        outer: Option<&Item<'_>>,
        blocks: &mut Vec<Block>,
    ) -> Result<(), PluginError> {
        let depth = Budget::deeper(depth)?;
        let style = attribute(node, "style-name").or(outer.and_then(|item| item.style));
        let level = outer.map_or(0, |item| item.level + 1);
        let goes_on = attribute(node, "continue-numbering") == Some("true")
            || attribute(node, "continue-list").is_some();
        if !goes_on {
            self.counters.restart(style.unwrap_or_default(), level);
        }
        for child in node.children().filter(Node::is_element) {
            let is_item = is(child, "list-item");
            if !is_item && !is(child, "list-header") {
                continue;
            }
            let start = attribute(child, "start-value").and_then(|start| start.parse().ok());
            let mut item = Item { style, level, start, is_new: is_item };
            self.blocks(child, depth, Some(&mut item), blocks)?;
        }
        Ok(())
    }

    fn paragraph(
        &mut self,
        node: Node<'_, '_>,
        depth: usize,
        item: Option<&mut Item<'_>>,
        blocks: &mut Vec<Block>,
    ) -> Result<(), PluginError> {
        let look = self.styles.paragraph(attribute(node, "style-name"));
        let mut properties = look.paragraph;
        let mut marker = None;
        if let Some(item) = item {
            let name = item.style.or(look.list.as_deref()).unwrap_or_default();
            let style = self.styles.list(name);
            let (left, first) = style.map(|style| style.indents(item.level)).unwrap_or_default();
            // A level's indents are stronger than a style's and weaker than the paragraph's own.
            properties.left = look.own_left.or(left).or(properties.left);
            properties.first = look.own_first;
            if std::mem::take(&mut item.is_new) {
                properties.first = look.own_first.or(first);
                marker = self.counters.next(name, style, item.level, item.start);
            }
        }
        for stop in &mut properties.stops {
            // They are counted from the indent, and set from the margin.
            stop.at += properties.left.unwrap_or(0.0).max(0.0);
        }
        let mut content = Content::default();
        self.inline(node, Scope { properties: &look.run, link: None, depth }, &mut content)?;
        if properties.page_break == Some(true) || look.page.is_some() {
            blocks.push(Block::PageBreak);
        }
        self.budget.piece()?;
        blocks.push(Block::Paragraph(Paragraph::new(
            &properties,
            &look.run.look(),
            marker.as_deref(),
            content.runs,
        )));
        blocks.append(&mut content.boxes);
        Ok(())
    }
}
