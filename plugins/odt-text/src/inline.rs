//! A paragraph's content: text with its white space collapsed, spans, links, fields, and the text boxes anchored in it.

use mortise_sdk::PluginError;
use mortise_sdk::flow::Run;
use roxmltree::Node;
use word_processing::xml::attribute;
use word_processing::{Block, Budget, RunProperties};

use crate::body::Reader;

/// More blanks in a row say nothing more.
const MAX_SPACES: usize = 100;

/// What a paragraph holds while it is read.
pub(crate) struct Content {
    pub(crate) runs: Vec<Run>,
    /// Shown after the paragraph.
    pub(crate) boxes: Vec<Block>,
    /// Further white space is none.
    is_spaced: bool,
}

impl Default for Content {
    fn default() -> Self {
        // At a paragraph's start there is none.
        Self { runs: Vec::new(), boxes: Vec::new(), is_spaced: true }
    }
}

/// Circumstances text inherits.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) properties: &'a RunProperties,
    pub(crate) link: Option<&'a str>,
    pub(crate) depth: usize,
}

impl Reader<'_> {
    pub(crate) fn inline(
        &mut self,
        node: Node<'_, '_>,
        scope: Scope<'_>,
        content: &mut Content,
    ) -> Result<(), PluginError> {
        let inner = Scope { depth: Budget::deeper(scope.depth)?, ..scope };
        for child in node.children() {
            if let Some(text) = child.text().filter(|_| child.is_text()) {
                let text = collapsed(text, &mut content.is_spaced);
                self.write(&text, scope, content)?;
            }
            if !child.is_element() {
                continue;
            }
            match child.tag_name().name() {
                "s" => {
                    let count = attribute(child, "c").and_then(|count| count.parse().ok()).unwrap_or(1);
                    self.given(&" ".repeat(MAX_SPACES.min(count)), scope, content)?;
                }
                "tab" => self.given("\t", scope, content)?,
                "line-break" => self.given("\n", scope, content)?,
                "span" => {
                    let properties = self.styles.run(attribute(child, "style-name"), scope.properties);
                    self.inline(child, Scope { properties: &properties, ..inner }, content)?;
                }
                "a" => {
                    let target = attribute(child, "href").filter(|target| !target.starts_with('#'));
                    self.inline(child, Scope { link: target.or(scope.link), ..inner }, content)?;
                }
                // Remarks, footnotes, what is spoken instead of written, and what is only shown at times.
                "annotation" | "note" | "ruby-text" | "hidden-text" | "hidden-paragraph" | "script" => {}
                "frame" | "g" | "custom-shape" | "rect" | "ellipse" | "circle" | "polygon" | "path"
                | "caption" | "line" | "connector" => {
                    self.drawing(child, inner.depth, &mut content.boxes)?;
                }
                // Fields, marks and whatever else is wrapped around text.
                _ => self.inline(child, inner, content)?,
            }
        }
        Ok(())
    }

    /// White space that is meant.
    fn given(&mut self, text: &str, scope: Scope<'_>, content: &mut Content) -> Result<(), PluginError> {
        content.is_spaced = false;
        self.write(text, scope, content)
    }

    fn write(&mut self, text: &str, scope: Scope<'_>, content: &mut Content) -> Result<(), PluginError> {
        let properties = scope.properties;
        if text.is_empty() || properties.hidden == Some(true) {
            return Ok(());
        }
        self.budget.text(text.len())?;
        self.budget.piece()?;
        if let Some(language) = &properties.language {
            *self.languages.entry(language.clone()).or_default() += text.len();
        }
        let text = if properties.capitals == Some(true) { text.to_uppercase() } else { text.to_owned() };
        let link = scope.link.map(str::to_owned);
        content.runs.push(Run { link, ..Run::new(text, properties.look()) });
        Ok(())
    }

    /// The text in a drawing: of boxes, and of shapes that hold some.
    pub(crate) fn drawing(
        &mut self,
        node: Node<'_, '_>,
        depth: usize,
        blocks: &mut Vec<Block>,
    ) -> Result<(), PluginError> {
        // A drawing too deep to look through is only a drawing.
        let Ok(depth) = Budget::deeper(depth) else { return Ok(()) };
        match node.tag_name().name() {
            "frame" | "g" => {
                for child in node.children().filter(Node::is_element) {
                    self.drawing(child, depth, blocks)?;
                }
                Ok(())
            }
            "text-box" | "custom-shape" | "rect" | "ellipse" | "circle" | "polygon" | "path" | "caption"
            | "line" | "connector" => self.blocks(node, depth, None, blocks),
            _ => Ok(()),
        }
    }
}

/// One blank for any white space, and none after another.
fn collapsed(text: &str, is_spaced: &mut bool) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for character in text.chars() {
        let is_space = matches!(character, ' ' | '\t' | '\n' | '\r');
        if !is_space {
            collapsed.push(character);
        } else if !*is_spaced {
            collapsed.push(' ');
        }
        *is_spaced = is_space;
    }
    collapsed
}
