//! The secrets of webhook endpoints on the wire.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Secret, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json};
use crate::ids::{WebhookEndpointId, WebhookSecretId};
use crate::permissions::Permission;
use crate::resources::webhooks::signature::Kind;
use crate::resources::webhooks::store as endpoints;
use crate::services::Services;

pub(crate) fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, rotate))
}

/// What signs an endpoint's deliveries, without the secret itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookSecretView {
    pub id: WebhookSecretId,
    pub kind: Kind,
    /// Of a pair: what you verify `v1a` signatures with.
    #[schema(example = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=")]
    pub public_key: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Until when it signs; `null` until another takes its place.
    pub expires_at: Option<DateTime<Utc>>,
}

impl WebhookSecretView {
    fn of(secret: Secret) -> Self {
        let Secret { id, endpoint_id: _, kind, sealed: _, public_key, created_at, expires_at } = secret;
        Self { id, kind, public_key, created_at, expires_at }
    }
}

/// Everything that signs an endpoint's deliveries now.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookSecrets {
    pub data: Vec<WebhookSecretView>,
}

/// A new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeWebhookSecret {
    #[serde(flatten)]
    pub view: WebhookSecretView,
    /// What you verify `v1` signatures with. Shown this once; `null` of a pair of keys.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: Option<String>,
}

/// How to change over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretRotation {
    /// Which of the two to replace; the shared secret by default.
    kind: Kind,
    /// The one before signs beside the new one for so long; a day by default.
    #[schema(minimum = 0, maximum = 604_800, example = 86400)]
    overlap_seconds: u32,
}

impl Default for SecretRotation {
    fn default() -> Self {
        Self { kind: Kind::V1, overlap_seconds: 24 * 60 * 60 }
    }
}

/// List what signs an endpoint's deliveries
///
/// Newest first. Each delivery carries a signature by every one of them.
#[utoipa::path(
    get, path = "/v1/webhook-endpoints/{id}/secrets", tag = "webhooks", params(("id" = WebhookEndpointId, Path)),
    responses((status = 200, body = WebhookSecrets)),
    extensions(("x-permission" = json!("webhook:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
) -> Result<axum::Json<WebhookSecrets>> {
    let mut tx = services.db.read(&caller, Permission::WebhookRead).await?;
    endpoints::get(&mut tx, id).await?;
    let secrets = store::list(&mut tx, id, services.clock.now()).await?;
    tx.commit().await?;
    Ok(axum::Json(WebhookSecrets { data: secrets.into_iter().map(WebhookSecretView::of).collect() }))
}

/// Replace a secret
///
/// The answer alone holds the new one. The one before signs beside it for a while: verify with either meanwhile.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints/{id}/secrets", tag = "webhooks", params(("id" = WebhookEndpointId, Path)),
    request_body = SecretRotation,
    responses(
        (status = 201, description = "Made", body = MadeWebhookSecret),
        (status = 409, description = "`too_many_secrets`: wait until the first ones have ended"),
    ),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn rotate(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
    Json(SecretRotation { kind, overlap_seconds }): Json<SecretRotation>,
) -> Result<(StatusCode, axum::Json<MadeWebhookSecret>)> {
    let overlap = Duration::from_secs(overlap_seconds.into());
    let (secret, key) = actions::rotate(&services, &caller, id, kind, overlap).await?;
    let view = WebhookSecretView::of(secret);
    Ok((StatusCode::CREATED, axum::Json(MadeWebhookSecret { view, secret: key.secret() })))
}
