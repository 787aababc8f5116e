//! Candidates on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Candidate, Contact, ContactKind, actions, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::Versioned;
use crate::http::page::{Page, PageParams};
use crate::ids::{CandidateId, MemberId, ResumeId};
use crate::permissions::Permission;
use crate::services::Services;
use crate::unified_resume::{Location, UnifiedResume};

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(link, unlink))
        .routes(routes!(read_oneself))
}

/// A candidate in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateSummary {
    pub id: CandidateId,
    #[schema(example = "Ada Lovelace")]
    pub name: Option<String>,
    #[schema(example = "Analyst")]
    pub headline: Option<String>,
    pub location: Option<Location>,
    /// Where the candidate came from, in the tenant's words.
    #[schema(example = "careers page")]
    pub source: Option<String>,
    /// The member who brought the candidate in.
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// A candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateView {
    #[serde(flatten)]
    pub summary: CandidateSummary,
    #[schema(example = json!(["ada@example.com"]))]
    pub emails: Vec<String>,
    #[schema(example = json!(["+44 20 7946 0000"]))]
    pub phones: Vec<String>,
    /// The résumé last read successfully.
    pub profile: Option<UnifiedResume>,
    /// Which résumé the profile was read from.
    pub profile_resume_id: Option<ResumeId>,
}

impl CandidateSummary {
    fn of(candidate: Candidate) -> Self {
        let Candidate {
            id,
            name,
            headline,
            location,
            source,
            profile: _,
            profile_resume_id: _,
            created_by,
            created_at,
            updated_at,
            version,
        } = candidate;
        let location = location.map(|location| location.0);
        Self { id, name, headline, location, source, created_by, created_at, updated_at, version }
    }
}

impl CandidateView {
    fn of(mut candidate: Candidate, contacts: Vec<Contact>) -> Self {
        let (emails, phones): (Vec<_>, Vec<_>) =
            contacts.into_iter().partition(|c| c.kind == ContactKind::Email);
        let values = |contacts: Vec<Contact>| contacts.into_iter().map(|contact| contact.value).collect();
        Self {
            emails: values(emails),
            phones: values(phones),
            profile: candidate.profile.take().map(|profile| profile.0),
            profile_resume_id: candidate.profile_resume_id,
            summary: CandidateSummary::of(candidate),
        }
    }
}

/// List candidates
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/candidates", tag = "candidates", params(PageParams),
    responses((status = 200, body = Page<CandidateSummary>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("candidate:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<CandidateSummary>> {
    let list = format!("candidates of {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::CandidateRead).await?;
    let rows = store::list(&mut tx, position).await?;
    tx.commit().await?;
    let id = |row: &Candidate| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, CandidateSummary::of))
}

/// Read a candidate
///
/// With every way to reach the candidate, and the profile: the résumé last read successfully.
#[utoipa::path(
    get, path = "/v1/candidates/{id}", tag = "candidates", params(("id" = CandidateId, Path)),
    responses((status = 200, body = CandidateView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("candidate:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
) -> Result<Versioned<CandidateView>> {
    let mut tx = services.db.read(&caller, Permission::CandidateRead).await?;
    let view = view(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(view.summary.version, view))
}

async fn view(tx: &mut Tx, id: CandidateId) -> Result<CandidateView> {
    let candidate = store::get(tx, id).await?;
    let contacts = store::list_contacts(tx, id).await?;
    Ok(CandidateView::of(candidate, contacts))
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
/// For a member who is a candidate.
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
    let view = view(&mut tx, own).await?;
    tx.commit().await?;
    Ok(Versioned(view.summary.version, view))
}
