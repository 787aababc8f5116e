//! All SQL about the outbox and what messages say.

use super::templates::Template;
use super::{Email, Kind, State};
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on, sql};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{CandidateId, EmailId, MemberId};

pub(crate) async fn find(tx: &mut Tx, id: EmailId) -> Result<Option<Email>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Email>(
        "select id, kind, state, recipient, content, member_id, candidate_id, application_id, interview_id, attempts,
                error_code, smtp_status, created_at, updated_at, sent_at
         from emails where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get(tx: &mut Tx, id: EmailId) -> Result<Email> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "e-mail" })
}

/// Which messages of a list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) state: Option<State>,
    pub(crate) kind: Option<Kind>,
    pub(crate) member: Option<MemberId>,
    pub(crate) candidate: Option<CandidateId>,
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, filter: Filter, position: Position) -> Result<Vec<Email>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, kind, state, recipient, content, member_id, candidate_id, application_id, interview_id, attempts,
                error_code, smtp_status, created_at, updated_at, sent_at
            from emails
            where tenant_id = $1 and id < $2
              and (cast($3 as text) is null or state = $3)
              and (cast($4 as text) is null or kind = $4)
              and (cast($5 as uuid) is null or member_id = $5)
              and (cast($6 as uuid) is null or candidate_id = $6)
            order by id desc limit $7",
        sqlite: "select id, kind, state, recipient, content, member_id, candidate_id, application_id, interview_id, attempts,
                error_code, smtp_status, created_at, updated_at, sent_at
            from emails
            where tenant_id = $1 and id < $2
              and ($3 is null or state = $3)
              and ($4 is null or kind = $4)
              and ($5 is null or member_id = $5)
              and ($6 is null or candidate_id = $6)
            order by id desc limit $7");
    Ok(on!(tx, |c| sqlx::query_as::<_, Email>(text)
        .bind(tenant)
        .bind(position.after)
        .bind(filter.state)
        .bind(filter.kind)
        .bind(filter.member)
        .bind(filter.candidate)
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

pub(crate) async fn insert(tx: &mut Tx, email: &Email) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into emails
            (tenant_id, id, kind, state, recipient, content, member_id, candidate_id, application_id, interview_id, attempts,
             error_code, smtp_status, created_at, updated_at, sent_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    )
    .bind(tenant)
    .bind(email.id)
    .bind(email.kind)
    .bind(email.state)
    .bind(&email.recipient)
    .bind(&email.content)
    .bind(email.member_id)
    .bind(email.candidate_id)
    .bind(email.application_id)
    .bind(email.interview_id)
    .bind(email.attempts)
    .bind(&email.error_code)
    .bind(email.smtp_status)
    .bind(email.created_at)
    .bind(email.updated_at)
    .bind(email.sent_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// What became of it; answers false when it is not there any more.
pub(crate) async fn update(tx: &mut Tx, email: &Email) -> Result<bool> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update emails
         set state = $3, content = $4, attempts = $5, error_code = $6, smtp_status = $7, updated_at = $8, sent_at = $9
         where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(email.id)
    .bind(email.state)
    .bind(&email.content)
    .bind(email.attempts)
    .bind(&email.error_code)
    .bind(email.smtp_status)
    .bind(email.updated_at)
    .bind(email.sent_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(changed > 0)
}

/// Everything to or about a candidate, sent or not; answers how many.
pub(crate) async fn delete_of_candidate(tx: &mut Tx, candidate: CandidateId) -> Result<u64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query("delete from emails where tenant_id = $1 and candidate_id = $2")
        .bind(tenant)
        .bind(candidate)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Deletes a bounded number of those that wait for nothing any more and were last touched before; answers how many.
pub(crate) async fn delete_before(tx: &mut SystemTx, before: Time, limit: i64) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(
        "delete from emails where (tenant_id, id) in
            (select tenant_id, id from emails where updated_at < $1 and state <> 'queued' limit $2)"
    )
    .bind(before)
    .bind(limit)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

/// Those a tenant has ever said anything about.
pub(crate) async fn list_templates(tx: &mut Tx) -> Result<Vec<Template>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Template>(
            "select kind, is_enabled, subject, text, html, reply_to, updated_at, version
         from email_templates where tenant_id = $1 order by kind",
        )
        .bind(tenant)
        .fetch_all(c)
        .await
    })?)
}

pub(crate) async fn find_template(tx: &mut Tx, kind: Kind) -> Result<Option<Template>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Template>(
            "select kind, is_enabled, subject, text, html, reply_to, updated_at, version
         from email_templates where tenant_id = $1 and kind = $2",
        )
        .bind(tenant)
        .bind(kind)
        .fetch_optional(c)
        .await
    })?)
}

/// Saves and counts the version up.
pub(crate) async fn update_template(tx: &mut Tx, template: &mut Template) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "insert into email_templates (tenant_id, kind, is_enabled, subject, text, html, reply_to, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 1)
         on conflict (tenant_id, kind) do update
         set is_enabled = excluded.is_enabled, subject = excluded.subject, text = excluded.text, html = excluded.html,
             reply_to = excluded.reply_to, updated_at = excluded.updated_at, version = email_templates.version + 1
         where email_templates.version = $9"
    )
    .bind(tenant)
    .bind(template.kind)
    .bind(template.is_enabled)
    .bind(&template.subject)
    .bind(&template.text)
    .bind(&template.html)
    .bind(&template.reply_to)
    .bind(template.updated_at)
    .bind(template.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    template.version += 1;
    Ok(())
}
