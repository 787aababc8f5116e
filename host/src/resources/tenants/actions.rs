//! Makes tenants.

use super::{Tenant, store};
use crate::clock::Time;
use crate::db::SystemTx;
use crate::error::{Error, Result};
use crate::ids::TenantId;

/// Makes a tenant inside a larger change.
///
/// # Errors
/// `Invalid` name; `Conflict` when another tenant's name makes the same slug.
pub async fn create(tx: &mut SystemTx, id: TenantId, name: &str, now: Time) -> Result<Tenant> {
    let tenant = Tenant::new(id, name, now)?;
    if store::find_by_slug(tx, &tenant.slug).await?.is_some() {
        let detail = format!("a tenant with the slug {} exists already; choose another name", tenant.slug);
        return Err(Error::Conflict { code: "tenant_slug_taken", detail });
    }
    store::insert(tx, &tenant).await?;
    Ok(tenant)
}
