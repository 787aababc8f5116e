//! All SQL about API keys.

use super::ApiKey;
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::ApiKeyId;

pub(crate) async fn insert(tx: &mut Tx, key: &ApiKey) -> Result<()> {
    on!(tx, |c| {
        sqlx::query(
        "insert into api_keys
            (tenant_id, id, member_id, name, prefix, secret_hash, permissions, created_at, updated_at, expires_at,
             revoked_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    )
    .bind(key.tenant_id)
    .bind(key.id)
    .bind(key.member_id)
    .bind(&key.name)
    .bind(&key.prefix)
    .bind(&key.secret_hash)
    .bind(&key.permissions)
    .bind(key.created_at)
    .bind(key.updated_at)
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
        "select tenant_id, id, member_id, name, prefix, secret_hash, permissions, created_at, updated_at, expires_at,
                revoked_at, version
         from api_keys where prefix = $1"
    )
    .bind(prefix)
    .fetch_optional(c)
    .await
    })?)
}

/// One that was not revoked.
pub(crate) async fn get(tx: &mut Tx, id: ApiKeyId) -> Result<ApiKey> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, ApiKey>(
        "select tenant_id, id, member_id, name, prefix, secret_hash, permissions, created_at, updated_at, expires_at,
                revoked_at, version
         from api_keys where tenant_id = $1 and id = $2 and revoked_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "API key" })
}

/// Newest first, without the revoked.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<ApiKey>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, ApiKey>(
        "select tenant_id, id, member_id, name, prefix, secret_hash, permissions, created_at, updated_at, expires_at,
                revoked_at, version
         from api_keys where tenant_id = $1 and revoked_at is null and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, key: &mut ApiKey) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update api_keys set name = $4, expires_at = $5, revoked_at = $6, updated_at = $7, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(key.id)
    .bind(key.version)
    .bind(&key.name)
    .bind(key.expires_at)
    .bind(key.revoked_at)
    .bind(key.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    key.version += 1;
    Ok(())
}

pub(crate) async fn record_use(tx: &mut Tx, id: ApiKeyId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into api_key_uses (tenant_id, api_key_id, last_used_at) values ($1, $2, $3)
         on conflict (tenant_id, api_key_id) do update set last_used_at = $3"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub(crate) async fn find_last_use(tx: &mut Tx, id: ApiKeyId) -> Result<Option<Time>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select last_used_at from api_key_uses where tenant_id = $1 and api_key_id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?)
}
