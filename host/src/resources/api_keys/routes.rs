//! API keys on the wire.

use std::time::Duration;

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiKey, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{ApiKeyId, MemberId};
use crate::permissions::Permission;
use crate::resources::roles;
use crate::services::Services;
use crate::token::Token;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, revoke)).routes(routes!(rotate))
}

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyView {
    pub id: ApiKeyId,
    #[schema(example = "careers site")]
    pub name: String,
    /// How the key begins, after `mortise_`: to recognise it by.
    #[schema(example = "4kT0Yb2nQx")]
    pub prefix: String,
    /// Whose key it is: it can never do more than they can.
    pub member_id: MemberId,
    #[schema(example = json!(["resume:create"]))]
    pub permissions: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// `null`: never.
    pub expires_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// An API key and when it was last used.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyDetail {
    #[serde(flatten)]
    pub key: ApiKeyView,
    /// To a minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A new API key.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeApiKey {
    #[serde(flatten)]
    pub key: ApiKeyView,
    /// Send it as `Authorization: Bearer …`. Shown this once.
    #[schema(example = "mortise_4kT0Yb2nQx_…")]
    pub secret: String,
}

impl ApiKeyView {
    fn of(key: ApiKey) -> Self {
        let ApiKey {
            tenant_id: _,
            id,
            member_id,
            name,
            prefix,
            secret_hash: _,
            permissions,
            created_at,
            updated_at,
            expires_at,
            revoked_at: _,
            version,
        } = key;
        Self {
            id,
            name,
            prefix,
            member_id,
            permissions: permissions.0,
            created_at,
            updated_at,
            expires_at,
            version,
        }
    }
}

fn made((key, token): (ApiKey, Token)) -> (StatusCode, Versioned<MadeApiKey>) {
    let version = key.version;
    let body = MadeApiKey { key: ApiKeyView::of(key), secret: token.reveal() };
    (StatusCode::CREATED, Versioned(version, body))
}

/// An API key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    #[schema(example = "careers site")]
    name: String,
    /// You must hold each of them yourself.
    #[schema(example = json!(["resume:create"]))]
    permissions: Vec<String>,
    /// Never without one.
    expires_at: Option<DateTime<Utc>>,
}

/// How to change over.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rotation {
    /// The key before goes on this long; not at all by default.
    #[schema(minimum = 0, maximum = 604_800, example = 3600)]
    overlap_seconds: u32,
}

/// List API keys
///
/// Newest first, without those that were revoked.
#[utoipa::path(
    get, path = "/v1/api-keys", tag = "API keys", params(PageParams),
    responses((status = 200, body = Page<ApiKeyView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("api_key:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ApiKeyView>> {
    let list = format!("API keys of {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::ApiKeyRead).await?;
    let rows = store::list(&mut tx, position).await?;
    tx.commit().await?;
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row: &ApiKey| row.id.uuid(), ApiKeyView::of))
}

/// Make an API key
///
/// Yours: it can do what it is given as far as you can, and nothing once you are disabled.
#[utoipa::path(
    post, path = "/v1/api-keys", tag = "API keys", request_body = NewApiKey,
    responses((status = 201, description = "Made", body = MadeApiKey)),
    extensions(("x-permission" = json!("api_key:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewApiKey>,
) -> Result<(StatusCode, Versioned<MadeApiKey>)> {
    let NewApiKey { name, permissions, expires_at } = new;
    let permissions = roles::read_permissions(&permissions)?;
    let new = actions::NewKey { name, permissions, expires_at };
    actions::create(&services, &caller, new).await.map(made)
}

/// Read an API key
#[utoipa::path(
    get, path = "/v1/api-keys/{id}", tag = "API keys", params(("id" = ApiKeyId, Path)),
    responses((status = 200, body = ApiKeyDetail, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("api_key:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApiKeyId>,
) -> Result<Versioned<ApiKeyDetail>> {
    let mut tx = services.db.read(&caller, Permission::ApiKeyRead).await?;
    let key = store::get(&mut tx, id).await?;
    let last_used_at = store::find_last_use(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(key.version, ApiKeyDetail { key: ApiKeyView::of(key), last_used_at }))
}

/// Revoke an API key
///
/// On every node within 5 seconds.
#[utoipa::path(
    delete, path = "/v1/api-keys/{id}", tag = "API keys", params(("id" = ApiKeyId, Path)),
    responses((status = 204, description = "Revoked"), (status = 412)),
    extensions(("x-permission" = json!("api_key:write")))
)]
async fn revoke(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApiKeyId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::revoke(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Rotate an API key
///
/// Makes a key like it, with a new secret. The one before ends, at once or after an overlap.
#[utoipa::path(
    post, path = "/v1/api-keys/{id}/rotations", tag = "API keys", params(("id" = ApiKeyId, Path)),
    request_body = Rotation,
    responses((status = 201, description = "Made", body = MadeApiKey)),
    extensions(("x-permission" = json!("api_key:write")))
)]
async fn rotate(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApiKeyId>,
    Json(rotation): Json<Rotation>,
) -> Result<(StatusCode, Versioned<MadeApiKey>)> {
    let overlap = Duration::from_secs(rotation.overlap_seconds.into());
    actions::rotate(&services, &caller, id, overlap).await.map(made)
}
