//! The SQL of lists of candidates. A list leaves profiles out, unless they are asked for: they are most of a row.

use sqlx::types::Json;
use uuid::Uuid;

use super::Filter;
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::Result;
use crate::grants::Reach;
use crate::http::page::{Order, Position};
use crate::ids::{CandidateId, JobId, StageId};
use crate::resources::candidates::{Candidate, Contact};
use crate::unified_resume::UnifiedResume;

/// As far as the caller reaches: with a permission for single departments and jobs only who applied there. One who was
/// merged is seen by whoever sees the one they were merged into.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    order: Order,
) -> Result<Vec<Candidate>> {
    match order {
        Order::Newest(position) => list_newest(tx, reach, filter, position).await,
        Order::Changes(position) => list_changes(tx, reach, filter, position).await,
    }
}

fn any(is_absent: bool) -> i64 {
    i64::from(is_absent)
}

async fn list_newest(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    position: Position,
) -> Result<Vec<Candidate>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, name, given_name, family_name, headline, location, source, tags, custom_fields, edited,
                null::jsonb as profile, profile_resume_id, experience_months, experience_level, merged_into, created_by,
                created_at, updated_at, deleted_at, version
            from candidates
            where tenant_id = $1 and id < $2
              and ($3 = 1 or deleted_at is null)
              and ($4 = 1 or created_at > $5)
              and ($6 = 1 or source = $7)
              and ($8 = 1 or tags ? $9)
              and ($10 = 1 or id in (select candidate_id from candidate_contacts
                  where tenant_id = $1 and kind = 'email' and key = $11))
              and ($12 = 1 or id in (select candidate_id from candidate_contacts
                  where tenant_id = $1 and kind = 'phone' and key = $13))
              and ($14 = 1 or coalesce(merged_into, id) in (
                  select applications.candidate_id
                  from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.deleted_at is null
                    and (jobs.id in (select value::uuid from jsonb_array_elements_text($15))
                         or jobs.department_id in (select value::uuid from jsonb_array_elements_text($16)))))
            order by id desc limit $17",
        sqlite: "select id, name, given_name, family_name, headline, location, source, tags, custom_fields, edited,
                null as profile, profile_resume_id, experience_months, experience_level, merged_into, created_by,
                created_at, updated_at, deleted_at, version
            from candidates
            where tenant_id = $1 and id < $2
              and ($3 = 1 or deleted_at is null)
              and ($4 = 1 or created_at > $5)
              and ($6 = 1 or source = $7)
              and ($8 = 1 or exists (select 1 from json_each(tags) where key = $9))
              and ($10 = 1 or id in (select candidate_id from candidate_contacts
                  where tenant_id = $1 and kind = 'email' and key = $11))
              and ($12 = 1 or id in (select candidate_id from candidate_contacts
                  where tenant_id = $1 and kind = 'phone' and key = $13))
              and ($14 = 1 or coalesce(merged_into, id) in (
                  select applications.candidate_id
                  from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.deleted_at is null
                    and (jobs.id in (select unhex(value) from json_each($15))
                         or jobs.department_id in (select unhex(value) from json_each($16)))))
            order by id desc limit $17");
    Ok(on!(tx, |c| sqlx::query_as::<_, Candidate>(text)
        .bind(tenant)
        .bind(position.after)
        .bind(i64::from(filter.include_deleted))
        .bind(any(filter.created_after.is_none()))
        .bind(filter.created_after)
        .bind(any(filter.source.is_none()))
        .bind(&filter.source)
        .bind(any(filter.tag.is_none()))
        .bind(&filter.tag)
        .bind(any(filter.email.is_none()))
        .bind(&filter.email)
        .bind(any(filter.phone.is_none()))
        .bind(&filter.phone)
        .bind(reach.is_everywhere())
        .bind(Json(reach.job_digits()))
        .bind(Json(reach.department_digits()))
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

async fn list_changes(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    position: Position<(Time, Uuid)>,
) -> Result<Vec<Candidate>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, name, given_name, family_name, headline, location, source, tags, custom_fields, edited,
                null::jsonb as profile, profile_resume_id, experience_months, experience_level, merged_into, created_by,
                created_at, updated_at, deleted_at, version
            from candidates
            where tenant_id = $1 and (updated_at, id) > ($2, $3)
              and ($4 = 1 or deleted_at is null)
              and ($5 = 1 or created_at > $6)
              and ($7 = 1 or source = $8)
              and ($9 = 1 or tags ? $10)
              and ($11 = 1 or id in (select candidate_id from candidate_contacts
                  where tenant_id = $1 and kind = 'email' and key = $12))
              and ($13 = 1 or id in (select candidate_id from candidate_contacts
                  where tenant_id = $1 and kind = 'phone' and key = $14))
              and ($15 = 1 or coalesce(merged_into, id) in (
                  select applications.candidate_id
                  from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.deleted_at is null
                    and (jobs.id in (select value::uuid from jsonb_array_elements_text($16))
                         or jobs.department_id in (select value::uuid from jsonb_array_elements_text($17)))))
            order by updated_at, id limit $18",
        sqlite: "select id, name, given_name, family_name, headline, location, source, tags, custom_fields, edited,
                null as profile, profile_resume_id, experience_months, experience_level, merged_into, created_by,
                created_at, updated_at, deleted_at, version
            from candidates
            where tenant_id = $1 and (updated_at, id) > ($2, $3)
              and ($4 = 1 or deleted_at is null)
              and ($5 = 1 or created_at > $6)
              and ($7 = 1 or source = $8)
              and ($9 = 1 or exists (select 1 from json_each(tags) where key = $10))
              and ($11 = 1 or id in (select candidate_id from candidate_contacts
                  where tenant_id = $1 and kind = 'email' and key = $12))
              and ($13 = 1 or id in (select candidate_id from candidate_contacts
                  where tenant_id = $1 and kind = 'phone' and key = $14))
              and ($15 = 1 or coalesce(merged_into, id) in (
                  select applications.candidate_id
                  from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.deleted_at is null
                    and (jobs.id in (select unhex(value) from json_each($16))
                         or jobs.department_id in (select unhex(value) from json_each($17)))))
            order by updated_at, id limit $18");
    Ok(on!(tx, |c| sqlx::query_as::<_, Candidate>(text)
        .bind(tenant)
        .bind(position.after.0)
        .bind(position.after.1)
        .bind(i64::from(filter.include_deleted))
        .bind(any(filter.created_after.is_none()))
        .bind(filter.created_after)
        .bind(any(filter.source.is_none()))
        .bind(&filter.source)
        .bind(any(filter.tag.is_none()))
        .bind(&filter.tag)
        .bind(any(filter.email.is_none()))
        .bind(&filter.email)
        .bind(any(filter.phone.is_none()))
        .bind(&filter.phone)
        .bind(reach.is_everywhere())
        .bind(Json(reach.job_digits()))
        .bind(Json(reach.department_digits()))
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

/// Who applied, as far as the caller reaches: for this job, with an active application in this stage; the latest 50,000.
pub(crate) async fn list_applicants(
    tx: &mut Tx,
    reach: &Reach,
    job: Option<JobId>,
    stage: Option<StageId>,
) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select distinct candidate_id from (
                select a.candidate_id, a.id from applications a
                join jobs j on j.tenant_id = $1 and j.id = a.job_id
                where a.tenant_id = $1 and a.deleted_at is null
                  and ($2 = 1 or j.id in (select value::uuid from jsonb_array_elements_text($3))
                       or j.department_id in (select value::uuid from jsonb_array_elements_text($4)))
                  and (cast($5 as uuid) is null or a.job_id = $5)
                  and (cast($6 as uuid) is null or (a.stage_id = $6 and a.outcome = 'active'))
                order by a.id desc limit 50000
            ) latest",
        sqlite: "select distinct candidate_id from (
                select a.candidate_id, a.id from applications a
                join jobs j on j.tenant_id = $1 and j.id = a.job_id
                where a.tenant_id = $1 and a.deleted_at is null
                  and ($2 = 1 or j.id in (select unhex(value) from json_each($3))
                       or j.department_id in (select unhex(value) from json_each($4)))
                  and ($5 is null or a.job_id = $5)
                  and ($6 is null or (a.stage_id = $6 and a.outcome = 'active'))
                order by a.id desc limit 50000
            ) latest");
    Ok(on!(tx, |c| sqlx::query_scalar(text)
        .bind(tenant)
        .bind(reach.is_everywhere())
        .bind(Json(reach.job_digits()))
        .bind(Json(reach.department_digits()))
        .bind(job)
        .bind(stage)
        .fetch_all(c)
        .await)?)
}

/// Those of these candidates whom the caller can see, with their profiles.
pub(crate) async fn list_some(tx: &mut Tx, reach: &Reach, ids: &[CandidateId]) -> Result<Vec<Candidate>> {
    let tenant = tx.tenant();
    let digits: Vec<_> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    let text = sql!(tx,
        postgres: "select id, name, given_name, family_name, headline, location, source, tags, custom_fields, edited,
                profile, profile_resume_id, experience_months, experience_level, merged_into, created_by,
                created_at, updated_at, deleted_at, version
            from candidates
            where tenant_id = $1 and deleted_at is null
              and id = any (array(select value::uuid from jsonb_array_elements_text($2)))
              and ($3 = 1 or exists (
                  select 1 from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.candidate_id = candidates.id
                    and applications.deleted_at is null
                    and (jobs.id in (select value::uuid from jsonb_array_elements_text($4))
                         or jobs.department_id in (select value::uuid from jsonb_array_elements_text($5)))))",
        sqlite: "select id, name, given_name, family_name, headline, location, source, tags, custom_fields, edited,
                profile, profile_resume_id, experience_months, experience_level, merged_into, created_by,
                created_at, updated_at, deleted_at, version
            from candidates
            where tenant_id = $1 and deleted_at is null
              and id in (select unhex(value) from json_each($2))
              and ($3 = 1 or exists (
                  select 1 from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.candidate_id = candidates.id
                    and applications.deleted_at is null
                    and (jobs.id in (select unhex(value) from json_each($4))
                         or jobs.department_id in (select unhex(value) from json_each($5)))))");
    Ok(on!(tx, |c| sqlx::query_as::<_, Candidate>(text)
        .bind(tenant)
        .bind(Json(digits))
        .bind(reach.is_everywhere())
        .bind(Json(reach.job_digits()))
        .bind(Json(reach.department_digits()))
        .fetch_all(c)
        .await)?)
}

/// The profiles of these candidates, as far as they have some and were not deleted.
pub(crate) async fn list_profiles(
    tx: &mut Tx,
    ids: &[CandidateId],
) -> Result<Vec<(CandidateId, UnifiedResume)>> {
    let tenant = tx.tenant();
    let digits: Vec<_> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    let text = sql!(tx,
        postgres: "select id, profile from candidates
            where tenant_id = $1 and deleted_at is null and profile is not null
              and id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "select id, profile from candidates
            where tenant_id = $1 and deleted_at is null and profile is not null
              and id in (select unhex(value) from json_each($2))");
    let found: Vec<(CandidateId, Json<UnifiedResume>)> =
        on!(tx, |c| sqlx::query_as(text).bind(tenant).bind(Json(digits)).fetch_all(c).await)?;
    Ok(found.into_iter().map(|(id, profile)| (id, profile.0)).collect())
}

/// One of many candidates' ways to reach them.
#[derive(sqlx::FromRow)]
struct ContactOf {
    candidate_id: CandidateId,
    #[sqlx(flatten)]
    contact: Contact,
}

/// The ways to reach these candidates, each one's in the order they were given.
pub(crate) async fn list_contacts(tx: &mut Tx, ids: &[CandidateId]) -> Result<Vec<(CandidateId, Contact)>> {
    let tenant = tx.tenant();
    let digits: Vec<_> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    let text = sql!(tx,
        postgres: "select candidate_id, kind, key, value from candidate_contacts
            where tenant_id = $1 and candidate_id = any (array(select value::uuid from jsonb_array_elements_text($2)))
            order by candidate_id, kind, position, key",
        sqlite: "select candidate_id, kind, key, value from candidate_contacts
            where tenant_id = $1 and candidate_id in (select unhex(value) from json_each($2))
            order by candidate_id, kind, position, key");
    let found: Vec<ContactOf> =
        on!(tx, |c| sqlx::query_as(text).bind(tenant).bind(Json(digits)).fetch_all(c).await)?;
    Ok(found.into_iter().map(|found| (found.candidate_id, found.contact)).collect())
}
