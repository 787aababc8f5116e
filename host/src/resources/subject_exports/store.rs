//! All SQL that looks a person up in what others keep, deleted or not.

use super::{Disclosure, Message};
use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::{CandidateId, InterviewId, ResumeId};
use crate::resources::applications::Application;
use crate::resources::candidates::Candidate;
use crate::resources::notes::Note;
use crate::resources::resumes::Resume;

/// The candidate, and whoever turned out to be the same person.
pub(crate) async fn list_candidates(tx: &mut Tx, id: CandidateId) -> Result<Vec<Candidate>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Candidate>(
        "select id, name, given_name, family_name, headline, location, source, tags, custom_fields, edited, profile,
                profile_resume_id, experience_months, experience_level, merged_into, created_by, created_at, updated_at,
                deleted_at, version
         from candidates where tenant_id = $1 and (id = $2 or merged_into = $2) order by id"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn list_applications(tx: &mut Tx, id: CandidateId) -> Result<Vec<Application>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Application>(
        "select id, candidate_id, job_id, attempt, outcome, stage_id, source, tracking, credited_to, resume_id, answers,
                tags, custom_fields, score, reason, reason_detail, decided_at, transferred_from, transferred_to, applied_at,
                stage_since, created_by, created_at, updated_at, deleted_at, version
         from applications where tenant_id = $1 and candidate_id = $2 order by id"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await
    })?)
}

/// Of all their applications.
pub(crate) async fn list_interviews(tx: &mut Tx, id: CandidateId) -> Result<Vec<InterviewId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select i.id from interviews i
         join applications a on a.tenant_id = $1 and a.id = i.application_id
         where i.tenant_id = $1 and a.candidate_id = $2 order by i.id"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await)?)
}

/// On them and on their applications, private ones, too.
pub(crate) async fn list_notes(tx: &mut Tx, id: CandidateId) -> Result<Vec<Note>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Note>(
        "select id, candidate_id, job_id, application_id, body, is_private, created_by, created_at, updated_at, version
         from notes
         where tenant_id = $1
           and (candidate_id in (select id from candidates where tenant_id = $1 and (id = $2 or merged_into = $2))
                or application_id in (select id from applications where tenant_id = $1 and candidate_id = $2))
         order by id"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await
    })?)
}

/// Those whose files are still there.
pub(crate) async fn list_resumes(tx: &mut Tx, id: CandidateId) -> Result<Vec<Resume>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Resume>(
        "select id, candidate_id, file_id, file_name, media_type, size, sha256, source, status, error_code, error_detail,
                parse_id, corrections, created_by, created_at, updated_at, deleted_at, version
         from resumes where tenant_id = $1 and candidate_id = $2 and deleted_at is null order by id"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn find_text(tx: &mut Tx, id: ResumeId) -> Result<Option<String>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_scalar("select text from resume_texts where tenant_id = $1 and resume_id = $2")
            .bind(tenant)
            .bind(id)
            .fetch_optional(c)
            .await
    })?)
}

/// E-mails to them and about them. What they said is not kept once they are sent.
pub(crate) async fn list_messages(tx: &mut Tx, id: CandidateId) -> Result<Vec<Message>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Message>(
        "select kind, state, recipient, created_at, sent_at from emails
         where tenant_id = $1
           and candidate_id in (select id from candidates where tenant_id = $1 and (id = $2 or merged_into = $2))
         order by id"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await
    })?)
}

/// What was delivered about them to other programs.
pub(crate) async fn list_disclosures(tx: &mut Tx, id: CandidateId) -> Result<Vec<Disclosure>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Disclosure>(
        "select d.event_type, d.finished_at as delivered_at, e.url from webhook_deliveries d
         join webhook_endpoints e on e.tenant_id = $1 and e.id = d.endpoint_id
         where d.tenant_id = $1 and d.status = 'delivered' and d.candidate_id is not null
           and d.candidate_id in (select id from candidates where tenant_id = $1 and (id = $2 or merged_into = $2))
         order by d.id"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await
    })?)
}
