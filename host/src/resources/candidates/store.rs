//! All SQL about candidates, their contacts and the members they are.

use std::collections::HashMap;

use sqlx::types::Json;

use super::{Candidate, Contact, ContactKind, names};
use crate::clock::Time;
use crate::db::{Tx, on, rows, sql};
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::ids::{CandidateId, MemberId};

pub(crate) async fn find(tx: &mut Tx, id: CandidateId) -> Result<Option<Candidate>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Candidate>(
        "select id, name, given_name, family_name, headline, location, source, tags, custom_fields, edited, profile,
                profile_resume_id, experience_months, experience_level, merged_into, created_by, created_at, updated_at,
                deleted_at, version
         from candidates where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// Who is there and not to be found.
pub(crate) async fn list_unindexed(tx: &mut Tx, limit: i64) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select id from candidates
         where tenant_id = $1 and deleted_at is null and not exists (
             select 1 from candidate_search s where s.tenant_id = $1 and s.candidate_id = candidates.id)
         limit $2"
    )
    .bind(tenant)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

pub(crate) async fn get(tx: &mut Tx, id: CandidateId) -> Result<Candidate> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "candidate" })
}

/// Keeps these candidates from being changed, merged or deleted by others until the transaction ends; answers those
/// that are there.
pub(crate) async fn lock(tx: &mut Tx, ids: [CandidateId; 2]) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    // SQLite has one writer at a time anyway. In the order of their ids, or two that lock the same two could wait for
    // each other.
    let text = sql!(tx,
        postgres: "select id from candidates where tenant_id = $1 and id in ($2, $3) and deleted_at is null
            order by id for update",
        sqlite: "select id from candidates where tenant_id = $1 and id in ($2, $3) and deleted_at is null
            order by id");
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(tenant).bind(ids[0]).bind(ids[1]).fetch_all(c).await)?)
}

/// Whether a candidate has an application to a job within reach.
pub(crate) async fn is_within(tx: &mut Tx, reach: &Reach, id: CandidateId) -> Result<bool> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select count(*) from (
            select 1 from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
            where applications.tenant_id = $1 and applications.candidate_id = $2 and applications.deleted_at is null
              and (jobs.id in (select value::uuid from jsonb_array_elements_text($3))
                   or jobs.department_id in (select value::uuid from jsonb_array_elements_text($4)))
            limit 1) as found",
        sqlite: "select count(*) from (
            select 1 from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
            where applications.tenant_id = $1 and applications.candidate_id = $2 and applications.deleted_at is null
              and (jobs.id in (select unhex(value) from json_each($3))
                   or jobs.department_id in (select unhex(value) from json_each($4)))
            limit 1) as found");
    let found: i64 = on!(tx, |c| sqlx::query_scalar(text)
        .bind(tenant)
        .bind(id)
        .bind(Json(reach.job_digits()))
        .bind(Json(reach.department_digits()))
        .fetch_one(c)
        .await)?;
    Ok(found > 0)
}

/// Who a candidate that is gone was merged into.
pub(crate) async fn find_survivor(tx: &mut Tx, id: CandidateId) -> Result<Option<CandidateId>> {
    let tenant = tx.tenant();
    let found: Option<Option<CandidateId>> = on!(tx, |c| sqlx::query_scalar(
        "select merged_into from candidates where tenant_id = $1 and id = $2 and deleted_at is not null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    Ok(found.flatten())
}

pub(crate) async fn count_active_applications(tx: &mut Tx, id: CandidateId) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(*) from applications
         where tenant_id = $1 and candidate_id = $2 and outcome = 'active' and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_one(c)
    .await)?)
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
            (tenant_id, id, name, name_key, given_name, family_name, headline, location, source, tags, custom_fields,
             edited, profile, profile_resume_id, experience_months, experience_level, created_by, created_at, updated_at,
             version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
    )
    .bind(tenant)
    .bind(candidate.id)
    .bind(&candidate.name)
    .bind(candidate.name.as_deref().and_then(names::key))
    .bind(&candidate.given_name)
    .bind(&candidate.family_name)
    .bind(&candidate.headline)
    .bind(&candidate.location)
    .bind(&candidate.source)
    .bind(&candidate.tags)
    .bind(&candidate.custom_fields)
    .bind(&candidate.edited)
    .bind(&candidate.profile)
    .bind(candidate.profile_resume_id)
    .bind(candidate.experience_months)
    .bind(candidate.experience_level)
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
    let changed = on!(tx, |c| {
        sqlx::query(
        "update candidates
         set name = $4, name_key = $5, given_name = $6, family_name = $7, headline = $8, location = $9, source = $10,
             tags = $11, custom_fields = $12, edited = $13, profile = $14, profile_resume_id = $15,
             experience_months = $16, experience_level = $17, updated_at = $18, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(candidate.id)
    .bind(candidate.version)
    .bind(&candidate.name)
    .bind(candidate.name.as_deref().and_then(names::key))
    .bind(&candidate.given_name)
    .bind(&candidate.family_name)
    .bind(&candidate.headline)
    .bind(&candidate.location)
    .bind(&candidate.source)
    .bind(&candidate.tags)
    .bind(&candidate.custom_fields)
    .bind(&candidate.edited)
    .bind(&candidate.profile)
    .bind(candidate.profile_resume_id)
    .bind(candidate.experience_months)
    .bind(candidate.experience_level)
    .bind(candidate.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        let detail = "the candidate was changed meanwhile; read it again".into();
        return Err(Error::Conflict { code: "candidate_changed", detail });
    }
    candidate.version += 1;
    Ok(())
}

/// Deletes the candidate with their résumés. Their contacts go for good, so that the addresses may be used again.
pub(crate) async fn delete(tx: &mut Tx, candidate: &Candidate, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    let deleted = on!(tx, |c| sqlx::query(
        "update candidates set deleted_at = $4, updated_at = $4, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(candidate.id)
    .bind(candidate.version)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if deleted == 0 {
        return Err(Error::changed());
    }
    on!(tx, |c| sqlx::query(
        "update resumes set deleted_at = $3, updated_at = $3, version = version + 1
         where tenant_id = $1 and candidate_id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(candidate.id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    on!(tx, |c| sqlx::query("delete from candidate_contacts where tenant_id = $1 and candidate_id = $2")
        .bind(tenant)
        .bind(candidate.id)
        .execute(c)
        .await
        .map(drop))?;
    unlink(tx, candidate.id).await
}

/// What the extractor read of the résumé that the candidate's profile is of.
pub(crate) async fn find_text(tx: &mut Tx, id: CandidateId) -> Result<Option<String>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select t.text from candidates c
         join resume_texts t on t.tenant_id = c.tenant_id and t.resume_id = c.profile_resume_id
         where c.tenant_id = $1 and c.id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// The same of those of these that have one.
pub(crate) async fn list_texts(tx: &mut Tx, ids: &[CandidateId]) -> Result<HashMap<CandidateId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let tenant = tx.tenant();
    let ids: Vec<_> = ids.iter().map(|id| rows::id(id.uuid())).collect();
    let text = sql!(tx,
        postgres: "select c.id, t.text from candidates c
            join resume_texts t on t.tenant_id = c.tenant_id and t.resume_id = c.profile_resume_id
            where c.tenant_id = $1 and c.id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "select c.id, t.text from candidates c
            join resume_texts t on t.tenant_id = c.tenant_id and t.resume_id = c.profile_resume_id
            where c.tenant_id = $1 and c.id in (select unhex(value) from json_each($2))");
    let found: Vec<(CandidateId, String)> =
        on!(tx, |c| sqlx::query_as(text).bind(tenant).bind(Json(&ids)).fetch_all(c).await)?;
    Ok(found.into_iter().collect())
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

pub(crate) async fn delete_contact(tx: &mut Tx, id: CandidateId, contact: &Contact) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "delete from candidate_contacts where tenant_id = $1 and candidate_id = $2 and kind = $3 and key = $4"
    )
    .bind(tenant)
    .bind(id)
    .bind(contact.kind)
    .bind(&contact.key)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// The e-mail keys among these contacts.
pub(crate) fn email_keys(contacts: &[Contact]) -> Vec<&str> {
    contacts.iter().filter(|c| c.kind == ContactKind::Email).map(|c| c.key.as_str()).collect()
}
