//! CommonMark with tables: headings larger, lists with bullets, links laid over their text.

use mortise_sdk::PluginError;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::outline::{LIST_INDENT, Outline, heading};

pub(crate) fn read(text: &str) -> Result<Outline, PluginError> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader::default();
    for event in Parser::new_ext(text, options) {
        reader.event(event)?;
    }
    Ok(reader.outline)
}

#[derive(Default)]
struct Reader {
    outline: Outline,
    heading: Option<usize>,
    bold: usize,
    italic: usize,
    header_row: bool,
    links: Vec<String>,
    /// The next number of each open list; none for bullets.
    lists: Vec<Option<u64>>,
    quotes: usize,
    /// White space is kept.
    verbatim: bool,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) -> Result<(), PluginError> {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                let text = if self.verbatim { text.trim_end_matches('\n') } else { &text };
                self.text(text)
            }
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.text(&text),
            // Who writes a résumé in Markdown breaks lines where a line ends.
            Event::SoftBreak | Event::HardBreak => self.text("\n"),
            Event::Html(html) => {
                self.text(crate::html::inner_text(&html).trim())?;
                self.outline.end_line()
            }
            Event::InlineHtml(tag) if tag.to_ascii_lowercase().starts_with("<br") => self.text("\n"),
            Event::InlineHtml(tag) => self.text(&crate::html::inner_text(&tag)),
            Event::Rule => self.outline.rule(),
            Event::TaskListMarker(done) => self.text(if done { "[x] " } else { "[ ] " }),
            Event::FootnoteReference(_) => Ok(()),
        }
    }

    fn start(&mut self, tag: Tag<'_>) -> Result<(), PluginError> {
        match tag {
            Tag::Heading { level, .. } => {
                self.heading = Some(level as usize);
                self.outline.end_block()
            }
            Tag::Strong => {
                self.bold += 1;
                Ok(())
            }
            Tag::Emphasis => {
                self.italic += 1;
                Ok(())
            }
            Tag::Link { dest_url, .. } => {
                self.links.push(dest_url.into_string());
                Ok(())
            }
            Tag::List(first) => {
                self.outline.end_line()?;
                self.lists.push(first);
                self.indent();
                Ok(())
            }
            Tag::Item => {
                self.outline.end_line()?;
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}.");
                        *number = number.saturating_add(1);
                        marker
                    }
                    _ => "•".to_owned(),
                };
                self.outline.marker(marker);
                Ok(())
            }
            Tag::BlockQuote(_) => {
                self.quotes += 1;
                self.indent();
                Ok(())
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) | Tag::MetadataBlock(_) => {
                self.verbatim = true;
                self.outline.end_line()
            }
            Tag::Table(_) => self.outline.begin_table(),
            Tag::TableHead => {
                self.header_row = true;
                self.outline.begin_row()
            }
            Tag::TableRow => self.outline.begin_row(),
            Tag::TableCell => self.outline.begin_cell(1),
            _ => Ok(()),
        }
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), PluginError> {
        match tag {
            TagEnd::Heading(_) => {
                self.outline.end_block()?;
                self.heading = None;
                Ok(())
            }
            TagEnd::Strong => {
                self.bold = self.bold.saturating_sub(1);
                Ok(())
            }
            TagEnd::Emphasis => {
                self.italic = self.italic.saturating_sub(1);
                Ok(())
            }
            TagEnd::Link => {
                self.links.pop();
                Ok(())
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.indent();
                if self.lists.is_empty() { self.outline.end_block() } else { self.outline.end_line() }
            }
            TagEnd::Item => self.outline.end_line(),
            TagEnd::Paragraph if !self.lists.is_empty() => self.outline.end_line(),
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.outline.end_block(),
            TagEnd::CodeBlock | TagEnd::MetadataBlock(_) => {
                self.verbatim = false;
                self.outline.end_block()
            }
            TagEnd::BlockQuote(_) => {
                self.outline.end_line()?;
                self.quotes = self.quotes.saturating_sub(1);
                self.indent();
                Ok(())
            }
            TagEnd::TableHead => {
                self.header_row = false;
                self.outline.end_line()
            }
            TagEnd::Table => self.outline.end_table(),
            _ => Ok(()),
        }
    }

    fn indent(&mut self) {
        let levels = self.lists.len().saturating_sub(1) + self.quotes;
        self.outline.set_indent(levels.min(20) as f32 * LIST_INDENT);
    }

    fn text(&mut self, text: &str) -> Result<(), PluginError> {
        let mut style = self.heading.map(heading).unwrap_or_default();
        if self.bold > 0 || self.header_row {
            style.weight = 700;
        }
        style.italic = self.italic > 0;
        style.monospace = self.verbatim;
        self.outline.text(text, &style, self.links.last().map(String::as_str))
    }
}
