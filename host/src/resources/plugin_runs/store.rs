//! All SQL about plugin runs.

use sqlx::types::Json;

use super::Run;
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on};
use crate::error::Result;
use crate::hooks::{Outcome, RunRecord};
use crate::http::page::Position;
use crate::ids::RunId;

/// `subject` is the id of what the plugin worked on, as it stands on the wire.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: RunId,
    subject: &str,
    record: &RunRecord,
    error_code: Option<&str>,
    now: Time,
) -> Result<()> {
    let tenant = tx.tenant();
    let micros = |time: std::time::Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    on!(tx, |c| {
        sqlx::query(
        "insert into plugin_runs
            (tenant_id, id, plugin, version, kind, digest, subject_id, outcome, error_code, wall_micros, cpu_micros,
             fuel, peak_memory, host_calls, inference_tokens, log, input_hash, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
    )
    .bind(tenant)
    .bind(id)
    .bind(&record.plugin.id)
    .bind(&record.plugin.version)
    .bind(record.plugin.kind.as_str())
    .bind(&record.plugin.digest)
    .bind(subject)
    .bind(record.outcome)
    .bind(error_code)
    .bind(micros(record.wall))
    .bind(micros(record.cpu))
    .bind(record.fuel.map(count))
    .bind(count(record.peak_memory))
    .bind(i64::from(record.host_calls))
    .bind(record.inference_tokens.map(count))
    .bind(Json(&record.log_tail))
    .bind(&record.input_hash)
    .bind(now)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn find(tx: &mut Tx, id: RunId) -> Result<Option<Run>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Run>(
        "select id, version, digest, subject_id, outcome, error_code, wall_micros, cpu_micros, fuel, peak_memory,
                host_calls, inference_tokens, log, input_hash, created_at
         from plugin_runs where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// A plugin's, the latest first; only those that ended so, or all.
pub(crate) async fn list(
    tx: &mut Tx,
    plugin: &str,
    outcome: Option<Outcome>,
    position: Position,
) -> Result<Vec<Run>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Run>(
        "select id, version, digest, subject_id, outcome, error_code, wall_micros, cpu_micros, fuel, peak_memory,
                host_calls, inference_tokens, log, input_hash, created_at
         from plugin_runs
         where tenant_id = $1 and plugin = $2 and id < $3 and ($4 = 1 or outcome = $5)
         order by id desc limit $6"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(position.after)
    .bind(i64::from(outcome.is_none()))
    .bind(outcome)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// Deletes runs older than `before`, a bounded number; answers how many.
pub(crate) async fn delete_before(tx: &mut SystemTx, before: Time, limit: i64) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(
        "delete from plugin_runs where (tenant_id, id) in
            (select tenant_id, id from plugin_runs where created_at < $1 limit $2)"
    )
    .bind(before)
    .bind(limit)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}
