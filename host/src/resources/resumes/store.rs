//! All SQL about résumés, their text and their readings.

use serde_json::Value;
use sqlx::types::Json;

use super::{Parse, Resume};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::hooks::PluginRef;
use crate::http::page::Position;
use crate::ids::{CandidateId, ParseId, ResumeId};
use crate::unified_resume::UnifiedResume;

/// A résumé's text as it is kept, so that a re-parse need not open the file again.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct StoredText {
    pub(crate) extractor: Json<PluginRef>,
    /// Pages with their spans, as JSON.
    pub(crate) layout: String,
}

pub(crate) async fn insert(tx: &mut Tx, resume: &Resume) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into resumes
            (tenant_id, id, candidate_id, file_id, file_name, media_type, size, sha256, source, status, error_code,
             error_detail, parse_id, created_by, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
    )
    .bind(tenant)
    .bind(resume.id)
    .bind(resume.candidate_id)
    .bind(resume.file_id)
    .bind(&resume.file_name)
    .bind(&resume.media_type)
    .bind(resume.size)
    .bind(&resume.sha256)
    .bind(&resume.source)
    .bind(resume.status)
    .bind(&resume.error_code)
    .bind(&resume.error_detail)
    .bind(resume.parse_id)
    .bind(resume.created_by)
    .bind(resume.created_at)
    .bind(resume.updated_at)
    .bind(resume.version)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn find(tx: &mut Tx, id: ResumeId) -> Result<Option<Resume>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Resume>(
        "select id, candidate_id, file_id, file_name, media_type, size, sha256, source, status, error_code, error_detail,
                parse_id, corrections, created_by, created_at, updated_at, deleted_at, version
         from resumes where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get(tx: &mut Tx, id: ResumeId) -> Result<Resume> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "résumé" })
}

/// A candidate's, newest first.
pub(crate) async fn list_of(tx: &mut Tx, candidate: CandidateId, position: Position) -> Result<Vec<Resume>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Resume>(
        "select id, candidate_id, file_id, file_name, media_type, size, sha256, source, status, error_code, error_detail,
                parse_id, corrections, created_by, created_at, updated_at, deleted_at, version
         from resumes where tenant_id = $1 and candidate_id = $2 and id < $3 and deleted_at is null
         order by id desc limit $4"
    )
    .bind(tenant)
    .bind(candidate)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// A candidate's résumés, also those that are deleted.
pub(crate) async fn list_ids_of(tx: &mut Tx, candidate: CandidateId) -> Result<Vec<ResumeId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar("select id from resumes where tenant_id = $1 and candidate_id = $2")
        .bind(tenant)
        .bind(candidate)
        .fetch_all(c)
        .await)?)
}

/// Saves and counts the version up; `Conflict` when somebody else did so first.
pub(crate) async fn update(tx: &mut Tx, resume: &mut Resume) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update resumes
         set candidate_id = $4, status = $5, error_code = $6, error_detail = $7, parse_id = $8, corrections = $9,
             updated_at = $10, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(resume.id)
    .bind(resume.version)
    .bind(resume.candidate_id)
    .bind(resume.status)
    .bind(&resume.error_code)
    .bind(&resume.error_detail)
    .bind(resume.parse_id)
    .bind(&resume.corrections)
    .bind(resume.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        let detail = "the résumé was changed meanwhile; read it again".into();
        return Err(Error::Conflict { code: "resume_changed", detail });
    }
    resume.version += 1;
    Ok(())
}

/// Deletes the résumé, and for good what was read from it.
pub(crate) async fn delete(tx: &mut Tx, resume: &Resume, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    let deleted = on!(tx, |c| sqlx::query(
        "update resumes
         set deleted_at = $4, updated_at = $4, file_name = '', parse_id = null, corrections = null,
             version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(resume.id)
    .bind(resume.version)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if deleted == 0 {
        return Err(Error::changed());
    }
    on!(tx, |c| sqlx::query("delete from resume_texts where tenant_id = $1 and resume_id = $2")
        .bind(tenant)
        .bind(resume.id)
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| sqlx::query("delete from resume_parses where tenant_id = $1 and resume_id = $2")
        .bind(tenant)
        .bind(resume.id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// A reading that counts, and what was corrected in it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Counting {
    pub(crate) resume_id: ResumeId,
    pub(crate) corrections: Option<Json<Value>>,
    pub(crate) unified: Option<Json<UnifiedResume>>,
}

/// Of all readings of a candidate's résumés the one that succeeded last.
pub(crate) async fn find_latest_of(tx: &mut Tx, candidate: CandidateId) -> Result<Option<Counting>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Counting>(
        "select resumes.id as resume_id, resumes.corrections, resume_parses.unified
         from resumes join resume_parses on resume_parses.tenant_id = $1 and resume_parses.id = resumes.parse_id
         where resumes.tenant_id = $1 and resumes.candidate_id = $2 and resumes.deleted_at is null
         order by resume_parses.finished_at desc, resume_parses.id desc limit 1"
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn insert_parse(tx: &mut Tx, parse: &Parse) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into resume_parses (tenant_id, id, resume_id, status, wanted, created_at)
         values ($1, $2, $3, $4, $5, $6)"
    )
    .bind(tenant)
    .bind(parse.id)
    .bind(parse.resume_id)
    .bind(parse.status)
    .bind(&parse.wanted)
    .bind(parse.created_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub(crate) async fn find_parse(tx: &mut Tx, id: ParseId) -> Result<Option<Parse>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Parse>(
        "select id, resume_id, status, wanted, parser, error_code, error_detail, language, unified, evidence, warnings,
                wall_micros, created_at, finished_at
         from resume_parses where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get_parse(tx: &mut Tx, id: ParseId) -> Result<Parse> {
    find_parse(tx, id).await?.ok_or(Error::NotFound { what: "reading" })
}

pub(crate) async fn update_parse(tx: &mut Tx, parse: &Parse) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "update resume_parses
         set status = $3, parser = $4, error_code = $5, error_detail = $6, language = $7, unified = $8, evidence = $9,
             warnings = $10, wall_micros = $11, finished_at = $12
         where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(parse.id)
    .bind(parse.status)
    .bind(&parse.parser)
    .bind(&parse.error_code)
    .bind(&parse.error_detail)
    .bind(&parse.language)
    .bind(&parse.unified)
    .bind(&parse.evidence)
    .bind(&parse.warnings)
    .bind(parse.wall_micros)
    .bind(parse.finished_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn find_text(tx: &mut Tx, resume: ResumeId) -> Result<Option<StoredText>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, StoredText>(
        "select extractor, layout from resume_texts where tenant_id = $1 and resume_id = $2"
    )
    .bind(tenant)
    .bind(resume)
    .fetch_optional(c)
    .await)?)
}

/// One text a résumé: that of the last extractor that read it.
pub(crate) struct NewText<'a> {
    pub(crate) resume: ResumeId,
    pub(crate) extractor: &'a PluginRef,
    pub(crate) pages: i64,
    pub(crate) language: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) layout: &'a str,
    pub(crate) now: Time,
}

pub(crate) async fn insert_text(tx: &mut Tx, new: NewText<'_>) -> Result<()> {
    let tenant = tx.tenant();
    let extractor: Value = serde_json::to_value(new.extractor).expect("a plugin's reference is plain data");
    on!(tx, |c| {
        sqlx::query(
        "insert into resume_texts (tenant_id, resume_id, extractor, pages, language, text, layout, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, resume_id) do update
         set extractor = excluded.extractor, pages = excluded.pages, language = excluded.language,
             text = excluded.text, layout = excluded.layout, created_at = excluded.created_at"
    )
    .bind(tenant)
    .bind(new.resume)
    .bind(Json(&extractor))
    .bind(new.pages)
    .bind(new.language)
    .bind(new.text)
    .bind(new.layout)
    .bind(new.now)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}
