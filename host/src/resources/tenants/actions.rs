//! Every write to tenants.

use super::{CompanyProfile, Tenant, store};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::SystemTx;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::ids::TenantId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;

/// Makes a tenant inside a larger change.
///
/// # Errors
/// `Invalid` name; `Conflict` when another tenant has the slug.
pub async fn create(
    tx: &mut SystemTx,
    id: TenantId,
    name: &str,
    slug: Option<&str>,
    now: Time,
) -> Result<Tenant> {
    let tenant = Tenant::new(id, name, slug, now)?;
    if !store::insert(tx, &tenant).await? {
        return Err(taken(&tenant.slug));
    }
    Ok(tenant)
}

fn taken(slug: &str) -> Error {
    let detail = format!("another tenant has the slug {slug}; choose another name or slug");
    Error::Conflict { code: "tenant_slug_taken", detail }
}

/// Fields to change.
#[derive(Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub time_zone: Option<String>,
    pub profile: Option<CompanyProfile>,
}

/// # Errors
/// `Forbidden`, `PreconditionFailed`, `Invalid`, `Conflict` when another tenant has the slug.
pub async fn update(
    services: &Services,
    caller: &Caller,
    if_match: &IfMatch,
    changes: Changes,
) -> Result<Tenant> {
    let mut tx = services.db.begin(caller, Permission::TenantWrite).await?;
    let before = store::get(&mut tx).await?;
    if_match.require(before.version)?;
    let mut tenant = before.clone();
    if let Some(name) = changes.name {
        tenant.rename(&name)?;
    }
    if let Some(slug) = changes.slug {
        tenant.set_slug(&slug)?;
    }
    if let Some(zone) = changes.time_zone {
        tenant.set_time_zone(&zone)?;
    }
    if let Some(profile) = changes.profile {
        tenant.profile.0 = profile.checked("#/profile")?;
    }
    tenant.updated_at = services.clock.now();
    store::update(&mut tx, &mut tenant).await.map_err(|error| match error {
        store::Unsaved::SlugTaken => taken(&tenant.slug),
        store::Unsaved::Other(error) => error,
    })?;
    audit::record(&mut tx, &services.clock, "tenant.updated", tenant.id, Change::between(&before, &tenant));
    tx.commit().await?;
    Ok(tenant)
}
