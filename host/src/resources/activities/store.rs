//! The SQL that finds what happened to a candidate: it only reads.

use sqlx::types::Json;
use uuid::Uuid;

use super::Key;
use crate::db::{Tx, on, sql};
use crate::error::Result;
use crate::grants::Reach;
use crate::http::page::Position;
use crate::ids::{ApplicationId, CandidateId, InterviewId, OfferId};
use crate::resources::events::Event;
use crate::resources::notes::Note;

/// The candidate's applications, as far as the reach goes.
pub(crate) async fn list_applications(
    tx: &mut Tx,
    reach: &Reach,
    candidate: CandidateId,
) -> Result<Vec<ApplicationId>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select a.id from applications a
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where a.tenant_id = $1 and a.candidate_id = $2 and a.deleted_at is null
              and ($3 = 1 or j.department_id in (select value::uuid from jsonb_array_elements_text($4))
                   or j.id in (select value::uuid from jsonb_array_elements_text($5)))",
        sqlite: "select a.id from applications a
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where a.tenant_id = $1 and a.candidate_id = $2 and a.deleted_at is null
              and ($3 = 1 or lower(hex(j.department_id)) in (select value from json_each($4))
                   or lower(hex(j.id)) in (select value from json_each($5)))");
    Ok(on!(tx, |c| sqlx::query_scalar(text)
        .bind(tenant)
        .bind(candidate)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .fetch_all(c)
        .await)?)
}

pub(crate) async fn list_interviews(tx: &mut Tx, of: &[ApplicationId]) -> Result<Vec<InterviewId>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id from interviews
            where tenant_id = $1 and application_id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "select id from interviews
            where tenant_id = $1 and application_id in (select unhex(value) from json_each($2))");
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(tenant).bind(Json(digits(of))).fetch_all(c).await)?)
}

pub(crate) async fn list_offers(tx: &mut Tx, of: &[ApplicationId]) -> Result<Vec<OfferId>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id from offers
            where tenant_id = $1 and application_id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "select id from offers
            where tenant_id = $1 and application_id in (select unhex(value) from json_each($2))");
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(tenant).bind(Json(digits(of))).fetch_all(c).await)?)
}

/// What happened to these things before, the latest first.
pub(crate) async fn list_events(
    tx: &mut Tx,
    subjects: &[String],
    before: Position<Key>,
) -> Result<Vec<Event>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, type, subject_id, actor, payload, occurred_at from events
            where tenant_id = $1 and subject_id = any (array(select value from jsonb_array_elements_text($2)))
              and (occurred_at, id) < ($3, $4)
            order by occurred_at desc, id desc limit $5",
        sqlite: "select id, type, subject_id, actor, payload, occurred_at from events
            where tenant_id = $1 and subject_id in (select value from json_each($2))
              and (occurred_at, id) < ($3, $4)
            order by occurred_at desc, id desc limit $5");
    let (time, id): (_, Uuid) = before.after;
    Ok(on!(tx, |c| sqlx::query_as::<_, Event>(text)
        .bind(tenant)
        .bind(Json(subjects))
        .bind(time)
        .bind(id)
        .bind(before.fetch())
        .fetch_all(c)
        .await)?)
}

/// What was written before about the candidate or these applications, the latest first, as far as the reader may see it.
pub(crate) async fn list_notes(
    tx: &mut Tx,
    candidate: CandidateId,
    applications: &[ApplicationId],
    before: Position<Key>,
) -> Result<Vec<Note>> {
    let tenant = tx.tenant();
    let reader = tx.caller().member();
    let text = sql!(tx,
        postgres: "select id, candidate_id, job_id, application_id, body, is_private, created_by, created_at, updated_at, version
            from notes
            where tenant_id = $1 and deleted_at is null and (is_private = 0 or created_by = $2)
              and (candidate_id = $3
                   or application_id in (select value::uuid from jsonb_array_elements_text($4)))
              and (created_at, id) < ($5, $6)
            order by created_at desc, id desc limit $7",
        sqlite: "select id, candidate_id, job_id, application_id, body, is_private, created_by, created_at, updated_at, version
            from notes
            where tenant_id = $1 and deleted_at is null and (is_private = 0 or created_by = $2)
              and (candidate_id = $3 or application_id in (select unhex(value) from json_each($4)))
              and (created_at, id) < ($5, $6)
            order by created_at desc, id desc limit $7");
    let (time, id): (_, Uuid) = before.after;
    Ok(on!(tx, |c| sqlx::query_as::<_, Note>(text)
        .bind(tenant)
        .bind(reader)
        .bind(candidate)
        .bind(Json(digits(applications)))
        .bind(time)
        .bind(id)
        .bind(before.fetch())
        .fetch_all(c)
        .await)?)
}

fn digits(ids: &[ApplicationId]) -> Vec<String> {
    ids.iter().map(|id| id.uuid().simple().to_string()).collect()
}
