//! All SQL about what speaks against a plugin.

use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::{PluginId, PluginVersionId};

/// One defect more; how many there are in a row now. Nothing when the plugin is gone or another version is used.
pub(crate) async fn strike(
    tx: &mut Tx,
    id: PluginId,
    version: PluginVersionId,
) -> Result<Option<(i64, Option<Time>)>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, (i64, Option<Time>)>(
        "update plugins set strikes = strikes + 1 where tenant_id = $1 and id = $2 and active_version_id = $3
         returning strikes, suspended_at"
    )
    .bind(tenant)
    .bind(id)
    .bind(version)
    .fetch_optional(c)
    .await)?)
}

/// It is left alone until then.
pub(crate) async fn suspend(tx: &mut Tx, id: PluginId, since: Time, until: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update plugins set suspended_at = coalesce(suspended_at, $3), suspended_until = $4
         where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .bind(since)
    .bind(until)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Whether it is this caller who tries it again: of all who ask at the same time, one.
pub(crate) async fn probe(tx: &mut Tx, id: PluginId, now: Time, until: Time) -> Result<bool> {
    let tenant = tx.tenant();
    let done = on!(tx, |c| sqlx::query(
        "update plugins set suspended_until = $4
         where tenant_id = $1 and id = $2 and suspended_at is not null and suspended_until <= $3"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .bind(until)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// It works: nothing speaks against it any more.
pub(crate) async fn acquit(tx: &mut Tx, id: PluginId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update plugins set strikes = 0, suspended_at = null, suspended_until = null
         where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
