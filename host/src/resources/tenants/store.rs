//! All SQL about tenants.

use super::Tenant;
use crate::db::{SystemTx, Tx, on};
use crate::error::{Error, Result};
use crate::ids::TenantId;

/// Answers false when another tenant has the slug.
pub(crate) async fn insert(tx: &mut SystemTx, tenant: &Tenant) -> Result<bool> {
    let inserted = on!(tx, |c| sqlx::query(
        "insert into tenants (id, name, slug, time_zone, profile, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (slug) do nothing"
    )
    .bind(tenant.id)
    .bind(&tenant.name)
    .bind(&tenant.slug)
    .bind(&tenant.time_zone)
    .bind(&tenant.profile)
    .bind(tenant.created_at)
    .bind(tenant.updated_at)
    .bind(tenant.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

/// The transaction's own tenant.
pub(crate) async fn get(tx: &mut Tx) -> Result<Tenant> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, Tenant>(
        "select id, name, slug, time_zone, profile, created_at, updated_at, version from tenants where id = $1"
    )
    .bind(tenant)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "tenant" })
}

/// Whichever tenant has the slug: sign-in begins with it.
pub(crate) async fn find_by_slug(tx: &mut SystemTx, slug: &str) -> Result<Option<TenantId>> {
    Ok(on!(tx, |c| sqlx::query_scalar::<_, TenantId>("select id from tenants where slug = $1")
        .bind(slug)
        .fetch_optional(c)
        .await)?)
}

/// Why a tenant could not be saved.
pub(crate) enum Unsaved {
    SlugTaken,
    Other(Error),
}

impl From<sqlx::Error> for Unsaved {
    fn from(error: sqlx::Error) -> Self {
        let is_taken = error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
        if is_taken { Unsaved::SlugTaken } else { Unsaved::Other(error.into()) }
    }
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, tenant: &mut Tenant) -> Result<(), Unsaved> {
    let own = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update tenants
         set name = $3, slug = $4, time_zone = $5, profile = $6, updated_at = $7, version = version + 1
         where id = $1 and version = $2"
    )
    .bind(own)
    .bind(tenant.version)
    .bind(&tenant.name)
    .bind(&tenant.slug)
    .bind(&tenant.time_zone)
    .bind(&tenant.profile)
    .bind(tenant.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Unsaved::Other(Error::changed()));
    }
    tenant.version += 1;
    Ok(())
}
