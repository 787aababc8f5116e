//! What becomes of rows: each is made, or not, by the rules of what it is. Decides which errors are a row's own, and keeps
//! count of what a dry run would have made.

pub mod applications;
pub mod candidates;
pub mod jobs;
pub mod resumes;

use std::collections::HashSet;

use serde_json::{Map, Value};
use sqlx::types::Json;

use super::faults::{self, RowFault};
use super::source::{Row, Source};
use super::{Import, Kind, Line, Outcome};
use crate::caller::Caller;
use crate::db::Tx;
use crate::digest;
use crate::error::Result;
use crate::resources::custom_fields::{CustomField, Subject};
use crate::services::Services;

/// A row as it was read.
#[derive(Clone, Debug)]
pub struct Fields {
    pub number: i64,
    pub line: Option<i64>,
    pub fields: std::result::Result<Map<String, Value>, RowFault>,
}

impl Fields {
    pub fn of(row: Row, source: &Source, definitions: &[CustomField]) -> Self {
        let Row { number, line, content } = row;
        Self { number, line, fields: source.fields(content, definitions) }
    }

    fn became(&self, outcome: Outcome, object: Option<String>) -> Line {
        Line { number: self.number, line: self.line, outcome, object_id: object, faults: None }
    }

    fn skipped(&self, object: Option<String>, code: &str, detail: &str) -> Line {
        let faults = Some(Json(vec![RowFault::of_row(code, detail)]));
        Line { faults, ..self.became(Outcome::Skipped, object) }
    }

    fn failed(&self, faults: Vec<RowFault>) -> Line {
        Line { faults: Some(Json(faults)), ..self.became(Outcome::Failed, None) }
    }
}

/// What rows are made with.
pub struct Desk<'a> {
    pub services: &'a Services,
    pub importer: &'a Caller,
    pub import: &'a Import,
    pub definitions: &'a [CustomField],
    pub seen: &'a mut Seen,
}

/// What a dry run would have made, as far as another row could name it again: 8 bytes each, of at most as many rows as a file
/// may have.
#[derive(Debug, Default)]
pub struct Seen(HashSet<u64>);

impl Seen {
    fn contains(&self, name: &str) -> bool {
        self.0.contains(&short(name))
    }

    fn add(&mut self, name: &str) {
        self.0.insert(short(name));
    }

    /// Remembers a row that an earlier run of the task has looked at.
    pub(crate) fn remember(&mut self, kind: Kind, row: &Fields) {
        let Ok(fields) = &row.fields else { return };
        let names = match kind {
            Kind::Candidates => candidates::names(fields.clone()),
            Kind::Jobs => jobs::name(fields).into_iter().collect(),
            Kind::Applications => applications::name(fields).into_iter().collect(),
            Kind::Resumes => Vec::new(),
        };
        names.iter().for_each(|name| self.add(name));
    }
}

fn short(name: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = digest::sha256(name.as_bytes());
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// What custom fields the rows may have.
pub fn subject(kind: Kind) -> Option<Subject> {
    match kind {
        Kind::Candidates => Some(Subject::Candidate),
        Kind::Jobs => Some(Subject::Job),
        Kind::Applications => Some(Subject::Application),
        Kind::Resumes => None,
    }
}

/// Makes what the rows say, inside a larger change. Of a dry run nothing is left.
///
/// # Errors
/// Those that no row is to blame for: then nothing of all this has happened.
pub async fn make(tx: &mut Tx, desk: &mut Desk<'_>, rows: &[Fields]) -> Result<Vec<Line>> {
    match desk.import.kind {
        Kind::Candidates => candidates::make(tx, desk, rows).await,
        Kind::Jobs | Kind::Applications => one_by_one(tx, desk, rows).await,
        // Files are stored before the change that needs them.
        Kind::Resumes => Ok(Vec::new()),
    }
}

async fn one_by_one(tx: &mut Tx, desk: &mut Desk<'_>, rows: &[Fields]) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for row in rows {
        let fields = match &row.fields {
            Ok(fields) => fields.clone(),
            Err(fault) => {
                lines.push(row.failed(vec![fault.clone()]));
                continue;
            }
        };
        tx.begin_part().await?;
        let made = match desk.import.kind {
            Kind::Jobs => jobs::make(tx, desk, row, fields).await,
            _ => applications::make(tx, desk, row, fields).await,
        };
        if made.is_ok() && !desk.import.is_dry_run() {
            tx.keep_part().await?;
        } else {
            tx.undo_part().await?;
        }
        lines.push(match made {
            Ok(line) if desk.import.is_dry_run() && line.outcome == Outcome::Created => {
                Line { object_id: None, ..line }
            }
            Ok(line) => line,
            Err(error) => row.failed(faults::of(error)?),
        });
    }
    Ok(lines)
}

/// Fields that say what the server says of a thing, and nobody else: a row that was exported has them.
fn without(mut fields: Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    names.iter().for_each(|name| drop(fields.remove(*name)));
    fields
}
