//! Every write to openings: of their own, and with the job or the hire that causes it.

use serde_json::json;

use super::{Kind, Opening, OpeningChange, Status, store};
use crate::caller::Caller;
use crate::clock::{Clock, Time};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::http::etag::IfMatch;
use crate::ids::{ApplicationId, ChangeId, JobId, OpeningId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::events;
use crate::resources::jobs::{self, Job};
use crate::services::Services;

/// More than this at once is a slip of the keyboard.
pub const MAX_AT_ONCE: u32 = 1_000;

const MAX_REASON: usize = 1_000;

/// Adds openings: open at once where the job is, else planned until it is opened.
///
/// # Errors
/// `NotFound`, `Invalid` count.
pub async fn create(services: &Services, caller: &Caller, id: JobId, count: u32) -> Result<Vec<Opening>> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::JobWrite).await?;
    let job = jobs::actions::get_within(&mut tx, &reach, id).await?;
    let openings = plan(&mut tx, &services.clock, &job, count).await?;
    let what = Change::noted(
        json!({ "opening_ids": openings.iter().map(|opening| opening.id).collect::<Vec<_>>() }),
    );
    audit::record(&mut tx, &services.clock, "job.openings_added", id, what);
    jobs::actions::announce(&mut tx, services, events::Kind::JobUpdated, &job).await?;
    tx.commit().await?;
    Ok(openings)
}

/// The same inside a larger change.
///
/// # Errors
/// `Invalid` count.
pub(crate) async fn plan(tx: &mut Tx, clock: &Clock, job: &Job, count: u32) -> Result<Vec<Opening>> {
    if count > MAX_AT_ONCE {
        let detail = format!("at most {MAX_AT_ONCE} openings at once");
        return Err(Error::invalid("#/openings", "out_of_range", detail));
    }
    let now = clock.now();
    let created_by = tx.caller().member();
    let mut openings = Vec::new();
    for _ in 0..count {
        let mut opening = Opening::planned(OpeningId::new(clock), job.id, created_by, now);
        let is_open = job.status.takes_applications();
        if is_open {
            opening.open(now);
        }
        store::insert(tx, &opening).await?;
        if is_open {
            note(tx, clock, &opening, Kind::Opened, None, now).await?;
        }
        openings.push(opening);
    }
    Ok(openings)
}

async fn note(
    tx: &mut Tx,
    clock: &Clock,
    opening: &Opening,
    kind: Kind,
    reason: Option<String>,
    now: Time,
) -> Result<()> {
    let change = OpeningChange {
        id: ChangeId::new(clock),
        opening_id: opening.id,
        job_id: opening.job_id,
        kind,
        application_id: opening.application_id,
        reason,
        occurred_at: now,
    };
    store::insert_change(tx, &change).await
}

/// The job opens: what was planned for it is sought from now on.
///
/// # Errors
/// `Conflict` when there is nobody to be sought.
pub(crate) async fn open_planned(tx: &mut Tx, clock: &Clock, job: JobId, now: Time) -> Result<()> {
    let mut is_open = false;
    for mut opening in store::list(tx, job).await? {
        match opening.status() {
            Status::Planned => {
                opening.open(now);
                store::update(tx, &mut opening).await?;
                note(tx, clock, &opening, Kind::Opened, None, now).await?;
                is_open = true;
            }
            Status::Open => is_open = true,
            Status::Filled | Status::Closed => {}
        }
    }
    if is_open {
        return Ok(());
    }
    let detail = "the job has no opening left; add one with POST /v1/jobs/{id}/openings first".into();
    Err(Error::Conflict { code: "no_opening", detail })
}

/// The job closes: what was not filled never will be.
///
/// # Errors
/// The database's.
pub(crate) async fn close_all(
    tx: &mut Tx,
    clock: &Clock,
    job: JobId,
    reason: Option<&str>,
    now: Time,
) -> Result<()> {
    for mut opening in store::list(tx, job).await? {
        if matches!(opening.status(), Status::Planned | Status::Open) {
            close_one(tx, clock, &mut opening, reason.map(Into::into), now).await?;
        }
    }
    Ok(())
}

async fn close_one(
    tx: &mut Tx,
    clock: &Clock,
    opening: &mut Opening,
    reason: Option<String>,
    now: Time,
) -> Result<()> {
    opening.close(reason.clone(), now)?;
    store::update(tx, opening).await?;
    note(tx, clock, opening, Kind::Closed, reason, now).await
}

/// Whether somebody is still sought for the job.
///
/// # Errors
/// The database's.
pub(crate) async fn is_any_open(tx: &mut Tx, job: JobId) -> Result<bool> {
    Ok(store::list(tx, job).await?.iter().any(|opening| opening.status() == Status::Open))
}

/// A hire fills the named opening, or the one that has been open longest. Answers whether it was the last.
///
/// # Errors
/// `Conflict` when none is open; `NotFound` when the named one is not.
pub(crate) async fn fill(
    tx: &mut Tx,
    clock: &Clock,
    job: JobId,
    wanted: Option<OpeningId>,
    by: ApplicationId,
    now: Time,
) -> Result<(Opening, bool)> {
    let mut open = store::list(tx, job).await?;
    open.retain(|opening| opening.status() == Status::Open);
    open.sort_by_key(|opening| (opening.opened_at, opening.id));
    if open.is_empty() {
        let detail = "the job has no open opening; add one with POST /v1/jobs/{id}/openings first".into();
        return Err(Error::Conflict { code: "no_opening", detail });
    }
    let chosen = open.iter().position(|opening| wanted.is_none_or(|wanted| wanted == opening.id));
    let chosen = chosen.ok_or(Error::NotFound { what: "open opening of this job" })?;
    let mut opening = open.swap_remove(chosen);
    opening.fill(by, now);
    store::update(tx, &mut opening).await?;
    note(tx, clock, &opening, Kind::Filled, None, now).await?;
    Ok((opening, open.is_empty()))
}

/// A hire was undone: its opening is open again.
///
/// # Errors
/// The database's.
pub(crate) async fn release(
    tx: &mut Tx,
    clock: &Clock,
    job: JobId,
    by: ApplicationId,
    now: Time,
) -> Result<()> {
    let Some(mut opening) = store::find_filled_by(tx, job, by).await? else { return Ok(()) };
    note(tx, clock, &opening, Kind::Released, None, now).await?;
    opening.release(now);
    store::update(tx, &mut opening).await
}

/// What an opening may be told to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Open,
    Closed,
}

/// Gives an opening up, or seeks for it again.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`, `Conflict` when it is filled, is so already, or its job is not open.
pub async fn set_status(
    services: &Services,
    caller: &Caller,
    (job, id): (JobId, OpeningId),
    if_match: &IfMatch,
    wanted: Wanted,
    reason: Option<String>,
) -> Result<Opening> {
    let reason = fields::optional_text("#/reason", reason, MAX_REASON)?;
    let (mut tx, reach) = services.db.begin_within(caller, Permission::JobWrite).await?;
    let job = jobs::actions::get_within(&mut tx, &reach, job).await?;
    let mut opening = store::get(&mut tx, job.id, id).await?;
    if_match.require(opening.version)?;
    let now = services.clock.now();
    let action = match wanted {
        Wanted::Closed => {
            close_one(&mut tx, &services.clock, &mut opening, reason.clone(), now).await?;
            "job.opening_closed"
        }
        Wanted::Open if opening.status() == Status::Closed && job.status.takes_applications() => {
            opening.open(now);
            store::update(&mut tx, &mut opening).await?;
            note(&mut tx, &services.clock, &opening, Kind::Opened, reason.clone(), now).await?;
            "job.opening_opened"
        }
        Wanted::Open => {
            let detail = "only a closed opening of a job that is open or paused can be opened again".into();
            return Err(Error::Conflict { code: "opening_status_transition", detail });
        }
    };
    let what = Change::noted(json!({ "opening_id": id, "reason": reason }));
    audit::record(&mut tx, &services.clock, action, job.id, what);
    jobs::actions::announce(&mut tx, services, events::Kind::JobUpdated, &job).await?;
    tx.commit().await?;
    Ok(opening)
}
