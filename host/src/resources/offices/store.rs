//! All SQL about offices.

use sqlx::types::Json;

use super::Office;
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::OfficeId;

pub(crate) async fn get(tx: &mut Tx, id: OfficeId) -> Result<Office> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| sqlx::query_as::<_, Office>(
        "select id, name, address, created_at, updated_at, version
         from offices where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    found.ok_or(Error::NotFound { what: "office" })
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<Office>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Office>(
        "select id, name, address, created_at, updated_at, version from offices
         where tenant_id = $1 and deleted_at is null and id < $2
         order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await)?)
}

/// Those of these that are there.
pub(crate) async fn list_some(tx: &mut Tx, ids: &[OfficeId]) -> Result<Vec<Office>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, name, address, created_at, updated_at, version from offices
            where tenant_id = $1 and deleted_at is null and id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "select id, name, address, created_at, updated_at, version from offices
            where tenant_id = $1 and deleted_at is null and lower(hex(id)) in (select value from json_each($2))");
    Ok(on!(tx, |c| sqlx::query_as::<_, Office>(text)
        .bind(tenant)
        .bind(Json(digits(ids)))
        .fetch_all(c)
        .await)?)
}

/// Keeps offices from being deleted until the transaction ends; answers those that are there.
pub(crate) async fn hold(tx: &mut Tx, ids: &[OfficeId]) -> Result<Vec<OfficeId>> {
    let tenant = tx.tenant();
    // SQLite has one writer at a time anyway.
    let text = sql!(tx,
        postgres: "select id from offices
            where tenant_id = $1 and deleted_at is null and id = any (array(select value::uuid from jsonb_array_elements_text($2)))
            order by id for share",
        sqlite: "select id from offices
            where tenant_id = $1 and deleted_at is null and lower(hex(id)) in (select value from json_each($2))
            order by id");
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(tenant).bind(Json(digits(ids))).fetch_all(c).await)?)
}

fn digits(ids: &[OfficeId]) -> Vec<String> {
    ids.iter().map(|id| id.uuid().simple().to_string()).collect()
}

pub(crate) async fn insert(tx: &mut Tx, office: &Office) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into offices (tenant_id, id, name, address, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(tenant)
    .bind(office.id)
    .bind(&office.name)
    .bind(&office.address)
    .bind(office.created_at)
    .bind(office.updated_at)
    .bind(office.version)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, office: &mut Office) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update offices set name = $4, address = $5, updated_at = $6, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(office.id)
    .bind(office.version)
    .bind(&office.name)
    .bind(&office.address)
    .bind(office.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Error::changed());
    }
    office.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: OfficeId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update offices set deleted_at = $3, updated_at = $3, version = version + 1
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

/// Jobs that refer to it.
pub(crate) async fn count_jobs(tx: &mut Tx, id: OfficeId) -> Result<i64> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select count(*) from jobs
            where tenant_id = $1 and deleted_at is null and office_ids @> $2",
        sqlite: "select count(*) from jobs
            where tenant_id = $1 and deleted_at is null
              and exists (select 1 from json_each(jobs.office_ids) own join json_each($2) wanted on own.value = wanted.value)");
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(tenant).bind(Json([id])).fetch_one(c).await)?)
}
