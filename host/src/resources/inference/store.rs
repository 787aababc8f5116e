//! All SQL about tenants' language models: settings, and what was spent.

use super::{Settings, Usage};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};

pub(crate) async fn find(tx: &mut Tx) -> Result<Option<Settings>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Settings>(
            "select url, sealed_key, models, embedding_model, tokens_per_month, updated_at, version
         from inference_settings where tenant_id = $1",
        )
        .bind(tenant)
        .fetch_optional(c)
        .await
    })?)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, settings: &mut Settings) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
            "insert into inference_settings
            (tenant_id, url, sealed_key, models, embedding_model, tokens_per_month, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, 1)
         on conflict (tenant_id) do update
         set url = excluded.url, sealed_key = excluded.sealed_key, models = excluded.models,
             embedding_model = excluded.embedding_model, tokens_per_month = excluded.tokens_per_month,
             updated_at = excluded.updated_at, version = inference_settings.version + 1
         where inference_settings.version = $8",
        )
        .bind(tenant)
        .bind(&settings.url)
        .bind(&settings.sealed_key)
        .bind(&settings.models)
        .bind(&settings.embedding_model)
        .bind(settings.tokens_per_month)
        .bind(settings.updated_at)
        .bind(settings.version)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    settings.version += 1;
    Ok(())
}

/// What was spent in a month, written as `2026-03`.
pub(crate) async fn usage(tx: &mut Tx, month: &str) -> Result<Usage> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, Usage>(
            "select calls, tokens from inference_usages where tenant_id = $1 and month = $2",
        )
        .bind(tenant)
        .bind(month)
        .fetch_optional(c)
        .await
    })?;
    Ok(found.unwrap_or_default())
}

/// Takes so many tokens for one call; false when there are not as many left of `most`. Whoever comes at the same time waits.
pub(crate) async fn reserve(
    tx: &mut Tx,
    month: &str,
    tokens: i64,
    most: Option<i64>,
    now: Time,
) -> Result<bool> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
            "insert into inference_usages (tenant_id, month, calls, tokens, updated_at)
         values ($1, $2, 0, 0, $3) on conflict (tenant_id, month) do nothing",
        )
        .bind(tenant)
        .bind(month)
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    let done = on!(tx, |c| {
        sqlx::query(
            "update inference_usages set calls = calls + 1, tokens = tokens + $3, updated_at = $4
         where tenant_id = $1 and month = $2 and ($5 = 1 or tokens + $3 <= $6)",
        )
        .bind(tenant)
        .bind(month)
        .bind(tokens)
        .bind(now)
        .bind(i64::from(most.is_none()))
        .bind(most.unwrap_or(0))
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(done > 0)
}

/// Puts what was spent in the place of what was taken.
pub(crate) async fn settle(tx: &mut Tx, month: &str, taken: i64, spent: i64, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
            "update inference_usages set tokens = tokens - $3 + $4, updated_at = $5
         where tenant_id = $1 and month = $2",
        )
        .bind(tenant)
        .bind(month)
        .bind(taken)
        .bind(spent)
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}
