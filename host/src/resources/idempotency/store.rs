//! All SQL about kept requests; that a change was committed is noted by the transaction itself.

use sqlx::types::Json;
use uuid::Uuid;

use super::{Answer, Kept, Request, State};
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on};
use crate::error::Result;

/// Answers false when the request is there already.
pub(crate) async fn insert(
    tx: &mut Tx,
    request: &Request,
    token: Uuid,
    now: Time,
    expires_at: Time,
) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| sqlx::query(
        "insert into idempotency_keys
            (tenant_id, principal, operation, key, fingerprint, state, token, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing"
    )
    .bind(tenant)
    .bind(&request.principal)
    .bind(&request.operation)
    .bind(&request.key)
    .bind(request.fingerprint.to_vec())
    .bind(State::Running)
    .bind(token)
    .bind(now)
    .bind(expires_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

pub(crate) async fn find(tx: &mut Tx, request: &Request) -> Result<Option<Kept>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Kept>(
        "select fingerprint, state, token, status, headers, body, created_at, expires_at
         from idempotency_keys where tenant_id = $1 and principal = $2 and operation = $3 and key = $4"
    )
    .bind(tenant)
    .bind(&request.principal)
    .bind(&request.operation)
    .bind(&request.key)
    .fetch_optional(c)
    .await)?)
}

/// Takes over from a run that came to nothing; false when somebody else was first.
pub(crate) async fn take_over(
    tx: &mut Tx,
    request: &Request,
    from: Uuid,
    token: Uuid,
    now: Time,
    expires_at: Time,
) -> Result<bool> {
    let tenant = tx.tenant();
    let taken = on!(tx, |c| {
        sqlx::query(
        "update idempotency_keys
         set token = $4, fingerprint = $5, state = $6, status = null, headers = null, body = null, created_at = $7,
             expires_at = $8
         where tenant_id = $1 and token = $2 and key = $3"
    )
    .bind(tenant)
    .bind(from)
    .bind(&request.key)
    .bind(token)
    .bind(request.fingerprint.to_vec())
    .bind(State::Running)
    .bind(now)
    .bind(expires_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(taken > 0)
}

/// Keeps the answer.
pub(crate) async fn answer(tx: &mut Tx, token: Uuid, answer: &Answer, sealed: &[u8]) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update idempotency_keys set state = $3, status = $4, headers = $5, body = $6
         where tenant_id = $1 and token = $2"
    )
    .bind(tenant)
    .bind(token)
    .bind(State::Answered)
    .bind(i64::from(answer.status))
    .bind(Json(&answer.headers))
    .bind(sealed)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Forgets a run that changed nothing, so that the request may be sent again.
pub(crate) async fn release(tx: &mut Tx, token: Uuid) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "delete from idempotency_keys where tenant_id = $1 and token = $2 and state = 'running'"
    )
    .bind(tenant)
    .bind(token)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Those that have expired, whoever's they are.
pub(crate) async fn delete_expired(tx: &mut SystemTx, now: Time) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query("delete from idempotency_keys where expires_at <= $1")
        .bind(now)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}
