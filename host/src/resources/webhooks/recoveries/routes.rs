//! Recoveries on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Recovery, Status, What, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::page::{Page, PageParams};
use crate::ids::{MemberId, RecoveryId, WebhookEndpointId};
use crate::permissions::Permission;
use crate::resources::webhooks::store as endpoints;
use crate::services::Services;

pub(crate) fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create))
}

/// Sending an endpoint again what it did not get.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryView {
    pub id: RecoveryId,
    pub endpoint_id: WebhookEndpointId,
    pub what: What,
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub status: Status,
    /// Deliveries begun so far.
    #[schema(example = 12)]
    pub found: i64,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl RecoveryView {
    fn of(recovery: Recovery) -> Self {
        let Recovery {
            id,
            endpoint_id,
            what,
            since,
            until,
            reached_id: _,
            status,
            found,
            created_by,
            created_at,
            finished_at,
        } = recovery;
        Self { id, endpoint_id, what, since, until, status, found, created_by, created_at, finished_at }
    }
}

/// What to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecovery {
    what: What,
    /// Of events that happened from then on.
    since: DateTime<Utc>,
    /// And before then; now by default.
    until: Option<DateTime<Utc>>,
}

/// List an endpoint's recoveries
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/webhook-endpoints/{id}/recoveries", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path), PageParams),
    responses(
        (status = 200, body = Page<RecoveryView>,
            headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
    ),
    extensions(("x-permission" = json!("webhook:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<RecoveryView>> {
    let list = format!("recoveries of {} for {id}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::WebhookRead).await?;
    endpoints::get(&mut tx, id).await?;
    let rows = store::list(&mut tx, id, position).await?;
    tx.commit().await?;
    let key = |row: &Recovery| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, key, RecoveryView::of))
}

/// Send an endpoint again what it did not get
///
/// What failed since a time, or what it was never sent. It goes on in the background, also after a restart; what arrived
/// already is not sent again.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints/{id}/recoveries", tag = "webhooks", params(("id" = WebhookEndpointId, Path)),
    request_body = NewRecovery,
    responses(
        (status = 202, description = "Begun", body = RecoveryView),
        (status = 403, description = "`forbidden`, or `escalation`: its deliveries show what you may not see"),
        (status = 409, description = "`endpoint_disabled`, or `recovery_running`"),
    ),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
    Json(NewRecovery { what, since, until }): Json<NewRecovery>,
) -> Result<(StatusCode, axum::Json<RecoveryView>)> {
    let recovery = actions::create(&services, &caller, id, what, since, until).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(RecoveryView::of(recovery))))
}
