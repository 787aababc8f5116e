//! Blocks, lists and tables on top of a flow: what Markdown and HTML have in common.

use mortise_sdk::flow::{Flow, Line, Run, Style};
use mortise_sdk::{ExtractedText, PluginError};

use crate::outline::table::Table;

mod table;

const MAX_SPANS: usize = 100_000;
const MAX_CHARACTERS: usize = 1 << 20;
const MAX_PAGES: usize = 10_000;
/// Room between a bullet's left edge and its text.
const BULLET: f32 = 10.0;
/// How much further right each level of a list stands.
pub(crate) const LIST_INDENT: f32 = 18.0;

pub(crate) fn heading(level: usize) -> Style {
    let size = [20.0, 16.0, 13.0, 11.5][level.clamp(1, 4) - 1];
    Style { size, weight: 700, ..Style::default() }
}

#[derive(Default)]
pub(crate) struct Outline {
    flow: Flow,
    language: Option<String>,
    line: Line,
    indent: f32,
    /// Set at the next line's start.
    marker: Option<String>,
    table: Option<Table>,
    /// Tables inside the table.
    nested: usize,
    characters: usize,
    pages: usize,
}

impl Outline {
    pub(crate) fn set_language(&mut self, language: &str) {
        self.language = Some(language.to_owned());
    }

    /// Whether the next character is the first of its line.
    pub(crate) fn at_line_start(&self) -> bool {
        self.line.runs.last().is_none_or(|run| run.text.ends_with('\n'))
    }

    pub(crate) fn set_indent(&mut self, indent: f32) {
        self.indent = indent;
    }

    pub(crate) fn text(&mut self, text: &str, style: &Style, link: Option<&str>) -> Result<(), PluginError> {
        if text.is_empty() {
            return Ok(());
        }
        self.characters += text.len();
        if self.characters > MAX_CHARACTERS {
            return Err(too_large());
        }
        if self.line.runs.is_empty() {
            self.line.indent = self.indent;
            if let Some(marker) = self.marker.take() {
                let room = style.advance(&marker).max(BULLET - 3.0) + 3.0;
                self.line.hanging = room;
                self.line.runs.push(Run { at: Some(self.indent), ..Run::new(marker, style.clone()) });
                self.line.runs.push(Run { at: Some(self.indent + room), ..Run::new("", style.clone()) });
            }
        }
        match self.line.runs.last_mut() {
            Some(run) if run.style == *style && run.link.as_deref() == link => run.text.push_str(text),
            _ => {
                let run = Run { link: link.map(str::to_owned), ..Run::new(text, style.clone()) };
                self.line.runs.push(run);
            }
        }
        Ok(())
    }

    pub(crate) fn marker(&mut self, marker: impl Into<String>) {
        self.marker = Some(marker.into());
    }

    pub(crate) fn end_line(&mut self) -> Result<(), PluginError> {
        if self.line.runs.is_empty() {
            return Ok(());
        }
        let line = std::mem::take(&mut self.line);
        match &mut self.table {
            Some(table) => table.push(line),
            None => self.flow.paragraph(&line),
        }
        self.check()
    }

    pub(crate) fn end_block(&mut self) -> Result<(), PluginError> {
        self.end_line()?;
        match &mut self.table {
            Some(table) => table.end_block(),
            None => self.flow.block(),
        }
        Ok(())
    }

    pub(crate) fn rule(&mut self) -> Result<(), PluginError> {
        self.end_block()?;
        if self.table.is_none() {
            self.flow.rule();
        }
        Ok(())
    }

    pub(crate) fn page_break(&mut self) -> Result<(), PluginError> {
        self.end_block()?;
        self.pages += 1;
        if self.pages > MAX_PAGES {
            return Err(too_large());
        }
        self.flow.page_break();
        Ok(())
    }

    pub(crate) fn begin_table(&mut self) -> Result<(), PluginError> {
        self.end_block()?;
        if self.table.is_some() {
            self.nested += 1;
        } else {
            self.table = Some(Table::default());
        }
        Ok(())
    }

    pub(crate) fn begin_row(&mut self) -> Result<(), PluginError> {
        self.end_line()?;
        if let Some(table) = &mut self.table
            && self.nested == 0
        {
            table.begin_row();
        }
        Ok(())
    }

    pub(crate) fn begin_cell(&mut self, columns: usize) -> Result<(), PluginError> {
        if self.nested > 0 {
            // A table in a cell is set as lines whose cells stand apart.
            if let Some(run) = self.line.runs.last_mut() {
                run.text.push('\t');
            }
            return Ok(());
        }
        self.end_line()?;
        if let Some(table) = &mut self.table {
            self.indent = 0.0;
            table.begin_cell(columns);
        }
        Ok(())
    }

    pub(crate) fn end_table(&mut self) -> Result<(), PluginError> {
        self.end_line()?;
        if self.nested > 0 {
            self.nested -= 1;
            return Ok(());
        }
        if let Some(table) = self.table.take() {
            table.set(&mut self.flow);
            self.flow.block();
        }
        self.check()
    }

    pub(crate) fn finish(mut self) -> Result<ExtractedText, PluginError> {
        self.nested = 0;
        self.end_table()?;
        if self.flow.is_empty() {
            return Err(PluginError::invalid_input("empty_document", "The file holds no text."));
        }
        Ok(ExtractedText { language: self.language, ..self.flow.finish() })
    }

    fn check(&self) -> Result<(), PluginError> {
        if self.flow.len() > MAX_SPANS { Err(too_large()) } else { Ok(()) }
    }
}

fn too_large() -> PluginError {
    PluginError::limit("too_large", "The file holds far more text than a résumé can.")
}
