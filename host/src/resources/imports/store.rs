//! All SQL about imports and the reports of their rows.

use serde_json::json;
use sqlx::types::Json;

use super::{Import, Line, Outcome};
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on, sql};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::ImportId;

/// Keeps the import from being taken, cancelled or ended by others until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: ImportId) -> Result<()> {
    let tenant = tx.tenant();
    // SQLite has one writer at a time anyway.
    let text = sql!(tx,
        postgres: "select id from imports where tenant_id = $1 and id = $2 for update",
        sqlite: "select id from imports where tenant_id = $1 and id = $2");
    let _: Option<ImportId> =
        on!(tx, |c| sqlx::query_scalar(text).bind(tenant).bind(id).fetch_optional(c).await)?;
    Ok(())
}

pub(crate) async fn find(tx: &mut Tx, id: ImportId) -> Result<Option<Import>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Import>(
        "select id, kind, format, is_dry_run, on_duplicate, columns, encoding, source, file_id, size, state, faults,
                rows_total, rows_read, rows_created, rows_updated, rows_skipped, rows_failed, member_id, api_key_id,
                on_behalf_of, created_at, updated_at, finished_at, version
         from imports where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get(tx: &mut Tx, id: ImportId) -> Result<Import> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "import" })
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<Import>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Import>(
        "select id, kind, format, is_dry_run, on_duplicate, columns, encoding, source, file_id, size, state, faults,
                rows_total, rows_read, rows_created, rows_updated, rows_skipped, rows_failed, member_id, api_key_id,
                on_behalf_of, created_at, updated_at, finished_at, version
         from imports where tenant_id = $1 and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn insert(tx: &mut Tx, import: &Import) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into imports
            (tenant_id, id, kind, format, is_dry_run, on_duplicate, columns, encoding, source, file_id, size, state,
             rows_read, rows_created, rows_updated, rows_skipped, rows_failed, member_id, api_key_id, on_behalf_of,
             created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)"
    )
    .bind(tenant)
    .bind(import.id)
    .bind(import.kind)
    .bind(import.format)
    .bind(import.is_dry_run)
    .bind(import.on_duplicate)
    .bind(&import.columns)
    .bind(&import.encoding)
    .bind(&import.source)
    .bind(import.file_id)
    .bind(import.size)
    .bind(import.state)
    .bind(import.rows_read)
    .bind(import.rows_created)
    .bind(import.rows_updated)
    .bind(import.rows_skipped)
    .bind(import.rows_failed)
    .bind(import.member_id)
    .bind(import.api_key_id)
    .bind(import.on_behalf_of)
    .bind(import.created_at)
    .bind(import.updated_at)
    .bind(import.version)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Saves how far it came, and counts the version up.
pub(crate) async fn update(tx: &mut Tx, import: &mut Import) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
            "update imports
         set state = $4, faults = $5, rows_total = $6, rows_read = $7, rows_created = $8, rows_updated = $9,
             rows_skipped = $10, rows_failed = $11, updated_at = $12, finished_at = $13, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3",
        )
        .bind(tenant)
        .bind(import.id)
        .bind(import.version)
        .bind(import.state)
        .bind(&import.faults)
        .bind(import.rows_total)
        .bind(import.rows_read)
        .bind(import.rows_created)
        .bind(import.rows_updated)
        .bind(import.rows_skipped)
        .bind(import.rows_failed)
        .bind(import.updated_at)
        .bind(import.finished_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    import.version += 1;
    Ok(())
}

pub(crate) async fn insert_rows(tx: &mut Tx, import: ImportId, lines: &[Line]) -> Result<()> {
    let tenant = tx.tenant();
    let row = |line: &Line| {
        let mut row = json!({ "number": line.number, "line": line.line, "outcome": line.outcome,
            "object": line.object_id });
        if let Some(faults) = &line.faults {
            row["faults"] = json!(faults.0);
        }
        row
    };
    let rows: Vec<_> = lines.iter().map(row).collect();
    let text = sql!(tx,
        postgres: "insert into import_rows (tenant_id, import_id, number, line, outcome, object_id, faults)
            select $1, $2, number, line, outcome, object, faults
            from jsonb_to_recordset($3) as new (number bigint, line bigint, outcome text, object text, faults jsonb)",
        sqlite: "insert into import_rows (tenant_id, import_id, number, line, outcome, object_id, faults)
            select $1, $2, value ->> 'number', value ->> 'line', value ->> 'outcome', value ->> 'object',
                value -> 'faults'
            from json_each($3)");
    on!(tx, |c| sqlx::query(text).bind(tenant).bind(import).bind(Json(rows)).execute(c).await.map(drop))?;
    Ok(())
}

/// In the order of the file; of one outcome when it is named.
pub(crate) async fn list_rows(
    tx: &mut Tx,
    import: ImportId,
    outcome: Option<Outcome>,
    position: Position<(i64, i64)>,
) -> Result<Vec<Line>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Line>(
        "select number, line, outcome, object_id, faults from import_rows
         where tenant_id = $1 and import_id = $2 and number > $3 and ($4 = 1 or outcome = $5)
         order by number limit $6"
    )
    .bind(tenant)
    .bind(import)
    .bind(position.after.0)
    .bind(i64::from(outcome.is_none()))
    .bind(outcome)
    .bind(position.fetch())
    .fetch_all(c)
    .await)?)
}

/// Deletes rows of imports that ended before, a bounded number; answers how many.
pub(crate) async fn delete_rows_before(tx: &mut SystemTx, before: Time, limit: i64) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(
        "delete from import_rows where (tenant_id, import_id, number) in
            (select r.tenant_id, r.import_id, r.number from imports i
             join import_rows r on r.tenant_id = i.tenant_id and r.import_id = i.id
             where i.finished_at < $1 limit $2)"
    )
    .bind(before)
    .bind(limit)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

/// The same of the imports themselves, when nothing is left of their rows.
pub(crate) async fn delete_before(tx: &mut SystemTx, before: Time, limit: i64) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(
        "delete from imports where (tenant_id, id) in
            (select tenant_id, id from imports where finished_at < $1 limit $2)"
    )
    .bind(before)
    .bind(limit)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}
