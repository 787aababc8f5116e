//! All SQL about tenants.

use super::Tenant;
use crate::db::{SystemTx, on};
use crate::error::Result;

pub(crate) async fn insert(tx: &mut SystemTx, tenant: &Tenant) -> Result<()> {
    on!(tx, |c| {
        sqlx::query(
        "insert into tenants (id, name, slug, created_at, updated_at, version) values ($1, $2, $3, $4, $5, $6)"
    )
    .bind(tenant.id)
    .bind(&tenant.name)
    .bind(&tenant.slug)
    .bind(tenant.created_at)
    .bind(tenant.updated_at)
    .bind(tenant.version)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn find_by_slug(tx: &mut SystemTx, slug: &str) -> Result<Option<Tenant>> {
    Ok(on!(tx, |c| sqlx::query_as::<_, Tenant>(
        "select id, name, slug, created_at, updated_at, version from tenants where slug = $1"
    )
    .bind(slug)
    .fetch_optional(c)
    .await)?)
}
