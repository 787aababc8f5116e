//! All SQL that erases: what is a person's goes, from whichever table, and what happened stays. Whoever was merged into
//! somebody goes with them.

use super::holds::Hold;
use super::{Due, Erasure, Person};
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{CandidateId, FileId};
use crate::resources::privacy_policies::Policy;

/// Keeps whatever is added to a candidate waiting until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: CandidateId) -> Result<Option<Person>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, merged_into, deleted_at, version from candidates
            where tenant_id = $1 and id = $2 for update",
        sqlite: "select id, merged_into, deleted_at, version from candidates where tenant_id = $1 and id = $2");
    Ok(on!(tx, |c| sqlx::query_as::<_, Person>(text).bind(tenant).bind(id).fetch_optional(c).await)?)
}

/// # Errors
/// `NotFound` when there never was such a candidate.
pub(crate) async fn require(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    let known: Option<CandidateId> =
        on!(tx, |c| sqlx::query_scalar("select id from candidates where tenant_id = $1 and id = $2")
            .bind(tenant)
            .bind(id)
            .fetch_optional(c)
            .await)?;
    known.map(drop).ok_or(Error::NotFound { what: "candidate" })
}

pub(crate) async fn erase_identity(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update candidates set name = null, name_key = null, given_name = null, family_name = null
         where tenant_id = $1 and (id = $2 or merged_into = $2)"
    )
    .bind(tenant)
    .bind(id)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub(crate) async fn erase_contacts(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "delete from candidate_contacts
         where tenant_id = $1
           and candidate_id in (select id from candidates where tenant_id = $1 and (id = $2 or merged_into = $2))"
    )
    .bind(tenant)
    .bind(id)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn erase_details(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update candidates set headline = null, location = null, tags = null, custom_fields = null
         where tenant_id = $1 and (id = $2 or merged_into = $2)"
    )
    .bind(tenant)
    .bind(id)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Files of all their résumés that are still there.
pub(crate) async fn list_files(tx: &mut Tx, id: CandidateId) -> Result<Vec<FileId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select file_id from resumes where tenant_id = $1 and candidate_id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await)?)
}

/// What was read, what plugins wrote down while they did, and the profile made of it.
pub(crate) async fn erase_resumes(tx: &mut Tx, id: CandidateId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update candidates
         set profile = null, profile_resume_id = null, experience_months = null, experience_level = null
         where tenant_id = $1 and (id = $2 or merged_into = $2)"
    )
    .bind(tenant)
    .bind(id)
    .execute(c)
    .await
    .map(drop))?;
    on!(tx, |c| {
        sqlx::query(
        "update resumes
         set deleted_at = $3, updated_at = $3, file_name = '', sha256 = '', error_detail = null, parse_id = null,
             corrections = null, version = version + 1
         where tenant_id = $1 and candidate_id = $2 and (deleted_at is null or sha256 <> '')"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop)
    })?;
    on!(tx, |c| sqlx::query(
        "delete from resume_texts
         where tenant_id = $1
           and resume_id in (select id from resumes where tenant_id = $1 and candidate_id = $2)"
    )
    .bind(tenant)
    .bind(id)
    .execute(c)
    .await
    .map(drop))?;
    on!(tx, |c| sqlx::query(
        "delete from resume_parses
         where tenant_id = $1
           and resume_id in (select id from resumes where tenant_id = $1 and candidate_id = $2)"
    )
    .bind(tenant)
    .bind(id)
    .execute(c)
    .await
    .map(drop))?;
    let resumes: Vec<crate::ids::ResumeId> =
        on!(tx, |c| sqlx::query_scalar("select id from resumes where tenant_id = $1 and candidate_id = $2")
            .bind(tenant)
            .bind(id)
            .fetch_all(c)
            .await)?;
    for resume in resumes {
        on!(tx, |c| sqlx::query(
            "update plugin_runs set log = '[]' where tenant_id = $1 and subject_id = $2"
        )
        .bind(tenant)
        .bind(resume.to_string())
        .execute(c)
        .await
        .map(drop))?;
        erase_differences(tx, &resume.to_string()).await?;
    }
    Ok(())
}

/// The history keeps what happened, and when; what somebody wrote about it goes.
pub(crate) async fn erase_applications(tx: &mut Tx, id: CandidateId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update applications
         set answers = '{}', tags = '[]', custom_fields = '{}', tracking = null, reason_detail = null,
             updated_at = $3, version = version + 1
         where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    on!(tx, |c| {
        sqlx::query(
            "update application_changes set reason_detail = null
         where tenant_id = $1 and reason_detail is not null
           and application_id in (select id from applications where tenant_id = $1 and candidate_id = $2)",
        )
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// What rules said of the person, and what they wrote down while they did; the number stays.
pub(crate) async fn erase_scores(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "update scores
         set error_detail = null, label = null, contributions = '[]', extra = '{}', input_hash = '', result_hash = null
         where tenant_id = $1
           and application_id in (select id from applications where tenant_id = $1 and candidate_id = $2)"
    )
    .bind(tenant)
    .bind(id)
    .execute(c)
    .await
    .map(drop)
    })?;
    let applications: Vec<crate::ids::ApplicationId> = on!(tx, |c| sqlx::query_scalar(
        "select id from applications where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await)?;
    for application in applications {
        on!(tx, |c| sqlx::query(
            "update plugin_runs set log = '[]', input_hash = '' where tenant_id = $1 and subject_id = $2"
        )
        .bind(tenant)
        .bind(application.to_string())
        .execute(c)
        .await
        .map(drop))?;
        erase_differences(tx, &application.to_string()).await?;
    }
    Ok(())
}

/// That a shadow answered something else stays; in which fields goes, as a plugin may call a field what it likes.
async fn erase_differences(tx: &mut Tx, subject: &str) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update plugin_shadow_runs set differences = '[]' where tenant_id = $1 and subject_id = $2"
    )
    .bind(tenant)
    .bind(subject)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub(crate) async fn erase_interviews(tx: &mut Tx, id: CandidateId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "update evaluations set attributes = '[]', feedback = null, updated_at = $3, version = version + 1
         where tenant_id = $1
           and interview_id in (select i.id from interviews i
                                join applications a on a.tenant_id = $1 and a.id = i.application_id
                                where i.tenant_id = $1 and a.candidate_id = $2)"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop)
    })?;
    on!(tx, |c| {
        sqlx::query(
        "update interviews
         set title = null, place = null, note = null, cancel_reason = null, updated_at = $3, version = version + 1
         where tenant_id = $1
           and application_id in (select id from applications where tenant_id = $1 and candidate_id = $2)"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// That an offer was made stays, and what became of it.
pub(crate) async fn erase_offers(tx: &mut Tx, id: CandidateId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "update offers
         set terms = '{\"title\": \"\"}', starts_on = null, reason = null, updated_at = $3, version = version + 1
         where tenant_id = $1
           and application_id in (select id from applications where tenant_id = $1 and candidate_id = $2)"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn erase_notes(tx: &mut Tx, id: CandidateId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "update notes
         set body = '', deleted_at = coalesce(deleted_at, $3), updated_at = $3, version = version + 1
         where tenant_id = $1
           and (candidate_id in (select id from candidates where tenant_id = $1 and (id = $2 or merged_into = $2))
                or application_id in (select id from applications where tenant_id = $1 and candidate_id = $2))"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// The candidate has changed; when nothing is left they are deleted.
pub(crate) async fn touch(tx: &mut Tx, id: CandidateId, is_complete: bool, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update candidates
         set deleted_at = case when $3 = 1 then coalesce(deleted_at, $4) else deleted_at end, updated_at = $4,
             version = version + 1
         where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .bind(i64::from(is_complete))
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Which member they are, what a hold that is over said, and how their consents are known.
pub(crate) async fn forget_person(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    delete_hold(tx, id).await?;
    on!(tx, |c| sqlx::query("delete from candidate_members where tenant_id = $1 and candidate_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| {
        sqlx::query(
        "update consents set evidence = null
         where tenant_id = $1
           and candidate_id in (select id from candidates where tenant_id = $1 and (id = $2 or merged_into = $2))"
    )
    .bind(tenant)
    .bind(id)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// What was erased completely before is written down once.
pub(crate) async fn insert(tx: &mut Tx, erasure: &Erasure) -> Result<()> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| {
        sqlx::query(
        "insert into erasures (tenant_id, id, candidate_id, parts, is_complete, cause, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing"
    )
    .bind(tenant)
    .bind(erasure.id)
    .bind(erasure.candidate_id)
    .bind(&erasure.parts)
    .bind(erasure.is_complete)
    .bind(erasure.cause)
    .bind(erasure.created_by)
    .bind(erasure.created_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if inserted == 0 {
        let detail = "everything of the candidate is erased already".into();
        return Err(Error::Conflict { code: "erased_already", detail });
    }
    Ok(())
}

/// The latest first; of one candidate, or of all.
pub(crate) async fn list(
    tx: &mut Tx,
    candidate: Option<CandidateId>,
    position: Position,
) -> Result<Vec<Erasure>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, candidate_id, parts, is_complete, cause, created_by, created_at from erasures
            where tenant_id = $1 and (cast($2 as uuid) is null or candidate_id = $2) and id < $3
            order by id desc limit $4",
        sqlite: "select id, candidate_id, parts, is_complete, cause, created_by, created_at from erasures
            where tenant_id = $1 and ($2 is null or candidate_id = $2) and id < $3
            order by id desc limit $4");
    Ok(on!(tx, |c| sqlx::query_as::<_, Erasure>(text)
        .bind(tenant)
        .bind(candidate)
        .bind(position.after)
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

pub(crate) async fn find_hold(tx: &mut Tx, id: CandidateId) -> Result<Option<Hold>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Hold>(
        "select candidate_id, reason, until, created_by, created_at, updated_at, version
         from holds where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// Saves and counts the version up.
pub(crate) async fn save_hold(tx: &mut Tx, hold: &mut Hold) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into holds (tenant_id, candidate_id, reason, until, created_by, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, candidate_id) do update
         set reason = excluded.reason, until = excluded.until, updated_at = excluded.updated_at,
             version = excluded.version"
    )
    .bind(tenant)
    .bind(hold.candidate_id)
    .bind(&hold.reason)
    .bind(hold.until)
    .bind(hold.created_by)
    .bind(hold.created_at)
    .bind(hold.updated_at)
    .bind(hold.version + 1)
    .execute(c)
    .await
    .map(drop)
    })?;
    hold.version += 1;
    Ok(())
}

pub(crate) async fn delete_hold(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("delete from holds where tenant_id = $1 and candidate_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Whether the policy says so of this one.
pub(crate) async fn find_due(tx: &mut Tx, policy: &Policy, at: Time, id: CandidateId) -> Result<Option<Due>> {
    // The list begins with whoever has the greatest id below; nobody comes between.
    let after = uuid::Uuid::from_u128(id.uuid().as_u128().saturating_add(1));
    let first = list_due(tx, policy, at, Position { after, limit: 1 }).await?;
    Ok(first.into_iter().next().filter(|due| due.candidate_id == id))
}

/// Whom the policy would erase at an instant, by descending id. Their ids say when they were made.
pub(crate) async fn list_due(tx: &mut Tx, policy: &Policy, at: Time, position: Position) -> Result<Vec<Due>> {
    let tenant = tx.tenant();
    let cutoffs = policy.cutoffs(at);
    if cutoffs.inactive_since.is_none() && cutoffs.deleted_before.is_none() {
        return Ok(Vec::new());
    }
    let made_before = CandidateId::earliest_at(cutoffs.inactive_since.unwrap_or(at));
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Due>(
        "select id as candidate_id, case when deleted_at is null then 'inactive' else 'deleted' end as cause
         from candidates
         where tenant_id = $1 and id < $2
           and not exists (select 1 from erasures e
                           where e.tenant_id = $1 and e.candidate_id = candidates.id and e.is_complete = 1)
           and not exists (select 1 from holds h
                           where h.tenant_id = $1 and h.candidate_id = candidates.id
                             and (h.until is null or h.until > $3))
           and (deleted_at < $4
                or deleted_at is null and cast($5 as timestamptz) is not null and id < $6
                   and not exists (select 1 from applications a
                                   where a.tenant_id = $1 and a.candidate_id = candidates.id and a.deleted_at is null
                                     and (a.outcome = 'active' or a.applied_at >= $5 or a.decided_at >= $5
                                          or $7 = 1 and a.outcome = 'hired'))
                   and not exists (select 1 from resumes r
                                   where r.tenant_id = $1 and r.candidate_id = candidates.id and r.created_at >= $5)
                   and not exists (select 1 from consents given
                                   where given.tenant_id = $1 and given.candidate_id = candidates.id
                                     and given.purpose = $8 and given.is_given = 1
                                     and (given.expires_at is null or given.expires_at > $3)
                                     and not exists (select 1 from consents later
                                                     where later.tenant_id = $1
                                                       and later.candidate_id = candidates.id and later.purpose = $8
                                                       and (later.decided_at, later.id)
                                                           > (given.decided_at, given.id))))
         order by id desc limit $9"
    )
        .bind(tenant)
        .bind(position.after)
        .bind(at)
        .bind(cutoffs.deleted_before)
        .bind(cutoffs.inactive_since)
        .bind(made_before)
        .bind(policy.keeps_hired)
        .bind(&policy.kept_by_consent)
        .bind(position.fetch())
        .fetch_all(c)
        .await
    })?)
}
