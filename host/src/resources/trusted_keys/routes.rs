//! Trusted keys on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{TrustedKey, actions, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{MemberId, TrustedKeyId};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, revoke))
}

/// Somebody whose plugins are believed to be theirs.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrustedKeyView {
    pub id: TrustedKeyId,
    #[schema(example = "Acme's release key")]
    pub name: String,
    /// 32 bytes of ed25519 in base64.
    #[schema(example = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]
    pub public_key: String,
    /// SHA-256 of the public key, hexadecimal: what signatures name.
    #[schema(example = "bdb881c2dea2a03b0a39ff419f29fb8eb089a121e26d3dd5b86de4dc0468f931")]
    pub key_id: String,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Since when nothing it signed is run or installed any more.
    pub revoked_at: Option<DateTime<Utc>>,
    pub version: i64,
}

impl TrustedKeyView {
    fn of(key: TrustedKey) -> Self {
        let TrustedKey {
            id,
            name,
            public_key,
            key_id,
            created_by,
            created_at,
            updated_at,
            revoked_at,
            version,
        } = key;
        let public_key = STANDARD.encode(public_key);
        Self { id, name, public_key, key_id, created_by, created_at, updated_at, revoked_at, version }
    }
}

/// A key to trust.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrustedKey {
    #[schema(example = "Acme's release key", max_length = 200)]
    name: String,
    /// 32 bytes of ed25519 in base64, as `mortise plugin sign` prints them.
    #[schema(example = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]
    public_key: String,
}

/// List trusted keys
///
/// Newest first, with those that were revoked.
#[utoipa::path(
    get, path = "/v1/trusted-keys", tag = "plugins", params(PageParams),
    responses((status = 200, body = Page<TrustedKeyView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("trusted_key:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<TrustedKeyView>> {
    let list = list_name(caller.tenant, &uri);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::TrustedKeyRead).await?;
    let rows = store::list(&mut tx, position).await?;
    tx.commit().await?;
    let id = |row: &TrustedKey| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, TrustedKeyView::of))
}

/// Trust a key
///
/// Plugins signed with it can be installed.
#[utoipa::path(
    post, path = "/v1/trusted-keys", tag = "plugins", request_body = NewTrustedKey,
    responses(
        (status = 201, description = "Trusted", body = TrustedKeyView),
        (status = 409, description = "`trusted_key_exists`: it is, or was, trusted already"),
    ),
    extensions(("x-permission" = json!("trusted_key:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewTrustedKey>,
) -> Result<(StatusCode, Versioned<TrustedKeyView>)> {
    let bytes = STANDARD.decode(new.public_key.trim()).unwrap_or_default();
    let public_key: [u8; 32] = bytes.try_into().map_err(|_| {
        Error::invalid("#/public_key", "invalid_key", "32 bytes of an ed25519 public key in base64")
    })?;
    let key = actions::create(&services, &caller, &new.name, public_key).await?;
    Ok((StatusCode::CREATED, Versioned(key.version, TrustedKeyView::of(key))))
}

/// Read a trusted key
#[utoipa::path(
    get, path = "/v1/trusted-keys/{id}", tag = "plugins", params(("id" = TrustedKeyId, Path)),
    responses((status = 200, body = TrustedKeyView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("trusted_key:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<TrustedKeyId>,
) -> Result<Versioned<TrustedKeyView>> {
    let mut tx = services.db.read(&caller, Permission::TrustedKeyRead).await?;
    let key = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(key.version, TrustedKeyView::of(key)))
}

/// Revoke a trusted key
///
/// For good: plugins it signed stop being used at once, and none is installed any more.
#[utoipa::path(
    delete, path = "/v1/trusted-keys/{id}", tag = "plugins", params(("id" = TrustedKeyId, Path)),
    responses(
        (status = 204, description = "Revoked"),
        (status = 409, description = "`trusted_key_revoked`: it is already"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("trusted_key:write")))
)]
async fn revoke(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<TrustedKeyId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::revoke(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
