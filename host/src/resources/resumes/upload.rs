//! Reads the multipart form of an upload, counting bytes as they come.

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use utoipa::ToSchema;

use super::actions::Upload;
use crate::error::{Error, Result};
pub(crate) use crate::http::body::{limited, unreadable as broken};
use crate::ids::{CandidateId, JobId};

/// What the form may weigh beside the file.
pub(crate) const FORM_BYTES: usize = 64 << 10;

const MAX_SOURCE: usize = 200;

/// The form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; the parts are read one by one")]
pub struct UploadForm {
    /// A PDF, DOCX, ODT, RTF, text, Markdown or HTML file. The content decides what it is, not the part's media type.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    /// Whose résumé it is, if known.
    candidate_id: Option<CandidateId>,
    /// An open or paused job: whoever the résumé is of applies for it with this résumé, as soon as that is known.
    job_id: Option<JobId>,
    /// Where it came from, in your words.
    #[schema(max_length = 200, example = "careers page")]
    source: Option<String>,
}

/// The form of an upload of one's own résumé.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; the parts are read one by one")]
pub struct OwnUploadForm {
    /// A PDF, DOCX, ODT, RTF, text, Markdown or HTML file. The content decides what it is, not the part's media type.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    /// Where it came from, in your words.
    #[schema(max_length = 200, example = "careers page")]
    source: Option<String>,
}

/// # Errors
/// `Malformed`, `TooLarge`, or `Invalid` with the part at fault.
pub(crate) async fn receive(mut form: Multipart, max_bytes: u64) -> Result<Upload> {
    let mut file = None;
    let mut candidate = None;
    let mut job = None;
    let mut source = None;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let twice = || Error::invalid(name.as_str(), "given_twice", "this part is there more than once");
        match name.as_str() {
            "file" if file.is_some() => return Err(twice()),
            "file" => {
                let file_name = field.file_name().unwrap_or_default().to_owned();
                file = Some((file_name, limited(field, max_bytes).await?));
            }
            "candidate_id" if candidate.is_some() => return Err(twice()),
            "candidate_id" => {
                let id = text(field).await?;
                let parsed = id.parse::<CandidateId>();
                candidate =
                    Some(parsed.map_err(|e| Error::invalid("candidate_id", "invalid_id", e.to_string()))?);
            }
            "job_id" if job.is_some() => return Err(twice()),
            "job_id" => {
                let parsed = text(field).await?.parse::<JobId>();
                job = Some(parsed.map_err(|e| Error::invalid("job_id", "invalid_id", e.to_string()))?);
            }
            "source" if source.is_some() => return Err(twice()),
            "source" => source = Some(text(field).await?).filter(|source| !source.is_empty()),
            _ => {
                let detail = "the form has the parts file, candidate_id, job_id and source";
                return Err(Error::invalid(name, "unknown_part", detail));
            }
        }
    }
    let Some((file_name, bytes)) = file else {
        return Err(Error::invalid("file", "missing", "the form has no part `file`"));
    };
    Ok(Upload { file_name, bytes, candidate, job, source })
}

async fn text(field: Field<'_>) -> Result<String> {
    let name = field.name().unwrap_or_default().to_owned();
    let text = field.text().await.map_err(broken)?;
    let text = text.trim();
    if text.chars().count() > MAX_SOURCE || text.chars().any(char::is_control) {
        let detail = format!("at most {MAX_SOURCE} characters in one line");
        return Err(Error::invalid(name, "invalid_text", detail));
    }
    Ok(text.into())
}
