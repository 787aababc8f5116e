//! Every write to offices.

use sqlx::types::Json;

use super::{Address, Details, Office, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::ids::OfficeId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;

/// # Errors
/// `Forbidden`, `Invalid`.
pub async fn create(services: &Services, caller: &Caller, details: Details) -> Result<Office> {
    let now = services.clock.now();
    let mut office = Office {
        id: OfficeId::new(&services.clock),
        name: String::new(),
        address: Json(Address::default()),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    office.set(details)?;
    let mut tx = services.db.begin(caller, Permission::OfficeWrite).await?;
    store::insert(&mut tx, &office).await?;
    audit::record(&mut tx, &services.clock, "office.created", office.id, Change::made(&office));
    tx.commit().await?;
    Ok(office)
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: OfficeId,
    if_match: &IfMatch,
    details: Details,
) -> Result<Office> {
    let mut tx = services.db.begin(caller, Permission::OfficeWrite).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    let mut office = before.clone();
    office.set(details)?;
    office.updated_at = services.clock.now();
    store::update(&mut tx, &mut office).await?;
    audit::record(&mut tx, &services.clock, "office.updated", id, Change::between(&before, &office));
    tx.commit().await?;
    Ok(office)
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Conflict` while jobs refer to it.
pub async fn delete(services: &Services, caller: &Caller, id: OfficeId, if_match: &IfMatch) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::OfficeWrite).await?;
    let office = store::get(&mut tx, id).await?;
    if_match.require(office.version)?;
    // Deleted first: whoever is about to name it waits for this, and what they named before is counted.
    store::delete(&mut tx, id, services.clock.now()).await?;
    if store::count_jobs(&mut tx, id).await? > 0 {
        let detail = "jobs refer to it; give them another office first".into();
        return Err(Error::Conflict { code: "office_in_use", detail });
    }
    audit::record(&mut tx, &services.clock, "office.deleted", id, Change::gone(&office));
    tx.commit().await
}
