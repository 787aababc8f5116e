//! All SQL about trusted keys.

use super::TrustedKey;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::TrustedKeyId;

/// False when the tenant has the same key already.
pub(crate) async fn insert(tx: &mut Tx, key: &TrustedKey) -> Result<bool> {
    let tenant = tx.tenant();
    let done = on!(tx, |c| sqlx::query(
        "insert into trusted_keys
            (tenant_id, id, name, public_key, key_id, created_by, created_at, updated_at, revoked_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing"
    )
    .bind(tenant)
    .bind(key.id)
    .bind(&key.name)
    .bind(&key.public_key)
    .bind(&key.key_id)
    .bind(key.created_by)
    .bind(key.created_at)
    .bind(key.updated_at)
    .bind(key.revoked_at)
    .bind(key.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

pub(crate) async fn get(tx: &mut Tx, id: TrustedKeyId) -> Result<TrustedKey> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| sqlx::query_as::<_, TrustedKey>(
        "select id, name, public_key, key_id, created_by, created_at, updated_at, revoked_at, version
         from trusted_keys where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    found.ok_or(Error::NotFound { what: "trusted key" })
}

/// The one a signature names.
pub(crate) async fn find_named(tx: &mut Tx, key_id: &str) -> Result<Option<TrustedKey>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, TrustedKey>(
        "select id, name, public_key, key_id, created_by, created_at, updated_at, revoked_at, version
         from trusted_keys where tenant_id = $1 and key_id = $2"
    )
    .bind(tenant)
    .bind(key_id)
    .fetch_optional(c)
    .await)?)
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<TrustedKey>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, TrustedKey>(
        "select id, name, public_key, key_id, created_by, created_at, updated_at, revoked_at, version
         from trusted_keys where tenant_id = $1 and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await)?)
}

/// Saves and counts the version up; `Conflict` when somebody else did so first.
pub(crate) async fn update(tx: &mut Tx, key: &mut TrustedKey) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update trusted_keys set revoked_at = $4, updated_at = $5, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(key.id)
    .bind(key.version)
    .bind(key.revoked_at)
    .bind(key.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Error::changed());
    }
    key.version += 1;
    Ok(())
}
