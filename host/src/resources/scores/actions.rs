//! What somebody may ask about scores: that they are made again.

use serde_json::json;

use super::store;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, JobId, TaskId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::score_requests::{self, ScoreApplications, SpreadScores};
use crate::resources::{applications, candidates, jobs};
use crate::services::Services;

/// Has an application scored again, whether or not anything has changed.
///
/// # Errors
/// `NotFound`; `Conflict` when the candidate is gone.
pub async fn score_again(services: &Services, caller: &Caller, id: ApplicationId) -> Result<TaskId> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ScoreWrite).await?;
    let application = applications::actions::get_within(&mut tx, &reach, id).await?;
    if candidates::store::find(&mut tx, application.candidate_id).await?.is_none() {
        let detail = "the candidate was deleted; there is nothing left to score".into();
        return Err(Error::Conflict { code: "candidate_gone", detail });
    }
    let task = ScoreApplications { applications: vec![id], is_forced: true };
    let task = score_requests::at_once(&mut tx, &services.clock, &task).await?;
    audit::record(&mut tx, &services.clock, "application.scoring_requested", id, Change::none());
    tx.commit().await?;
    enqueued(task)
}

/// Has all active applications for a job scored again; also answers how many there are.
///
/// # Errors
/// `NotFound`.
pub async fn score_job_again(services: &Services, caller: &Caller, id: JobId) -> Result<(TaskId, i64)> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ScoreWrite).await?;
    jobs::actions::get_within(&mut tx, &reach, id).await?;
    let count = store::count_active(&mut tx, id).await?;
    let task = SpreadScores { job: Some(id), candidate: None, is_forced: true };
    let task = score_requests::at_once(&mut tx, &services.clock, &task).await?;
    let what = Change::noted(json!({ "applications": count }));
    audit::record(&mut tx, &services.clock, "job.scoring_requested", id, what);
    tx.commit().await?;
    Ok((enqueued(task)?, count))
}

fn enqueued(task: Option<TaskId>) -> Result<TaskId> {
    task.ok_or_else(|| Error::internal("a task without a unique key is always enqueued"))
}
