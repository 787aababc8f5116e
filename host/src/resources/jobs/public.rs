//! What somebody from outside sees of a job, without a credential: the job's id says whose it is.

use serde_json::Value;

use super::{Job, openings, store};
use crate::caller::{Actor, Caller, Origin};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::ids::JobId;
use crate::permissions::{Permission, Permissions};
use crate::resources::{offices, tenants};
use crate::services::Services;

/// Begins to read as somebody from outside, in the tenant of an open job.
///
/// # Errors
/// `NotFound` when there is no such job, or it is not open.
pub(crate) async fn enter(services: &Services, origin: Origin, id: JobId) -> Result<(Tx, Job)> {
    let missing = Error::NotFound { what: "open job" };
    let mut tx = services.db.read_system().await?;
    let tenant = store::find_tenant(&mut tx, id).await?.ok_or(missing)?;
    let visitor = Caller::new(tenant, Actor::Visitor, grants()).from(origin);
    let mut tx = tx.into_tenant(&visitor).await?;
    let job = store::get(&mut tx, id).await?;
    job.require_public(services.clock.now())?;
    Ok((tx, job))
}

/// What it takes to apply.
fn grants() -> Grants {
    let applying = [Permission::CandidateWrite, Permission::ResumeCreate, Permission::ApplicationWrite];
    Grants::everywhere_only(Permissions::of(&applying))
}

/// The job as JSON-LD.
///
/// # Errors
/// As [`enter`].
pub(crate) async fn posting(services: &Services, origin: Origin, id: JobId) -> Result<Value> {
    let (mut tx, job) = enter(services, origin, id).await?;
    let tenant = tenants::store::get(&mut tx).await?;
    let openings = openings::store::list(&mut tx, id).await?;
    let offices = offices::store::list_some(&mut tx, job.offices()).await?;
    tx.commit().await?;
    let open = openings.iter().filter(|opening| opening.status() == openings::Status::Open).count();
    Ok(job.posting(&tenant, open, &offices))
}
