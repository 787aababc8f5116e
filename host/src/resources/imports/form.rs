//! Reads the multipart form of an import. The file goes to the file store as it comes; it is never whole in memory.

use std::collections::BTreeMap;

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use futures::TryStreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use super::actions::New;
use super::{Format, Kind, OnDuplicate};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::permissions::Permission;
use crate::resources::files::{self, File};
use crate::resources::resumes::upload;
use crate::services::Services;

/// The form of an import.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; the parts are read one by one")]
pub struct ImportForm {
    /// NDJSON (`.ndjson`, `.jsonl`), CSV with a heading, or a ZIP of résumés: by the part's media type, else by its
    /// file name.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    kind: Kind,
    /// Looks at everything and keeps nothing but the report.
    #[schema(default = false)]
    dry_run: Option<bool>,
    /// Of candidates whose e-mail address is known already.
    #[schema(value_type = Option<OnDuplicate>, default = "skip")]
    on_duplicate: Option<OnDuplicate>,
    /// JSON: what columns of a table stand for by their heading, as `{"Work e-mail": "emails", "Notes": null}`.
    #[schema(example = json!("{\"Work e-mail\": \"emails\", \"Notes\": null}"))]
    columns: Option<String>,
    /// Of a text that is neither UTF-8 nor begins with a byte order mark; a label of the WHATWG Encoding Standard.
    #[schema(example = "windows-1252")]
    encoding: Option<String>,
    /// Where résumés came from, in your words.
    #[schema(max_length = 200, example = "the old system")]
    source: Option<String>,
}

/// A part of the form that is no file.
const MAX_PART: usize = 64 << 10;

const PARTS: [&str; 7] = ["file", "kind", "dry_run", "on_duplicate", "columns", "encoding", "source"];

/// Stores the file and reads what is to be made of it.
///
/// # Errors
/// `Malformed`, `TooLarge`, `UnsupportedMedia`, or `Invalid` with the part at fault; `Unavailable`.
pub async fn receive(services: &Services, caller: &Caller, mut form: Multipart) -> Result<(New, File)> {
    let mut file = None;
    let mut texts = BTreeMap::new();
    while let Some(field) = form.next_field().await.map_err(upload::broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let is_twice = texts.contains_key(&name) || (name == "file" && file.is_some());
        if is_twice {
            return Err(Error::invalid(name, "given_twice", "this part is there more than once"));
        }
        if !PARTS.contains(&name.as_str()) {
            let detail = format!("the form has the parts {}", PARTS.join(", "));
            return Err(Error::invalid(name, "unknown_part", detail));
        }
        if name == "file" {
            let format = format(&field);
            file = Some((format, store(services, caller, field).await?));
        } else {
            let bytes = upload::limited(field, MAX_PART as u64).await?;
            let text = std::str::from_utf8(&bytes).map(|text| text.trim().to_owned());
            let text = text.map_err(|_| Error::invalid(&*name, "invalid_text", "a text in UTF-8"))?;
            texts.insert(name, text);
        }
    }
    let Some((format, file)) = file else {
        return Err(Error::invalid("file", "missing", "the form has no part `file`"));
    };
    let mut text = |name: &str| texts.remove(name).filter(|text| !text.is_empty());
    let kind = text("kind").ok_or_else(|| Error::invalid("kind", "missing", "say what the rows are"))?;
    let kind: Kind = word("kind", &kind)?;
    let unknown = "send NDJSON, CSV or a ZIP archive, and say so by the part's media type or file name";
    let format = format.ok_or_else(|| Error::UnsupportedMedia { detail: unknown.into() })?;
    let on_duplicate: Option<OnDuplicate> =
        text("on_duplicate").map(|given| word("on_duplicate", &given)).transpose()?;
    let new = New {
        kind,
        format,
        is_dry_run: text("dry_run").map(|given| flag("dry_run", &given)).transpose()?.unwrap_or_default(),
        on_duplicate: on_duplicate.unwrap_or_default(),
        columns: text("columns").map(|given| columns(&given)).transpose()?,
        encoding: text("encoding"),
        source: text("source"),
    };
    Ok((new, file))
}

async fn store(services: &Services, caller: &Caller, field: Field<'_>) -> Result<File> {
    let pieces = Box::pin(field.map_err(upload::broken));
    let most = services.config.import_max_bytes;
    files::actions::receive_pieces(services, &caller.preparing(), Permission::ImportWrite, pieces, most).await
}

fn format(field: &Field<'_>) -> Option<Format> {
    let media_type = field.content_type().unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let name = field.file_name().unwrap_or_default().to_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    match media_type.as_str() {
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => {
            Some(Format::Ndjson)
        }
        "text/csv" | "application/csv" => Some(Format::Csv),
        "application/zip" | "application/x-zip-compressed" => Some(Format::Zip),
        _ => match ending {
            "ndjson" | "jsonl" => Some(Format::Ndjson),
            "csv" | "tsv" => Some(Format::Csv),
            "zip" => Some(Format::Zip),
            _ => None,
        },
    }
}

fn word<T: DeserializeOwned>(part: &str, given: &str) -> Result<T> {
    let read = serde_json::from_value(Value::from(given));
    read.map_err(|error| Error::invalid(part, "invalid_value", error.to_string()))
}

fn flag(part: &str, given: &str) -> Result<bool> {
    given.parse().map_err(|_| Error::invalid(part, "invalid_value", "true or false"))
}

fn columns(given: &str) -> Result<BTreeMap<String, Option<String>>> {
    let detail = "a JSON object of headings and the fields they stand for, as {\"Work e-mail\": \"emails\"}";
    if given.contains("\\u0000") {
        return Err(Error::invalid("columns", "null_character", "a text cannot hold the character U+0000"));
    }
    serde_json::from_str(given).map_err(|_| Error::invalid("columns", "invalid_value", detail))
}
