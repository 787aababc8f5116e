//! A candidate's own résumés on the wire: for members who are candidates, whatever else they may.

use axum::extract::{DefaultBodyLimit, Multipart, OriginalUri, State};
use axum::response::Response;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::upload::OwnUploadForm;
use super::views::ResumeView;
use super::{Resume, actions, routes, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::body::{Id, Params};
use crate::http::etag::Versioned;
use crate::http::page::{Page, PageParams};
use crate::ids::ResumeId;
use crate::permissions::Permission;
use crate::resources::candidates;
use crate::services::Services;

pub(super) fn router(uploads: usize) -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_own))
        .routes(routes!(create_own).layer(DefaultBodyLimit::max(uploads)))
        .routes(routes!(read_own))
        .routes(routes!(file_own))
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
        (status = 202, description = "Accepted: stored, and waiting to be read", body = ResumeView,
            headers(("location" = String, description = "Where to ask for the résumé"))),
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
    let upload = routes::received(&services, form).await?;
    if upload.candidate.is_some() {
        let detail = "one's own résumé is one's own; leave candidate_id out";
        return Err(Error::invalid("candidate_id", "not_here", detail));
    }
    if upload.job.is_some() {
        let detail = "apply with the form of the job, POST /v1/jobs/{id}/apply";
        return Err(Error::invalid("job_id", "not_here", detail));
    }
    let resume = actions::create_own(&services, &caller, upload).await?;
    Ok(routes::waiting(&format!("/v1/me/resumes/{}", resume.id), resume))
}

/// Read the state of one's own résumé
///
/// For a member who is a candidate.
#[utoipa::path(
    get, path = "/v1/me/resumes/{id}", tag = "me", params(("id" = ResumeId, Path)),
    responses((status = 200, body = ResumeView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("me:read")))
)]
async fn read_own(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ResumeId>,
) -> Result<Versioned<ResumeView>> {
    let (mut tx, _) = services.db.read_within(&caller, Permission::MeRead).await?;
    let resume = actions::get_own(&mut tx, id).await?;
    routes::view(tx, resume).await
}

/// Download the file of one's own résumé
///
/// For a member who is a candidate: the bytes as they were received, as an attachment.
#[utoipa::path(
    get, path = "/v1/me/resumes/{id}/file", tag = "me", params(("id" = ResumeId, Path)),
    responses((status = 200, description = "The file; of another kind, if a plugin of the tenant's reads more than these",
        content(
            (Vec<u8> = "application/octet-stream"), (Vec<u8> = "application/pdf"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            (Vec<u8> = "text/plain"), (Vec<u8> = "text/markdown"), (Vec<u8> = "text/html"),
        ),
        headers(("content-disposition" = String, description = "`attachment`, with the file's name")))),
    extensions(("x-permission" = json!("me:read")))
)]
async fn file_own(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ResumeId>,
) -> Result<Response> {
    let (mut tx, _) = services.db.read_within(&caller, Permission::MeRead).await?;
    let resume = actions::get_own(&mut tx, id).await?;
    routes::download(&services, tx, resume).await
}
