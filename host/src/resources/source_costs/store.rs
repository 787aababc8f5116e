//! All SQL about source costs.

use super::SourceCost;
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::SourceCostId;

pub(crate) async fn get(tx: &mut Tx, id: SourceCostId) -> Result<SourceCost> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, SourceCost>(
        "select id, source, starts_on, ends_on, currency, amount, note, created_by, created_at, updated_at, version
         from source_costs where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "source cost" })
}

/// Newest first; of one source when it is named.
pub(crate) async fn list(tx: &mut Tx, source: Option<&str>, position: Position) -> Result<Vec<SourceCost>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, SourceCost>(
        "select id, source, starts_on, ends_on, currency, amount, note, created_by, created_at, updated_at, version
         from source_costs
         where tenant_id = $1 and deleted_at is null and id < $2 and ($3 = 1 or source = $4)
         order by id desc limit $5"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(i64::from(source.is_none()))
    .bind(source)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// All there are.
pub(crate) async fn list_all(tx: &mut Tx) -> Result<Vec<SourceCost>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, SourceCost>(
        "select id, source, starts_on, ends_on, currency, amount, note, created_by, created_at, updated_at, version
         from source_costs where tenant_id = $1 and deleted_at is null order by starts_on, id"
    )
    .bind(tenant)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn count(tx: &mut Tx) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(*) from source_costs where tenant_id = $1 and deleted_at is null"
    )
    .bind(tenant)
    .fetch_one(c)
    .await)?)
}

pub(crate) async fn insert(tx: &mut Tx, cost: &SourceCost) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into source_costs
            (tenant_id, id, source, starts_on, ends_on, currency, amount, note, created_by, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    )
    .bind(tenant)
    .bind(cost.id)
    .bind(&cost.source)
    .bind(&cost.starts_on)
    .bind(&cost.ends_on)
    .bind(&cost.currency)
    .bind(cost.amount)
    .bind(&cost.note)
    .bind(cost.created_by)
    .bind(cost.created_at)
    .bind(cost.updated_at)
    .bind(cost.version)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, cost: &mut SourceCost) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update source_costs
         set source = $4, starts_on = $5, ends_on = $6, currency = $7, amount = $8, note = $9, updated_at = $10,
             version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(cost.id)
    .bind(cost.version)
    .bind(&cost.source)
    .bind(&cost.starts_on)
    .bind(&cost.ends_on)
    .bind(&cost.currency)
    .bind(cost.amount)
    .bind(&cost.note)
    .bind(cost.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    cost.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: SourceCostId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update source_costs set deleted_at = $3, updated_at = $3, version = version + 1
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
