//! All SQL about candidates and their contacts.

use sqlx::types::Json;

use super::{Candidate, Contact, ContactKind};
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::page::Position;
use crate::ids::{CandidateId, MemberId};

pub(crate) async fn find(tx: &mut Tx, id: CandidateId) -> Result<Option<Candidate>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Candidate>(
        "select id, name, headline, location, source, profile, profile_resume_id, created_by, created_at, updated_at, version
         from candidates where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get(tx: &mut Tx, id: CandidateId) -> Result<Candidate> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "candidate" })
}

/// Whether the candidate has an application for a job within reach.
pub(crate) async fn is_within(tx: &mut Tx, reach: &Reach, id: CandidateId) -> Result<bool> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select count(*) from applications a
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where a.tenant_id = $1 and a.candidate_id = $2 and a.deleted_at is null
              and (j.department_id in (select value::uuid from jsonb_array_elements_text($3))
                   or j.id in (select value::uuid from jsonb_array_elements_text($4)))",
        sqlite: "select count(*) from applications a
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where a.tenant_id = $1 and a.candidate_id = $2 and a.deleted_at is null
              and (lower(hex(j.department_id)) in (select value from json_each($3))
                   or lower(hex(j.id)) in (select value from json_each($4)))");
    let found: i64 = on!(tx, |c| sqlx::query_scalar(text)
        .bind(tenant)
        .bind(id)
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .fetch_one(c)
        .await)?;
    Ok(found > 0)
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<Candidate>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Candidate>(
        "select id, name, headline, location, source, profile, profile_resume_id, created_by, created_at, updated_at, version
         from candidates
         where tenant_id = $1 and deleted_at is null and id < $2
         order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// The candidate a member is.
pub(crate) async fn find_by_member(tx: &mut Tx, member: MemberId) -> Result<Option<CandidateId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select candidate_id from candidate_members where tenant_id = $1 and member_id = $2"
    )
    .bind(tenant)
    .bind(member)
    .fetch_optional(c)
    .await)?)
}

/// The member a candidate is.
pub(crate) async fn find_member(tx: &mut Tx, id: CandidateId) -> Result<Option<MemberId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select member_id from candidate_members where tenant_id = $1 and candidate_id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// Answers false when the member is another candidate already.
pub(crate) async fn link(tx: &mut Tx, id: CandidateId, member: MemberId, now: Time) -> Result<bool> {
    let tenant = tx.tenant();
    let linked = on!(tx, |c| {
        sqlx::query(
        "insert into candidate_members (tenant_id, member_id, candidate_id, created_at) values ($1, $2, $3, $4)
         on conflict do nothing"
    )
    .bind(tenant)
    .bind(member)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(linked > 0)
}

pub(crate) async fn unlink(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("delete from candidate_members where tenant_id = $1 and candidate_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The candidate one of these e-mail addresses belongs to; the first address decides.
pub(crate) async fn find_by_email(tx: &mut Tx, keys: &[&str]) -> Result<Option<CandidateId>> {
    let tenant = tx.tenant();
    for key in keys {
        let found: Option<CandidateId> = on!(tx, |c| {
            sqlx::query_scalar(
            "select candidate_id from candidate_contacts where tenant_id = $1 and kind = 'email' and key = $2"
        )
        .bind(tenant)
        .bind(*key)
        .fetch_optional(c)
        .await
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

pub(crate) async fn insert(tx: &mut Tx, candidate: &Candidate) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into candidates
            (tenant_id, id, name, headline, location, source, profile, profile_resume_id, created_by, created_at,
             updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    )
    .bind(tenant)
    .bind(candidate.id)
    .bind(&candidate.name)
    .bind(&candidate.headline)
    .bind(&candidate.location)
    .bind(&candidate.source)
    .bind(&candidate.profile)
    .bind(candidate.profile_resume_id)
    .bind(candidate.created_by)
    .bind(candidate.created_at)
    .bind(candidate.updated_at)
    .bind(candidate.version)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Saves and counts the version up; `Conflict` when somebody else did so first.
pub(crate) async fn update(tx: &mut Tx, candidate: &mut Candidate) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update candidates
         set name = $4, headline = $5, location = $6, profile = $7, profile_resume_id = $8, updated_at = $9,
             version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(candidate.id)
    .bind(candidate.version)
    .bind(&candidate.name)
    .bind(&candidate.headline)
    .bind(&candidate.location)
    .bind(&candidate.profile)
    .bind(candidate.profile_resume_id)
    .bind(candidate.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        let detail = "the candidate was changed meanwhile; read it again".into();
        return Err(Error::Conflict { code: "candidate_changed", detail });
    }
    candidate.version += 1;
    Ok(())
}

/// In the order they were given.
pub(crate) async fn list_contacts(tx: &mut Tx, id: CandidateId) -> Result<Vec<Contact>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Contact>(
        "select kind, key, value from candidate_contacts where tenant_id = $1 and candidate_id = $2
         order by kind, position, key"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await)?)
}

/// Adds a contact unless it is there, or is another candidate's e-mail address. Answers whether it was added.
pub(crate) async fn insert_contact(
    tx: &mut Tx,
    id: CandidateId,
    contact: &Contact,
    position: i64,
) -> Result<bool> {
    let tenant = tx.tenant();
    let Contact { kind, key, value } = contact;
    let added = on!(tx, |c| sqlx::query(
        "insert into candidate_contacts (tenant_id, candidate_id, kind, key, value, position)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing"
    )
    .bind(tenant)
    .bind(id)
    .bind(*kind)
    .bind(key)
    .bind(value)
    .bind(position)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(added > 0)
}

/// The e-mail keys among these contacts.
pub(crate) fn email_keys(contacts: &[Contact]) -> Vec<&str> {
    contacts.iter().filter(|c| c.kind == ContactKind::Email).map(|c| c.key.as_str()).collect()
}
