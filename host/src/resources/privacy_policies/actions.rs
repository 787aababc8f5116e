//! The one write of privacy policies.

use super::{Policy, Terms, store};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::http::etag::IfMatch;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;

/// The tenant's own, or that nobody is erased by itself.
///
/// # Errors
/// The database's.
pub async fn get(tx: &mut Tx, now: Time) -> Result<Policy> {
    Ok(store::find(tx).await?.unwrap_or_else(|| Policy::unset(now)))
}

/// # Errors
/// `Forbidden`, `PreconditionFailed`, `Invalid`.
pub async fn set(services: &Services, caller: &Caller, if_match: &IfMatch, terms: Terms) -> Result<Policy> {
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::PrivacyPolicyWrite).await?;
    let before = get(&mut tx, now).await?;
    if_match.require(before.version)?;
    let mut policy = before.clone();
    policy.set(terms)?;
    policy.updated_at = now;
    store::update(&mut tx, &mut policy).await?;
    let change = Change::between(&before, &policy);
    audit::record(&mut tx, &services.clock, "privacy_policy.updated", caller.tenant, change);
    tx.commit().await?;
    Ok(policy)
}
