//! All SQL about privacy policies.

use super::Policy;
use crate::db::{Tx, on};
use crate::error::{Error, Result};

pub(crate) async fn find(tx: &mut Tx) -> Result<Option<Policy>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Policy>(
        "select inactive_days, deleted_days, keeps_hired, kept_by_consent, required_consents, updated_at, version
         from privacy_policies where tenant_id = $1"
    )
    .bind(tenant)
    .fetch_optional(c)
    .await
    })?)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, policy: &mut Policy) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "insert into privacy_policies
            (tenant_id, inactive_days, deleted_days, keeps_hired, kept_by_consent, required_consents, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, 1)
         on conflict (tenant_id) do update
         set inactive_days = excluded.inactive_days, deleted_days = excluded.deleted_days,
             keeps_hired = excluded.keeps_hired, kept_by_consent = excluded.kept_by_consent,
             required_consents = excluded.required_consents, updated_at = excluded.updated_at,
             version = privacy_policies.version + 1
         where privacy_policies.version = $8"
    )
    .bind(tenant)
    .bind(policy.inactive_days)
    .bind(policy.deleted_days)
    .bind(policy.keeps_hired)
    .bind(&policy.kept_by_consent)
    .bind(&policy.required_consents)
    .bind(policy.updated_at)
    .bind(policy.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    policy.version += 1;
    Ok(())
}
