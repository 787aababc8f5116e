//! The caller's tenant on the wire.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{CompanyProfile, Tenant, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::Json;
use crate::http::etag::{IfMatch, Versioned};
use crate::ids::TenantId;
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(read, update))
}

/// A tenant: an organisation that hires.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenantView {
    pub id: TenantId,
    #[schema(example = "Acme Ltd")]
    pub name: String,
    /// Names the tenant at sign-in.
    #[schema(example = "acme")]
    pub slug: String,
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    pub profile: CompanyProfile,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl TenantView {
    pub(crate) fn of(tenant: Tenant) -> Self {
        let Tenant { id, name, slug, time_zone, profile, created_at, updated_at, version } = tenant;
        Self { id, name, slug, time_zone, profile: profile.0, created_at, updated_at, version }
    }
}

/// Changes to a tenant; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantChanges {
    #[schema(example = "Acme Ltd")]
    name: Option<String>,
    /// Members sign in with it: tell them before you change it.
    #[schema(example = "acme")]
    slug: Option<String>,
    /// An IANA name; figures by month are cut in it.
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// Replaces the whole profile.
    profile: Option<CompanyProfile>,
}

/// Read the tenant
///
/// The tenant of the credential: there is no way to name another.
#[utoipa::path(
    get, path = "/v1/tenant", tag = "tenant",
    responses((status = 200, body = TenantView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("tenant:read")))
)]
async fn read(State(services): State<Services>, caller: Caller) -> Result<Versioned<TenantView>> {
    let mut tx = services.db.read(&caller, Permission::TenantRead).await?;
    let tenant = store::get(&mut tx).await?;
    tx.commit().await?;
    Ok(Versioned(tenant.version, TenantView::of(tenant)))
}

/// Change the tenant
#[utoipa::path(
    patch, path = "/v1/tenant", tag = "tenant", request_body = TenantChanges,
    responses(
        (status = 200, body = TenantView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`tenant_slug_taken`: another tenant has the slug"),
        (status = 412), (status = 428),
    ),
    extensions(("x-permission" = json!("tenant:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    if_match: IfMatch,
    Json(changes): Json<TenantChanges>,
) -> Result<Versioned<TenantView>> {
    let TenantChanges { name, slug, time_zone, profile } = changes;
    let changes = actions::Changes { name, slug, time_zone, profile };
    let tenant = actions::update(&services, &caller, &if_match, changes).await?;
    Ok(Versioned(tenant.version, TenantView::of(tenant)))
}
