//! All SQL about data keys.

use super::DataKey;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::DataKeyId;

/// Oldest first. A tenant has one, or a few.
pub(crate) async fn list(tx: &mut Tx) -> Result<Vec<DataKey>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, DataKey>(
        "select tenant_id, id, wrapped, key_id, created_at from data_keys where tenant_id = $1 order by id"
    )
    .bind(tenant)
    .fetch_all(c)
    .await)?)
}

pub(crate) async fn insert(tx: &mut Tx, key: &DataKey) -> Result<()> {
    on!(tx, |c| sqlx::query(
        "insert into data_keys (tenant_id, id, wrapped, key_id, created_at) values ($1, $2, $3, $4, $5)"
    )
    .bind(key.tenant_id)
    .bind(key.id)
    .bind(&key.wrapped)
    .bind(&key.key_id)
    .bind(key.created_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// The same key, sealed anew.
pub(crate) async fn update(tx: &mut Tx, id: DataKeyId, wrapped: &[u8], key_id: &str) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update data_keys set wrapped = $3, key_id = $4 where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .bind(wrapped)
    .bind(key_id)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
