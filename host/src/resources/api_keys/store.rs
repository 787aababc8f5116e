//! All SQL about API keys.

use super::ApiKey;
use crate::db::{SystemTx, Tx, on};
use crate::error::Result;

pub(crate) async fn insert(tx: &mut Tx, key: &ApiKey) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into api_keys
            (tenant_id, id, member_id, name, prefix, secret_hash, permissions, created_at, expires_at, revoked_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    )
    .bind(tenant)
    .bind(key.id)
    .bind(key.member_id)
    .bind(&key.name)
    .bind(&key.prefix)
    .bind(&key.secret_hash)
    .bind(&key.permissions)
    .bind(key.created_at)
    .bind(key.expires_at)
    .bind(key.revoked_at)
    .bind(key.version)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// The key of this prefix, whichever tenant's: the tenant is what authentication is about to learn.
pub(crate) async fn find_by_prefix(tx: &mut SystemTx, prefix: &str) -> Result<Option<ApiKey>> {
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, ApiKey>(
        "select tenant_id, id, member_id, name, prefix, secret_hash, permissions, created_at, expires_at, revoked_at, version
         from api_keys where prefix = $1"
    )
    .bind(prefix)
    .fetch_optional(c)
    .await
    })?)
}
