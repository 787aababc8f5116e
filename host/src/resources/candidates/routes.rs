//! Candidates on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::listing::{self, Filter};
use super::views::{
    CandidateChanges, CandidateSummary, CandidateView, DuplicateView, Duplicates, NewCandidate,
    OwnProfileChanges,
};
use super::{Candidate, actions, duplicates, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{CandidateId, MemberId};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(list_duplicates))
        .routes(routes!(link, unlink))
        .routes(routes!(read_oneself, update_oneself))
}

/// Which candidates.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CandidateParams {
    /// Made after this instant.
    created_after: Option<DateTime<Utc>>,
    /// Changed after this instant, and in the order of their changes: to keep a copy. Changes may become visible out of
    /// order, so ask the next time from a minute before the last `updated_at` you saw; what you have seen comes again
    /// with the same version.
    updated_after: Option<DateTime<Utc>>,
    /// Also those that were deleted or merged; they have `deleted_at`, and nothing of the person.
    #[serde(default)]
    #[param(default = false)]
    include_deleted: bool,
    /// With this e-mail address, whatever its case.
    #[param(example = "ada@example.com")]
    email: Option<String>,
    /// With a phone number of these digits.
    #[param(example = "442079460000")]
    phone: Option<String>,
    /// With this tag, whatever its case.
    tag: Option<String>,
    /// From exactly this source.
    source: Option<String>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List candidates
///
/// Newest first, or with `updated_after` in the order of their changes. With a role for single departments or jobs those
/// who applied there.
#[utoipa::path(
    get, path = "/v1/candidates", tag = "candidates", params(CandidateParams),
    responses((status = 200, body = Page<CandidateSummary>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("candidate:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<CandidateParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<CandidateSummary>> {
    let CandidateParams {
        created_after,
        updated_after,
        include_deleted,
        email,
        phone,
        tag,
        source,
        limit,
        cursor,
    } = params;
    let filter = Filter { created_after, include_deleted, email, phone, tag, source }.checked()?;
    let list = format!("candidates of {} after {updated_after:?} with {filter:?}", caller.tenant);
    let order = PageParams { limit, cursor }.order(&services.keys, &list, updated_after)?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::CandidateRead).await?;
    let rows = listing::store::list(&mut tx, &reach, &filter, order).await?;
    tx.commit().await?;
    let key = |row: &Candidate| (row.updated_at, row.id.uuid());
    Ok(Page::in_order(rows, order, &services.keys, &list, &uri, key, CandidateSummary::of))
}

/// Make a candidate
///
/// By hand, without a résumé. What is said here is left alone by later résumés.
#[utoipa::path(
    post, path = "/v1/candidates", tag = "candidates", request_body = NewCandidate,
    responses(
        (status = 201, description = "Made", body = CandidateView, headers(
            ("location" = String, description = "Where the candidate is"),
            ("etag" = String, description = "The version"),
        )),
        (status = 409, description = "`candidate_exists`: an e-mail address is another candidate's, who is named in `detail` \
            if you can see them"),
    ),
    extensions(("x-permission" = json!("candidate:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewCandidate>,
) -> Result<Response> {
    let (details, custom_fields) = new.details();
    let dossier = actions::create(&services, &caller, details, custom_fields).await?;
    let location = format!("/v1/candidates/{}", dossier.candidate.id);
    let view = Versioned(dossier.candidate.version, CandidateView::of(dossier));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], view).into_response())
}

/// Read a candidate
///
/// With every way to reach the candidate, and the profile: the résumé last read successfully, as people corrected it.
/// The id of a candidate who was merged leads to the one they turned out to be.
#[utoipa::path(
    get, path = "/v1/candidates/{id}", tag = "candidates", params(("id" = CandidateId, Path)),
    responses(
        (status = 200, body = CandidateView, headers(("etag" = String, description = "The version"))),
        (status = 308, description = "`moved`: the candidate was merged into another",
            headers(("location" = String, description = "The candidate it turned out to be"))),
    ),
    extensions(("x-permission" = json!("candidate:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
) -> Result<Versioned<CandidateView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::CandidateRead).await?;
    let dossier = actions::read_within(&mut tx, &reach, id).await?;
    tx.commit().await?;
    Ok(Versioned(dossier.candidate.version, CandidateView::of(dossier)))
}

/// Change a candidate
#[utoipa::path(
    patch, path = "/v1/candidates/{id}", tag = "candidates", params(("id" = CandidateId, Path)),
    request_body = CandidateChanges,
    responses(
        (status = 200, body = CandidateView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`candidate_exists`: an e-mail address is another candidate's"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("candidate:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    if_match: IfMatch,
    Json(changes): Json<CandidateChanges>,
) -> Result<Versioned<CandidateView>> {
    let (details, custom_fields) = changes.details();
    let dossier = actions::update(&services, &caller, id, &if_match, details, custom_fields).await?;
    Ok(Versioned(dossier.candidate.version, CandidateView::of(dossier)))
}

/// Delete a candidate
///
/// With their résumés; what was decided about their applications stays. Their e-mail addresses may be used again. Files
/// and what was read stay stored until they are erased.
#[utoipa::path(
    delete, path = "/v1/candidates/{id}", tag = "candidates", params(("id" = CandidateId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`candidate_has_applications`: reject or withdraw the active ones first"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("candidate:delete")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Find who may be the same person
///
/// Candidates with the same phone number, link or name, the likeliest first, as far as you can see them. `POST
/// /v1/candidates/{id}/merges` makes one of two.
#[utoipa::path(
    get, path = "/v1/candidates/{id}/duplicates", tag = "candidates", params(("id" = CandidateId, Path)),
    responses((status = 200, body = Duplicates)),
    extensions(("x-permission" = json!("candidate:read")))
)]
async fn list_duplicates(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
) -> Result<axum::Json<Duplicates>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::CandidateRead).await?;
    let candidate = actions::get_within(&mut tx, &reach, id).await?;
    let found = duplicates::find(&mut tx, &reach, &candidate).await?;
    tx.commit().await?;
    Ok(axum::Json(Duplicates { data: found.into_iter().map(DuplicateView::of).collect() }))
}

/// Which member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateMember {
    member_id: MemberId,
}

/// Say which member a candidate is
///
/// The member then sees this candidate's profile and résumés under `/v1/me`, with nothing but the role candidate.
#[utoipa::path(
    put, path = "/v1/candidates/{id}/member", tag = "candidates", params(("id" = CandidateId, Path)),
    request_body = CandidateMember,
    responses(
        (status = 204, description = "Linked"),
        (status = 409, description = "`linked_already`: the candidate or the member is linked to another"),
    ),
    extensions(("x-permission" = json!("candidate:link")))
)]
async fn link(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    Json(member): Json<CandidateMember>,
) -> Result<StatusCode> {
    actions::link(&services, &caller, id, member.member_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say that a candidate is no member
#[utoipa::path(
    delete, path = "/v1/candidates/{id}/member", tag = "candidates", params(("id" = CandidateId, Path)),
    responses((status = 204, description = "Unlinked")),
    extensions(("x-permission" = json!("candidate:link")))
)]
async fn unlink(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
) -> Result<StatusCode> {
    actions::unlink(&services, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read one's own profile
///
/// For a member who is a candidate. Without what those who hire note for themselves: source, tags and custom fields.
#[utoipa::path(
    get, path = "/v1/me/profile", tag = "me",
    responses(
        (status = 200, body = CandidateView, headers(("etag" = String, description = "The version"))),
        (status = 404, description = "`not_found`: the member is no candidate"),
    ),
    extensions(("x-permission" = json!("me:read")))
)]
async fn read_oneself(State(services): State<Services>, caller: Caller) -> Result<Versioned<CandidateView>> {
    let (mut tx, _) = services.db.read_within(&caller, Permission::MeRead).await?;
    let own = actions::oneself(&mut tx).await?;
    let candidate = store::get(&mut tx, own).await?;
    let dossier = actions::open(&mut tx, candidate).await?;
    tx.commit().await?;
    Ok(Versioned(dossier.candidate.version, CandidateView::of_oneself(dossier)))
}

/// Change one's own profile
///
/// For a member who is a candidate. What is said here is left alone by later résumés.
#[utoipa::path(
    patch, path = "/v1/me/profile", tag = "me", request_body = OwnProfileChanges,
    responses(
        (status = 200, body = CandidateView, headers(("etag" = String, description = "The version"))),
        (status = 404, description = "`not_found`: the member is no candidate"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("me:write")))
)]
async fn update_oneself(
    State(services): State<Services>,
    caller: Caller,
    if_match: IfMatch,
    Json(changes): Json<OwnProfileChanges>,
) -> Result<Versioned<CandidateView>> {
    let dossier = actions::update_own(&services, &caller, &if_match, changes.details()).await?;
    Ok(Versioned(dossier.candidate.version, CandidateView::of_oneself(dossier)))
}
