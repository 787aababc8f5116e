//! All SQL about plugin bindings.

use super::PluginBinding;
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::BindingId;

pub(crate) async fn get(tx: &mut Tx, id: BindingId) -> Result<PluginBinding> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, PluginBinding>(
        "select id, kind, plugin, job_id, weight, is_blind, is_enabled, config, created_by, created_at, updated_at, version
         from plugin_bindings where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "plugin binding" })
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<PluginBinding>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, PluginBinding>(
        "select id, kind, plugin, job_id, weight, is_blind, is_enabled, config, created_by, created_at, updated_at, version
         from plugin_bindings where tenant_id = $1 and deleted_at is null and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// All scoring rules that are bound, for whatever job.
pub(crate) async fn list_scoring(tx: &mut Tx) -> Result<Vec<PluginBinding>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, PluginBinding>(
        "select id, kind, plugin, job_id, weight, is_blind, is_enabled, config, created_by, created_at, updated_at, version
         from plugin_bindings where tenant_id = $1 and kind = 'scoring' and deleted_at is null order by id"
    )
    .bind(tenant)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn count(tx: &mut Tx) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(*) from plugin_bindings where tenant_id = $1 and deleted_at is null"
    )
    .bind(tenant)
    .fetch_one(c)
    .await)?)
}

/// Answers false when the plugin is bound there already.
pub(crate) async fn insert(tx: &mut Tx, binding: &PluginBinding) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| {
        sqlx::query(
        "insert into plugin_bindings
            (tenant_id, id, kind, plugin, job_id, weight, is_blind, is_enabled, config, created_by, created_at,
             updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict do nothing"
    )
    .bind(tenant)
    .bind(binding.id)
    .bind(binding.kind)
    .bind(&binding.plugin)
    .bind(binding.job_id)
    .bind(binding.weight)
    .bind(binding.is_blind)
    .bind(binding.is_enabled)
    .bind(&binding.config)
    .bind(binding.created_by)
    .bind(binding.created_at)
    .bind(binding.updated_at)
    .bind(binding.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, binding: &mut PluginBinding) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update plugin_bindings
         set weight = $4, is_blind = $5, is_enabled = $6, config = $7, updated_at = $8, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(binding.id)
    .bind(binding.version)
    .bind(binding.weight)
    .bind(binding.is_blind)
    .bind(binding.is_enabled)
    .bind(&binding.config)
    .bind(binding.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Error::changed());
    }
    binding.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: BindingId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update plugin_bindings set deleted_at = $3, updated_at = $3, version = version + 1
         where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
