//! All SQL about plugins and their versions.

use super::{Plugin, State, Version, values};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::hooks::Kind;
use crate::http::page::Position;
use crate::ids::{PluginId, PluginVersionId};

pub(crate) async fn find(tx: &mut Tx, id: PluginId) -> Result<Option<Plugin>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Plugin>(
        "select id, name, kind, title, active_version_id, activated_at, strikes, suspended_at, suspended_until, created_by,
                created_at, updated_at, version
         from plugins where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn find_named(tx: &mut Tx, name: &str) -> Result<Option<Plugin>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Plugin>(
        "select id, name, kind, title, active_version_id, activated_at, strikes, suspended_at, suspended_until, created_by,
                created_at, updated_at, version
         from plugins where tenant_id = $1 and name = $2"
    )
    .bind(tenant)
    .bind(name)
    .fetch_optional(c)
    .await
    })?)
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<Plugin>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Plugin>(
        "select id, name, kind, title, active_version_id, activated_at, strikes, suspended_at, suspended_until, created_by,
                created_at, updated_at, version
         from plugins where tenant_id = $1 and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// False when the tenant has one of this name already.
pub(crate) async fn insert(tx: &mut Tx, plugin: &Plugin) -> Result<bool> {
    let tenant = tx.tenant();
    let done = on!(tx, |c| {
        sqlx::query(
        "insert into plugins
            (tenant_id, id, name, kind, title, active_version_id, activated_at, strikes, suspended_at, suspended_until,
             created_by, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing"
    )
    .bind(tenant)
    .bind(plugin.id)
    .bind(&plugin.name)
    .bind(plugin.kind)
    .bind(&plugin.title)
    .bind(plugin.active_version_id)
    .bind(plugin.activated_at)
    .bind(plugin.strikes)
    .bind(plugin.suspended_at)
    .bind(plugin.suspended_until)
    .bind(plugin.created_by)
    .bind(plugin.created_at)
    .bind(plugin.updated_at)
    .bind(plugin.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(done > 0)
}

/// Saves and counts the version up; `Conflict` when somebody else did so first.
pub(crate) async fn update(tx: &mut Tx, plugin: &mut Plugin) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update plugins
         set title = $4, active_version_id = $5, activated_at = $6, strikes = $7, suspended_at = $8,
             suspended_until = $9, updated_at = $10, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(plugin.id)
    .bind(plugin.version)
    .bind(&plugin.title)
    .bind(plugin.active_version_id)
    .bind(plugin.activated_at)
    .bind(plugin.strikes)
    .bind(plugin.suspended_at)
    .bind(plugin.suspended_until)
    .bind(plugin.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Error::changed());
    }
    plugin.version += 1;
    Ok(())
}

/// With all that is of it. Its files are released by whoever deletes it.
pub(crate) async fn delete(tx: &mut Tx, id: PluginId) -> Result<()> {
    values::store::delete_all(tx, id).await?;
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("delete from plugin_shadow_runs where tenant_id = $1 and plugin_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| sqlx::query("delete from plugin_trials where tenant_id = $1 and plugin_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| sqlx::query("delete from plugin_versions where tenant_id = $1 and plugin_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| sqlx::query("delete from plugins where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// A version that is asked, and what speaks against it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Asked {
    pub(crate) strikes: i64,
    pub(crate) suspended_at: Option<Time>,
    pub(crate) suspended_until: Option<Time>,
    #[sqlx(flatten)]
    pub(crate) version: Version,
}

const MOST_ACTIVE: i64 = 100;

/// Those of a kind that may be used, the one activated last first. What a revoked key signed may not.
pub(crate) async fn list_active(tx: &mut Tx, kind: Kind) -> Result<Vec<Asked>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Asked>(
        "select p.strikes, p.suspended_at, p.suspended_until,
                v.id, v.plugin_id, v.release, v.digest, v.size, v.file_id, v.state, v.error_code,
                v.error_detail, v.manifest, v.imports, v.source, v.signed_by, v.granted, v.consented_by,
                v.consented_at, v.config, v.secret_names, v.secrets, v.created_by, v.created_at, v.updated_at,
                v.version
         from plugins p
         join plugin_versions v on v.tenant_id = p.tenant_id and v.id = p.active_version_id
         left join trusted_keys k on k.tenant_id = v.tenant_id and k.id = v.signed_by
         where p.tenant_id = $1 and p.kind = $2 and p.active_version_id is not null and v.state = 'ready'
           and k.revoked_at is null
         order by p.activated_at desc, p.id desc limit $3"
    )
    .bind(tenant)
    .bind(kind)
    .bind(MOST_ACTIVE)
    .fetch_all(c)
    .await)?)
}

/// The version with these bytes of the plugin of this name, unless a revoked key signed it.
pub(crate) async fn find_trusted(tx: &mut Tx, name: &str, digest: &str) -> Result<Option<Version>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Version>(
        "select v.id, v.plugin_id, v.release, v.digest, v.size, v.file_id, v.state, v.error_code, v.error_detail, v.manifest,
                v.imports, v.source, v.signed_by, v.granted, v.consented_by, v.consented_at, v.config, v.secret_names,
                v.secrets, v.created_by, v.created_at, v.updated_at, v.version
         from plugins p
         join plugin_versions v on v.tenant_id = p.tenant_id and v.plugin_id = p.id
         left join trusted_keys k on k.tenant_id = v.tenant_id and k.id = v.signed_by
         where p.tenant_id = $1 and p.name = $2 and v.digest = $3 and v.state = 'ready' and k.revoked_at is null"
    )
    .bind(tenant)
    .bind(name)
    .bind(digest)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn find_version(tx: &mut Tx, id: PluginVersionId) -> Result<Option<Version>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Version>(
        "select id, plugin_id, release, digest, size, file_id, state, error_code, error_detail, manifest,
                imports, source, signed_by, granted, consented_by, consented_at, config, secret_names, secrets,
                created_by, created_at, updated_at, version
         from plugin_versions where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// The one of this semantic version.
pub(crate) async fn find_release(tx: &mut Tx, plugin: PluginId, release: &str) -> Result<Option<Version>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Version>(
        "select id, plugin_id, release, digest, size, file_id, state, error_code, error_detail, manifest,
                imports, source, signed_by, granted, consented_by, consented_at, config, secret_names, secrets,
                created_by, created_at, updated_at, version
         from plugin_versions where tenant_id = $1 and plugin_id = $2 and release = $3"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(release)
    .fetch_optional(c)
    .await
    })?)
}

/// Newest first.
pub(crate) async fn list_versions(tx: &mut Tx, plugin: PluginId, position: Position) -> Result<Vec<Version>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Version>(
        "select id, plugin_id, release, digest, size, file_id, state, error_code, error_detail, manifest,
                imports, source, signed_by, granted, consented_by, consented_at, config, secret_names, secrets,
                created_by, created_at, updated_at, version
         from plugin_versions where tenant_id = $1 and plugin_id = $2 and id < $3 order by id desc limit $4"
    )
    .bind(tenant)
    .bind(plugin)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// Every version there is of a plugin.
pub(crate) async fn list_all_versions(tx: &mut Tx, plugin: PluginId) -> Result<Vec<Version>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Version>(
        "select id, plugin_id, release, digest, size, file_id, state, error_code, error_detail, manifest,
                imports, source, signed_by, granted, consented_by, consented_at, config, secret_names, secrets,
                created_by, created_at, updated_at, version
         from plugin_versions where tenant_id = $1 and plugin_id = $2 order by id"
    )
    .bind(tenant)
    .bind(plugin)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn insert_version(tx: &mut Tx, version: &Version) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into plugin_versions
            (tenant_id, id, plugin_id, release, digest, size, file_id, state, error_code, error_detail, manifest,
             imports, source, signed_by, granted, consented_by, consented_at, config, secret_names, secrets,
             created_by, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                 $21, $22, $23, $24)"
    )
    .bind(tenant)
    .bind(version.id)
    .bind(version.plugin_id)
    .bind(&version.release)
    .bind(&version.digest)
    .bind(version.size)
    .bind(version.file_id)
    .bind(version.state)
    .bind(&version.error_code)
    .bind(&version.error_detail)
    .bind(&version.manifest)
    .bind(&version.imports)
    .bind(&version.source)
    .bind(version.signed_by)
    .bind(&version.granted)
    .bind(version.consented_by)
    .bind(version.consented_at)
    .bind(&version.config)
    .bind(&version.secret_names)
    .bind(&version.secrets)
    .bind(version.created_by)
    .bind(version.created_at)
    .bind(version.updated_at)
    .bind(version.version)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Saves and counts the version up; `Conflict` when somebody else did so first.
pub(crate) async fn update_version(tx: &mut Tx, version: &mut Version) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update plugin_versions
         set state = $4, error_code = $5, error_detail = $6, granted = $7, consented_by = $8, consented_at = $9,
             config = $10, secret_names = $11, secrets = $12, updated_at = $13, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(version.id)
    .bind(version.version)
    .bind(version.state)
    .bind(&version.error_code)
    .bind(&version.error_detail)
    .bind(&version.granted)
    .bind(version.consented_by)
    .bind(version.consented_at)
    .bind(&version.config)
    .bind(&version.secret_names)
    .bind(&version.secrets)
    .bind(version.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    version.version += 1;
    Ok(())
}

/// Only one that failed: another file takes its place.
pub(crate) async fn delete_failed_version(tx: &mut Tx, id: PluginVersionId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("delete from plugin_trials where tenant_id = $1 and version_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| sqlx::query("delete from plugin_versions where tenant_id = $1 and id = $2 and state = $3")
        .bind(tenant)
        .bind(id)
        .bind(State::Failed)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
