//! All SQL about openings and their history.

use super::{Opening, OpeningChange};
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, JobId, OpeningId};

pub(crate) async fn get(tx: &mut Tx, job: JobId, id: OpeningId) -> Result<Opening> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, Opening>(
        "select id, job_id, opened_at, filled_at, closed_at, close_reason, application_id, created_by, created_at,
                updated_at, version
         from openings where tenant_id = $1 and job_id = $2 and id = $3"
    )
    .bind(tenant)
    .bind(job)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "opening" })
}

/// Oldest first.
pub(crate) async fn list(tx: &mut Tx, job: JobId) -> Result<Vec<Opening>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Opening>(
        "select id, job_id, opened_at, filled_at, closed_at, close_reason, application_id, created_by, created_at,
                updated_at, version
         from openings where tenant_id = $1 and job_id = $2 order by id"
    )
    .bind(tenant)
    .bind(job)
    .fetch_all(c)
    .await
    })?)
}

/// The one an application fills.
pub(crate) async fn find_filled_by(tx: &mut Tx, job: JobId, by: ApplicationId) -> Result<Option<Opening>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Opening>(
        "select id, job_id, opened_at, filled_at, closed_at, close_reason, application_id, created_by, created_at,
                updated_at, version
         from openings where tenant_id = $1 and job_id = $2 and application_id = $3"
    )
    .bind(tenant)
    .bind(job)
    .bind(by)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn insert(tx: &mut Tx, opening: &Opening) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into openings
            (tenant_id, id, job_id, opened_at, filled_at, closed_at, close_reason, application_id, created_by,
             created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    )
    .bind(tenant)
    .bind(opening.id)
    .bind(opening.job_id)
    .bind(opening.opened_at)
    .bind(opening.filled_at)
    .bind(opening.closed_at)
    .bind(&opening.close_reason)
    .bind(opening.application_id)
    .bind(opening.created_by)
    .bind(opening.created_at)
    .bind(opening.updated_at)
    .bind(opening.version)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Saves and counts the version up; `Conflict` when somebody else filled or closed it meanwhile.
pub(crate) async fn update(tx: &mut Tx, opening: &mut Opening) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update openings
         set opened_at = $4, filled_at = $5, closed_at = $6, close_reason = $7, application_id = $8, updated_at = $9,
             version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(opening.id)
    .bind(opening.version)
    .bind(opening.opened_at)
    .bind(opening.filled_at)
    .bind(opening.closed_at)
    .bind(&opening.close_reason)
    .bind(opening.application_id)
    .bind(opening.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    opening.version += 1;
    Ok(())
}

/// In the name of the transaction's caller.
pub(crate) async fn insert_change(tx: &mut Tx, change: &OpeningChange) -> Result<()> {
    let tenant = tx.tenant();
    let (actor, member) = (tx.caller().actor, tx.caller().member());
    on!(tx, |c| {
        sqlx::query(
        "insert into opening_changes
            (tenant_id, id, opening_id, job_id, kind, application_id, reason, actor_kind, actor_id, member_id, occurred_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    )
    .bind(tenant)
    .bind(change.id)
    .bind(change.opening_id)
    .bind(change.job_id)
    .bind(change.kind)
    .bind(change.application_id)
    .bind(&change.reason)
    .bind(actor.kind())
    .bind(actor.id())
    .bind(member)
    .bind(change.occurred_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}
