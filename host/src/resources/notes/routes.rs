//! Notes on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::wire::NoteView;
use super::{Details, Note, Subject, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{ApplicationId, CandidateId, JobId, NoteId};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// A new note, about exactly one thing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    candidate_id: Option<CandidateId>,
    job_id: Option<JobId>,
    application_id: Option<ApplicationId>,
    #[schema(example = "Called; can start in June.")]
    body: String,
    /// There for you alone.
    #[serde(default)]
    is_private: bool,
}

/// Changes to a note; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteChanges {
    #[schema(example = "Called again; can start in May.")]
    body: Option<String>,
    is_private: Option<bool>,
}

/// Which notes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NoteParams {
    /// Only those about this candidate. At most one of the three.
    candidate_id: Option<CandidateId>,
    /// Only those about this job.
    job_id: Option<JobId>,
    /// Only those about this application.
    application_id: Option<ApplicationId>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List notes
///
/// Newest first, about one thing or about all that your permission reaches. Others' private notes are not among them.
#[utoipa::path(
    get, path = "/v1/notes", tag = "notes", params(NoteParams),
    responses(
        (status = 200, body = Page<NoteView>, headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
        (status = 404, description = "`not_found`: no such candidate, job or application"),
    ),
    extensions(("x-permission" = json!("note:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<NoteParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<NoteView>> {
    let NoteParams { candidate_id, job_id, application_id, limit, cursor } = params;
    let named = Subject::named(candidate_id, job_id, application_id);
    let subject = if named.is_empty() { None } else { Some(Subject::only("query", &named)?) };
    let list = format!("notes of {} about {subject:?}", caller.tenant);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::NoteRead).await?;
    actions::require_within(&mut tx, &reach, &named).await?;
    let rows = store::list(&mut tx, &reach, subject, position).await?;
    tx.commit().await?;
    let id = |row: &Note| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, NoteView::of))
}

/// Write a note
#[utoipa::path(
    post, path = "/v1/notes", tag = "notes", request_body = NewNote,
    responses(
        (status = 201, description = "Made", body = NoteView),
        (status = 404, description = "`not_found`: no such candidate, job or application"),
    ),
    extensions(("x-permission" = json!("note:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewNote>,
) -> Result<(StatusCode, Versioned<NoteView>)> {
    let NewNote { candidate_id, job_id, application_id, body, is_private } = new;
    let named = Subject::named(candidate_id, job_id, application_id);
    let details = Details { body: Some(body), is_private: Some(is_private) };
    let note = actions::create(&services, &caller, &named, details).await?;
    Ok((StatusCode::CREATED, Versioned(note.version, NoteView::of(note))))
}

/// Read a note
#[utoipa::path(
    get, path = "/v1/notes/{id}", tag = "notes", params(("id" = NoteId, Path)),
    responses((status = 200, body = NoteView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("note:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<NoteId>,
) -> Result<Versioned<NoteView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::NoteRead).await?;
    let note = actions::get_within(&mut tx, &reach, id).await?;
    tx.commit().await?;
    Ok(Versioned(note.version, NoteView::of(note)))
}

/// Change one's own note
#[utoipa::path(
    patch, path = "/v1/notes/{id}", tag = "notes", params(("id" = NoteId, Path)),
    request_body = NoteChanges,
    responses(
        (status = 200, body = NoteView, headers(("etag" = String, description = "The version"))),
        (status = 403, description = "`forbidden`, or `not_your_note`: whoever wrote it changes it"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("note:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<NoteId>,
    if_match: IfMatch,
    Json(changes): Json<NoteChanges>,
) -> Result<Versioned<NoteView>> {
    let NoteChanges { body, is_private } = changes;
    let note = actions::update(&services, &caller, id, &if_match, Details { body, is_private }).await?;
    Ok(Versioned(note.version, NoteView::of(note)))
}

/// Delete one's own note
#[utoipa::path(
    delete, path = "/v1/notes/{id}", tag = "notes", params(("id" = NoteId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "`forbidden`, or `not_your_note`: whoever wrote it deletes it"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("note:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<NoteId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
