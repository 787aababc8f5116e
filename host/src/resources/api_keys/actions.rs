//! Every write to API keys.

use std::time::Duration;

use sqlx::types::Json;

use super::{ApiKey, store};
use crate::caller::Caller;
use crate::clock::{Clock, Time};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::http::etag::IfMatch;
use crate::ids::{ApiKeyId, MemberId};
use crate::permissions::{Permission, Permissions};
use crate::resources::audit::{self, Change};
use crate::resources::roles::Authority;
use crate::services::Services;
use crate::token::{Kind, Token};

const MAX_NAME: usize = 100;

/// After a rotation the key before may go on this long at most.
pub const LONGEST_OVERLAP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What a key is to be.
#[derive(Debug)]
pub struct NewKey {
    pub name: String,
    pub permissions: Permissions,
    pub expires_at: Option<Time>,
}

/// Makes a key of a member's inside a larger change, and answers it to be shown once. It may do what is asked for as far
/// as its member may, whatever becomes of that.
///
/// # Errors
/// Those of the database.
pub async fn insert(tx: &mut Tx, clock: &Clock, member: MemberId, new: NewKey) -> Result<(ApiKey, Token)> {
    let now = clock.now();
    let token = Token::draw(Kind::ApiKey);
    let key = ApiKey {
        tenant_id: tx.tenant(),
        id: ApiKeyId::new(clock),
        member_id: member,
        name: new.name,
        prefix: token.prefix().into(),
        secret_hash: token.hash().to_vec(),
        permissions: Json(new.permissions.words().into_iter().map(Into::into).collect()),
        created_at: now,
        updated_at: now,
        expires_at: new.expires_at,
        revoked_at: None,
        version: 1,
    };
    store::insert(tx, &key).await?;
    audit::record(tx, clock, "api_key.created", key.id, Change::made(&key));
    Ok((key, token))
}

/// Makes a key of the caller's own.
///
/// # Errors
/// `Forbidden`; `Invalid`; `Refusal` when it would hold more than the caller does anywhere.
pub async fn create(services: &Services, caller: &Caller, new: NewKey) -> Result<(ApiKey, Token)> {
    let name = fields::line("#/name", &new.name, MAX_NAME)?;
    if new.permissions.is_empty() {
        return Err(Error::invalid("#/permissions", "missing", "a key without permissions is of no use"));
    }
    if new.expires_at.is_some_and(|expiry| expiry <= services.clock.now()) {
        return Err(Error::invalid("#/expires_at", "in_the_past", "the key would be expired already"));
    }
    let member =
        caller.actor.member().ok_or(Error::Forbidden { permission: Permission::ApiKeyWrite.as_str() })?;
    let mut tx = services.db.begin(caller, Permission::ApiKeyWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    hand_on(&authority, new.permissions)?;
    let made = insert(&mut tx, &services.clock, member, NewKey { name, ..new }).await?;
    tx.commit().await?;
    Ok(made)
}

/// A key holds its permissions wherever its member does, so what counts is what the caller holds anywhere.
fn hand_on(authority: &Authority, permissions: Permissions) -> Result<()> {
    let missing = permissions.and(authority.grants().anywhere().complement());
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("a key cannot hold what you do not: {}", missing.words().join(", "));
    Err(Error::Refusal { code: "escalation", detail })
}

/// A new key with the same name, permissions, member and expiry; the one before goes on for the overlap.
///
/// # Errors
/// `NotFound`; `Invalid` overlap; `Refusal` when the key holds more than the caller.
pub async fn rotate(
    services: &Services,
    caller: &Caller,
    id: ApiKeyId,
    overlap: Duration,
) -> Result<(ApiKey, Token)> {
    if overlap > LONGEST_OVERLAP {
        return Err(Error::invalid("#/overlap_seconds", "out_of_range", "the overlap is at most seven days"));
    }
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::ApiKeyWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    let before = store::get(&mut tx, id).await?;
    if !before.is_valid(now) {
        return Err(Error::NotFound { what: "API key" });
    }
    // Whoever makes a new secret of a key can act with it: no less than the key can, now or once its member is back.
    authority.over_part(&mut tx, before.member_id, before.permissions()).await?;
    let new = NewKey {
        name: before.name.clone(),
        permissions: before.permissions(),
        expires_at: before.expires_at,
    };
    let made = insert(&mut tx, &services.clock, before.member_id, new).await?;
    let mut key = before.clone();
    let end = now + overlap;
    key.expires_at = Some(key.expires_at.map_or(end, |expiry| expiry.min(end)));
    key.updated_at = now;
    store::update(&mut tx, &mut key).await?;
    audit::record(&mut tx, &services.clock, "api_key.rotated", id, Change::between(&before, &key));
    tx.commit().await?;
    services.known_callers.forget();
    Ok(made)
}

/// # Errors
/// `NotFound`; `PreconditionFailed`.
pub async fn revoke(services: &Services, caller: &Caller, id: ApiKeyId, if_match: &IfMatch) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::ApiKeyWrite).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    let mut key = before.clone();
    key.revoked_at = Some(services.clock.now());
    key.updated_at = services.clock.now();
    store::update(&mut tx, &mut key).await?;
    audit::record(&mut tx, &services.clock, "api_key.revoked", id, Change::between(&before, &key));
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}
