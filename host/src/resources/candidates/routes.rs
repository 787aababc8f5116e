//! Candidates on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::searching::{Asked, CandidateParams};
use super::views::{
    CandidateChanges, CandidatePage, CandidateView, DuplicateView, Duplicates, NewCandidate,
    OwnProfileChanges,
};
use super::{actions, duplicates, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json};
use crate::http::etag::{IfMatch, Versioned};
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

/// List and find candidates
///
/// Newest first, or with `updated_after` in the order of their changes; with a search as `sort` says. With a role for single
/// departments or jobs those who applied there. Custom fields are asked for as `custom.<key>=<value>`.
#[utoipa::path(
    get, path = "/v1/candidates", tag = "candidates", params(CandidateParams),
    responses((status = 200, body = CandidatePage, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("candidate:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
) -> Result<Response> {
    let (page, facets) = Asked::read(&uri)?.answer(&services, &caller, &uri).await?;
    let link = page.link().map(|link| [(header::LINK, link)]);
    Ok((link, axum::Json(CandidatePage { page, facets })).into_response())
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
/// Candidates with the same phone number, link or name, or with a similar name and a company or school in common, the likeliest
/// first, as far as you can see them. `POST /v1/candidates/{id}/merges` makes one of two.
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
