//! The document's body with its headers and footers, read into blocks.

use std::collections::BTreeMap;

use mortise_sdk::flow::Run;
use mortise_sdk::{ExtractedText, PluginError};
use roxmltree::Node;
use word_processing::{Block, Budget, Paragraph, Table, TableCell};

use crate::numbering::Numbering;
use crate::package::{Package, Relationships};
use crate::paragraph::{Content, Field, PAGE_BREAK, Scope, alternative, sections};
use crate::properties::paragraph_of;
use crate::styles::Styles;
use crate::xml::{attribute, child, is, points, value};
use crate::{damaged, xml};

/// Headers and footers of more sections than this are not read.
const MAX_MARGINALS: usize = 20;

pub(crate) struct Reader<'a> {
    pub(crate) styles: &'a Styles,
    pub(crate) links: Relationships,
    pub(crate) fields: Vec<Field>,
    /// Characters per language.
    pub(crate) languages: BTreeMap<String, usize>,
    numbering: Numbering,
    pub(crate) budget: Budget,
}

pub(crate) fn read(mut package: Package) -> Result<ExtractedText, PluginError> {
    let main = package.main()?;
    let text = package.part(&main)?.ok_or_else(|| damaged("The document has no main part."))?;
    let relationships = package.relationships(&main)?;
    let styles = related(&mut package, &relationships, "styles")?;
    let styles =
        styles.map(|text| xml::parse(&text).map(|part| Styles::read(&part))).transpose()?.unwrap_or_default();
    let numbering = related(&mut package, &relationships, "numbering")?;
    let numbering = numbering
        .map(|text| xml::parse(&text).map(|part| Numbering::read(&part)))
        .transpose()?
        .unwrap_or_default();
    let mut reader = Reader {
        styles: &styles,
        links: Relationships::new(),
        fields: Vec::new(),
        languages: BTreeMap::new(),
        numbering,
        budget: Budget::default(),
    };

    let document = xml::parse(&text)?;
    let body = child(document.root_element(), "body").ok_or_else(|| damaged("The document has no body."))?;
    let mut blocks = Vec::new();
    let (headers, footers) = marginals(body, &relationships);
    for part in headers {
        reader.part(&mut package, &part, &mut blocks)?;
    }
    reader.links = relationships;
    reader.blocks(body, 0, &mut blocks)?;
    for part in footers {
        reader.part(&mut package, &part, &mut blocks)?;
    }

    word_processing::finish(blocks, text_width(body), reader.languages)
}

fn related(
    package: &mut Package,
    relationships: &Relationships,
    kind: &str,
) -> Result<Option<String>, PluginError> {
    let target =
        relationships.values().find(|relationship| relationship.kind == kind && !relationship.external);
    target.map_or(Ok(None), |relationship| package.part(&relationship.target))
}

/// The parts of the headers and the footers that are shown, each once.
fn marginals(body: Node<'_, '_>, relationships: &Relationships) -> (Vec<String>, Vec<String>) {
    let (mut headers, mut footers) = (Vec::new(), Vec::new());
    for section in sections(body).take(MAX_MARGINALS) {
        let first_differs = xml::toggle(section, "titlePg") == Some(true);
        for reference in section.children().filter(Node::is_element) {
            let parts = match reference.tag_name().name() {
                "headerReference" => &mut headers,
                "footerReference" => &mut footers,
                _ => continue,
            };
            match attribute(reference, "type") {
                Some("even") => continue,
                Some("first") if !first_differs => continue,
                _ => {}
            }
            let target = attribute(reference, "id").and_then(|id| relationships.get(id));
            if let Some(target) = target.map(|relationship| relationship.target.clone())
                && !parts.contains(&target)
            {
                parts.push(target);
            }
        }
    }
    (headers, footers)
}

/// The room between the margins of the last section.
fn text_width(body: Node<'_, '_>) -> f32 {
    let section = child(body, "sectPr");
    let length = |element: &str, name: &str| {
        section
            .and_then(|section| child(section, element))
            .and_then(|node| attribute(node, name))
            .and_then(points)
    };
    let page = length("pgSz", "w").unwrap_or(595.0);
    let width = page - length("pgMar", "left").unwrap_or(72.0) - length("pgMar", "right").unwrap_or(72.0);
    width.clamp(100.0, 2000.0)
}

impl Reader<'_> {
    /// Reads a header or footer, which has links of its own.
    fn part(
        &mut self,
        package: &mut Package,
        name: &str,
        blocks: &mut Vec<Block>,
    ) -> Result<(), PluginError> {
        let Some(text) = package.part(name)? else {
            return Ok(());
        };
        self.links = package.relationships(name)?;
        let document = xml::parse(&text)?;
        self.blocks(document.root_element(), 0, blocks)
    }

    /// Reads paragraphs and tables.
    pub(crate) fn blocks(
        &mut self,
        node: Node<'_, '_>,
        depth: usize,
        blocks: &mut Vec<Block>,
    ) -> Result<(), PluginError> {
        let depth = Budget::deeper(depth)?;
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "p" => self.paragraph(child, depth, blocks)?,
                "tbl" => {
                    let table = self.table(child, depth)?;
                    blocks.push(Block::Table(table));
                }
                "sdt" | "sdtContent" | "customXml" | "smartTag" | "ins" | "moveTo" => {
                    self.blocks(child, depth, blocks)?
                }
                "AlternateContent" => {
                    if let Some(chosen) = alternative(child) {
                        self.blocks(chosen, depth, blocks)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn paragraph(
        &mut self,
        node: Node<'_, '_>,
        depth: usize,
        blocks: &mut Vec<Block>,
    ) -> Result<(), PluginError> {
        let own = paragraph_of(node);
        let (own_left, own_first) = (own.left, own.first);
        let (mut properties, base) = self.styles.paragraph(own);
        let list = properties.list.as_deref().filter(|list| *list != "0").map(str::to_owned);
        let marker = list.and_then(|list| self.numbering.next(&list, properties.level.unwrap_or(0)));
        if let Some(marker) = &marker {
            // A level's indents are stronger than a style's and weaker than the paragraph's own.
            properties.left = own_left.or(marker.paragraph.left).or(properties.left);
            properties.first = own_first.or(marker.paragraph.first).or(properties.first);
        }
        let mut content = Content::default();
        self.inline(node, Scope { properties: &base, link: None, depth }, &mut content)?;

        if properties.page_break == Some(true) {
            blocks.push(Block::PageBreak);
        }
        let marker = marker.and_then(|marker| marker.text);
        for (index, runs) in pages(content.runs).into_iter().enumerate() {
            if index > 0 {
                blocks.push(Block::PageBreak);
            }
            let marker = if index == 0 { marker.as_deref() } else { None };
            self.budget.piece()?;
            blocks.push(Block::Paragraph(Paragraph::new(&properties, &base.look(), marker, runs)));
        }
        blocks.append(&mut content.boxes);
        Ok(())
    }

    fn table(&mut self, node: Node<'_, '_>, depth: usize) -> Result<Table, PluginError> {
        let grid = child(node, "tblGrid").into_iter().flat_map(|grid| grid.children());
        let columns = grid
            .filter(|column| is(*column, "gridCol"))
            .map(|column| attribute(column, "w").and_then(points).unwrap_or(0.0).max(0.0))
            .take(200)
            .collect();
        let mut table = Table { columns, rows: Vec::new() };
        self.rows(node, Budget::deeper(depth)?, &mut table)?;
        table.complete();
        Ok(table)
    }

    fn rows(&mut self, node: Node<'_, '_>, depth: usize, table: &mut Table) -> Result<(), PluginError> {
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "tr" => {
                    let before =
                        xml::child(child, "trPr").and_then(|row| count(row, "gridBefore")).unwrap_or(0);
                    let mut row = Vec::new();
                    let mut column = before;
                    self.cells(child, Budget::deeper(depth)?, &mut column, &mut row)?;
                    table.rows.push(row);
                }
                "sdt" | "sdtContent" | "customXml" | "ins" => {
                    self.rows(child, Budget::deeper(depth)?, table)?
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn cells(
        &mut self,
        node: Node<'_, '_>,
        depth: usize,
        column: &mut usize,
        row: &mut Vec<TableCell>,
    ) -> Result<(), PluginError> {
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "tc" => {
                    let columns = xml::child(child, "tcPr")
                        .and_then(|cell| count(cell, "gridSpan"))
                        .unwrap_or(1)
                        .max(1);
                    let mut blocks = Vec::new();
                    self.blocks(child, depth, &mut blocks)?;
                    row.push(TableCell { start: *column, columns, blocks });
                    *column = (*column + columns).min(200);
                }
                "sdt" | "sdtContent" | "customXml" => {
                    self.cells(child, Budget::deeper(depth)?, column, row)?
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn count(node: Node<'_, '_>, name: &str) -> Option<usize> {
    value(node, name).and_then(|value| value.parse::<usize>().ok()).map(|count| count.min(200))
}

/// Runs before and after each page break.
fn pages(runs: Vec<Run>) -> Vec<Vec<Run>> {
    let mut pages = vec![Vec::new()];
    for run in runs {
        for (index, text) in run.text.split(PAGE_BREAK).enumerate() {
            if index > 0 {
                pages.push(Vec::new());
            }
            if let Some(page) = pages.last_mut().filter(|_| !text.is_empty()) {
                page.push(Run { text: text.to_owned(), ..run.clone() });
            }
        }
    }
    pages
}
