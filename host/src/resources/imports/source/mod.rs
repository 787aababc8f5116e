//! The rows of a file, one after the other, whatever its size: a text's lines, a table's records, an archive's entries. A
//! row that cannot be read is a row with a fault; what makes the whole file unreadable is an error.

pub mod archive;
pub mod lines;
pub mod table;
pub mod text;

use serde_json::{Map, Value};

use super::columns::Columns;
use super::faults::RowFault;
use super::{Format, Import};
use crate::error::Result;
use crate::resources::custom_fields::CustomField;
use crate::services::Services;

/// What a row may weigh, as the body of a request.
pub const LONGEST_ROW: usize = 1 << 20;

/// One row.
#[derive(Debug)]
pub struct Row {
    /// From 1.
    pub number: i64,
    /// Where it begins, from 1; of texts.
    pub line: Option<i64>,
    pub content: Content,
}

#[derive(Debug)]
pub enum Content {
    /// A line of JSON.
    Json(Vec<u8>),
    /// The cells of a table's row, as many as it has columns.
    Cells(Vec<String>),
    /// Which entry of an archive.
    Entry(usize),
    Broken(RowFault),
}

impl Content {
    /// What it takes in memory.
    pub fn weight(&self) -> usize {
        match self {
            Content::Json(line) => line.len(),
            Content::Cells(cells) => cells.iter().map(String::len).sum(),
            Content::Entry(_) | Content::Broken(_) => 0,
        }
    }
}

/// A file, open at its first row.
pub enum Source {
    Lines(lines::Lines),
    Table(Box<table::Table>),
    Archive(archive::Archive),
}

impl Source {
    /// # Errors
    /// `Invalid` when the file cannot be read at all; `NotFound` and `Unavailable` from the file store.
    pub async fn open(services: &Services, import: &Import, blob_key: &str) -> Result<Self> {
        let pieces = services.blobs.get_pieces(blob_key).await?;
        let encoding = import.encoding.as_deref();
        Ok(match import.format {
            Format::Ndjson => Source::Lines(lines::Lines::new(text::Text::new(pieces, encoding))),
            Format::Csv => {
                let text = text::Text::new(pieces, encoding);
                Source::Table(Box::new(table::Table::open(text, import).await?))
            }
            Format::Zip => Source::Archive(archive::Archive::open(services, pieces).await?),
        })
    }

    /// The next row; nothing after the last.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub async fn next(&mut self) -> Result<Option<Row>> {
        match self {
            Source::Lines(lines) => lines.next().await,
            Source::Table(table) => table.next().await,
            Source::Archive(archive) => Ok(archive.next_file()),
        }
    }

    /// What a row of a text says, by the names of its fields.
    ///
    /// # Errors
    /// What is wrong with the row.
    pub fn fields(
        &self,
        content: Content,
        definitions: &[CustomField],
    ) -> std::result::Result<Map<String, Value>, RowFault> {
        match content {
            Content::Json(line) => lines::object(&line),
            Content::Cells(cells) => Ok(self.columns().object(cells, definitions)),
            Content::Broken(fault) => Err(fault),
            Content::Entry(_) => Err(RowFault::of_row("not_a_row", "an entry of an archive has no fields")),
        }
    }

    /// How whoever made the file calls the places in it.
    pub fn places(&self) -> Places {
        Places(match self {
            Source::Table(table) => Some(table.columns().clone()),
            Source::Lines(_) | Source::Archive(_) => None,
        })
    }

    fn columns(&self) -> &Columns {
        match self {
            Source::Table(table) => table.columns(),
            Source::Lines(_) | Source::Archive(_) => Columns::NONE,
        }
    }

    pub fn archive(&mut self) -> Option<&mut archive::Archive> {
        match self {
            Source::Archive(archive) => Some(archive),
            Source::Lines(_) | Source::Table(_) => None,
        }
    }
}

/// Names of places: a table's are its headings, all others their pointers.
pub struct Places(Option<Columns>);

impl Places {
    /// The fault, at the place as it is called in the file.
    pub fn name(&self, fault: RowFault) -> RowFault {
        match &self.0 {
            Some(columns) => RowFault { pointer: columns.heading(&fault.pointer), ..fault },
            None => fault,
        }
    }
}
