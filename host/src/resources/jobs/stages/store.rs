//! All SQL about stages, of jobs and of tenants.

use super::{Pipeline, Stage};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::ids::{JobId, StageId};

pub(crate) async fn find_pipeline(tx: &mut Tx) -> Result<Option<Pipeline>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Pipeline>(
        "select stages, updated_at, version from pipelines where tenant_id = $1"
    )
    .bind(tenant)
    .fetch_optional(c)
    .await)?)
}

/// Saves and counts the version up.
pub(crate) async fn update_pipeline(tx: &mut Tx, pipeline: &mut Pipeline) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "insert into pipelines (tenant_id, stages, updated_at, version) values ($1, $2, $3, 1)
         on conflict (tenant_id) do update
         set stages = excluded.stages, updated_at = excluded.updated_at, version = pipelines.version + 1
         where pipelines.version = $4"
    )
    .bind(tenant)
    .bind(&pipeline.stages)
    .bind(pipeline.updated_at)
    .bind(pipeline.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Error::changed());
    }
    pipeline.version += 1;
    Ok(())
}

/// Also one that was taken out of its pipeline.
pub(crate) async fn get(tx: &mut Tx, id: StageId) -> Result<Stage> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, Stage>(
        "select id, job_id, name, kind, position, created_at from job_stages where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "stage" })
}

/// In their order.
pub(crate) async fn list(tx: &mut Tx, job: JobId) -> Result<Vec<Stage>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Stage>(
        "select id, job_id, name, kind, position, created_at from job_stages
         where tenant_id = $1 and job_id = $2 and deleted_at is null order by position"
    )
    .bind(tenant)
    .bind(job)
    .fetch_all(c)
    .await)?)
}

pub(crate) async fn insert(tx: &mut Tx, stage: &Stage) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into job_stages (tenant_id, id, job_id, name, kind, position, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(tenant)
    .bind(stage.id)
    .bind(stage.job_id)
    .bind(&stage.name)
    .bind(stage.kind)
    .bind(stage.position)
    .bind(stage.created_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub(crate) async fn update(tx: &mut Tx, stage: &Stage) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update job_stages set name = $3, kind = $4, position = $5 where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(stage.id)
    .bind(&stage.name)
    .bind(stage.kind)
    .bind(stage.position)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: StageId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("update job_stages set deleted_at = $3 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Applications that are in the stage now.
pub(crate) async fn count_active(tx: &mut Tx, id: StageId) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_scalar(
            "select count(*) from applications
         where tenant_id = $1 and stage_id = $2 and outcome = 'active' and deleted_at is null",
        )
        .bind(tenant)
        .bind(id)
        .fetch_one(c)
        .await
    })?)
}
