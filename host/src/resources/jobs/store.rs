//! All SQL about jobs and the history of their status.

use sqlx::types::Json;
use uuid::Uuid;

use super::Job;
use super::history::StatusChange;
use super::terms::Filter;
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on, sql};
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::page::Position;
use crate::ids::{AssignmentId, JobId, MemberId, RoleId, TenantId};

pub(crate) async fn find(tx: &mut Tx, id: JobId) -> Result<Option<Job>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Job>(
        "select id, reference, title, department_id, office_ids, status, employment_type, experience_level, location, descriptions,
               responsibilities, skills, compensation, interview_process, questions, tags, custom_fields, hiring_manager_id,
               apply_url, is_evergreen, opened_at, closes_at, created_by, created_at, updated_at, deleted_at, version
        from jobs
         where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get(tx: &mut Tx, id: JobId) -> Result<Job> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "job" })
}

/// Jobs of all tenants that an earlier version wrote, which kept no words.
pub(crate) async fn list_without_words(tx: &mut SystemTx, limit: i64) -> Result<Vec<(TenantId, JobId)>> {
    Ok(on!(tx, |c| sqlx::query_as(
        "select tenant_id, id from jobs where words is null and deleted_at is null limit $1"
    )
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// What the job is found by; it is no change of the job.
pub(crate) async fn keep_words(tx: &mut Tx, job: &Job) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("update jobs set words = $4 where tenant_id = $1 and id = $2 and version = $3")
        .bind(tenant)
        .bind(job.id)
        .bind(job.version)
        .bind(job.words())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Whose the job is, whatever its state.
pub(crate) async fn find_tenant(tx: &mut SystemTx, id: JobId) -> Result<Option<TenantId>> {
    Ok(on!(tx, |c| sqlx::query_scalar("select tenant_id from jobs where id = $1 and deleted_at is null")
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// Newest first, as far as the caller reaches: jobs found by all of these terms, of these departments.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    position: Position,
) -> Result<Vec<Job>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, reference, title, department_id, office_ids, status, employment_type, experience_level, location, descriptions,
                   responsibilities, skills, compensation, interview_process, questions, tags, custom_fields, hiring_manager_id,
                   apply_url, is_evergreen, opened_at, closes_at, created_by, created_at, updated_at, deleted_at, version
            from jobs
            where tenant_id = $1 and deleted_at is null and id < $2
              and ($3 = 1 or department_id in (select value::uuid from jsonb_array_elements_text($4))
                   or id in (select value::uuid from jsonb_array_elements_text($5)))
              and terms @> $6
              and ($7 = 1 or department_id in (select value::uuid from jsonb_array_elements_text($8)))
              and (cast($9 as timestamptz) is null or created_at > $9)
              and not exists (select 1 from jsonb_array_elements($10) choices where not exists (
                  select 1 from jsonb_array_elements_text(choices) choice where strpos(coalesce(words, ''), choice) > 0))
              and not exists (select 1 from jsonb_array_elements_text($11) unwanted
                              where strpos(coalesce(words, ''), unwanted) > 0)
            order by id desc limit $12",
        sqlite: "select id, reference, title, department_id, office_ids, status, employment_type, experience_level, location, descriptions,
                   responsibilities, skills, compensation, interview_process, questions, tags, custom_fields, hiring_manager_id,
                   apply_url, is_evergreen, opened_at, closes_at, created_by, created_at, updated_at, deleted_at, version
            from jobs
            where tenant_id = $1 and deleted_at is null and id < $2
              and ($3 = 1 or lower(hex(department_id)) in (select value from json_each($4))
                   or lower(hex(id)) in (select value from json_each($5)))
              and not exists (select 1 from json_each($6) wanted
                              where wanted.value not in (select value from json_each(jobs.terms)))
              and ($7 = 1 or lower(hex(department_id)) in (select value from json_each($8)))
              and ($9 is null or created_at > $9)
              and not exists (select 1 from json_each($10) choices where not exists (
                  select 1 from json_each(choices.value) choice where instr(coalesce(words, ''), choice.value) > 0))
              and not exists (select 1 from json_each($11) unwanted
                              where instr(coalesce(words, ''), unwanted.value) > 0)
            order by id desc limit $12");
    Ok(on!(tx, |c| sqlx::query_as::<_, Job>(text)
        .bind(tenant)
        .bind(position.after)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(Json(&filter.terms))
        .bind(filter.is_of_any_department())
        .bind(Json(filter.department_digits()))
        .bind(filter.created_after)
        .bind(Json(&filter.wanted))
        .bind(Json(&filter.unwanted))
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

/// In the order of their changes, with those that were deleted if they are asked for.
pub(crate) async fn list_changed(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    with_deleted: bool,
    since: Position<(Time, Uuid)>,
) -> Result<Vec<Job>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, reference, title, department_id, office_ids, status, employment_type, experience_level, location, descriptions,
                   responsibilities, skills, compensation, interview_process, questions, tags, custom_fields, hiring_manager_id,
                   apply_url, is_evergreen, opened_at, closes_at, created_by, created_at, updated_at, deleted_at, version
            from jobs
            where tenant_id = $1 and (updated_at, id) > ($2, $3) and ($4 = 1 or deleted_at is null)
              and ($5 = 1 or department_id in (select value::uuid from jsonb_array_elements_text($6))
                   or id in (select value::uuid from jsonb_array_elements_text($7)))
              and terms @> $8
              and ($9 = 1 or department_id in (select value::uuid from jsonb_array_elements_text($10)))
              and (cast($11 as timestamptz) is null or created_at > $11)
              and not exists (select 1 from jsonb_array_elements($12) choices where not exists (
                  select 1 from jsonb_array_elements_text(choices) choice where strpos(coalesce(words, ''), choice) > 0))
              and not exists (select 1 from jsonb_array_elements_text($13) unwanted
                              where strpos(coalesce(words, ''), unwanted) > 0)
            order by updated_at, id limit $14",
        sqlite: "select id, reference, title, department_id, office_ids, status, employment_type, experience_level, location, descriptions,
                   responsibilities, skills, compensation, interview_process, questions, tags, custom_fields, hiring_manager_id,
                   apply_url, is_evergreen, opened_at, closes_at, created_by, created_at, updated_at, deleted_at, version
            from jobs
            where tenant_id = $1 and (updated_at, id) > ($2, $3) and ($4 = 1 or deleted_at is null)
              and ($5 = 1 or lower(hex(department_id)) in (select value from json_each($6))
                   or lower(hex(id)) in (select value from json_each($7)))
              and not exists (select 1 from json_each($8) wanted
                              where wanted.value not in (select value from json_each(jobs.terms)))
              and ($9 = 1 or lower(hex(department_id)) in (select value from json_each($10)))
              and ($11 is null or created_at > $11)
              and not exists (select 1 from json_each($12) choices where not exists (
                  select 1 from json_each(choices.value) choice where instr(coalesce(words, ''), choice.value) > 0))
              and not exists (select 1 from json_each($13) unwanted
                              where instr(coalesce(words, ''), unwanted.value) > 0)
            order by updated_at, id limit $14");
    Ok(on!(tx, |c| sqlx::query_as::<_, Job>(text)
        .bind(tenant)
        .bind(since.after.0)
        .bind(since.after.1)
        .bind(i64::from(with_deleted))
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(Json(&filter.terms))
        .bind(filter.is_of_any_department())
        .bind(Json(filter.department_digits()))
        .bind(filter.created_after)
        .bind(Json(&filter.wanted))
        .bind(Json(&filter.unwanted))
        .bind(since.fetch())
        .fetch_all(c)
        .await)?)
}

/// Answers false when another job has the reference.
pub(crate) async fn insert(tx: &mut Tx, job: &Job) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| {
        sqlx::query(
        "insert into jobs
            (tenant_id, id, reference, title, department_id, status, employment_type, experience_level, location,
             descriptions, responsibilities, skills, compensation, interview_process, questions, tags, custom_fields,
             hiring_manager_id, apply_url, is_evergreen, terms, words, opened_at, closes_at, created_by, created_at,
             updated_at, version, office_ids)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25, $26, $27, $28, $29)
         on conflict do nothing"
    )
    .bind(tenant)
    .bind(job.id)
    .bind(&job.reference)
    .bind(&job.title)
    .bind(job.department_id)
    .bind(job.status)
    .bind(job.employment_type)
    .bind(job.experience_level)
    .bind(&job.location)
    .bind(&job.descriptions)
    .bind(&job.responsibilities)
    .bind(&job.skills)
    .bind(&job.compensation)
    .bind(&job.interview_process)
    .bind(&job.questions)
    .bind(&job.tags)
    .bind(&job.custom_fields)
    .bind(job.hiring_manager_id)
    .bind(&job.apply_url)
    .bind(job.is_evergreen)
    .bind(Json(job.terms()))
    .bind(job.words())
    .bind(job.opened_at)
    .bind(job.closes_at)
    .bind(job.created_by)
    .bind(job.created_at)
    .bind(job.updated_at)
    .bind(job.version)
    .bind(&job.office_ids)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

/// The job of this reference.
pub(crate) async fn find_by_reference(tx: &mut Tx, reference: &str) -> Result<Option<JobId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select id from jobs where tenant_id = $1 and reference = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(reference)
    .fetch_optional(c)
    .await)?)
}

/// Whether another job has the reference.
pub(crate) async fn is_taken(tx: &mut Tx, reference: &str, but: JobId) -> Result<bool> {
    let tenant = tx.tenant();
    let found: i64 = on!(tx, |c| {
        sqlx::query_scalar(
        "select count(*) from jobs where tenant_id = $1 and reference = $2 and id <> $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(reference)
    .bind(but)
    .fetch_one(c)
    .await
    })?;
    Ok(found > 0)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, job: &mut Job) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update jobs
         set reference = $4, title = $5, department_id = $6, status = $7, employment_type = $8, experience_level = $9,
             location = $10, descriptions = $11, responsibilities = $12, skills = $13, compensation = $14,
             interview_process = $15, questions = $16, tags = $17, custom_fields = $18, hiring_manager_id = $19,
             apply_url = $20, is_evergreen = $21, terms = $22, words = $23, opened_at = $24, closes_at = $25,
             updated_at = $26, deleted_at = $27, office_ids = $28, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(job.id)
    .bind(job.version)
    .bind(&job.reference)
    .bind(&job.title)
    .bind(job.department_id)
    .bind(job.status)
    .bind(job.employment_type)
    .bind(job.experience_level)
    .bind(&job.location)
    .bind(&job.descriptions)
    .bind(&job.responsibilities)
    .bind(&job.skills)
    .bind(&job.compensation)
    .bind(&job.interview_process)
    .bind(&job.questions)
    .bind(&job.tags)
    .bind(&job.custom_fields)
    .bind(job.hiring_manager_id)
    .bind(&job.apply_url)
    .bind(job.is_evergreen)
    .bind(Json(job.terms()))
    .bind(job.words())
    .bind(job.opened_at)
    .bind(job.closes_at)
    .bind(job.updated_at)
    .bind(job.deleted_at)
    .bind(&job.office_ids)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    job.version += 1;
    Ok(())
}

pub(crate) async fn insert_change(tx: &mut Tx, change: &StatusChange) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into job_status_changes
            (tenant_id, id, job_id, from_status, to_status, reason, actor_kind, actor_id, member_id, occurred_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    )
    .bind(tenant)
    .bind(change.id)
    .bind(change.job_id)
    .bind(change.from_status)
    .bind(change.to_status)
    .bind(&change.reason)
    .bind(&change.actor_kind)
    .bind(&change.actor_id)
    .bind(change.member_id)
    .bind(change.occurred_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Oldest first.
pub(crate) async fn list_changes(tx: &mut Tx, job: JobId) -> Result<Vec<StatusChange>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, StatusChange>(
        "select id, job_id, from_status, to_status, reason, actor_kind, actor_id, member_id, occurred_at
         from job_status_changes where tenant_id = $1 and job_id = $2 order by occurred_at, id"
    )
    .bind(tenant)
    .bind(job)
    .fetch_all(c)
    .await)?)
}

/// Applications for the job, whatever came of them.
pub(crate) async fn count_applications(tx: &mut Tx, job: JobId) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(*) from applications where tenant_id = $1 and job_id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(job)
    .fetch_one(c)
    .await)?)
}

/// A member with a role for the job.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct TeamMember {
    pub(crate) member_id: MemberId,
    pub(crate) name: Option<String>,
    pub(crate) email: String,
    pub(crate) role_id: RoleId,
    pub(crate) role_name: String,
    pub(crate) assignment_id: AssignmentId,
}

/// Whoever has a role for this job alone, in the order it was given.
pub(crate) async fn list_team(tx: &mut Tx, job: JobId) -> Result<Vec<TeamMember>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, TeamMember>(
        "select m.id as member_id, m.name, m.email, r.id as role_id, r.name as role_name, a.id as assignment_id
         from role_assignments a
         join members m on m.tenant_id = a.tenant_id and m.id = a.member_id
         join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
         where a.tenant_id = $1 and a.job_id = $2 and m.status <> 'removed'
         order by a.id"
    )
    .bind(tenant)
    .bind(job)
    .fetch_all(c)
    .await
    })?)
}
