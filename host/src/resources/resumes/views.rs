//! Résumés as they are sent.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Parse, Resume, Status};
use crate::ids::{CandidateId, MemberId, ParseId, ResumeId};

/// A résumé: the file and how its latest reading stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResumeView {
    pub id: ResumeId,
    /// Known once the résumé has been read, or from the start when the upload named one.
    pub candidate_id: Option<CandidateId>,
    pub status: Status,
    /// Why it could not be read; only with status `failed`.
    pub error: Option<ResumeError>,
    pub file: FileView,
    #[schema(example = "careers page")]
    pub source: Option<String>,
    /// The reading whose result `/unified` answers.
    pub parse: Option<ParseView>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Only of what was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// Why a résumé could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResumeError {
    /// A stable word of the plugin's or the server's.
    #[schema(example = "no_text_layer")]
    pub code: String,
    #[schema(example = "The PDF holds only pictures of text; it needs OCR.")]
    pub detail: String,
}

/// The file as it was received.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    /// Empty of what was deleted.
    #[schema(example = "ada.pdf")]
    pub name: String,
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// In bytes.
    #[schema(example = 48211)]
    pub size: i64,
    /// Lower-case hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
}

/// One reading of a résumé.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParseView {
    pub id: ParseId,
    /// Who read it.
    pub parser: Option<ParserView>,
    /// BCP 47 tag of the language the résumé is written in.
    #[schema(example = "en")]
    pub language: Option<String>,
    /// What was doubtful.
    pub warnings: Vec<String>,
    /// Time in the plugins, in milliseconds.
    #[schema(example = 11.5)]
    pub duration_ms: Option<f64>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A version of a plugin.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParserView {
    #[schema(example = "mortise/resume-parser")]
    pub id: String,
    #[schema(example = "0.1.0")]
    pub version: String,
    /// SHA-256 of the component.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub digest: String,
}

impl ResumeView {
    pub(crate) fn of(resume: Resume, parse: Option<Parse>) -> Self {
        let Resume {
            id,
            candidate_id,
            file_id: _,
            file_name,
            media_type,
            size,
            sha256,
            source,
            status,
            error_code,
            error_detail,
            parse_id: _,
            corrections: _,
            created_by,
            created_at,
            updated_at,
            deleted_at,
            version,
        } = resume;
        // Often a person's.
        let name = if deleted_at.is_none() { file_name } else { String::new() };
        let error = error_code.map(|code| ResumeError { code, detail: error_detail.unwrap_or_default() });
        Self {
            id,
            candidate_id,
            status,
            error,
            file: FileView { name, media_type, size, sha256 },
            source,
            parse: parse.map(ParseView::of),
            created_by,
            created_at,
            updated_at,
            deleted_at,
            version,
        }
    }
}

impl ParseView {
    fn of(parse: Parse) -> Self {
        let parser = parse.parser.map(|parser| {
            let crate::hooks::PluginRef { id, version, kind: _, digest } = parser.0;
            ParserView { id, version, digest }
        });
        // Milliseconds of a few thousands: far from where a double loses digits.
        let millis =
            |micros: i64| std::time::Duration::from_micros(micros.unsigned_abs()).as_secs_f64() * 1000.0;
        Self {
            id: parse.id,
            parser,
            language: parse.language,
            warnings: parse.warnings.map(|warnings| warnings.0).unwrap_or_default(),
            duration_ms: parse.wall_micros.map(millis),
            finished_at: parse.finished_at,
        }
    }
}
