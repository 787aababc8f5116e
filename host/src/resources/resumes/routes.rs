//! Résumés on the wire.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::upload::{self, OwnUploadForm, UploadForm};
use super::{Parse, Resume, Status, actions, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::body::{Id, Json, Params};
use crate::http::page::{Page, PageParams};
use crate::ids::{CandidateId, MemberId, ParseId, ResumeId};
use crate::json_resume;
use crate::permissions::Permission;
use crate::resources::{candidates, files};
use crate::services::Services;
use crate::unified_resume::{Evidence, UnifiedResume};

pub fn router(upload_max_bytes: u64) -> OpenApiRouter<Services> {
    let uploads = usize::try_from(upload_max_bytes).unwrap_or(usize::MAX).saturating_add(upload::FORM_BYTES);
    OpenApiRouter::new()
        .routes(routes!(create).layer(DefaultBodyLimit::max(uploads)))
        .routes(routes!(list_own))
        .routes(routes!(create_own).layer(DefaultBodyLimit::max(uploads)))
        .routes(routes!(read))
        .routes(routes!(file))
        .routes(routes!(unified))
        .routes(routes!(read_again))
}

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
    fn of(resume: Resume, parse: Option<Parse>) -> Self {
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
            created_by,
            created_at,
            updated_at,
            version,
        } = resume;
        let error = error_code.map(|code| ResumeError { code, detail: error_detail.unwrap_or_default() });
        Self {
            id,
            candidate_id,
            status,
            error,
            file: FileView { name: file_name, media_type, size, sha256 },
            source,
            parse: parse.map(ParseView::of),
            created_by,
            created_at,
            updated_at,
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

/// Upload a résumé
///
/// Stores the file and answers at once; a worker reads it. Ask `GET /v1/resumes/{id}` until `status` is `success` or
/// `failed`. Without `candidate_id` the candidate is made from what was read, or found by e-mail address among this
/// tenant's candidates.
#[utoipa::path(
    post, path = "/v1/resumes", tag = "résumés",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, description = "Accepted: stored, and waiting to be read", body = ResumeView,
            headers(("location" = String, description = "Where to ask for the résumé"))),
        (status = 400, description = "`malformed_request`: not a multipart form, or it broke off"),
        (status = 404, description = "`not_found`: no such candidate in this tenant"),
        (status = 413, description = "`too_large`: the file is larger than the server takes"),
        (status = 415, description = "`unsupported_media_type`: no installed plugin reads this kind of file"),
    ),
    extensions(("x-permission" = json!("resume:create")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response> {
    // Before the body: nobody sends a file for nothing.
    caller.require(Permission::ResumeCreate)?;
    let upload = received(&services, form).await?;
    let resume = actions::create(&services, &caller, upload).await?;
    Ok(accepted(resume))
}

async fn received(
    services: &Services,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<actions::Upload> {
    let form = form.map_err(|rejection| Error::Malformed {
        detail: format!(
            "send the file as multipart/form-data in the part `file` ({})",
            rejection.body_text()
        ),
    })?;
    upload::receive(form, services.config.upload_max_bytes).await
}

/// List one's own résumés
///
/// For a member who is a candidate; newest first.
#[utoipa::path(
    get, path = "/v1/me/resumes", tag = "me", params(PageParams),
    responses(
        (status = 200, body = Page<ResumeView>, headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
        (status = 404, description = "`not_found`: the member is no candidate"),
    ),
    extensions(("x-permission" = json!("me:read")))
)]
async fn list_own(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ResumeView>> {
    let (mut tx, _) = services.db.read_within(&caller, Permission::MeRead).await?;
    let own = candidates::actions::oneself(&mut tx).await?;
    let list = format!("résumés of {own} in {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let rows = store::list_of(&mut tx, own, position).await?;
    tx.commit().await?;
    let id = |row: &Resume| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, |row| ResumeView::of(row, None)))
}

/// Upload one's own résumé
///
/// For a member who is a candidate: as `POST /v1/resumes`, without `candidate_id`.
#[utoipa::path(
    post, path = "/v1/me/resumes", tag = "me",
    request_body(content = OwnUploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, description = "Accepted: stored, and waiting to be read", body = ResumeView),
        (status = 400, description = "`malformed_request`: not a multipart form, or it broke off"),
        (status = 404, description = "`not_found`: the member is no candidate"),
        (status = 413, description = "`too_large`: the file is larger than the server takes"),
        (status = 415, description = "`unsupported_media_type`: no installed plugin reads this kind of file"),
    ),
    extensions(("x-permission" = json!("me:write")))
)]
async fn create_own(
    State(services): State<Services>,
    caller: Caller,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Response> {
    caller.reach(Permission::MeWrite)?;
    let upload = received(&services, form).await?;
    if upload.candidate.is_some() {
        let detail = "one's own résumé is one's own; leave candidate_id out";
        return Err(Error::invalid("candidate_id", "not_here", detail));
    }
    Ok(accepted(actions::create_own(&services, &caller, upload).await?))
}

fn accepted(resume: Resume) -> Response {
    let location = format!("/v1/resumes/{}", resume.id);
    let body = axum::Json(ResumeView::of(resume, None));
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response()
}

/// Read a résumé's state
#[utoipa::path(
    get, path = "/v1/resumes/{id}", tag = "résumés", params(("id" = ResumeId, Path)),
    responses((status = 200, body = ResumeView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("resume:read")))
)]
async fn read(State(services): State<Services>, caller: Caller, Id(id): Id<ResumeId>) -> Result<Response> {
    let mut tx = services.db.read(&caller, Permission::ResumeRead).await?;
    let resume = store::get(&mut tx, id).await?;
    let parse = match resume.parse_id {
        Some(parse) => store::find_parse(&mut tx, parse).await?,
        None => None,
    };
    tx.commit().await?;
    let etag = format!("\"{}\"", resume.version);
    Ok(([(header::ETAG, etag)], axum::Json(ResumeView::of(resume, parse))).into_response())
}

/// Download a résumé's file
///
/// The bytes as they were received, as an attachment.
#[utoipa::path(
    get, path = "/v1/resumes/{id}/file", tag = "résumés", params(("id" = ResumeId, Path)),
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>,
        headers(("content-disposition" = String, description = "`attachment`, with the file's name")))),
    extensions(("x-permission" = json!("resume:read")))
)]
async fn file(State(services): State<Services>, caller: Caller, Id(id): Id<ResumeId>) -> Result<Response> {
    let mut tx = services.db.read(&caller, Permission::ResumeRead).await?;
    let resume = store::get(&mut tx, id).await?;
    let file = files::store::get(&mut tx, resume.file_id).await?;
    tx.commit().await?;
    let bytes = services.blobs.get(&file.blob_key).await?;
    let headers = [
        (header::CONTENT_TYPE, resume.media_type),
        (header::CONTENT_DISPOSITION, attachment(&resume.file_name)),
        // A candidate's HTML must not run as a page of ours.
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".into()),
    ];
    Ok((headers, Body::from(bytes)).into_response())
}

/// RFC 6266: a name in ASCII for old clients, the whole one percent-encoded (RFC 8187).
fn attachment(name: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let ascii: String = name.chars().map(|c| if is_plain(&c) { c } else { '_' }).collect();
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

/// In which shape, and with what beside it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UnifiedParams {
    #[param(inline)]
    #[serde(default)]
    format: Format,
    /// `evidence` adds `evidence`: page, box and confidence of every value, by JSON Pointer.
    #[param(inline)]
    include: Option<Include>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Format {
    #[default]
    Unified,
    JsonResume,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Include {
    Evidence,
}

/// What a résumé says
///
/// The UnifiedResume of the latest successful reading: every field optional, dates in ISO 8601 of any precision.
/// `format=json-resume` answers the same as a JSON Resume (jsonresume.org).
#[utoipa::path(
    get, path = "/v1/resumes/{id}/unified", tag = "résumés", params(("id" = ResumeId, Path), UnifiedParams),
    responses(
        (status = 200, body = UnifiedResume),
        (status = 409, description = "`not_read_yet`: wait until the status is `success`; `reading_failed`: it could not be read"),
    ),
    extensions(("x-permission" = json!("resume:read")))
)]
async fn unified(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ResumeId>,
    Params(params): Params<UnifiedParams>,
) -> Result<axum::Json<Value>> {
    if params.format == Format::JsonResume && params.include.is_some() {
        let detail = "evidence points into the unified format; leave format or include out";
        return Err(Error::invalid("include", "not_with_this_format", detail));
    }
    let mut tx = services.db.read(&caller, Permission::ResumeRead).await?;
    let resume = store::get(&mut tx, id).await?;
    let Some(parse) = resume.parse_id else { return Err(unread(&resume)) };
    let parse = store::get_parse(&mut tx, parse).await?;
    tx.commit().await?;
    let unified = parse.unified.map(|unified| unified.0).unwrap_or_default();
    if params.format == Format::JsonResume {
        return Ok(axum::Json(json_resume::from_unified(&unified)));
    }
    let mut body = serde_json::to_value(unified).map_err(anyhow::Error::new)?;
    if params.include == Some(Include::Evidence) {
        let evidence: Vec<_> = parse.evidence.map(|evidence| evidence.0).unwrap_or_default();
        body["evidence"] = evidence.into_iter().map(evidence_view).collect();
    }
    Ok(axum::Json(body))
}

fn evidence_view(evidence: Evidence) -> Value {
    let Evidence { pointer, page, rect, confidence } = evidence;
    // The shortest decimal of the single: 0.9, not 0.8999999761581421.
    let short = |number: f32| number.to_string().parse::<f64>().unwrap_or_default();
    let rect = rect.map(|r| json!([short(r.x), short(r.y), short(r.width), short(r.height)]));
    json!({ "pointer": pointer, "page": page, "box": rect, "confidence": short(confidence) })
}

fn unread(resume: &Resume) -> Error {
    match resume.status {
        Status::Failed => {
            let why = resume.error_detail.as_deref().unwrap_or("see the résumé's error");
            Error::Conflict {
                code: "reading_failed", detail: format!("the résumé could not be read: {why}")
            }
        }
        Status::Pending | Status::Processing | Status::Success => Error::Conflict {
            code: "not_read_yet",
            detail: "the résumé is still being read; ask again in a moment".into(),
        },
    }
}

/// Another reading.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParse {
    /// Id of an installed parser; the tenant's own choice when absent.
    #[schema(example = "mortise/resume-parser")]
    parser: Option<String>,
}

/// Read a résumé again
///
/// With the parser named, or the tenant's own. The result so far stays until the new reading succeeds.
#[utoipa::path(
    post, path = "/v1/resumes/{id}/parses", tag = "résumés", params(("id" = ResumeId, Path)),
    request_body = NewParse,
    responses(
        (status = 202, description = "Accepted: waiting to be read", body = ResumeView),
        (status = 409, description = "`reading_under_way`: the résumé is being read already"),
    ),
    extensions(("x-permission" = json!("resume:parse")))
)]
async fn read_again(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ResumeId>,
    Json(new): Json<NewParse>,
) -> Result<Response> {
    let resume = actions::read_again(&services, &caller, id, new.parser).await?;
    Ok(accepted(resume))
}
