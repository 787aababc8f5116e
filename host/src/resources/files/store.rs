//! All SQL about files.

use super::{File, State};
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on};
use crate::error::{Error, Result};
use crate::ids::FileId;

pub(crate) async fn insert(tx: &mut Tx, file: &File) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into files (tenant_id, id, blob_key, state, size, sha256, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(tenant)
    .bind(file.id)
    .bind(&file.blob_key)
    .bind(file.state)
    .bind(file.size)
    .bind(&file.sha256)
    .bind(file.created_at)
    .bind(file.updated_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// How much it is, once it is there.
pub(crate) async fn measure(tx: &mut Tx, file: &File) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update files set size = $3, sha256 = $4, updated_at = $5
         where tenant_id = $1 and id = $2 and state = 'receiving'"
    )
    .bind(tenant)
    .bind(file.id)
    .bind(file.size)
    .bind(&file.sha256)
    .bind(file.updated_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Moves a file from one state to another; `Conflict` when it was in neither's place any more.
pub(crate) async fn update_state(tx: &mut Tx, id: FileId, from: State, to: State, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    let moved = on!(tx, |c| sqlx::query(
        "update files set state = $4, updated_at = $5 where tenant_id = $1 and id = $2 and state = $3"
    )
    .bind(tenant)
    .bind(id)
    .bind(from)
    .bind(to)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if moved == 0 {
        let detail = "the upload took too long and was cleared away; send the file again".into();
        return Err(Error::Conflict { code: "upload_expired", detail });
    }
    Ok(())
}

pub(crate) async fn get(tx: &mut Tx, id: FileId) -> Result<File> {
    let tenant = tx.tenant();
    let file = on!(tx, |c| sqlx::query_as::<_, File>(
        "select tenant_id, id, blob_key, state, size, sha256, created_at, updated_at
         from files where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    file.ok_or(Error::NotFound { what: "file" })
}

/// What refers to the file does not need it any more.
pub(crate) async fn release(tx: &mut Tx, id: FileId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update files set state = 'released', updated_at = $3
         where tenant_id = $1 and id = $2 and state = 'stored'"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Files of all tenants that nothing needs and nobody has touched since `before`.
pub(crate) async fn list_unneeded(tx: &mut SystemTx, before: Time, limit: i64) -> Result<Vec<File>> {
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, File>(
        "select tenant_id, id, blob_key, state, size, sha256, created_at, updated_at
         from files where state <> 'stored' and state <> 'removed' and updated_at < $1 order by updated_at limit $2"
    )
    .bind(before)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// Marks a file nobody has touched since `before` as about to go, so that a late upload cannot claim it.
pub(crate) async fn abandon(tx: &mut SystemTx, file: &File, before: Time, now: Time) -> Result<bool> {
    let done = on!(tx, |c| sqlx::query(
        "update files set state = 'abandoned', updated_at = $4
         where tenant_id = $1 and id = $2 and state in ('receiving', 'abandoned') and updated_at < $3"
    )
    .bind(file.tenant_id)
    .bind(file.id)
    .bind(before)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

pub(crate) async fn delete(tx: &mut SystemTx, file: &File) -> Result<()> {
    on!(tx, |c| sqlx::query("delete from files where tenant_id = $1 and id = $2 and state = 'abandoned'")
        .bind(file.tenant_id)
        .bind(file.id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The blob is gone; the row stays for what refers to it.
pub(crate) async fn remove(tx: &mut SystemTx, file: &File, now: Time) -> Result<()> {
    on!(tx, |c| sqlx::query(
        "update files set state = 'removed', updated_at = $3
         where tenant_id = $1 and id = $2 and state = 'released'"
    )
    .bind(file.tenant_id)
    .bind(file.id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
