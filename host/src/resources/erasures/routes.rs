//! Erasures and holds on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::holds::{self, Hold};
use super::{Cause, Due, Erasure, Part, actions, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::fields;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{CandidateId, ErasureId, MemberId};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(erase))
        .routes(routes!(list))
        .routes(routes!(list_due))
        .routes(routes!(read_hold, set_hold, lift_hold))
}

/// What was erased of whom, and why: what you show to whoever asks whether it was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureView {
    pub id: ErasureId,
    pub candidate_id: CandidateId,
    pub parts: Vec<Part>,
    /// Everything, and the candidate is deleted.
    pub is_complete: bool,
    pub cause: Cause,
    /// Null when it was the policy.
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
}

impl ErasureView {
    fn of(erasure: Erasure) -> Self {
        let Erasure { id, candidate_id, parts, is_complete, cause, created_by, created_at } = erasure;
        Self {
            id,
            candidate_id,
            parts: parts.0.into_iter().collect(),
            is_complete: is_complete == 1,
            cause,
            created_by,
            created_at,
        }
    }
}

/// Somebody whom the policy keeps no longer.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueErasureView {
    pub candidate_id: CandidateId,
    pub cause: Cause,
}

/// Somebody who may not be erased for now.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldView {
    pub candidate_id: CandidateId,
    #[schema(example = "Case 4 C 12/26 at the labour court")]
    pub reason: String,
    /// Null: until it is lifted.
    pub until: Option<DateTime<Utc>>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl HoldView {
    fn of(hold: Hold) -> Self {
        let Hold { candidate_id, reason, until, created_by, created_at, updated_at, version } = hold;
        Self { candidate_id, reason, until, created_by, created_at, updated_at, version }
    }
}

/// Why somebody is held, and how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    #[schema(example = "Case 4 C 12/26 at the labour court", max_length = 2000)]
    reason: String,
    /// Until it is lifted, without one.
    until: Option<DateTime<Utc>>,
}

/// What is to go.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ErasureParams {
    /// Only these parts, the parameter repeated for several; everything without one. `identity` and `contacts` take
    /// `resumes` with them.
    #[serde(default)]
    part: Vec<Part>,
}

/// Which erasures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ErasuresParams {
    /// Only those of this candidate.
    candidate_id: Option<CandidateId>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// Due when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DueParams {
    /// If nothing happened until then; now without it.
    at: Option<DateTime<Utc>>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// Erase a person
///
/// For good, at once and everywhere: rows, search index, what plugins wrote down. Files are removed from the store within
/// two hours, answers kept for repeated requests within a day. What happened stays, without the person: applications keep
/// their stages, outcomes and times, and analytics its figures. Without `part` all goes and the candidate is deleted; whoever
/// was merged into them goes with them. A deleted candidate can be erased, too (`If-Match: *`).
#[utoipa::path(
    delete, path = "/v1/candidates/{id}/personal-data", tag = "privacy",
    params(("id" = CandidateId, Path), ErasureParams),
    responses(
        (status = 200, description = "Erased", body = ErasureView),
        (status = 308, description = "The candidate was merged into another: erase that one",
            headers(("location" = String, description = "The candidate that stayed"))),
        (status = 409, description = "`candidate_held`: somebody holds them; `candidate_has_applications`: they are in the \
            running for a job; `erased_already`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("erasure:write")))
)]
async fn erase(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    Params(params): Params<ErasureParams>,
    if_match: IfMatch,
) -> Result<axum::Json<ErasureView>> {
    let erasure = actions::create(&services, &caller, id, &if_match, &params.part).await?;
    Ok(axum::Json(ErasureView::of(erasure)))
}

/// List erasures
///
/// What was erased of whom, when and why, the latest first: the record to show an authority.
#[utoipa::path(
    get, path = "/v1/erasures", tag = "privacy", params(ErasuresParams),
    responses(
        (status = 200, body = Page<ErasureView>, headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
    ),
    extensions(("x-permission" = json!("erasure:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<ErasuresParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ErasureView>> {
    let ErasuresParams { candidate_id, limit, cursor } = params;
    let list = format!("erasures in {} of {candidate_id:?}", caller.tenant);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::ErasureRead).await?;
    if let Some(candidate) = candidate_id {
        store::require(&mut tx, candidate).await?;
    }
    let rows = store::list(&mut tx, candidate_id, position).await?;
    tx.commit().await?;
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row: &Erasure| row.id.uuid(), ErasureView::of))
}

/// List who is due
///
/// Whom the privacy policy would erase at an instant, those last made first.
#[utoipa::path(
    get, path = "/v1/erasures/due", tag = "privacy", params(DueParams),
    responses(
        (status = 200, body = Page<DueErasureView>, headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
    ),
    extensions(("x-permission" = json!("erasure:read")))
)]
async fn list_due(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<DueParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<DueErasureView>> {
    let DueParams { at, limit, cursor } = params;
    let at = at.map(|at| fields::instant("at", at)).transpose()?;
    let list = format!("due erasures in {} at {at:?}", caller.tenant);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let now = services.clock.now();
    let mut tx = services.db.read(&caller, Permission::ErasureRead).await?;
    let rows = actions::list_due(&mut tx, now, at.unwrap_or(now), position).await?;
    tx.commit().await?;
    let view = |Due { candidate_id, cause }: Due| DueErasureView { candidate_id, cause };
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row: &Due| row.candidate_id.uuid(), view))
}

/// Read a candidate's hold
#[utoipa::path(
    get, path = "/v1/candidates/{id}/hold", tag = "privacy", params(("id" = CandidateId, Path)),
    responses(
        (status = 200, body = HoldView, headers(("etag" = String, description = "The version"))),
        (status = 404, description = "`not_found`: no such candidate, or nobody holds them"),
    ),
    extensions(("x-permission" = json!("erasure:read")))
)]
async fn read_hold(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
) -> Result<Versioned<HoldView>> {
    let mut tx = services.db.read(&caller, Permission::ErasureRead).await?;
    let hold = store::find_hold(&mut tx, id).await?.ok_or(Error::NotFound { what: "hold" })?;
    tx.commit().await?;
    Ok(Versioned(hold.version, HoldView::of(hold)))
}

/// Hold a candidate
///
/// Nothing of them is erased, by nobody, until the hold ends or is lifted. `If-Match: *` when there is none yet.
#[utoipa::path(
    put, path = "/v1/candidates/{id}/hold", tag = "privacy", params(("id" = CandidateId, Path)),
    request_body = NewHold,
    responses(
        (status = 200, body = HoldView, headers(("etag" = String, description = "The version"))),
        (status = 308, description = "The candidate was merged into another: hold that one",
            headers(("location" = String, description = "The candidate that stayed"))),
        (status = 412),
    ),
    extensions(("x-permission" = json!("erasure:write")))
)]
async fn set_hold(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    if_match: IfMatch,
    Json(new): Json<NewHold>,
) -> Result<Versioned<HoldView>> {
    let hold = holds::set(&services, &caller, id, &if_match, &new.reason, new.until).await?;
    Ok(Versioned(hold.version, HoldView::of(hold)))
}

/// Lift a candidate's hold
#[utoipa::path(
    delete, path = "/v1/candidates/{id}/hold", tag = "privacy", params(("id" = CandidateId, Path)),
    responses(
        (status = 204, description = "Lifted"),
        (status = 308, description = "The candidate was merged into another",
            headers(("location" = String, description = "The candidate that stayed"))),
        (status = 404, description = "`not_found`: no such candidate, or nobody holds them"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("erasure:write")))
)]
async fn lift_hold(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    holds::lift(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
