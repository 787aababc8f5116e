//! Consents on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Consent, Decision, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::page::{Page, PageParams};
use crate::ids::{CandidateId, ConsentId, MemberId};
use crate::permissions::Permission;
use crate::resources::candidates;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create))
}

/// What a candidate decided about one purpose.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentView {
    pub id: ConsentId,
    pub candidate_id: CandidateId,
    #[schema(example = "talent_pool")]
    pub purpose: String,
    /// False: refused, or taken back.
    pub is_given: bool,
    /// How that is known.
    #[schema(example = "Ticked on the careers page")]
    pub evidence: Option<String>,
    pub decided_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    /// It allows its purpose now: given, not over, and not followed by another decision.
    pub is_in_force: bool,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
}

impl ConsentView {
    fn of(consent: Consent, is_in_force: bool) -> Self {
        let Consent {
            id,
            candidate_id,
            purpose,
            is_given,
            evidence,
            decided_at,
            expires_at,
            created_by,
            created_at,
        } = consent;
        Self {
            id,
            candidate_id,
            purpose,
            is_given: is_given == 1,
            evidence,
            decided_at,
            expires_at,
            is_in_force,
            created_by,
            created_at,
        }
    }
}

/// What a candidate decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// A word of your own.
    #[schema(example = "talent_pool", pattern = "^[a-z][a-z0-9_]{0,62}$")]
    purpose: String,
    /// False takes back what was given before.
    is_given: bool,
    #[schema(example = "Ticked on the careers page", max_length = 2000)]
    evidence: Option<String>,
    /// Now, without one.
    decided_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

/// List what a candidate agreed to
///
/// Every decision, the last one written down first. Of a purpose the latest counts.
#[utoipa::path(
    get, path = "/v1/candidates/{id}/consents", tag = "privacy", params(("id" = CandidateId, Path), PageParams),
    responses(
        (status = 200, body = Page<ConsentView>, headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
    ),
    extensions(("x-permission" = json!("consent:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    Params(params): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ConsentView>> {
    let list = format!("consents of {id} in {}", caller.tenant);
    let position = params.position(&services.keys, &list)?;
    let now = services.clock.now();
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ConsentRead).await?;
    candidates::actions::get_within(&mut tx, &reach, id).await?;
    let rows = store::list(&mut tx, id, position).await?;
    let counting = store::list_counting(&mut tx, id).await?;
    tx.commit().await?;
    let in_force: Vec<_> = counting.iter().filter(|one| one.holds(now)).map(|one| one.id).collect();
    let view = |consent: Consent| {
        let is_in_force = in_force.contains(&consent.id);
        ConsentView::of(consent, is_in_force)
    };
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row: &Consent| row.id.uuid(), view))
}

/// Write down what a candidate decided
///
/// Nothing that was written down is changed; to take a consent back, write down that it is not given any more.
#[utoipa::path(
    post, path = "/v1/candidates/{id}/consents", tag = "privacy", params(("id" = CandidateId, Path)),
    request_body = NewConsent,
    responses((status = 201, description = "Written down", body = ConsentView)),
    extensions(("x-permission" = json!("consent:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    Json(new): Json<NewConsent>,
) -> Result<(StatusCode, axum::Json<ConsentView>)> {
    let NewConsent { purpose, is_given, evidence, decided_at, expires_at } = new;
    let decision = Decision { purpose, is_given, evidence, decided_at, expires_at };
    let consent = actions::create(&services, &caller, id, decision).await?;
    let (mut tx, _) = services.db.read_within(&caller, Permission::ConsentWrite).await?;
    let counting = store::list_counting(&mut tx, id).await?;
    tx.commit().await?;
    let now = services.clock.now();
    let is_in_force = consent.holds(now) && counting.iter().any(|one| one.id == consent.id);
    Ok((StatusCode::CREATED, axum::Json(ConsentView::of(consent, is_in_force))))
}
