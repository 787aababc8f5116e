//! All SQL about versions beside the one in use.

use super::{Role, Rollout};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::hooks::Kind;
use crate::ids::{PluginId, PluginVersionId};
use crate::resources::plugins::Version;
use crate::resources::plugins::store::Asked;

/// A version beside the one in use, as it is asked.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct AskedBeside {
    pub(crate) role: Role,
    pub(crate) share_percent: Option<i64>,
    #[sqlx(flatten)]
    pub(crate) asked: Asked,
}

/// Those of a kind of plugin that may be asked. What a revoked key signed may not.
pub(crate) async fn list_asked(tx: &mut Tx, kind: Kind) -> Result<Vec<AskedBeside>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, AskedBeside>(
        "select r.role, r.share_percent, r.strikes, r.suspended_at, r.suspended_until,
                v.id, v.plugin_id, v.release, v.digest, v.size, v.file_id, v.state, v.error_code,
                v.error_detail, v.manifest, v.imports, v.source, v.signed_by, v.granted, v.consented_by,
                v.consented_at, v.config, v.secret_names, v.secrets, v.created_by, v.created_at, v.updated_at,
                v.version
         from plugin_rollouts r
         join plugins p on p.tenant_id = r.tenant_id and p.id = r.plugin_id
         join plugin_versions v on v.tenant_id = r.tenant_id and v.id = r.version_id
         left join trusted_keys k on k.tenant_id = v.tenant_id and k.id = v.signed_by
         where r.tenant_id = $1 and p.kind = $2 and v.state = 'ready' and k.revoked_at is null"
    )
    .bind(tenant)
    .bind(kind)
    .fetch_all(c)
    .await)?)
}

/// Of the plugins whose ids lie from `first` to `last`.
pub(crate) async fn list(tx: &mut Tx, first: PluginId, last: PluginId) -> Result<Vec<Rollout>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Rollout>(
        "select plugin_id, role, version_id, share_percent, strikes, suspended_at, suspended_until, created_by, created_at
         from plugin_rollouts where tenant_id = $1 and plugin_id >= $2 and plugin_id <= $3"
    )
    .bind(tenant)
    .bind(first)
    .bind(last)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn insert(tx: &mut Tx, rollout: &Rollout) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into plugin_rollouts
            (tenant_id, plugin_id, role, version_id, share_percent, strikes, suspended_at, suspended_until, created_by,
             created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    )
    .bind(tenant)
    .bind(rollout.plugin_id)
    .bind(rollout.role)
    .bind(rollout.version_id)
    .bind(rollout.share_percent)
    .bind(rollout.strikes)
    .bind(rollout.suspended_at)
    .bind(rollout.suspended_until)
    .bind(rollout.created_by)
    .bind(rollout.created_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, plugin: PluginId, role: Role) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "delete from plugin_rollouts where tenant_id = $1 and plugin_id = $2 and role = $3"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(role)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// The version, while it is a shadow that may be asked.
pub(crate) async fn find_shadow(tx: &mut Tx, version: PluginVersionId) -> Result<Option<Version>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Version>(
        "select v.id, v.plugin_id, v.release, v.digest, v.size, v.file_id, v.state, v.error_code, v.error_detail,
                v.manifest, v.imports, v.source, v.signed_by, v.granted, v.consented_by, v.consented_at, v.config,
                v.secret_names, v.secrets, v.created_by, v.created_at, v.updated_at, v.version
         from plugin_rollouts r
         join plugin_versions v on v.tenant_id = r.tenant_id and v.id = r.version_id
         left join trusted_keys k on k.tenant_id = v.tenant_id and k.id = v.signed_by
         where r.tenant_id = $1 and r.version_id = $2 and r.role = 'shadow' and v.state = 'ready'
           and k.revoked_at is null"
    )
    .bind(tenant)
    .bind(version)
    .fetch_optional(c)
    .await
    })?)
}

/// One defect of a canary more; how many there are in a row now. Nothing when it is none any more.
pub(crate) async fn strike(tx: &mut Tx, version: PluginVersionId) -> Result<Option<(i64, Option<Time>)>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, (i64, Option<Time>)>(
        "update plugin_rollouts set strikes = strikes + 1
         where tenant_id = $1 and version_id = $2 and role = 'canary' returning strikes, suspended_at"
    )
    .bind(tenant)
    .bind(version)
    .fetch_optional(c)
    .await)?)
}

/// A canary is left alone until then.
pub(crate) async fn suspend(tx: &mut Tx, version: PluginVersionId, since: Time, until: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update plugin_rollouts set suspended_at = coalesce(suspended_at, $3), suspended_until = $4
         where tenant_id = $1 and version_id = $2 and role = 'canary'"
    )
    .bind(tenant)
    .bind(version)
    .bind(since)
    .bind(until)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Whether it is this caller who tries a canary again: of all who ask at the same time, one.
pub(crate) async fn probe(tx: &mut Tx, version: PluginVersionId, now: Time, until: Time) -> Result<bool> {
    let tenant = tx.tenant();
    let done = on!(tx, |c| sqlx::query(
        "update plugin_rollouts set suspended_until = $4
         where tenant_id = $1 and version_id = $2 and role = 'canary' and suspended_at is not null
           and suspended_until <= $3"
    )
    .bind(tenant)
    .bind(version)
    .bind(now)
    .bind(until)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// The canary works: nothing speaks against it any more.
pub(crate) async fn acquit(tx: &mut Tx, version: PluginVersionId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update plugin_rollouts set strikes = 0, suspended_at = null, suspended_until = null
         where tenant_id = $1 and version_id = $2 and role = 'canary'"
    )
    .bind(tenant)
    .bind(version)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
