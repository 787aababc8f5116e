//! All SQL about shadow runs.

use super::{Outcome, ShadowRun, Summary};
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on};
use crate::error::Result;
use crate::http::page::Position;
use crate::ids::{PluginId, PluginVersionId};

/// Once, however often its task runs.
pub(crate) async fn insert(tx: &mut Tx, run: &ShadowRun) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into plugin_shadow_runs
            (tenant_id, id, plugin_id, version_id, subject_id, outcome, error_code, differences, wall_micros, cpu_micros,
             fuel, peak_memory, host_calls, baseline_release, baseline_wall_micros, baseline_cpu_micros, baseline_fuel,
             baseline_peak_memory, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         on conflict do nothing"
    )
    .bind(tenant)
    .bind(run.id)
    .bind(run.plugin_id)
    .bind(run.version_id)
    .bind(&run.subject_id)
    .bind(run.outcome)
    .bind(&run.error_code)
    .bind(&run.differences)
    .bind(run.wall_micros)
    .bind(run.cpu_micros)
    .bind(run.fuel)
    .bind(run.peak_memory)
    .bind(run.host_calls)
    .bind(&run.baseline_release)
    .bind(run.baseline_wall_micros)
    .bind(run.baseline_cpu_micros)
    .bind(run.baseline_fuel)
    .bind(run.baseline_peak_memory)
    .bind(run.created_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// A plugin's, the latest first; only of a version, and only those that ended so, where they are named.
pub(crate) async fn list(
    tx: &mut Tx,
    plugin: PluginId,
    version: Option<PluginVersionId>,
    outcome: Option<Outcome>,
    position: Position,
) -> Result<Vec<ShadowRun>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, ShadowRun>(
        "select id, plugin_id, version_id, subject_id, outcome, error_code, differences, wall_micros, cpu_micros, fuel,
                peak_memory, host_calls, baseline_release, baseline_wall_micros, baseline_cpu_micros, baseline_fuel,
                baseline_peak_memory, created_at
         from plugin_shadow_runs
         where tenant_id = $1 and plugin_id = $2 and id < $3 and (cast($4 as uuid) is null or version_id = $4)
           and ($5 = 1 or outcome = $6)
         order by id desc limit $7"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(position.after)
    .bind(version)
    .bind(i64::from(outcome.is_none()))
    .bind(outcome)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

const MOST_SUMMARIES: i64 = 50;

/// Of each version of a plugin, the one installed last first.
pub(crate) async fn summarise(tx: &mut Tx, plugin: PluginId) -> Result<Vec<Summary>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Summary>(
        "select r.version_id, v.release, count(*) as compared,
                count(case when r.outcome = 'same' then 1 end) as same,
                count(case when r.outcome = 'different' then 1 end) as different,
                count(case when r.outcome = 'failed' then 1 end) as failed,
                cast(sum(r.wall_micros) as bigint) as wall_micros, cast(sum(r.cpu_micros) as bigint) as cpu_micros,
                max(r.peak_memory) as peak_memory,
                cast(sum(r.baseline_wall_micros) as bigint) as baseline_wall_micros,
                cast(sum(r.baseline_cpu_micros) as bigint) as baseline_cpu_micros,
                max(r.baseline_peak_memory) as baseline_peak_memory,
                min(r.created_at) as first_at, max(r.created_at) as last_at
         from plugin_shadow_runs r
         join plugin_versions v on v.tenant_id = r.tenant_id and v.id = r.version_id
         where r.tenant_id = $1 and r.plugin_id = $2
         group by r.version_id, v.release order by r.version_id desc limit $3"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(MOST_SUMMARIES)
    .fetch_all(c)
    .await
    })?)
}

/// Deletes those older than `before`, a bounded number; answers how many.
pub(crate) async fn delete_before(tx: &mut SystemTx, before: Time, limit: i64) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(
        "delete from plugin_shadow_runs where (tenant_id, id) in
            (select tenant_id, id from plugin_shadow_runs where created_at < $1 limit $2)"
    )
    .bind(before)
    .bind(limit)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}
