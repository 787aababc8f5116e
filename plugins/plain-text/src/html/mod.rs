//! HTML as a reader would see it: block elements to lines, tables row by row, nothing that is hidden.

mod elements;
mod style;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use mortise_sdk::PluginError;
use mortise_sdk::flow::Style;

use crate::outline::{LIST_INDENT, Outline, heading};
use elements::Kind;

/// Elements deeper than this lose their own look, not their text.
const MAX_DEPTH: usize = 512;

pub(crate) fn read(text: &str) -> Result<Outline, PluginError> {
    let mut reader = Reader::default();
    let mut emitter = DefaultEmitter::default();
    // What a script or a style sheet holds is not markup.
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => reader.start(&tag)?,
            Token::EndTag(tag) => reader.end(&String::from_utf8_lossy(&tag.name))?,
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text))?,
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    Ok(reader.outline)
}

/// The text of a snippet without its tags.
pub(crate) fn inner_text(html: &str) -> String {
    let mut text = String::new();
    for token in Tokenizer::new(html) {
        let Ok(token) = token;
        if let Token::String(piece) = token {
            text.push_str(&String::from_utf8_lossy(&piece));
        }
    }
    text
}

struct Element {
    name: String,
    kind: Kind,
    style: Style,
    link: Option<String>,
    hidden: bool,
    verbatim: bool,
    indent: f32,
    /// The next number of an ordered list.
    number: Option<u64>,
}

#[derive(Default)]
struct Reader {
    outline: Outline,
    open: Vec<Element>,
    /// White space was seen since the last word.
    space: bool,
}

impl Reader {
    fn start(&mut self, tag: &StartTag<()>) -> Result<(), PluginError> {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        let attribute = |key: &str| {
            tag.attributes.get(key.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
        };
        let kind = Kind::of(&name);
        if name == "html"
            && let Some(language) = attribute("lang").filter(|language| !language.is_empty())
        {
            self.outline.set_language(&language);
        }
        self.close_implied(&name, kind)?;
        let hidden = self.open.last().is_some_and(|element| element.hidden);
        if hidden && kind.is_void() {
            return Ok(());
        }
        match kind {
            Kind::Break => {
                self.space = false;
                let style = self.style();
                return if self.outline.at_line_start() {
                    self.outline.end_block()
                } else {
                    self.outline.text("\n", &style, None)
                };
            }
            Kind::Rule => return self.outline.rule(),
            Kind::Void => return Ok(()),
            _ => {}
        }
        let mut element = self.child(name, kind);
        element.look(attribute("style").as_deref());
        element.hidden |= attribute("hidden").is_some()
            || attribute("aria-hidden").is_some_and(|value| value == "true" && kind != Kind::Inline);
        if element.name == "a" {
            element.link = attribute("href").map(|target| target.trim().to_owned()).filter(|target| {
                !target.is_empty()
                    && !target.starts_with('#')
                    && !target.to_ascii_lowercase().starts_with("javascript:")
            });
        }
        if element.name == "ol" {
            element.number = Some(attribute("start").and_then(|start| start.parse().ok()).unwrap_or(1));
        }
        if !element.hidden {
            let columns = attribute("colspan").and_then(|columns| columns.parse().ok()).unwrap_or(1);
            self.open_block(&mut element, columns)?;
        }
        if self.open.len() < MAX_DEPTH && !(tag.self_closing && kind == Kind::Hidden) {
            self.outline.set_indent(element.indent);
            self.open.push(element);
        }
        Ok(())
    }

    /// Ends lines and draws markers as the element's kind asks.
    fn open_block(&mut self, element: &mut Element, columns: usize) -> Result<(), PluginError> {
        match element.kind {
            Kind::Paragraph | Kind::Heading(_) => self.end_block()?,
            Kind::Block => self.end_line()?,
            Kind::List => {
                self.end_line()?;
                if self.open.iter().any(|outer| outer.kind == Kind::List) {
                    element.indent += LIST_INDENT;
                }
            }
            Kind::Item => {
                self.end_line()?;
                let number =
                    self.open.iter_mut().rev().find(|outer| outer.kind == Kind::List).and_then(|list| {
                        let number = list.number;
                        list.number = number.map(|number| number.saturating_add(1));
                        number
                    });
                self.outline.marker(number.map_or_else(|| "•".to_owned(), |number| format!("{number}.")));
            }
            Kind::Table => {
                self.space = false;
                self.outline.begin_table()?;
            }
            Kind::Row => self.outline.begin_row()?,
            Kind::Cell => {
                self.space = false;
                self.outline.begin_cell(columns)?;
                element.indent = 0.0;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), PluginError> {
        let Some(depth) = self.open.iter().rposition(|element| element.name == name) else {
            // A stray `</p>` or `</br>` still ends a line for the reader.
            return if name == "p" || name == "br" { self.end_line() } else { Ok(()) };
        };
        // An end tag does not reach out of its cell.
        let cell = self.open.iter().rposition(|element| element.kind == Kind::Cell);
        if cell.is_some_and(|cell| cell > depth) && self.open[depth].kind == Kind::Inline {
            return Ok(());
        }
        self.close_to(depth)
    }

    fn close_to(&mut self, depth: usize) -> Result<(), PluginError> {
        while self.open.len() > depth {
            let Some(element) = self.open.pop() else { break };
            if element.hidden {
                continue;
            }
            match element.kind {
                Kind::Paragraph | Kind::Heading(_) => self.end_block()?,
                Kind::List if !self.open.iter().any(|outer| outer.kind == Kind::List) => self.end_block()?,
                Kind::Block | Kind::List | Kind::Item | Kind::Row => self.end_line()?,
                Kind::Table => {
                    self.space = false;
                    self.outline.end_table()?;
                }
                _ => {}
            }
        }
        let indent = self.open.last().map_or(0.0, |element| element.indent);
        self.outline.set_indent(indent);
        Ok(())
    }

    /// Closes what a start tag ends without saying so.
    fn close_implied(&mut self, name: &str, kind: Kind) -> Result<(), PluginError> {
        if name == "body"
            && let Some(head) = self.open.iter().rposition(|element| element.name == "head")
        {
            return self.close_to(head);
        }
        let (closes, fence): (&[Kind], &[Kind]) = match kind {
            Kind::Item => (&[Kind::Item], &[Kind::List, Kind::Table, Kind::Cell]),
            Kind::Cell => (&[Kind::Cell], &[Kind::Table]),
            Kind::Row => (&[Kind::Row], &[Kind::Table]),
            Kind::Block if name == "dt" || name == "dd" => (&[], &[]),
            Kind::Paragraph | Kind::Heading(_) | Kind::Block | Kind::List | Kind::Table => {
                if self.open.last().is_some_and(|element| element.name == "p") {
                    return self.close_to(self.open.len() - 1);
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        let found = self
            .open
            .iter()
            .enumerate()
            .rev()
            .take_while(|(_, element)| !fence.contains(&element.kind) || closes.contains(&element.kind))
            .find(|(_, element)| {
                closes.contains(&element.kind)
                    || (closes.is_empty() && (element.name == "dt" || element.name == "dd"))
            })
            .map(|(depth, _)| depth);
        found.map_or(Ok(()), |depth| self.close_to(depth))
    }

    fn text(&mut self, text: &str) -> Result<(), PluginError> {
        let (style, link, verbatim) = match self.open.last() {
            Some(element) if element.hidden => return Ok(()),
            Some(element) => (element.style.clone(), element.link.clone(), element.verbatim),
            None => (Style::default(), None, false),
        };
        if verbatim {
            return self.outline.text(&text.replace('\r', ""), &style, link.as_deref());
        }
        let mut collapsed = String::with_capacity(text.len());
        for character in text.chars() {
            if character.is_ascii_whitespace() {
                self.space = true;
                continue;
            }
            if self.space && !(collapsed.is_empty() && self.outline.at_line_start()) {
                collapsed.push(' ');
            }
            self.space = false;
            collapsed.push(character);
        }
        self.outline.text(&collapsed, &style, link.as_deref())
    }

    fn end_line(&mut self) -> Result<(), PluginError> {
        self.space = false;
        self.outline.end_line()
    }

    fn end_block(&mut self) -> Result<(), PluginError> {
        self.space = false;
        self.outline.end_block()
    }

    fn style(&self) -> Style {
        self.open.last().map(|element| element.style.clone()).unwrap_or_default()
    }

    /// An element that inherits what its parent looks like.
    fn child(&self, name: String, kind: Kind) -> Element {
        let parent = self.open.last();
        let mut element = Element {
            kind,
            style: parent.map(|parent| parent.style.clone()).unwrap_or_default(),
            link: parent.and_then(|parent| parent.link.clone()),
            hidden: kind == Kind::Hidden || parent.is_some_and(|parent| parent.hidden),
            verbatim: name == "pre" || parent.is_some_and(|parent| parent.verbatim),
            indent: parent.map_or(0.0, |parent| parent.indent),
            number: None,
            name,
        };
        match element.name.as_str() {
            "b" | "strong" | "th" | "dt" => element.style.weight = 700,
            "i" | "em" | "cite" | "address" | "var" => element.style.italic = true,
            "small" => element.style.size = (element.style.size * 0.85).max(4.0),
            "pre" => element.style.monospace = true,
            "dd" | "blockquote" => element.indent += LIST_INDENT,
            _ => {}
        }
        if let Kind::Heading(level) = kind {
            let italic = element.style.italic;
            element.style = Style { italic, ..heading(level) };
        }
        element
    }
}

impl Element {
    fn look(&mut self, declarations: Option<&str>) {
        if let Some(declarations) = declarations {
            self.hidden |= style::apply(declarations, &mut self.style);
        }
    }
}
