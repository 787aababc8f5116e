//! Every write to source costs.

use super::{Details, SourceCost, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::ids::SourceCostId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;

/// Costs a tenant has written down: figures read all of them.
const MOST_COSTS: i64 = 10_000;

/// # Errors
/// `Forbidden`, `Invalid`, `Conflict` when there are too many.
pub async fn create(services: &Services, caller: &Caller, details: Details) -> Result<SourceCost> {
    let now = services.clock.now();
    let mut cost = SourceCost {
        id: SourceCostId::new(&services.clock),
        source: String::new(),
        starts_on: String::new(),
        ends_on: String::new(),
        currency: String::new(),
        amount: 0,
        note: None,
        created_by: caller.member(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    cost.set(details)?;
    let mut tx = services.db.begin(caller, Permission::SourceCostWrite).await?;
    if store::count(&mut tx).await? >= MOST_COSTS {
        let detail = format!("there are {MOST_COSTS} costs already; delete some first");
        return Err(Error::Conflict { code: "too_many_source_costs", detail });
    }
    store::insert(&mut tx, &cost).await?;
    audit::record(&mut tx, &services.clock, "source_cost.created", cost.id, Change::made(&cost));
    tx.commit().await?;
    Ok(cost)
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: SourceCostId,
    if_match: &IfMatch,
    details: Details,
) -> Result<SourceCost> {
    let mut tx = services.db.begin(caller, Permission::SourceCostWrite).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    let mut cost = before.clone();
    cost.set(details)?;
    cost.updated_at = services.clock.now();
    store::update(&mut tx, &mut cost).await?;
    audit::record(&mut tx, &services.clock, "source_cost.updated", id, Change::between(&before, &cost));
    tx.commit().await?;
    Ok(cost)
}

/// # Errors
/// `NotFound`, `PreconditionFailed`.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    id: SourceCostId,
    if_match: &IfMatch,
) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::SourceCostWrite).await?;
    let cost = store::get(&mut tx, id).await?;
    if_match.require(cost.version)?;
    store::delete(&mut tx, id, services.clock.now()).await?;
    audit::record(&mut tx, &services.clock, "source_cost.deleted", id, Change::gone(&cost));
    tx.commit().await
}
