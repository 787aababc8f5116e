//! Identity providers on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Algorithm, Details, IdentityProvider, RoleMapping, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::IdentityProviderId;
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// Somebody else's server whose tokens are believed.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityProviderView {
    pub id: IdentityProviderId,
    #[schema(example = "Company login")]
    pub name: String,
    #[schema(example = "https://login.example.com")]
    pub issuer: String,
    #[schema(example = "mortise")]
    pub audience: String,
    #[schema(example = "https://login.example.com/keys")]
    pub jwks_url: String,
    pub algorithms: Vec<Algorithm>,
    /// The claim with the e-mail address a member is found by.
    #[schema(example = "email")]
    pub email_claim: String,
    /// The claim whose values stand for roles.
    #[schema(example = "groups")]
    pub role_claim: Option<String>,
    pub role_mappings: Vec<RoleMapping>,
    /// Whether somebody unknown becomes a member.
    pub makes_members: bool,
    pub is_enabled: bool,
    /// When its keys were last fetched; they are again every hour, and when a token names an unknown one.
    pub keys_fetched_at: Option<DateTime<Utc>>,
    /// Why they could not be, the last time.
    pub keys_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl IdentityProviderView {
    fn of(provider: IdentityProvider) -> Self {
        let IdentityProvider {
            tenant_id: _,
            id,
            name,
            issuer,
            audience,
            jwks_url,
            algorithms,
            email_claim,
            role_claim,
            role_mappings,
            makes_members,
            is_enabled,
            jwks: _,
            jwks_fetched_at,
            jwks_asked_at: _,
            jwks_error,
            created_at,
            updated_at,
            version,
        } = provider;
        Self {
            id,
            name,
            issuer,
            audience,
            jwks_url,
            algorithms: algorithms.0,
            email_claim,
            role_claim,
            role_mappings: role_mappings.0,
            makes_members: makes_members == 1,
            is_enabled: is_enabled == 1,
            keys_fetched_at: jwks_fetched_at,
            keys_error: jwks_error,
            created_at,
            updated_at,
            version,
        }
    }
}

/// A provider to believe.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentityProvider {
    #[schema(example = "Company login")]
    name: String,
    /// As its tokens name it in `iss`, to the letter.
    #[schema(example = "https://login.example.com")]
    issuer: String,
    /// What its tokens for this tenant name in `aud`.
    #[schema(example = "mortise")]
    audience: String,
    /// Where it publishes its keys: https, and no private address.
    #[schema(example = "https://login.example.com/keys")]
    jwks_url: String,
    /// RS256, ES256 and EdDSA without any.
    algorithms: Option<Vec<Algorithm>>,
    /// `email` without one.
    #[schema(example = "email")]
    email_claim: Option<String>,
    #[schema(example = "groups")]
    role_claim: Option<String>,
    #[serde(default)]
    role_mappings: Vec<RoleMapping>,
    #[serde(default)]
    makes_members: bool,
}

/// Changes to a provider; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProviderChanges {
    #[schema(example = "Company login")]
    name: Option<String>,
    issuer: Option<String>,
    audience: Option<String>,
    jwks_url: Option<String>,
    algorithms: Option<Vec<Algorithm>>,
    email_claim: Option<String>,
    /// `null`: tokens bring no roles.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    role_claim: Option<Option<String>>,
    role_mappings: Option<Vec<RoleMapping>>,
    makes_members: Option<bool>,
    is_enabled: Option<bool>,
}

/// List identity providers
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/identity-providers", tag = "identity providers", params(PageParams),
    responses((status = 200, body = Page<IdentityProviderView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("identity_provider:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<IdentityProviderView>> {
    let list = format!("identity providers of {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::IdentityProviderRead).await?;
    let rows = store::list(&mut tx, position).await?;
    tx.commit().await?;
    let id = |row: &IdentityProvider| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, IdentityProviderView::of))
}

/// Believe an identity provider
///
/// Its tokens are sent as `Authorization: Bearer …` with the tenant's slug in `Mortise-Tenant`. Its keys are fetched in the
/// background. Through it one can be any member, so it takes an owner.
#[utoipa::path(
    post, path = "/v1/identity-providers", tag = "identity providers", request_body = NewIdentityProvider,
    responses(
        (status = 201, description = "Made", body = IdentityProviderView),
        (status = 404, description = "`not_found`: no such role"),
        (status = 409, description = "`identity_provider_exists`: one with this issuer and audience is there"),
    ),
    extensions(("x-permission" = json!("identity_provider:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewIdentityProvider>,
) -> Result<(StatusCode, Versioned<IdentityProviderView>)> {
    let details = Details {
        name: Some(new.name),
        issuer: Some(new.issuer),
        audience: Some(new.audience),
        jwks_url: Some(new.jwks_url),
        algorithms: new.algorithms,
        email_claim: new.email_claim,
        role_claim: Some(new.role_claim),
        role_mappings: Some(new.role_mappings),
        makes_members: Some(new.makes_members),
        is_enabled: None,
    };
    let provider = actions::create(&services, &caller, details).await?;
    Ok((StatusCode::CREATED, Versioned(provider.version, IdentityProviderView::of(provider))))
}

/// Read an identity provider
#[utoipa::path(
    get, path = "/v1/identity-providers/{id}", tag = "identity providers", params(("id" = IdentityProviderId, Path)),
    responses((status = 200, body = IdentityProviderView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("identity_provider:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<IdentityProviderId>,
) -> Result<Versioned<IdentityProviderView>> {
    let mut tx = services.db.read(&caller, Permission::IdentityProviderRead).await?;
    let provider = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(provider.version, IdentityProviderView::of(provider)))
}

/// Change an identity provider
#[utoipa::path(
    patch, path = "/v1/identity-providers/{id}", tag = "identity providers", params(("id" = IdentityProviderId, Path)),
    request_body = IdentityProviderChanges,
    responses(
        (status = 200, body = IdentityProviderView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`identity_provider_exists`: one with this issuer and audience is there"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("identity_provider:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<IdentityProviderId>,
    if_match: IfMatch,
    Json(changes): Json<IdentityProviderChanges>,
) -> Result<Versioned<IdentityProviderView>> {
    let details = Details {
        name: changes.name,
        issuer: changes.issuer,
        audience: changes.audience,
        jwks_url: changes.jwks_url,
        algorithms: changes.algorithms,
        email_claim: changes.email_claim,
        role_claim: changes.role_claim,
        role_mappings: changes.role_mappings,
        makes_members: changes.makes_members,
        is_enabled: changes.is_enabled,
    };
    let provider = actions::update(&services, &caller, id, &if_match, details).await?;
    Ok(Versioned(provider.version, IdentityProviderView::of(provider)))
}

/// Believe an identity provider no more
///
/// On every node within 5 seconds. Members it brought stay.
#[utoipa::path(
    delete, path = "/v1/identity-providers/{id}", tag = "identity providers", params(("id" = IdentityProviderId, Path)),
    responses((status = 204, description = "Deleted"), (status = 412)),
    extensions(("x-permission" = json!("identity_provider:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<IdentityProviderId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
