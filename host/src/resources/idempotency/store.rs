//! All SQL about kept requests; that a change was made is noted by its transaction itself.

use serde::Serialize;
use sqlx::types::Json;

use super::{Answer, Header, Kept};
use crate::caller::Once;
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on, rows, sql};
use crate::digest::hex;
use crate::error::Result;

/// A request as the statement looks for it.
#[derive(Serialize)]
struct Named<'a> {
    principal: &'a str,
    operation: &'a str,
    key: &'a str,
}

/// What is known of each of these requests, in their order.
pub(crate) async fn find_all(tx: &mut Tx, requests: &[&Once]) -> Result<Vec<Option<Kept>>> {
    let tenant = tx.tenant();
    let named = requests.iter().map(|once| Named {
        principal: &once.principal,
        operation: &once.operation,
        key: &once.key,
    });
    let named: Vec<_> = named.collect();
    let text = sql!(tx,
        // One by one, or either engine reads all rows of the tenant.
        postgres: "select asked.place - 1 as place, fingerprint, state, token, status, headers, body, created_at, expires_at
            from jsonb_array_elements($2) with ordinality as asked (request, place)
            cross join lateral (
                select fingerprint, state, token, status, headers, body, created_at, expires_at from idempotency_keys
                where tenant_id = $1 and principal = request ->> 'principal' and operation = request ->> 'operation'
                  and key = request ->> 'key' limit 1) as kept",
        sqlite: "select asked.key as place, fingerprint, state, token, status, headers, body, created_at, expires_at
            from json_each($2) as asked
            cross join idempotency_keys as kept on kept.tenant_id = $1 and kept.principal = asked.value ->> 'principal'
                and kept.operation = asked.value ->> 'operation' and kept.key = asked.value ->> 'key'");
    let found: Vec<Found> =
        on!(tx, |c| sqlx::query_as(text).bind(tenant).bind(Json(&named)).fetch_all(c).await)?;
    let mut all = vec![None; requests.len()];
    for Found { place, kept } in found {
        if let Some(one) = usize::try_from(place).ok().and_then(|place| all.get_mut(place)) {
            *one = Some(kept);
        }
    }
    Ok(all)
}

/// Which of the requests is known, and as what.
#[derive(sqlx::FromRow)]
struct Found {
    place: i64,
    #[sqlx(flatten)]
    kept: Kept,
}

/// An answer as the statement reads it; bytes are hexadecimal.
#[derive(Serialize)]
struct Row<'a> {
    principal: &'a str,
    operation: &'a str,
    key: &'a str,
    fingerprint: String,
    token: String,
    status: u16,
    headers: &'a [Header],
    body: String,
    created_at: String,
    expires_at: String,
}

/// Keeps answers: of requests whose change noted itself, and of those that changed nothing. What another run of a request has
/// noted stays.
pub(crate) async fn answer(tx: &mut Tx, answers: &[(&Once, &Answer, Vec<u8>)]) -> Result<()> {
    let tenant = tx.tenant();
    let answers = answers.iter().map(|(once, answer, sealed)| Row {
        principal: &once.principal,
        operation: &once.operation,
        key: &once.key,
        fingerprint: hex(&once.fingerprint),
        token: rows::id(once.token),
        status: answer.status,
        headers: &answer.headers,
        body: hex(sealed),
        created_at: rows::time(once.created_at),
        expires_at: rows::time(once.expires_at),
    });
    let answers: Vec<_> = answers.collect();
    let text = sql!(tx,
        postgres: "insert into idempotency_keys
                (tenant_id, principal, operation, key, fingerprint, state, token, status, headers, body, created_at,
                 expires_at)
            select $1, principal, operation, key, decode(fingerprint, 'hex'), 'answered', token, status, headers,
                decode(body, 'hex'), created_at, expires_at
            from jsonb_to_recordset($2) as new (principal text, operation text, key text, fingerprint text, token uuid,
                status bigint, headers jsonb, body text, created_at timestamptz, expires_at timestamptz)
            on conflict (tenant_id, principal, operation, key) do update
            set fingerprint = excluded.fingerprint, state = excluded.state, token = excluded.token,
                status = excluded.status, headers = excluded.headers, body = excluded.body,
                created_at = excluded.created_at, expires_at = excluded.expires_at
            where idempotency_keys.token = excluded.token or idempotency_keys.expires_at <= excluded.created_at",
        sqlite: "insert into idempotency_keys
                (tenant_id, principal, operation, key, fingerprint, state, token, status, headers, body, created_at,
                 expires_at)
            select $1, value ->> 'principal', value ->> 'operation', value ->> 'key', unhex(value ->> 'fingerprint'),
                'answered', unhex(value ->> 'token'), value ->> 'status', value -> 'headers',
                unhex(value ->> 'body'), value ->> 'created_at', value ->> 'expires_at'
            from json_each($2) where true
            on conflict (tenant_id, principal, operation, key) do update
            set fingerprint = excluded.fingerprint, state = excluded.state, token = excluded.token,
                status = excluded.status, headers = excluded.headers, body = excluded.body,
                created_at = excluded.created_at, expires_at = excluded.expires_at
            where idempotency_keys.token = excluded.token or idempotency_keys.expires_at <= excluded.created_at");
    on!(tx, |c| sqlx::query(text).bind(tenant).bind(Json(&answers)).execute(c).await.map(drop))?;
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
