//! A stream of text of its own (the body, a header, a text box): paragraphs in the making, and the tables around them.

use std::rc::Rc;

use mortise_sdk::PluginError;
use mortise_sdk::flow::{Run, Style};
use word_processing::markers::BULLET;
use word_processing::{Block, Budget, Paragraph, ParagraphProperties, Table, TableCell};

use super::state::Character;

/// Tables within tables.
pub(super) const MAX_LEVEL: usize = 8;
/// As many as word processors make.
const MAX_COLUMNS: usize = 63;
/// Edges that are closer to one another, in twentieths of a point, are one.
const SAME_EDGE: i32 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Body,
    Header,
    FirstHeader,
    Footer,
    FirstFooter,
    TextBox,
}

pub(super) struct Story {
    pub(super) kind: Kind,
    blocks: Vec<Block>,
    /// Of the paragraph in the making.
    runs: Vec<Run>,
    /// Of the run in the making, and its look.
    text: String,
    look: Option<(Character, Option<Rc<str>>)>,
    style: Style,
    pub(super) marker: Option<String>,
    /// Shown after the paragraph.
    pub(super) boxes: Vec<Block>,
    /// The outermost first.
    tables: Vec<Rows>,
    definitions: [Definition; MAX_LEVEL],
}

/// What a row says of itself, in twentieths of a point.
#[derive(Clone, Default)]
struct Definition {
    left: i32,
    /// The right edges of its cells.
    edges: Rc<Vec<i32>>,
}

#[derive(Default)]
struct Rows {
    rows: Vec<(Definition, Vec<Vec<Block>>)>,
    row: Vec<Vec<Block>>,
    cell: Vec<Block>,
}

impl Story {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            blocks: Vec::new(),
            runs: Vec::new(),
            text: String::new(),
            look: None,
            style: Style::default(),
            marker: None,
            boxes: Vec::new(),
            tables: Vec::new(),
            definitions: Default::default(),
        }
    }

    /// Adds text; `style` is asked for when its look is another than the text's before.
    pub(super) fn write(
        &mut self,
        text: &str,
        character: Character,
        link: Option<&Rc<str>>,
        style: impl FnOnce() -> Style,
        budget: &mut Budget,
    ) -> Result<(), PluginError> {
        budget.text(text.len())?;
        let is_same =
            self.look.as_ref().is_some_and(|(last, target)| *last == character && target.as_ref() == link);
        if !is_same {
            self.end_run(budget)?;
            self.look = Some((character, link.cloned()));
            self.style = style();
        }
        self.text.push_str(text);
        Ok(())
    }

    fn end_run(&mut self, budget: &mut Budget) -> Result<(), PluginError> {
        if self.text.is_empty() {
            return Ok(());
        }
        budget.piece()?;
        let link = self.look.as_ref().and_then(|(_, link)| link.as_deref()).map(str::to_owned);
        self.runs.push(Run { link, ..Run::new(std::mem::take(&mut self.text), self.style.clone()) });
        Ok(())
    }

    /// Whether the paragraph in the making holds anything.
    pub(super) fn is_open(&self) -> bool {
        !self.text.is_empty() || !self.runs.is_empty() || !self.boxes.is_empty()
    }

    /// Ends the paragraph, which stands in a table within `level - 1` others.
    pub(super) fn end_paragraph(
        &mut self,
        properties: &ParagraphProperties,
        level: usize,
        base: &Style,
        budget: &mut Budget,
    ) -> Result<(), PluginError> {
        self.end_run(budget)?;
        budget.piece()?;
        let marker = self.marker.take().and_then(|marker| told(&marker));
        let runs = std::mem::take(&mut self.runs);
        if level == 0 && properties.page_break == Some(true) {
            self.place(0, Block::PageBreak);
        }
        self.place(level, Block::Paragraph(Paragraph::new(properties, base, marker.as_deref(), runs)));
        for block in std::mem::take(&mut self.boxes) {
            self.place(level, block);
        }
        Ok(())
    }

    pub(super) fn page_break(&mut self) {
        self.place(0, Block::PageBreak);
    }

    fn place(&mut self, level: usize, block: Block) {
        self.at_level(level);
        match self.tables.last_mut() {
            Some(table) => table.cell.push(block),
            None => self.blocks.push(block),
        }
    }

    /// Opens and closes tables until so many are open.
    fn at_level(&mut self, level: usize) {
        while self.tables.len() > level {
            let Some(table) = self.tables.pop().and_then(Rows::finish) else { continue };
            match self.tables.last_mut() {
                Some(outer) => outer.cell.push(Block::Table(table)),
                None => self.blocks.push(Block::Table(table)),
            }
        }
        while self.tables.len() < level {
            self.tables.push(Rows::default());
        }
    }

    pub(super) fn end_cell(&mut self, level: usize, budget: &mut Budget) -> Result<(), PluginError> {
        budget.piece()?;
        self.at_level(level);
        if let Some(table) = self.tables.last_mut() {
            let cell = std::mem::take(&mut table.cell);
            table.row.push(cell);
        }
        Ok(())
    }

    pub(super) fn end_row(&mut self, level: usize) {
        self.at_level(level);
        let definition = self.definition(level).clone();
        if let Some(table) = self.tables.last_mut() {
            table.end_row(definition);
        }
    }

    fn definition(&mut self, level: usize) -> &mut Definition {
        &mut self.definitions[level.clamp(1, MAX_LEVEL) - 1]
    }

    /// Forgets what was said of the rows before.
    pub(super) fn begin_definition(&mut self, level: usize) {
        *self.definition(level) = Definition::default();
    }

    pub(super) fn set_left(&mut self, level: usize, left: i32) {
        self.definition(level).left = left;
    }

    pub(super) fn add_edge(&mut self, level: usize, edge: i32) {
        let edges = &mut self.definition(level).edges;
        if edges.len() < MAX_COLUMNS {
            Rc::make_mut(edges).push(edge);
        }
    }

    pub(super) fn finish(mut self) -> Vec<Block> {
        self.at_level(0);
        self.blocks
    }
}

/// What stands before a list's item, if it says anything.
fn told(marker: &str) -> Option<String> {
    match marker.trim() {
        "" => None,
        // What the usual bullets are called in the fonts they are drawn with.
        "o" | "·" | "§" | "Ø" | "ü" => Some(BULLET.to_owned()),
        other => Some(other.to_owned()),
    }
}

impl Rows {
    fn end_row(&mut self, definition: Definition) {
        if !self.cell.is_empty() {
            let cell = std::mem::take(&mut self.cell);
            self.row.push(cell);
        }
        if !self.row.is_empty() {
            self.rows.push((definition, std::mem::take(&mut self.row)));
        }
    }

    /// A table, if it has a row; rows that were not ended are.
    fn finish(mut self) -> Option<Table> {
        self.end_row(Definition::default());
        if self.rows.is_empty() {
            return None;
        }
        let edges = edges(&self.rows);
        let mut table = Table {
            columns: edges.windows(2).map(|pair| (pair[1].saturating_sub(pair[0])) as f32 / 20.0).collect(),
            rows: Vec::with_capacity(self.rows.len()),
        };
        for (definition, cells) in self.rows {
            table.rows.push(row(&definition, cells, &edges));
        }
        table.complete();
        Some(table)
    }
}

/// All edges of all rows, from left to right.
fn edges(rows: &[(Definition, Vec<Vec<Block>>)]) -> Vec<i32> {
    let mut edges: Vec<i32> =
        rows.iter().flat_map(|(row, _)| row.edges.iter().copied().chain([row.left])).collect();
    edges.sort_unstable();
    edges.dedup_by(|next, last| next.saturating_sub(*last) < SAME_EDGE);
    edges.truncate(4 * MAX_COLUMNS);
    edges
}

fn row(definition: &Definition, cells: Vec<Vec<Block>>, edges: &[i32]) -> Vec<TableCell> {
    let is_defined = definition.edges.len() >= cells.len();
    // The last edge that is not further right; edges next to one another were made one.
    let column = |edge: i32| edges.partition_point(|known| *known <= edge).saturating_sub(1);
    let mut start = column(definition.left);
    let place = |(index, blocks): (usize, Vec<Block>)| {
        if !is_defined {
            return TableCell { start: index.min(MAX_COLUMNS), columns: 1, blocks };
        }
        let end = column(definition.edges[index]).max(start + 1);
        let cell = TableCell { start, columns: end - start, blocks };
        start = end;
        cell
    };
    cells.into_iter().enumerate().map(place).collect()
}
