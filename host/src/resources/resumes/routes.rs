//! Résumés on the wire.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::listing::{self, Filter};
use super::upload::{self, UploadForm};
use super::views::ResumeView;
use super::{Resume, Status, actions, again, content, own, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{CandidateId, ResumeId};
use crate::permissions::Permission;
use crate::resources::{candidates, files};
use crate::services::Services;

pub fn router(upload_max_bytes: u64) -> OpenApiRouter<Services> {
    let uploads = usize::try_from(upload_max_bytes).unwrap_or(usize::MAX).saturating_add(upload::FORM_BYTES);
    OpenApiRouter::new()
        .routes(routes!(create).layer(DefaultBodyLimit::max(uploads)))
        .routes(routes!(list))
        .routes(routes!(list_of_candidate))
        .routes(routes!(read, delete))
        .routes(routes!(file))
        .routes(routes!(read_again))
        .merge(content::router())
        .merge(again::routes::router())
        .merge(own::router(uploads))
}

/// Upload a résumé
///
/// Stores the file and answers at once; a worker reads it. Ask `GET /v1/resumes/{id}` until `status` is `success` or
/// `failed`. Without `candidate_id` the candidate is made from what was read, or found by e-mail address among this
/// tenant's candidates. With `job_id` they apply for that job, unless they do already or were turned down for it: this needs
/// `application:write` as well.
#[utoipa::path(
    post, path = "/v1/resumes", tag = "résumés",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, description = "Accepted: stored, and waiting to be read", body = ResumeView,
            headers(("location" = String, description = "Where to ask for the résumé"))),
        (status = 400, description = "`malformed_request`: not a multipart form, or it broke off"),
        (status = 403, description = "`forbidden`, or `not_for_a_job`: `job_id` needs `application:write` as well"),
        (status = 404, description = "`not_found`: no such candidate or job in this tenant"),
        (status = 409, description = "`job_not_open`: the job takes no applications"),
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

pub(super) async fn received(
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

/// Which résumés.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ResumeParams {
    /// Of this candidate.
    candidate_id: Option<CandidateId>,
    /// Whose latest reading stands so.
    #[param(inline)]
    status: Option<Status>,
    /// Changed after this instant, and in the order of their changes: to keep a copy. Changes may become visible out of
    /// order, so ask the next time from a minute before the last `updated_at` you saw; what you have seen comes again
    /// with the same version.
    updated_after: Option<DateTime<Utc>>,
    /// Also those that were deleted; they have `deleted_at`.
    #[serde(default)]
    #[param(default = false)]
    include_deleted: bool,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List résumés
///
/// Newest first, or with `updated_after` in the order of their changes. With a role for single departments or jobs those
/// of who applied there.
#[utoipa::path(
    get, path = "/v1/resumes", tag = "résumés", params(ResumeParams),
    responses((status = 200, body = Page<ResumeView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("resume:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<ResumeParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ResumeView>> {
    let ResumeParams { candidate_id, status, updated_after, include_deleted, limit, cursor } = params;
    let filter = Filter { candidate_id, status, include_deleted };
    let list = format!("résumés of {} after {updated_after:?} with {filter:?}", caller.tenant);
    let order = PageParams { limit, cursor }.order(&services.keys, &list, updated_after)?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ResumeRead).await?;
    let rows = listing::store::list(&mut tx, &reach, &filter, order).await?;
    tx.commit().await?;
    let key = |row: &Resume| (row.updated_at, row.id.uuid());
    Ok(Page::in_order(rows, order, &services.keys, &list, &uri, key, |row| ResumeView::of(row, None)))
}

/// List a candidate's résumés
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/candidates/{id}/resumes", tag = "résumés", params(("id" = CandidateId, Path), PageParams),
    responses((status = 200, body = Page<ResumeView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("resume:read")))
)]
async fn list_of_candidate(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ResumeView>> {
    let list = format!("résumés of {id} in {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ResumeRead).await?;
    candidates::actions::get_within(&mut tx, &reach, id).await?;
    let rows = store::list_of(&mut tx, id, position).await?;
    tx.commit().await?;
    let key = |row: &Resume| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, key, |row| ResumeView::of(row, None)))
}

fn accepted(resume: Resume) -> Response {
    let location = format!("/v1/resumes/{}", resume.id);
    waiting(&location, resume)
}

/// It is there, and waits to be read.
pub(super) fn waiting(location: &str, resume: Resume) -> Response {
    let body = axum::Json(ResumeView::of(resume, None));
    (StatusCode::ACCEPTED, [(header::LOCATION, location.to_owned())], body).into_response()
}

/// Read a résumé's state
#[utoipa::path(
    get, path = "/v1/resumes/{id}", tag = "résumés", params(("id" = ResumeId, Path)),
    responses((status = 200, body = ResumeView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("resume:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ResumeId>,
) -> Result<Versioned<ResumeView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ResumeRead).await?;
    let resume = actions::get_within(&mut tx, &reach, id).await?;
    view(tx, resume).await
}

/// The résumé with the reading whose result counts.
pub(super) async fn view(mut tx: Tx, resume: Resume) -> Result<Versioned<ResumeView>> {
    let parse = match resume.parse_id {
        Some(parse) => store::find_parse(&mut tx, parse).await?,
        None => None,
    };
    tx.commit().await?;
    Ok(Versioned(resume.version, ResumeView::of(resume, parse)))
}

/// Delete a résumé
///
/// With its file and all that was read from it. The candidate stays, and has the profile of what was read before from
/// another résumé, if there is one.
#[utoipa::path(
    delete, path = "/v1/resumes/{id}", tag = "résumés", params(("id" = ResumeId, Path)),
    responses((status = 204, description = "Deleted"), (status = 412)),
    extensions(("x-permission" = json!("resume:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ResumeId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Download a résumé's file
///
/// The bytes as they were received, as an attachment.
#[utoipa::path(
    get, path = "/v1/resumes/{id}/file", tag = "résumés", params(("id" = ResumeId, Path)),
    responses((status = 200, description = "The file; of another kind, if a plugin of yours reads more than these",
        content(
            (Vec<u8> = "application/octet-stream"), (Vec<u8> = "application/pdf"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            (Vec<u8> = "text/plain"), (Vec<u8> = "text/markdown"), (Vec<u8> = "text/html"),
        ),
        headers(("content-disposition" = String, description = "`attachment`, with the file's name")))),
    extensions(("x-permission" = json!("resume:read")))
)]
async fn file(State(services): State<Services>, caller: Caller, Id(id): Id<ResumeId>) -> Result<Response> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ResumeRead).await?;
    let resume = actions::get_within(&mut tx, &reach, id).await?;
    download(&services, tx, resume).await
}

/// The file as it was received, to be kept and not to be shown.
pub(super) async fn download(services: &Services, mut tx: Tx, resume: Resume) -> Result<Response> {
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
