//! Every write to saved searches. They are everybody's own, so wherever the permission holds it holds for all of one's own.

use sqlx::types::Json;

use super::{Details, Query, SavedSearch, Subject, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::http::etag::IfMatch;
use crate::ids::SavedSearchId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::members;
use crate::services::Services;

/// The search, if it is the caller's or shared.
///
/// # Errors
/// `NotFound`; `Forbidden` when no member stands behind the caller.
pub(crate) async fn get(tx: &mut Tx, id: SavedSearchId) -> Result<SavedSearch> {
    let member = members::actions::oneself(tx.caller())?;
    let search = store::get(tx, id).await?;
    search.require_visible(member)?;
    Ok(search)
}

/// # Errors
/// `Forbidden`; `Invalid`.
pub async fn create(
    services: &Services,
    caller: &Caller,
    subject: Subject,
    details: Details,
) -> Result<SavedSearch> {
    let (mut tx, _) = services.db.begin_within(caller, Permission::SavedSearchWrite).await?;
    let now = services.clock.now();
    let mut search = SavedSearch {
        id: SavedSearchId::new(&services.clock),
        member_id: members::actions::oneself(caller)?,
        subject,
        name: String::new(),
        query: Json(Query::new()),
        is_shared: 0,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    search.set(details)?;
    store::insert(&mut tx, &search).await?;
    audit::record(&mut tx, &services.clock, "saved_search.created", search.id, Change::made(&search));
    tx.commit().await?;
    Ok(search)
}

/// # Errors
/// `NotFound`; `Refusal` when it is another's; `PreconditionFailed`; `Invalid`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: SavedSearchId,
    if_match: &IfMatch,
    details: Details,
) -> Result<SavedSearch> {
    let (mut tx, _) = services.db.begin_within(caller, Permission::SavedSearchWrite).await?;
    let before = get(&mut tx, id).await?;
    before.require_own(members::actions::oneself(caller)?)?;
    if_match.require(before.version)?;
    let mut search = before.clone();
    search.set(details)?;
    search.updated_at = services.clock.now();
    store::update(&mut tx, &mut search).await?;
    let change = Change::between(&before, &search);
    audit::record(&mut tx, &services.clock, "saved_search.updated", id, change);
    tx.commit().await?;
    Ok(search)
}

/// # Errors
/// `NotFound`; `Refusal` when it is another's; `PreconditionFailed`.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    id: SavedSearchId,
    if_match: &IfMatch,
) -> Result<()> {
    let (mut tx, _) = services.db.begin_within(caller, Permission::SavedSearchWrite).await?;
    let search = get(&mut tx, id).await?;
    search.require_own(members::actions::oneself(caller)?)?;
    if_match.require(search.version)?;
    store::delete(&mut tx, id, services.clock.now()).await?;
    audit::record(&mut tx, &services.clock, "saved_search.deleted", id, Change::gone(&search));
    tx.commit().await
}
