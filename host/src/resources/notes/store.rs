//! All SQL about notes.

use sqlx::types::Json;
use uuid::Uuid;

use super::{Note, Subject};
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::page::Position;
use crate::ids::NoteId;

pub(crate) async fn get(tx: &mut Tx, id: NoteId) -> Result<Note> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, Note>(
        "select id, candidate_id, job_id, application_id, body, is_private, created_by, created_at, updated_at, version
         from notes where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "note" })
}

/// Newest first, about one thing or all: those the caller may see, of things that are there and that the caller reaches. A
/// candidate is reached by an application for a reached job.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    subject: Option<Subject>,
    position: Position,
) -> Result<Vec<Note>> {
    let tenant = tx.tenant();
    let reader = tx.caller().member();
    let (candidate, job, application) = subject.map(Subject::ids).unwrap_or_default();
    let text = sql!(tx,
        postgres: "with reached as (
                select j.id from jobs j
                where j.tenant_id = $1 and j.deleted_at is null
                  and ($2 = 1 or j.department_id in (select value::uuid from jsonb_array_elements_text($3))
                       or j.id in (select value::uuid from jsonb_array_elements_text($4))))
            select n.id, n.candidate_id, n.job_id, n.application_id, n.body, n.is_private, n.created_by, n.created_at,
                n.updated_at, n.version
            from notes n
            where n.tenant_id = $1 and n.deleted_at is null and n.id < $5
              and (n.is_private = 0 or n.created_by = $6)
              and (cast($7 as uuid) is null or n.candidate_id = $7)
              and (cast($8 as uuid) is null or n.job_id = $8)
              and (cast($9 as uuid) is null or n.application_id = $9)
              and (n.job_id in (select id from reached)
                   or exists (select 1 from applications a
                              where a.tenant_id = $1 and a.id = n.application_id and a.deleted_at is null
                                and a.job_id in (select id from reached))
                   or exists (select 1 from candidates c
                              where c.tenant_id = $1 and c.id = n.candidate_id and c.deleted_at is null
                                and ($2 = 1 or exists (select 1 from applications a
                                                       where a.tenant_id = $1 and a.candidate_id = c.id
                                                         and a.deleted_at is null
                                                         and a.job_id in (select id from reached)))))
            order by n.id desc limit $10",
        sqlite: "with reached as (
                select j.id from jobs j
                where j.tenant_id = $1 and j.deleted_at is null
                  and ($2 = 1 or lower(hex(j.department_id)) in (select value from json_each($3))
                       or lower(hex(j.id)) in (select value from json_each($4))))
            select n.id, n.candidate_id, n.job_id, n.application_id, n.body, n.is_private, n.created_by, n.created_at,
                n.updated_at, n.version
            from notes n
            where n.tenant_id = $1 and n.deleted_at is null and n.id < $5
              and (n.is_private = 0 or n.created_by = $6)
              and ($7 is null or n.candidate_id = $7)
              and ($8 is null or n.job_id = $8)
              and ($9 is null or n.application_id = $9)
              and (n.job_id in (select id from reached)
                   or exists (select 1 from applications a
                              where a.tenant_id = $1 and a.id = n.application_id and a.deleted_at is null
                                and a.job_id in (select id from reached))
                   or exists (select 1 from candidates c
                              where c.tenant_id = $1 and c.id = n.candidate_id and c.deleted_at is null
                                and ($2 = 1 or exists (select 1 from applications a
                                                       where a.tenant_id = $1 and a.candidate_id = c.id
                                                         and a.deleted_at is null
                                                         and a.job_id in (select id from reached)))))
            order by n.id desc limit $10");
    Ok(on!(tx, |c| sqlx::query_as::<_, Note>(text)
        .bind(tenant)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(position.after)
        .bind(reader)
        .bind(candidate)
        .bind(job)
        .bind(application)
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

/// In the order of their changes: those the caller may see, of things that are there and that the caller reaches.
pub(crate) async fn list_changed(
    tx: &mut Tx,
    reach: &Reach,
    since: Position<(Time, Uuid)>,
) -> Result<Vec<Note>> {
    let tenant = tx.tenant();
    let reader = tx.caller().member();
    let text = sql!(tx,
        postgres: "with reached as (
                select j.id from jobs j
                where j.tenant_id = $1 and j.deleted_at is null
                  and ($2 = 1 or j.department_id in (select value::uuid from jsonb_array_elements_text($3))
                       or j.id in (select value::uuid from jsonb_array_elements_text($4))))
            select n.id, n.candidate_id, n.job_id, n.application_id, n.body, n.is_private, n.created_by, n.created_at,
                n.updated_at, n.version
            from notes n
            where n.tenant_id = $1 and n.deleted_at is null and (n.updated_at, n.id) > ($5, $6)
              and (n.is_private = 0 or n.created_by = $7)
              and (n.job_id in (select id from reached)
                   or exists (select 1 from applications a
                              where a.tenant_id = $1 and a.id = n.application_id and a.deleted_at is null
                                and a.job_id in (select id from reached))
                   or exists (select 1 from candidates c
                              where c.tenant_id = $1 and c.id = n.candidate_id and c.deleted_at is null
                                and ($2 = 1 or exists (select 1 from applications a
                                                       where a.tenant_id = $1 and a.candidate_id = c.id
                                                         and a.deleted_at is null
                                                         and a.job_id in (select id from reached)))))
            order by n.updated_at, n.id limit $8",
        sqlite: "with reached as (
                select j.id from jobs j
                where j.tenant_id = $1 and j.deleted_at is null
                  and ($2 = 1 or lower(hex(j.department_id)) in (select value from json_each($3))
                       or lower(hex(j.id)) in (select value from json_each($4))))
            select n.id, n.candidate_id, n.job_id, n.application_id, n.body, n.is_private, n.created_by, n.created_at,
                n.updated_at, n.version
            from notes n
            where n.tenant_id = $1 and n.deleted_at is null and (n.updated_at, n.id) > ($5, $6)
              and (n.is_private = 0 or n.created_by = $7)
              and (n.job_id in (select id from reached)
                   or exists (select 1 from applications a
                              where a.tenant_id = $1 and a.id = n.application_id and a.deleted_at is null
                                and a.job_id in (select id from reached))
                   or exists (select 1 from candidates c
                              where c.tenant_id = $1 and c.id = n.candidate_id and c.deleted_at is null
                                and ($2 = 1 or exists (select 1 from applications a
                                                       where a.tenant_id = $1 and a.candidate_id = c.id
                                                         and a.deleted_at is null
                                                         and a.job_id in (select id from reached)))))
            order by n.updated_at, n.id limit $8");
    Ok(on!(tx, |c| sqlx::query_as::<_, Note>(text)
        .bind(tenant)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(since.after.0)
        .bind(since.after.1)
        .bind(reader)
        .bind(since.fetch())
        .fetch_all(c)
        .await)?)
}

pub(crate) async fn insert(tx: &mut Tx, note: &Note) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into notes
            (tenant_id, id, candidate_id, job_id, application_id, body, is_private, created_by, created_at, updated_at,
             version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    )
    .bind(tenant)
    .bind(note.id)
    .bind(note.candidate_id)
    .bind(note.job_id)
    .bind(note.application_id)
    .bind(&note.body)
    .bind(note.is_private)
    .bind(note.created_by)
    .bind(note.created_at)
    .bind(note.updated_at)
    .bind(note.version)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, note: &mut Note) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update notes set body = $4, is_private = $5, updated_at = $6, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(note.id)
    .bind(note.version)
    .bind(&note.body)
    .bind(note.is_private)
    .bind(note.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Error::changed());
    }
    note.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: NoteId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update notes set deleted_at = $3, updated_at = $3, version = version + 1
         where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
