//! What a tenant says about language models, read and changed.

use super::{Details, Settings, Usage, check_key, month, store};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::data_keys::{self, Secret};
use crate::services::Services;

pub(super) const PLACE: Secret<'static> =
    Secret { table: "inference_settings", column: "sealed_key", row: "own" };

/// The tenant's own, or that it says nothing.
///
/// # Errors
/// The database's.
pub async fn get(tx: &mut Tx, now: Time) -> Result<Settings> {
    Ok(store::find(tx).await?.unwrap_or_else(|| Settings::unset(now)))
}

/// Holds for the next question on, on every node. With what was spent this month.
///
/// # Errors
/// `Forbidden`, `PreconditionFailed`, `Invalid`.
pub async fn set(
    services: &Services,
    caller: &Caller,
    if_match: &IfMatch,
    details: Details,
) -> Result<(Settings, Usage)> {
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let before = get(&mut tx, now).await?;
    if_match.require(before.version)?;
    let mut settings = before.clone();
    let is_same_address = settings.set(&details)?;
    if let Some(url) = &settings.url {
        services.outbound.check(url).map_err(|failed| Error::invalid("#/url", failed.code, failed.detail))?;
    }
    match details.key {
        Some(Some(key)) => {
            check_key(&key)?;
            let sealed =
                data_keys::actions::seal(&mut tx, &services.clock, &services.keys, PLACE, key.as_bytes());
            settings.sealed_key = Some(sealed.await?);
        }
        Some(None) => settings.sealed_key = None,
        // Nobody has a key sent to an address it was not given for.
        None if !is_same_address => settings.sealed_key = None,
        None => {}
    }
    settings.updated_at = now;
    store::update(&mut tx, &mut settings).await?;
    let change = Change::between(&before, &settings);
    audit::record(&mut tx, &services.clock, "inference.updated", caller.tenant, change);
    let usage = store::usage(&mut tx, &month(now)).await?;
    tx.commit().await?;
    Ok((settings, usage))
}
