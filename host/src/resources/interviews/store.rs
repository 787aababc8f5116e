//! All SQL about interviews and who holds them.

use sqlx::types::Json;
use uuid::Uuid;

use super::{Interview, Status};
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::page::Position;
use crate::ids::{ApplicationId, CandidateId, InterviewId, JobId, MemberId};

pub(crate) async fn get(tx: &mut Tx, id: InterviewId) -> Result<Interview> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, Interview>(
        "select id, application_id, kind, title, starts_at, duration_minutes, place, note, status, cancel_reason,
                reschedules, created_by, created_at, updated_at, version
         from interviews where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    let mut interview = found.ok_or(Error::NotFound { what: "interview" })?;
    interview.interviewers =
        list_interviewers(tx, &[id]).await?.into_iter().map(|(_, member)| member).collect();
    Ok(interview)
}

/// Which interviews of a list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) application: Option<ApplicationId>,
    pub(crate) interviewer: Option<MemberId>,
    pub(crate) status: Option<Status>,
    /// Beginning at this time or later.
    pub(crate) from: Option<Time>,
    /// Beginning before this time.
    pub(crate) to: Option<Time>,
}

/// In the order in which they begin, as far as the caller reaches.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    filter: Filter,
    position: Position<(Time, Uuid)>,
) -> Result<Vec<Interview>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select i.id, i.application_id, i.kind, i.title, i.starts_at, i.duration_minutes, i.place, i.note, i.status,
                i.cancel_reason, i.reschedules, i.created_by, i.created_at, i.updated_at, i.version
            from interviews i
            join applications a on a.tenant_id = i.tenant_id and a.id = i.application_id
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where i.tenant_id = $1 and a.deleted_at is null and (i.starts_at, i.id) > ($2, $3)
              and ($4 = 1 or j.department_id in (select value::uuid from jsonb_array_elements_text($5))
                   or j.id in (select value::uuid from jsonb_array_elements_text($6)))
              and (cast($7 as uuid) is null or i.application_id = $7)
              and (cast($8 as uuid) is null
                   or i.id in (select interview_id from interviewers where tenant_id = $1 and member_id = $8))
              and (cast($9 as text) is null or i.status = $9)
              and (cast($10 as timestamptz) is null or i.starts_at >= $10)
              and (cast($11 as timestamptz) is null or i.starts_at < $11)
            order by i.starts_at, i.id limit $12",
        sqlite: "select i.id, i.application_id, i.kind, i.title, i.starts_at, i.duration_minutes, i.place, i.note, i.status,
                i.cancel_reason, i.reschedules, i.created_by, i.created_at, i.updated_at, i.version
            from interviews i
            join applications a on a.tenant_id = i.tenant_id and a.id = i.application_id
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where i.tenant_id = $1 and a.deleted_at is null and (i.starts_at, i.id) > ($2, $3)
              and ($4 = 1 or lower(hex(j.department_id)) in (select value from json_each($5))
                   or lower(hex(j.id)) in (select value from json_each($6)))
              and ($7 is null or i.application_id = $7)
              and ($8 is null
                   or i.id in (select interview_id from interviewers where tenant_id = $1 and member_id = $8))
              and ($9 is null or i.status = $9)
              and ($10 is null or i.starts_at >= $10)
              and ($11 is null or i.starts_at < $11)
            order by i.starts_at, i.id limit $12");
    let (time, id) = position.after;
    let mut interviews = on!(tx, |c| sqlx::query_as::<_, Interview>(text)
        .bind(tenant)
        .bind(time)
        .bind(id)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(filter.application)
        .bind(filter.interviewer)
        .bind(filter.status)
        .bind(filter.from)
        .bind(filter.to)
        .bind(position.fetch())
        .fetch_all(c)
        .await)?;
    add_interviewers(tx, interviews.iter_mut()).await?;
    Ok(interviews)
}

/// In the order of their changes, as far as the caller reaches.
pub(crate) async fn list_changed(
    tx: &mut Tx,
    reach: &Reach,
    since: Position<(Time, Uuid)>,
) -> Result<Vec<Interview>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select i.id, i.application_id, i.kind, i.title, i.starts_at, i.duration_minutes, i.place, i.note, i.status,
                i.cancel_reason, i.reschedules, i.created_by, i.created_at, i.updated_at, i.version
            from interviews i
            join applications a on a.tenant_id = i.tenant_id and a.id = i.application_id
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where i.tenant_id = $1 and a.deleted_at is null and (i.updated_at, i.id) > ($2, $3)
              and ($4 = 1 or j.department_id in (select value::uuid from jsonb_array_elements_text($5))
                   or j.id in (select value::uuid from jsonb_array_elements_text($6)))
            order by i.updated_at, i.id limit $7",
        sqlite: "select i.id, i.application_id, i.kind, i.title, i.starts_at, i.duration_minutes, i.place, i.note, i.status,
                i.cancel_reason, i.reschedules, i.created_by, i.created_at, i.updated_at, i.version
            from interviews i
            join applications a on a.tenant_id = i.tenant_id and a.id = i.application_id
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where i.tenant_id = $1 and a.deleted_at is null and (i.updated_at, i.id) > ($2, $3)
              and ($4 = 1 or lower(hex(j.department_id)) in (select value from json_each($5))
                   or lower(hex(j.id)) in (select value from json_each($6)))
            order by i.updated_at, i.id limit $7");
    let mut interviews = on!(tx, |c| sqlx::query_as::<_, Interview>(text)
        .bind(tenant)
        .bind(since.after.0)
        .bind(since.after.1)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(since.fetch())
        .fetch_all(c)
        .await)?;
    add_interviewers(tx, interviews.iter_mut()).await?;
    Ok(interviews)
}

/// An interview somebody holds, or is asked to as a candidate.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Own {
    #[sqlx(flatten)]
    pub(crate) interview: Interview,
    pub(crate) candidate_id: CandidateId,
    pub(crate) job_id: JobId,
    pub(crate) job_title: String,
}

/// In the order in which they begin: those the member holds, and those of the candidate the member is.
pub(crate) async fn list_own(
    tx: &mut Tx,
    member: MemberId,
    candidate: Option<CandidateId>,
    from: Option<Time>,
    to: Option<Time>,
    position: Position<(Time, Uuid)>,
) -> Result<Vec<Own>> {
    let tenant = tx.tenant();
    let (time, id) = position.after;
    let mut own = on!(tx, |c| {
        sqlx::query_as::<_, Own>(
        "select i.id, i.application_id, i.kind, i.title, i.starts_at, i.duration_minutes, i.place, i.note, i.status,
                i.cancel_reason, i.reschedules, i.created_by, i.created_at, i.updated_at, i.version,
                a.candidate_id, a.job_id, j.title as job_title
         from interviews i
         join applications a on a.tenant_id = i.tenant_id and a.id = i.application_id
         join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
         where i.tenant_id = $1 and a.deleted_at is null and (i.starts_at, i.id) > ($2, $3)
           and (i.id in (select interview_id from interviewers where tenant_id = $1 and member_id = $4)
                or a.candidate_id = $5)
           and ($6 = 1 or i.starts_at >= $7) and ($8 = 1 or i.starts_at < $9)
         order by i.starts_at, i.id limit $10"
    )
    .bind(tenant)
    .bind(time)
    .bind(id)
    .bind(member)
    .bind(candidate)
    .bind(i64::from(from.is_none()))
    .bind(from)
    .bind(i64::from(to.is_none()))
    .bind(to)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?;
    add_interviewers(tx, own.iter_mut().map(|own| &mut own.interview)).await?;
    Ok(own)
}

async fn add_interviewers<'a>(
    tx: &mut Tx,
    interviews: impl Iterator<Item = &'a mut Interview>,
) -> Result<()> {
    let mut interviews: Vec<_> = interviews.collect();
    let ids: Vec<_> = interviews.iter().map(|interview| interview.id).collect();
    let held = list_interviewers(tx, &ids).await?;
    for interview in &mut interviews {
        let of_this = held.iter().filter(|(id, _)| *id == interview.id);
        interview.interviewers = of_this.map(|(_, member)| *member).collect();
    }
    Ok(())
}

/// Who holds these interviews, in the order of their ids.
async fn list_interviewers(tx: &mut Tx, ids: &[InterviewId]) -> Result<Vec<(InterviewId, MemberId)>> {
    let tenant = tx.tenant();
    let ids: Vec<String> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    let text = sql!(tx,
        postgres: "select interview_id, member_id from interviewers
            where tenant_id = $1 and interview_id = any (array(select value::uuid from jsonb_array_elements_text($2)))
            order by interview_id, member_id",
        sqlite: "select interview_id, member_id from interviewers
            where tenant_id = $1 and interview_id in (select unhex(value) from json_each($2))
            order by interview_id, member_id");
    Ok(on!(tx, |c| sqlx::query_as(text).bind(tenant).bind(Json(ids)).fetch_all(c).await)?)
}

pub(crate) async fn insert(tx: &mut Tx, interview: &Interview) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into interviews
            (tenant_id, id, application_id, kind, title, starts_at, duration_minutes, place, note, status,
             cancel_reason, reschedules, created_by, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    )
    .bind(tenant)
    .bind(interview.id)
    .bind(interview.application_id)
    .bind(interview.kind)
    .bind(&interview.title)
    .bind(interview.starts_at)
    .bind(interview.duration_minutes)
    .bind(&interview.place)
    .bind(&interview.note)
    .bind(interview.status)
    .bind(&interview.cancel_reason)
    .bind(interview.reschedules)
    .bind(interview.created_by)
    .bind(interview.created_at)
    .bind(interview.updated_at)
    .bind(interview.version)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, interview: &mut Interview) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update interviews
         set kind = $4, title = $5, starts_at = $6, duration_minutes = $7, place = $8, note = $9, status = $10,
             cancel_reason = $11, reschedules = $12, updated_at = $13, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(interview.id)
    .bind(interview.version)
    .bind(interview.kind)
    .bind(&interview.title)
    .bind(interview.starts_at)
    .bind(interview.duration_minutes)
    .bind(&interview.place)
    .bind(&interview.note)
    .bind(interview.status)
    .bind(&interview.cancel_reason)
    .bind(interview.reschedules)
    .bind(interview.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    interview.version += 1;
    Ok(())
}

/// These hold it from now on, and nobody else.
pub(crate) async fn set_interviewers(tx: &mut Tx, interview: &Interview) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("delete from interviewers where tenant_id = $1 and interview_id = $2")
        .bind(tenant)
        .bind(interview.id)
        .execute(c)
        .await
        .map(drop))?;
    for member in &interview.interviewers {
        on!(tx, |c| {
            sqlx::query("insert into interviewers (tenant_id, interview_id, member_id) values ($1, $2, $3)")
                .bind(tenant)
                .bind(interview.id)
                .bind(*member)
                .execute(c)
                .await
                .map(drop)
        })?;
    }
    Ok(())
}
