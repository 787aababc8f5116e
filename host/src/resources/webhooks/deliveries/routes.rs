//! Deliveries on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::Filter;
use super::{Attempt, Cause, Delivery, Status, actions, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::body::{Id, Json, Params};
use crate::http::page::{Page, PageParams};
use crate::ids::{AttemptId, DeliveryId, EventId, WebhookEndpointId};
use crate::permissions::Permission;
use crate::resources::events::Kind;
use crate::resources::webhooks::transforms::routes::OutgoingView;
use crate::resources::webhooks::{Payload, store as endpoints};
use crate::services::Services;

pub(crate) fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(test))
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(list_attempts))
        .routes(routes!(resend))
        .routes(routes!(expunge))
}

/// An event on its way to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    pub id: DeliveryId,
    pub endpoint_id: WebhookEndpointId,
    /// Sent as `webhook-id`, however often it is sent.
    pub event_id: EventId,
    #[schema(example = "resume.parsed")]
    pub event_type: String,
    #[schema(example = "resume_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub subject_id: String,
    pub status: Status,
    /// Why it was given up, dropped or cancelled: `exhausted`, `gone`, `address_blocked`, `endpoint_disabled` and the like.
    #[schema(example = "exhausted")]
    pub reason: Option<String>,
    /// What began it, the last time it was begun.
    pub cause: Cause,
    /// Attempts since then.
    #[schema(example = 1)]
    pub attempts: i64,
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Of no event that happened.
    pub is_test: bool,
    /// What was sent is not kept any more.
    pub is_expunged: bool,
    pub created_at: DateTime<Utc>,
    /// When it was delivered or given up.
    pub finished_at: Option<DateTime<Utc>>,
}

impl DeliveryView {
    pub(crate) fn of(delivery: Delivery) -> Self {
        let Delivery {
            id,
            endpoint_id,
            event_id,
            event_type,
            subject_id,
            status,
            reason,
            cause,
            ticket: _,
            round: _,
            attempts,
            next_at,
            sending_until: _,
            body: _,
            parts: _,
            parts_sent: _,
            candidate_id: _,
            is_test,
            is_expunged,
            created_at,
            finished_at,
        } = delivery;
        Self {
            id,
            endpoint_id,
            event_id,
            event_type,
            subject_id,
            status,
            reason,
            cause,
            attempts,
            next_attempt_at: next_at,
            is_test: is_test == 1,
            is_expunged: is_expunged == 1,
            created_at,
            finished_at,
        }
    }
}

/// A delivery and what it sends.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryDetail {
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// The event as it is sent, from the first attempt on; `null` also when it shows what you may not read.
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
    /// What the endpoint's transform made of it, which is sent instead.
    pub requests: Option<Vec<OutgoingView>>,
}

/// One attempt to deliver.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    pub id: AttemptId,
    pub delivery_id: DeliveryId,
    /// Counted anew when the delivery is sent again.
    #[schema(example = 1)]
    pub number: i64,
    pub cause: Cause,
    /// `delivered`, `bad_status`, `timeout`, `unreachable`, `broken_off`, `address_blocked`, `port_blocked`, `https_only`,
    /// `bad_url`, or `transform_failed`.
    #[schema(example = "delivered")]
    pub outcome: String,
    #[schema(example = 204)]
    pub status_code: Option<i64>,
    /// In words, when it failed.
    pub detail: Option<String>,
    /// The beginning of what the endpoint answered, a kilobyte at most.
    pub response: Option<String>,
    #[schema(example = 42)]
    pub duration_ms: i64,
    pub started_at: DateTime<Utc>,
}

impl AttemptView {
    fn of(attempt: Attempt) -> Self {
        let Attempt {
            id,
            delivery_id,
            number,
            cause,
            outcome,
            status_code,
            detail,
            response,
            duration_ms,
            started_at,
        } = attempt;
        Self {
            id,
            delivery_id,
            number,
            cause,
            outcome,
            status_code,
            detail,
            response,
            duration_ms,
            started_at,
        }
    }
}

/// What to try an endpoint with.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookTest {
    /// Of which type the example is; the first of the endpoint's by default.
    #[schema(example = "application.hired")]
    event_type: Option<String>,
}

/// Which deliveries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryParams {
    /// Only of this status.
    #[param(inline)]
    status: Option<Status>,
    /// Only of events of this type.
    #[param(example = "resume.parsed")]
    event_type: Option<String>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// Send an endpoint an example
///
/// An event that never happened, with `"is_test": true` in it. It is tried once, also while the endpoint is paused; what came
/// of it stands in the delivery's attempts.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints/{id}/test", tag = "webhooks", params(("id" = WebhookEndpointId, Path)),
    request_body = WebhookTest,
    responses(
        (status = 202, description = "It will be sent", body = DeliveryView),
        (status = 409, description = "`endpoint_disabled`"),
    ),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn test(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
    Json(WebhookTest { event_type }): Json<WebhookTest>,
) -> Result<(StatusCode, axum::Json<DeliveryView>)> {
    let read = |word: String| {
        let detail = "there is no such type of event; GET /v1/event-types lists them";
        Kind::from_word(&word).ok_or_else(|| Error::invalid("#/event_type", "unknown_event_type", detail))
    };
    let kind = event_type.map(read).transpose()?;
    let delivery = actions::test(&services, &caller, id, kind).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(DeliveryView::of(delivery))))
}

/// List an endpoint's deliveries
///
/// Newest first; those of the last ninety days.
#[utoipa::path(
    get, path = "/v1/webhook-endpoints/{id}/deliveries", tag = "webhooks",
    params(("id" = WebhookEndpointId, Path), DeliveryParams),
    responses(
        (status = 200, body = Page<DeliveryView>,
            headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
    ),
    extensions(("x-permission" = json!("webhook:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
    Params(params): Params<DeliveryParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<DeliveryView>> {
    let DeliveryParams { status, event_type, limit, cursor } = params;
    let filter = Filter { status, event_type };
    let list = format!("deliveries of {} to {id}: {filter:?}", caller.tenant);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::WebhookRead).await?;
    endpoints::get(&mut tx, id).await?;
    let rows = store::list(&mut tx, id, &filter, position).await?;
    tx.commit().await?;
    let key = |row: &Delivery| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, key, DeliveryView::of))
}

/// Read a delivery
#[utoipa::path(
    get, path = "/v1/deliveries/{id}", tag = "webhooks", params(("id" = DeliveryId, Path)),
    responses((status = 200, body = DeliveryDetail)),
    extensions(("x-permission" = json!("webhook:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<DeliveryId>,
) -> Result<axum::Json<DeliveryDetail>> {
    let mut tx = services.db.read(&caller, Permission::WebhookRead).await?;
    let mut delivery = store::get(&mut tx, id).await?;
    tx.commit().await?;
    // Only a full payload has the subject in it, and the endpoint may have had another one when it was sent.
    let may_see = caller.grants.everywhere().includes(Payload::Full.hands_on());
    let body = delivery.body.take().and_then(|body| serde_json::from_str::<Value>(&body).ok());
    let body = body.filter(|body| may_see || body.get("subject").is_none());
    let parts = delivery.parts.take().filter(|_| body.is_some());
    let requests = parts.map(|parts| parts.0.into_iter().map(OutgoingView::of).collect());
    Ok(axum::Json(DeliveryDetail { delivery: DeliveryView::of(delivery), body, requests }))
}

/// List the attempts of a delivery
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/deliveries/{id}/attempts", tag = "webhooks", params(("id" = DeliveryId, Path), PageParams),
    responses(
        (status = 200, body = Page<AttemptView>,
            headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
    ),
    extensions(("x-permission" = json!("webhook:read")))
)]
async fn list_attempts(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<DeliveryId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<AttemptView>> {
    let list = format!("attempts of {} at {id}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::WebhookRead).await?;
    store::get(&mut tx, id).await?;
    let rows = store::list_attempts(&mut tx, id, position).await?;
    tx.commit().await?;
    let key = |row: &Attempt| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, key, AttemptView::of))
}

/// Send a delivery again
///
/// Whatever became of it, with all its attempts. It keeps its `webhook-id`.
#[utoipa::path(
    post, path = "/v1/deliveries/{id}/resends", tag = "webhooks", params(("id" = DeliveryId, Path)),
    responses(
        (status = 202, description = "It will be sent", body = DeliveryView),
        (status = 409, description = "`endpoint_disabled`, `delivery_expunged`, `changed_meanwhile`"),
    ),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn resend(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<DeliveryId>,
) -> Result<(StatusCode, axum::Json<DeliveryView>)> {
    let delivery = actions::resend(&services, &caller, id).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(DeliveryView::of(delivery))))
}

/// Forget what was sent
///
/// And what was answered; that it was sent stays. What is still on its way is not sent any more.
#[utoipa::path(
    delete, path = "/v1/deliveries/{id}/payload", tag = "webhooks", params(("id" = DeliveryId, Path)),
    responses((status = 204, description = "Forgotten")),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn expunge(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<DeliveryId>,
) -> Result<StatusCode> {
    actions::expunge(&services, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
