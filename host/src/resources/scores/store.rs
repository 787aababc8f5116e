//! All SQL about scores, and what they change of applications.

use sqlx::types::Json;

use super::ApplicationScore;
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, CandidateId, JobId, ScoreId};

pub(crate) async fn get(tx: &mut Tx, id: ScoreId) -> Result<ApplicationScore> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "score" })
}

pub(crate) async fn find(tx: &mut Tx, id: ScoreId) -> Result<Option<ApplicationScore>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, ApplicationScore>(
        "select id, application_id, binding_id, plugin, version, digest, status, error_code, error_detail, value, label,
                contributions, extra, weight, is_blind, config, config_hash, input_hash, result_hash, fuel, run_id,
                scored_at
         from scores where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// The scores of an application, the rule that was bound first at first.
pub(crate) async fn list(tx: &mut Tx, application: ApplicationId) -> Result<Vec<ApplicationScore>> {
    let tenant = tx.tenant();
    let mut scores = on!(tx, |c| {
        sqlx::query_as::<_, ApplicationScore>(
        "select id, application_id, binding_id, plugin, version, digest, status, error_code, error_detail, value, label,
                contributions, extra, weight, is_blind, config, config_hash, input_hash, result_hash, fuel, run_id,
                scored_at
         from scores where tenant_id = $1 and application_id = $2 order by id"
    )
    .bind(tenant)
    .bind(application)
    .fetch_all(c)
    .await
    })?;
    scores.sort_by_key(|score| (score.binding_id, score.id));
    Ok(scores)
}

pub(crate) async fn insert(tx: &mut Tx, score: &ApplicationScore) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into scores
            (tenant_id, id, application_id, binding_id, plugin, version, digest, status, error_code, error_detail, value,
             label, contributions, extra, weight, is_blind, config, config_hash, input_hash, result_hash, fuel, run_id,
             scored_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)"
    )
    .bind(tenant)
    .bind(score.id)
    .bind(score.application_id)
    .bind(score.binding_id)
    .bind(&score.plugin)
    .bind(&score.version)
    .bind(&score.digest)
    .bind(score.status)
    .bind(&score.error_code)
    .bind(&score.error_detail)
    .bind(score.value)
    .bind(&score.label)
    .bind(&score.contributions)
    .bind(&score.extra)
    .bind(score.weight)
    .bind(score.is_blind)
    .bind(&score.config)
    .bind(&score.config_hash)
    .bind(&score.input_hash)
    .bind(&score.result_hash)
    .bind(score.fuel)
    .bind(score.run_id)
    .bind(score.scored_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn delete_all(tx: &mut Tx, ids: &[ScoreId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let digits: Vec<String> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    let text = sql!(tx,
        postgres: "delete from scores
            where tenant_id = $1 and id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "delete from scores where tenant_id = $1 and id in (select unhex(value) from json_each($2))");
    on!(tx, |c| sqlx::query(text).bind(tenant).bind(Json(&digits)).execute(c).await.map(drop))?;
    Ok(())
}

/// Whoever keeps a copy learns of the score; it is no change that anybody has made, so the version stays.
pub(crate) async fn update_application(
    tx: &mut Tx,
    id: ApplicationId,
    score: Option<i64>,
    now: Time,
) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update applications set score = $3, updated_at = $4 where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .bind(score)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// None when the candidate is gone.
pub(crate) async fn find_candidate_version(tx: &mut Tx, id: CandidateId) -> Result<Option<i64>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select version from candidates where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// Active applications in the order of their ids: for this job and of this candidate where they are named.
pub(crate) async fn list_active(
    tx: &mut Tx,
    job: Option<JobId>,
    candidate: Option<CandidateId>,
    after: ApplicationId,
    limit: i64,
) -> Result<Vec<ApplicationId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_scalar(
        "select id from applications
         where tenant_id = $1 and outcome = 'active' and deleted_at is null
           and (cast($2 as uuid) is null or job_id = $2) and (cast($3 as uuid) is null or candidate_id = $3) and id > $4
         order by id limit $5"
    )
    .bind(tenant)
    .bind(job)
    .bind(candidate)
    .bind(after)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// How many applications for a job are active.
pub(crate) async fn count_active(tx: &mut Tx, job: JobId) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(*) from applications
         where tenant_id = $1 and job_id = $2 and outcome = 'active' and deleted_at is null"
    )
    .bind(tenant)
    .bind(job)
    .fetch_one(c)
    .await)?)
}
