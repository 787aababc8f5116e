//! Source costs on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Details, SourceCost, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{MemberId, SourceCostId};
use crate::permissions::Permission;
use crate::resources::offers::terms::Money;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// What a source costs over a span of days.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceCostView {
    pub id: SourceCostId,
    /// As applications name it.
    #[schema(example = "LinkedIn")]
    pub source: String,
    #[schema(example = "2026-01-01", format = Date)]
    pub starts_on: String,
    /// The last day of the span.
    #[schema(example = "2026-12-31", format = Date)]
    pub ends_on: String,
    pub cost: Money,
    #[schema(example = "Recruiter licence")]
    pub note: Option<String>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl SourceCostView {
    fn of(cost: SourceCost) -> Self {
        Self {
            id: cost.id,
            source: cost.source,
            starts_on: cost.starts_on,
            ends_on: cost.ends_on,
            cost: Money { currency: cost.currency, amount: cost.amount },
            note: cost.note,
            created_by: cost.created_by,
            created_at: cost.created_at,
            updated_at: cost.updated_at,
            version: cost.version,
        }
    }
}

/// A new cost. Every day of its span costs the same.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSourceCost {
    /// As applications name it, to the letter.
    #[schema(example = "LinkedIn")]
    source: String,
    #[schema(example = "2026-01-01", format = Date)]
    starts_on: String,
    /// The last day of the span.
    #[schema(example = "2026-12-31", format = Date)]
    ends_on: String,
    cost: Money,
    #[schema(example = "Recruiter licence")]
    note: Option<String>,
}

/// Changes to a cost; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceCostChanges {
    #[schema(example = "LinkedIn")]
    source: Option<String>,
    #[schema(example = "2026-01-01", format = Date)]
    starts_on: Option<String>,
    #[schema(example = "2026-12-31", format = Date)]
    ends_on: Option<String>,
    cost: Option<Money>,
    /// `null` clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    note: Option<Option<String>>,
}

/// Which costs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SourceCostParams {
    /// Only those of this source.
    source: Option<String>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List source costs
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/source-costs", tag = "analytics", params(SourceCostParams),
    responses((status = 200, body = Page<SourceCostView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("source_cost:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<SourceCostParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<SourceCostView>> {
    let SourceCostParams { source, limit, cursor } = params;
    let list = list_name(caller.tenant, &uri);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::SourceCostRead).await?;
    let rows = store::list(&mut tx, source.as_deref(), position).await?;
    tx.commit().await?;
    let id = |row: &SourceCost| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, SourceCostView::of))
}

/// Make a source cost
///
/// `GET /v1/analytics/sources` holds what a source cost against who was hired from it.
#[utoipa::path(
    post, path = "/v1/source-costs", tag = "analytics", request_body = NewSourceCost,
    responses(
        (status = 201, description = "Made", body = SourceCostView),
        (status = 409, description = "`too_many_source_costs`: a tenant has 10,000 at most"),
    ),
    extensions(("x-permission" = json!("source_cost:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewSourceCost>,
) -> Result<(StatusCode, Versioned<SourceCostView>)> {
    let details = Details {
        source: Some(new.source),
        starts_on: Some(new.starts_on),
        ends_on: Some(new.ends_on),
        cost: Some(new.cost),
        note: Some(new.note),
    };
    let cost = actions::create(&services, &caller, details).await?;
    Ok((StatusCode::CREATED, Versioned(cost.version, SourceCostView::of(cost))))
}

/// Read a source cost
#[utoipa::path(
    get, path = "/v1/source-costs/{id}", tag = "analytics", params(("id" = SourceCostId, Path)),
    responses((status = 200, body = SourceCostView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("source_cost:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<SourceCostId>,
) -> Result<Versioned<SourceCostView>> {
    let mut tx = services.db.read(&caller, Permission::SourceCostRead).await?;
    let cost = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(cost.version, SourceCostView::of(cost)))
}

/// Change a source cost
#[utoipa::path(
    patch, path = "/v1/source-costs/{id}", tag = "analytics", params(("id" = SourceCostId, Path)),
    request_body = SourceCostChanges,
    responses((status = 200, body = SourceCostView, headers(("etag" = String, description = "The version"))), (status = 412)),
    extensions(("x-permission" = json!("source_cost:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<SourceCostId>,
    if_match: IfMatch,
    Json(changes): Json<SourceCostChanges>,
) -> Result<Versioned<SourceCostView>> {
    let SourceCostChanges { source, starts_on, ends_on, cost, note } = changes;
    let details = Details { source, starts_on, ends_on, cost, note };
    let cost = actions::update(&services, &caller, id, &if_match, details).await?;
    Ok(Versioned(cost.version, SourceCostView::of(cost)))
}

/// Delete a source cost
#[utoipa::path(
    delete, path = "/v1/source-costs/{id}", tag = "analytics", params(("id" = SourceCostId, Path)),
    responses((status = 204, description = "Deleted"), (status = 412)),
    extensions(("x-permission" = json!("source_cost:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<SourceCostId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
