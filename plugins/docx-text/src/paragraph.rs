//! A paragraph's content: runs in their final look, links, fields, breaks, and the text boxes anchored in it.

use mortise_sdk::PluginError;
use mortise_sdk::flow::Run;
use roxmltree::Node;
use word_processing::markers::is_bullet;
use word_processing::{Block, Budget, RunProperties, hyperlink};

use crate::body::Reader;
use crate::properties::run_of;
use crate::xml::{attribute, child, is};

/// Where a paragraph is cut for a new page; no other way leads this character into a document.
pub(crate) const PAGE_BREAK: char = '\u{c}';

/// What a paragraph holds while it is read.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) runs: Vec<Run>,
    /// Shown after the paragraph.
    pub(crate) boxes: Vec<Block>,
}

/// A field between its begin and end marks, which may lie in different runs and paragraphs.
#[derive(Default)]
pub(crate) struct Field {
    instruction: String,
    separated: bool,
}

/// Circumstances a run inherits.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) properties: &'a RunProperties,
    pub(crate) link: Option<&'a str>,
    pub(crate) depth: usize,
}

impl Reader<'_> {
    /// Reads runs and whatever is wrapped around them.
    pub(crate) fn inline(
        &mut self,
        node: Node<'_, '_>,
        scope: Scope<'_>,
        content: &mut Content,
    ) -> Result<(), PluginError> {
        let inner = Scope { depth: Budget::deeper(scope.depth)?, ..scope };
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "r" => self.run(child, inner, content)?,
                "hyperlink" => {
                    let target = self.hyperlink(child);
                    let link = target.as_deref().or(scope.link);
                    self.inline(child, Scope { link, ..inner }, content)?;
                }
                "fldSimple" => {
                    let target = attribute(child, "instr").and_then(hyperlink);
                    let link = target.or(scope.link);
                    self.inline(child, Scope { link, ..inner }, content)?;
                }
                "ins" | "moveTo" | "smartTag" | "customXml" | "sdt" | "sdtContent" | "dir" | "bdo" => {
                    self.inline(child, inner, content)?;
                }
                "AlternateContent" => {
                    if let Some(chosen) = alternative(child) {
                        self.inline(chosen, inner, content)?;
                    }
                }
                // Deleted text, marks and properties.
                _ => {}
            }
        }
        Ok(())
    }

    fn hyperlink(&self, node: Node<'_, '_>) -> Option<String> {
        let relationship = self.links.get(attribute(node, "id")?)?;
        relationship.external.then(|| relationship.target.clone())
    }

    fn run(
        &mut self,
        node: Node<'_, '_>,
        scope: Scope<'_>,
        content: &mut Content,
    ) -> Result<(), PluginError> {
        let properties = self.styles.run(run_of(node), scope.properties);
        if properties.hidden == Some(true) {
            return Ok(());
        }
        let mut text = String::new();
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "t" => text
                    .push_str(&child.text().unwrap_or_default().replace(['\n', '\r', '\t', PAGE_BREAK], " ")),
                "tab" | "ptab" => text.push('\t'),
                "br" => text.push(if attribute(child, "type") == Some("page") { PAGE_BREAK } else { '\n' }),
                "cr" => text.push('\n'),
                "noBreakHyphen" => text.push('-'),
                "sym" => text.extend(symbol(child)),
                "fldChar" => {
                    self.write(std::mem::take(&mut text), &properties, scope.link, content)?;
                    match attribute(child, "fldCharType") {
                        Some("begin") if self.fields.len() < 64 => self.fields.push(Field::default()),
                        Some("separate") => {
                            self.fields.last_mut().into_iter().for_each(|field| field.separated = true)
                        }
                        Some("end") => drop(self.fields.pop()),
                        _ => {}
                    }
                }
                "instrText" => {
                    if let Some(field) = self.fields.last_mut().filter(|field| field.instruction.len() < 4096)
                    {
                        field.instruction.push_str(child.text().unwrap_or_default());
                    }
                }
                "drawing" | "pict" | "object" => self.text_boxes(child, scope.depth, &mut content.boxes)?,
                "AlternateContent" => {
                    if let Some(chosen) = alternative(child) {
                        self.text_boxes(chosen, scope.depth, &mut content.boxes)?;
                    }
                }
                _ => {}
            }
        }
        self.write(text, &properties, scope.link, content)
    }

    fn write(
        &mut self,
        mut text: String,
        properties: &RunProperties,
        link: Option<&str>,
        content: &mut Content,
    ) -> Result<(), PluginError> {
        if text.is_empty() {
            return Ok(());
        }
        self.budget.text(text.len())?;
        self.budget.piece()?;
        if let Some(language) = &properties.language {
            *self.languages.entry(language.clone()).or_default() += text.len();
        }
        if properties.capitals == Some(true) {
            text = text.to_uppercase();
        }
        let field = self.fields.iter().rev().filter(|field| field.separated);
        let link = link.or_else(|| field.map(|field| field.instruction.as_str()).find_map(hyperlink));
        let link = link.map(str::to_owned);
        content.runs.push(Run { link, ..Run::new(text, properties.look()) });
        Ok(())
    }

    /// Text boxes somewhere in a drawing.
    fn text_boxes(
        &mut self,
        node: Node<'_, '_>,
        depth: usize,
        boxes: &mut Vec<Block>,
    ) -> Result<(), PluginError> {
        // A drawing too deep to look through is only a drawing.
        let Ok(depth) = Budget::deeper(depth) else { return Ok(()) };
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "txbxContent" => {
                    // Fields of the text around do not reach into the box.
                    let fields = std::mem::take(&mut self.fields);
                    self.blocks(child, depth, boxes)?;
                    self.fields = fields;
                }
                "AlternateContent" => {
                    if let Some(chosen) = alternative(child) {
                        self.text_boxes(chosen, depth, boxes)?;
                    }
                }
                _ => self.text_boxes(child, depth, boxes)?,
            }
        }
        Ok(())
    }
}

/// The same thing said for newer and for older programs: one of both.
pub(crate) fn alternative<'a, 'input>(node: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    child(node, "Choice").or_else(|| child(node, "Fallback"))
}

/// A character of a symbol font: most are bullets, and the rest says nothing without its font.
fn symbol(node: Node<'_, '_>) -> Option<char> {
    let code = attribute(node, "char").and_then(|code| u32::from_str_radix(code, 16).ok())?;
    is_bullet(code).then_some('•')
}

/// The section marks of a body, in order.
pub(crate) fn sections<'a, 'input>(body: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    body.descendants().filter(|node| is(*node, "sectPr"))
}
