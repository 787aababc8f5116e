//! Every write to trusted keys.

use super::{TrustedKey, store};
use crate::caller::Caller;
use crate::components::signature;
use crate::error::{Error, Result};
use crate::fields;
use crate::http::etag::IfMatch;
use crate::ids::TrustedKeyId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;

const MAX_NAME: usize = 200;

/// # Errors
/// `Forbidden`; `Invalid`; `Conflict` when the tenant has had the same key already.
pub async fn create(
    services: &Services,
    caller: &Caller,
    name: &str,
    public_key: [u8; 32],
) -> Result<TrustedKey> {
    let now = services.clock.now();
    let key = TrustedKey {
        id: TrustedKeyId::new(&services.clock),
        name: fields::line("#/name", name, MAX_NAME)?,
        public_key: public_key.to_vec(),
        key_id: signature::key_id(&public_key),
        created_by: caller.member(),
        created_at: now,
        updated_at: now,
        revoked_at: None,
        version: 1,
    };
    let mut tx = services.db.begin(caller, Permission::TrustedKeyWrite).await?;
    if !store::insert(&mut tx, &key).await? {
        let detail =
            "this key is among the trusted keys already; one that was revoked is never trusted again";
        return Err(Error::Conflict { code: "trusted_key_exists", detail: detail.into() });
    }
    audit::record(&mut tx, &services.clock, "trusted_key.added", key.id, Change::made(&key));
    tx.commit().await?;
    Ok(key)
}

/// What it signed is not run any more, nor installed.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Conflict` when it is revoked already.
pub async fn revoke(
    services: &Services,
    caller: &Caller,
    id: TrustedKeyId,
    if_match: &IfMatch,
) -> Result<TrustedKey> {
    let mut tx = services.db.begin(caller, Permission::TrustedKeyWrite).await?;
    let mut key = store::get(&mut tx, id).await?;
    if_match.require(key.version)?;
    if key.revoked_at.is_some() {
        let detail = "the key is revoked already".into();
        return Err(Error::Conflict { code: "trusted_key_revoked", detail });
    }
    let before = key.clone();
    let now = services.clock.now();
    key.revoked_at = Some(now);
    key.updated_at = now;
    store::update(&mut tx, &mut key).await?;
    let change = Change::between(&before, &key);
    audit::record(&mut tx, &services.clock, "trusted_key.revoked", id, change);
    tx.commit().await?;
    Ok(key)
}
