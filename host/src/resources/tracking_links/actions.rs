//! Every write to tracking links.

use super::{Details, MOST_LINKS, TrackingLink, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{JobId, TrackingLinkId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::jobs::{self, Job};
use crate::services::Services;

/// # Errors
/// `NotFound` job; `Invalid`; `Conflict` when the job has too many.
pub async fn create(
    services: &Services,
    caller: &Caller,
    job: JobId,
    details: Details,
) -> Result<(TrackingLink, Job)> {
    let Details { name, source, medium, campaign } = details.checked()?;
    let (mut tx, reach) = services.db.begin_within(caller, Permission::JobWrite).await?;
    let job = jobs::actions::get_within(&mut tx, &reach, job).await?;
    if store::count(&mut tx, job.id).await? >= MOST_LINKS {
        let detail = format!("the job has {MOST_LINKS} links already; delete one first");
        return Err(Error::Conflict { code: "too_many_tracking_links", detail });
    }
    let link = TrackingLink {
        id: TrackingLinkId::new(&services.clock),
        job_id: job.id,
        name,
        source,
        medium,
        campaign,
        created_by: tx.caller().member(),
        created_at: services.clock.now(),
    };
    store::insert(&mut tx, &link).await?;
    audit::record(&mut tx, &services.clock, "tracking_link.created", link.id, Change::made(&link));
    tx.commit().await?;
    Ok((link, job))
}

/// From then on whoever takes it comes from nowhere known; those who came by it before still do.
///
/// # Errors
/// `NotFound`.
pub async fn delete(services: &Services, caller: &Caller, job: JobId, id: TrackingLinkId) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::JobWrite).await?;
    jobs::actions::get_within(&mut tx, &reach, job).await?;
    let link = store::find(&mut tx, job, id).await?.ok_or(Error::NotFound { what: "tracking link" })?;
    store::delete(&mut tx, id, services.clock.now()).await?;
    audit::record(&mut tx, &services.clock, "tracking_link.deleted", id, Change::gone(&link));
    tx.commit().await
}

/// The job's link of this id, as somebody from outside names it. What names none is no fault: an applicant is worth more
/// than where they come from.
///
/// # Errors
/// The database's.
pub(crate) async fn followed(tx: &mut Tx, job: JobId, text: Option<&str>) -> Result<Option<TrackingLink>> {
    match text.and_then(|text| text.trim().parse().ok()) {
        Some(id) => store::find(tx, job, id).await,
        None => Ok(None),
    }
}
