//! All SQL about applications and their history.

use super::history::ApplicationChange;
use super::{Application, Outcome};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{ApplicationId, CandidateId, JobId};
use crate::resources::jobs::stages::Stage;

pub(crate) async fn get(tx: &mut Tx, id: ApplicationId) -> Result<Application> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "application" })
}

pub(crate) async fn find(tx: &mut Tx, id: ApplicationId) -> Result<Option<Application>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Application>(
        "select id, candidate_id, job_id, attempt, outcome, stage_id, source, tracking, credited_to, resume_id, answers,
                tags, custom_fields, score, reason, reason_detail, decided_at, transferred_from, transferred_to, applied_at,
                stage_since, created_by, created_at, updated_at, deleted_at, version
         from applications where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// A candidate's applications for a job, the latest first.
pub(crate) async fn list_of(tx: &mut Tx, candidate: CandidateId, job: JobId) -> Result<Vec<Application>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Application>(
        "select id, candidate_id, job_id, attempt, outcome, stage_id, source, tracking, credited_to, resume_id, answers,
                tags, custom_fields, score, reason, reason_detail, decided_at, transferred_from, transferred_to, applied_at,
                stage_since, created_by, created_at, updated_at, deleted_at, version
         from applications
         where tenant_id = $1 and candidate_id = $2 and job_id = $3 and deleted_at is null order by id desc"
    )
    .bind(tenant)
    .bind(candidate)
    .bind(job)
    .fetch_all(c)
    .await
    })?)
}

/// Where an application would begin, and one of the candidate's for the same job before it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Ground {
    #[sqlx(flatten)]
    pub(crate) stage: Stage,
    pub(crate) earlier_id: Option<ApplicationId>,
    pub(crate) earlier_attempt: Option<i64>,
    pub(crate) earlier_outcome: Option<Outcome>,
}

/// The job's first stage beside each application that the candidate has made for it, the latest first; once where there is none.
pub(crate) async fn list_grounds(tx: &mut Tx, candidate: CandidateId, job: JobId) -> Result<Vec<Ground>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Ground>(
        "select s.id, s.job_id, s.name, s.kind, s.position, s.created_at,
                a.id as earlier_id, a.attempt as earlier_attempt, a.outcome as earlier_outcome
         from job_stages s
         left join applications a
           on a.tenant_id = s.tenant_id and a.candidate_id = $2 and a.job_id = s.job_id and a.deleted_at is null
         where s.tenant_id = $1 and s.job_id = $3 and s.kind = 'applied' and s.deleted_at is null
         order by s.position, a.id desc"
    )
    .bind(tenant)
    .bind(candidate)
    .bind(job)
    .fetch_all(c)
    .await
    })?)
}

/// A candidate's applications, also those that are deleted.
pub(crate) async fn list_ids_of(tx: &mut Tx, candidate: CandidateId) -> Result<Vec<ApplicationId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select id from applications where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(c)
    .await)?)
}

/// A new one of a candidate who is held, with the rest of what the transaction inserts.
pub(crate) fn add(tx: &mut Tx, application: &Application) {
    let tenant = tx.tenant();
    tx.insert_later(
        "insert into applications
            (tenant_id, id, candidate_id, job_id, attempt, outcome, stage_id, source, tracking, credited_to, resume_id,
             answers, tags, custom_fields, reason, reason_detail, decided_at, transferred_from, transferred_to, applied_at,
             stage_since, created_by, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25)",
    )
    .bind(tenant)
    .bind(application.id)
    .bind(application.candidate_id)
    .bind(application.job_id)
    .bind(application.attempt)
    .bind(application.outcome)
    .bind(application.stage_id)
    .bind(&application.source)
    .bind(&application.tracking)
    .bind(application.credited_to)
    .bind(application.resume_id)
    .bind(&application.answers)
    .bind(&application.tags)
    .bind(&application.custom_fields)
    .bind(&application.reason)
    .bind(&application.reason_detail)
    .bind(application.decided_at)
    .bind(application.transferred_from)
    .bind(application.transferred_to)
    .bind(application.applied_at)
    .bind(application.stage_since)
    .bind(application.created_by)
    .bind(application.created_at)
    .bind(application.updated_at)
    .bind(application.version);
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, application: &mut Application) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update applications
         set outcome = $4, stage_id = $5, source = $6, tracking = $7, credited_to = $8, resume_id = $9, answers = $10,
             tags = $11, custom_fields = $12, reason = $13, reason_detail = $14, decided_at = $15, transferred_to = $16,
             stage_since = $17, updated_at = $18, deleted_at = $19, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(application.id)
    .bind(application.version)
    .bind(application.outcome)
    .bind(application.stage_id)
    .bind(&application.source)
    .bind(&application.tracking)
    .bind(application.credited_to)
    .bind(application.resume_id)
    .bind(&application.answers)
    .bind(&application.tags)
    .bind(&application.custom_fields)
    .bind(&application.reason)
    .bind(&application.reason_detail)
    .bind(application.decided_at)
    .bind(application.transferred_to)
    .bind(application.stage_since)
    .bind(application.updated_at)
    .bind(application.deleted_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    application.version += 1;
    Ok(())
}

/// With the rest of what the transaction inserts.
pub(crate) fn add_change(tx: &mut Tx, change: ApplicationChange) {
    let tenant = tx.tenant();
    tx.insert_later(
        "insert into application_changes
            (tenant_id, id, application_id, job_id, kind, stage_id, stage_kind, stage_rank, reason, reason_detail, void_of,
             actor_kind, actor_id, member_id, occurred_at, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(tenant)
    .bind(change.id)
    .bind(change.application_id)
    .bind(change.job_id)
    .bind(change.kind)
    .bind(change.stage_id)
    .bind(change.stage_kind)
    .bind(change.stage_rank)
    .bind(change.reason)
    .bind(change.reason_detail)
    .bind(change.void_of)
    .bind(change.actor_kind)
    .bind(change.actor_id)
    .bind(change.member_id)
    .bind(change.occurred_at)
    .bind(change.recorded_at);
}

/// Oldest first.
pub(crate) async fn list_changes(tx: &mut Tx, application: ApplicationId) -> Result<Vec<ApplicationChange>> {
    tx.write_inserts().await?;
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, ApplicationChange>(
        "select id, application_id, job_id, kind, stage_id, stage_kind, stage_rank, reason, reason_detail, void_of,
                actor_kind, actor_id, member_id, occurred_at, recorded_at
         from application_changes where tenant_id = $1 and application_id = $2 order by occurred_at, id"
    )
    .bind(tenant)
    .bind(application)
    .fetch_all(c)
    .await
    })?)
}

/// What a candidate may know of an application of theirs.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Own {
    pub(crate) id: ApplicationId,
    pub(crate) job_id: JobId,
    pub(crate) job_title: String,
    pub(crate) outcome: Outcome,
    pub(crate) stage: String,
    pub(crate) applied_at: Time,
    pub(crate) decided_at: Option<Time>,
}

/// Newest first.
pub(crate) async fn list_own(tx: &mut Tx, candidate: CandidateId, position: Position) -> Result<Vec<Own>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Own>(
        "select a.id, a.job_id, j.title as job_title, a.outcome, s.name as stage, a.applied_at, a.decided_at
         from applications a
         join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
         join job_stages s on s.tenant_id = a.tenant_id and s.id = a.stage_id
         where a.tenant_id = $1 and a.candidate_id = $2 and a.deleted_at is null and a.id < $3
         order by a.id desc limit $4"
    )
    .bind(tenant)
    .bind(candidate)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await)?)
}
