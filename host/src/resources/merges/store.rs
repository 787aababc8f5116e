//! All SQL that makes one candidate of two: what belongs to the one that goes becomes that of the one that stays.

use super::Obstacles;
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::CandidateId;

pub(crate) async fn find_obstacles(tx: &mut Tx, from: CandidateId, to: CandidateId) -> Result<Obstacles> {
    let tenant = tx.tenant();
    let shared_jobs = on!(tx, |c| {
        sqlx::query_scalar(
        "select count(*) from applications own
         join applications other on other.tenant_id = $1 and other.job_id = own.job_id
         where own.tenant_id = $1 and own.candidate_id = $2 and own.outcome = 'active' and own.deleted_at is null
           and other.candidate_id = $3 and other.outcome = 'active' and other.deleted_at is null"
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .fetch_one(c)
    .await
    })?;
    let members = on!(tx, |c| sqlx::query_scalar(
        "select count(*) from candidate_members where tenant_id = $1 and candidate_id in ($2, $3)"
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .fetch_one(c)
    .await)?;
    Ok(Obstacles { shared_jobs, members })
}

/// Also those that were deleted: their copies elsewhere learn whose they are.
pub(crate) async fn update_resumes(
    tx: &mut Tx,
    from: CandidateId,
    to: CandidateId,
    now: Time,
) -> Result<u64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query(
        "update resumes set candidate_id = $3, updated_at = $4, version = version + 1
         where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

pub(crate) async fn update_applications(
    tx: &mut Tx,
    from: CandidateId,
    to: CandidateId,
    now: Time,
) -> Result<u64> {
    let tenant = tx.tenant();
    let moved = on!(tx, |c| sqlx::query(
        "update applications set candidate_id = $3, updated_at = $4, version = version + 1
         where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    // Attempts at the same job are counted anew, in the order in which they were made.
    on!(tx, |c| {
        sqlx::query(
        "update applications
         set updated_at = $3, version = version + 1,
             attempt = (select count(*) from applications earlier
                        where earlier.tenant_id = $1 and earlier.candidate_id = $2
                          and earlier.job_id = applications.job_id
                          and (earlier.applied_at, earlier.id) <= (applications.applied_at, applications.id))
         where tenant_id = $1 and candidate_id = $2
           and attempt <> (select count(*) from applications earlier
                           where earlier.tenant_id = $1 and earlier.candidate_id = $2
                             and earlier.job_id = applications.job_id
                             and (earlier.applied_at, earlier.id) <= (applications.applied_at, applications.id))"
    )
    .bind(tenant)
    .bind(to)
    .bind(now)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(moved)
}

pub(crate) async fn update_notes(tx: &mut Tx, from: CandidateId, to: CandidateId, now: Time) -> Result<u64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query(
        "update notes set candidate_id = $3, updated_at = $4, version = version + 1
         where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

/// So that they go with the candidate's data.
pub(crate) async fn update_emails(tx: &mut Tx, from: CandidateId, to: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query("update emails set candidate_id = $3 where tenant_id = $1 and candidate_id = $2")
            .bind(tenant)
            .bind(from)
            .bind(to)
            .execute(c)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// After those that are there; what is there already is dropped.
pub(crate) async fn update_contacts(tx: &mut Tx, from: CandidateId, to: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "delete from candidate_contacts
         where tenant_id = $1 and candidate_id = $2
           and exists (select 1 from candidate_contacts there
                       where there.tenant_id = $1 and there.candidate_id = $3
                         and there.kind = candidate_contacts.kind and there.key = candidate_contacts.key)"
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .execute(c)
    .await
    .map(drop))?;
    let last: i64 = on!(tx, |c| {
        sqlx::query_scalar(
        "select coalesce(max(position), 0) from candidate_contacts where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(to)
    .fetch_one(c)
    .await
    })?;
    on!(tx, |c| sqlx::query(
        "update candidate_contacts set candidate_id = $3, position = position + 1 + $4
         where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .bind(last)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub(crate) async fn update_member(tx: &mut Tx, from: CandidateId, to: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update candidate_members set candidate_id = $3 where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// The one that goes, and whoever was merged into it before, lead to the one that stays.
pub(crate) async fn delete_merged(tx: &mut Tx, from: CandidateId, to: CandidateId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update candidates
         set merged_into = $3, deleted_at = coalesce(deleted_at, $4), updated_at = $4, version = version + 1
         where tenant_id = $1 and (id = $2 or merged_into = $2)"
    )
    .bind(tenant)
    .bind(from)
    .bind(to)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
