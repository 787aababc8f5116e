//! Webhook endpoints on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::wire::{
    MadeWebhookEndpoint, NewWebhookEndpoint, WebhookEndpointChanges, WebhookEndpointStatusWanted,
    WebhookEndpointView,
};
use super::{Endpoint, Health, actions, deliveries, recoveries, secrets, store, transforms};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::WebhookEndpointId;
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(set_status))
        .merge(secrets::routes::router())
        .merge(deliveries::routes::router())
        .merge(recoveries::routes::router())
        .merge(transforms::routes::router())
}

/// List webhook endpoints
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/webhook-endpoints", tag = "webhooks", params(PageParams),
    responses(
        (status = 200, body = Page<WebhookEndpointView>,
            headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
    ),
    extensions(("x-permission" = json!("webhook:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<WebhookEndpointView>> {
    let list = format!("webhook endpoints of {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::WebhookRead).await?;
    let mut rows = Vec::new();
    for endpoint in store::list(&mut tx, position).await? {
        let health = store::health(&mut tx, endpoint.id).await?;
        rows.push((endpoint, health));
    }
    tx.commit().await?;
    let id = |(endpoint, _): &(Endpoint, Health)| endpoint.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, WebhookEndpointView::of))
}

/// Make a webhook endpoint
///
/// From now on events are sent there, each until it is answered with 2xx or given up after three days. The answer alone
/// holds `secret`: verify with it that what comes is ours.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints", tag = "webhooks", request_body = NewWebhookEndpoint,
    responses(
        (status = 201, description = "Made", body = MadeWebhookEndpoint),
        (status = 403, description = "`forbidden`, or `escalation`: its deliveries would show what you may not see"),
        (status = 409, description = "`too_many_endpoints`"),
    ),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewWebhookEndpoint>,
) -> Result<(StatusCode, Versioned<MadeWebhookEndpoint>)> {
    let (details, headers) = new.details();
    let made = actions::create(&services, &caller, details, headers).await?;
    Ok((StatusCode::CREATED, Versioned(made.endpoint.version, MadeWebhookEndpoint::of(made))))
}

/// Read a webhook endpoint
#[utoipa::path(
    get, path = "/v1/webhook-endpoints/{id}", tag = "webhooks", params(("id" = WebhookEndpointId, Path)),
    responses(
        (status = 200, body = WebhookEndpointView, headers(("etag" = String, description = "The version"))),
    ),
    extensions(("x-permission" = json!("webhook:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
) -> Result<Versioned<WebhookEndpointView>> {
    let mut tx = services.db.read(&caller, Permission::WebhookRead).await?;
    let endpoint = store::get(&mut tx, id).await?;
    let health = store::health(&mut tx, id).await?;
    tx.commit().await?;
    Ok(versioned((endpoint, health)))
}

fn versioned((endpoint, health): (Endpoint, Health)) -> Versioned<WebhookEndpointView> {
    Versioned(endpoint.version, WebhookEndpointView::of((endpoint, health)))
}

/// Change a webhook endpoint
///
/// What is on its way goes to the new address.
#[utoipa::path(
    patch, path = "/v1/webhook-endpoints/{id}", tag = "webhooks", params(("id" = WebhookEndpointId, Path)),
    request_body = WebhookEndpointChanges,
    responses(
        (status = 200, body = WebhookEndpointView, headers(("etag" = String, description = "The version"))),
        (status = 403, description = "`forbidden`, or `escalation`: its deliveries show what you may not see"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
    if_match: IfMatch,
    Json(changes): Json<WebhookEndpointChanges>,
) -> Result<Versioned<WebhookEndpointView>> {
    let (details, headers) = changes.details();
    Ok(versioned(actions::update(&services, &caller, id, &if_match, details, headers).await?))
}

/// Pause, disable or resume a webhook endpoint
///
/// While it is paused events are kept for it and sent afterwards; while it is disabled they are not, but `recoveries` sends
/// them.
#[utoipa::path(
    put, path = "/v1/webhook-endpoints/{id}/status", tag = "webhooks", params(("id" = WebhookEndpointId, Path)),
    request_body = WebhookEndpointStatusWanted,
    responses(
        (status = 200, body = WebhookEndpointView, headers(("etag" = String, description = "The version"))),
        (status = 403, description = "`forbidden`, or `escalation`: its deliveries show what you may not see"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn set_status(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
    if_match: IfMatch,
    Json(wanted): Json<WebhookEndpointStatusWanted>,
) -> Result<Versioned<WebhookEndpointView>> {
    let WebhookEndpointStatusWanted { status, reason } = wanted;
    Ok(versioned(actions::set_status(&services, &caller, id, &if_match, status, reason).await?))
}

/// Delete a webhook endpoint
///
/// What is on its way is not sent any more.
#[utoipa::path(
    delete, path = "/v1/webhook-endpoints/{id}", tag = "webhooks", params(("id" = WebhookEndpointId, Path)),
    responses((status = 204, description = "Deleted"), (status = 412)),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
