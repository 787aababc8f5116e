//! All SQL about what plugins keep for themselves.

use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::PluginId;

/// What a plugin keeps under a key.
pub(crate) async fn find(tx: &mut Tx, plugin: PluginId, key: &str, now: Time) -> Result<Option<Vec<u8>>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select value from plugin_values
         where tenant_id = $1 and plugin_id = $2 and key = $3 and (expires_at is null or expires_at > $4)"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(key)
    .bind(now)
    .fetch_optional(c)
    .await)?)
}

/// How many keys it keeps, and how many bytes of keys and values, all but this one.
pub(crate) async fn measure(tx: &mut Tx, plugin: PluginId, except: &str) -> Result<(i64, i64)> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, (i64, i64)>(
        "select count(*), cast(coalesce(sum(length(value) + length(key)), 0) as bigint) from plugin_values
         where tenant_id = $1 and plugin_id = $2 and key <> $3"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(except)
    .fetch_one(c)
    .await)?)
}

pub(crate) async fn set(
    tx: &mut Tx,
    plugin: PluginId,
    key: &str,
    value: &[u8],
    expires_at: Option<Time>,
    now: Time,
) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into plugin_values (tenant_id, plugin_id, key, value, expires_at, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, plugin_id, key)
         do update set value = excluded.value, expires_at = excluded.expires_at, updated_at = excluded.updated_at"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(key)
    .bind(value)
    .bind(expires_at)
    .bind(now)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, plugin: PluginId, key: &str) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "delete from plugin_values where tenant_id = $1 and plugin_id = $2 and key = $3"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(key)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// What is past its time goes when something is set.
pub(crate) async fn delete_expired(tx: &mut Tx, plugin: PluginId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "delete from plugin_values where tenant_id = $1 and plugin_id = $2 and expires_at <= $3"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Not more than a plugin may keep; in no order.
pub(crate) async fn list_keys(tx: &mut Tx, plugin: PluginId, now: Time) -> Result<Vec<String>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select key from plugin_values
         where tenant_id = $1 and plugin_id = $2 and (expires_at is null or expires_at > $3)"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(now)
    .fetch_all(c)
    .await)?)
}

/// With the plugin goes all it kept.
pub(crate) async fn delete_all(tx: &mut Tx, plugin: PluginId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("delete from plugin_values where tenant_id = $1 and plugin_id = $2")
        .bind(tenant)
        .bind(plugin)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// A value can only be set while the plugin is there; who sets another waits.
pub(crate) async fn lock(tx: &mut Tx, id: PluginId) -> Result<bool> {
    let tenant = tx.tenant();
    let done =
        on!(tx, |c| sqlx::query("update plugins set strikes = strikes where tenant_id = $1 and id = $2")
            .bind(tenant)
            .bind(id)
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
    Ok(done > 0)
}
