//! Entries of an archive: each becomes a résumé as if it were uploaded by itself, and is read when nobody waits for another.

use super::{Fields, Line};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::permissions::Permission;
use crate::resources::imports::faults::{self, RowFault};
use crate::resources::imports::source::{Content, Row, Source};
use crate::resources::imports::{Import, Outcome};
use crate::resources::plugins;
use crate::resources::resumes::actions::Received;
use crate::resources::resumes::{self, media};
use crate::services::Services;
use crate::tasks::Priority;

/// What became of an entry before the change that makes résumés.
pub(crate) enum Stored {
    Received(Fields, Box<Received>),
    /// Nothing more is to be done.
    Line(Line),
}

/// Stores the files. Of a dry run none; their kinds are looked at all the same.
///
/// # Errors
/// `Unavailable`; `Forbidden`.
pub(crate) async fn receive(
    services: &Services,
    importer: &Caller,
    import: &Import,
    source: &mut Source,
    rows: Vec<Row>,
) -> Result<Vec<Stored>> {
    importer.require(Permission::ResumeCreate)?;
    let mut stored = Vec::new();
    for row in rows {
        let entry = match row.content {
            Content::Entry(index) => index,
            _ => continue,
        };
        let fields = Fields { number: row.number, line: None, fields: Ok(serde_json::Map::new()) };
        let archive = source.archive().ok_or_else(|| Error::internal("résumés come in an archive"))?;
        let entry = match archive.entry(entry).await? {
            Ok(entry) => entry,
            Err(fault) => {
                stored.push(Stored::Line(fields.failed(vec![fault])));
                continue;
            }
        };
        if is_aside(&entry.name) {
            let detail = "a hidden file, which some programs add to every archive";
            stored.push(Stored::Line(fields.skipped(None, "hidden_file", detail)));
            continue;
        }
        let received = if import.is_dry_run() {
            let name = resumes::file_name(&entry.name);
            let readable = plugins::using::media_types(services, importer).await?;
            media::determine(&name, &entry.bytes, &readable).map(|_| None)
        } else {
            let caller = importer.preparing();
            let permission = Permission::ResumeCreate;
            resumes::actions::receive(services, &caller, permission, &entry.name, entry.bytes).await.map(Some)
        };
        stored.push(match received {
            Ok(Some(received)) => Stored::Received(fields, Box::new(received)),
            Ok(None) => Stored::Line(fields.became(Outcome::Created, None)),
            Err(error) => Stored::Line(fields.failed(of_entry(error)?)),
        });
    }
    Ok(stored)
}

/// The upload's form has a part of which these faults speak.
fn of_entry(error: Error) -> Result<Vec<RowFault>> {
    let faults = faults::of(error)?;
    Ok(faults.into_iter().map(|fault| RowFault { pointer: "#".into(), ..fault }).collect())
}

/// Files of the system's own beside those somebody put there.
fn is_aside(name: &str) -> bool {
    let parts: Vec<_> = name.split(['/', '\\']).collect();
    parts.contains(&"__MACOSX") || parts.last().is_some_and(|name| name.starts_with('.'))
}

/// Makes résumés of the files, inside a larger change.
///
/// # Errors
/// `Conflict` when a file was swept away meanwhile.
pub(crate) async fn add(
    tx: &mut Tx,
    services: &Services,
    source: Option<&str>,
    stored: Vec<Stored>,
) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for stored in stored {
        lines.push(match stored {
            Stored::Line(line) => line,
            Stored::Received(fields, received) => {
                let source = source.map(str::to_owned);
                let resume =
                    resumes::actions::add(tx, services, *received, None, source, Priority::Low).await?;
                fields.became(Outcome::Created, Some(resume.id.to_string()))
            }
        });
    }
    Ok(lines)
}
