//! Every write to stages.

use super::{Kind, Pipeline, PipelineStage, Stage, Stages, Wanted, checked, store};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::ids::{JobId, StageId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::events;
use crate::resources::jobs::{self, Job};
use crate::services::Services;

/// The tenant's own pipeline, or the usual one.
///
/// # Errors
/// The database's.
pub(crate) async fn pipeline(tx: &mut Tx, now: Time) -> Result<Pipeline> {
    Ok(store::find_pipeline(tx).await?.unwrap_or_else(|| Pipeline::usual(now)))
}

/// For jobs made from now on.
///
/// # Errors
/// `Forbidden`, `PreconditionFailed`, `Invalid`.
pub async fn set_pipeline(
    services: &Services,
    caller: &Caller,
    if_match: &IfMatch,
    stages: Vec<PipelineStage>,
) -> Result<Pipeline> {
    let wanted = |PipelineStage { name, kind }| Wanted { id: None, name, kind };
    let stages = checked(stages.into_iter().map(wanted).collect())?;
    let mut tx = services.db.begin(caller, Permission::PipelineWrite).await?;
    let now = services.clock.now();
    let before = pipeline(&mut tx, now).await?;
    if_match.require(before.version)?;
    let mut after = before.clone();
    after.stages.0 =
        stages.into_iter().map(|stage| PipelineStage { name: stage.name, kind: stage.kind }).collect();
    after.updated_at = now;
    store::update_pipeline(&mut tx, &mut after).await?;
    let tenant = caller.tenant;
    audit::record(&mut tx, &services.clock, "pipeline.updated", tenant, Change::between(&before, &after));
    tx.commit().await?;
    Ok(after)
}

/// Gives a new job its stages, inside a larger change; answers the first.
///
/// # Errors
/// The database's.
pub(crate) async fn copy(tx: &mut Tx, services: &Services, job: JobId, now: Time) -> Result<Vec<Stage>> {
    let pipeline = pipeline(tx, now).await?;
    let mut stages = Vec::new();
    for (position, PipelineStage { name, kind }) in (0..).zip(pipeline.stages.0) {
        let id = StageId::new(&services.clock);
        let stage = Stage { id, job_id: job, name, kind, position, created_at: now };
        store::insert(tx, &stage).await?;
        stages.push(stage);
    }
    Ok(stages)
}

/// A job's stages, all of them, in their order: those with an id stay what they are, those without are new, and those that
/// are missing go.
///
/// # Errors
/// `NotFound`, `PreconditionFailed` (the job's version), `Invalid`, `Conflict` when a stage that goes is not empty, or one
/// that stays would be of another kind.
pub async fn set(
    services: &Services,
    caller: &Caller,
    id: JobId,
    if_match: &IfMatch,
    wanted: Vec<Wanted>,
) -> Result<(Job, Vec<Stage>)> {
    let wanted = checked(wanted)?;
    let (mut tx, reach) = services.db.begin_within(caller, Permission::JobWrite).await?;
    let mut job = jobs::actions::get_within(&mut tx, &reach, id).await?;
    if_match.require(job.version)?;
    let before = store::list(&mut tx, id).await?;
    let is_known = |id: StageId| before.iter().any(|stage| stage.id == id);
    if !wanted.iter().filter_map(|stage| stage.id).all(is_known) {
        return Err(Error::NotFound { what: "stage of this job" });
    }
    job.updated_at = services.clock.now();
    jobs::store::update(&mut tx, &mut job).await?;
    for gone in before.iter().filter(|stage| !wanted.iter().any(|kept| kept.id == Some(stage.id))) {
        if store::count_active(&mut tx, gone.id).await? > 0 {
            let detail = format!("applications are in the stage {}; move them first", gone.name);
            return Err(Error::Conflict { code: "stage_not_empty", detail });
        }
        store::delete(&mut tx, gone.id, job.updated_at).await?;
    }
    let mut stages = Vec::new();
    for (position, wanted) in wanted.into_iter().enumerate() {
        stages.push(save(&mut tx, services, &job, &before, position, wanted).await?);
    }
    let change = Change::between(&Stages(&before), &Stages(&stages));
    audit::record(&mut tx, &services.clock, "job.stages_changed", id, change);
    jobs::actions::announce(&mut tx, services, events::Kind::JobUpdated, &job).await?;
    tx.commit().await?;
    Ok((job, stages))
}

async fn save(
    tx: &mut Tx,
    services: &Services,
    job: &Job,
    before: &[Stage],
    index: usize,
    wanted: Wanted,
) -> Result<Stage> {
    let position = i64::try_from(index).unwrap_or(i64::MAX);
    let Wanted { id, name, kind } = wanted;
    let Some(id) = id else {
        let id = StageId::new(&services.clock);
        let stage = Stage { id, job_id: job.id, name, kind, position, created_at: job.updated_at };
        store::insert(tx, &stage).await?;
        return Ok(stage);
    };
    let at = format!("#/stages/{index}");
    let known = before.iter().find(|stage| stage.id == id);
    let known = known.ok_or(Error::NotFound { what: "stage of this job" })?;
    if known.kind != kind {
        let detail = "a stage keeps its kind, as its history was counted by it; make a new one instead";
        return Err(Error::invalid(format!("{at}/kind"), "stage_kind_stays", detail));
    }
    let stage = Stage { name, position, ..known.clone() };
    store::update(tx, &stage).await?;
    Ok(stage)
}

/// The stage of this kind that comes first.
pub(crate) fn first_of(stages: &[Stage], kind: Kind) -> Result<&Stage> {
    stages
        .iter()
        .find(|stage| stage.kind == kind)
        .ok_or_else(|| Error::internal("a job's pipeline is not whole"))
}
