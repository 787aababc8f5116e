//! All SQL about deliveries and their attempts.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::types::Json;

use super::{Attempt, Cause, Delivery, Status};
use crate::clock::Time;
use crate::db::{Engine, SystemTx, Tx, on, rows, sql};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{CandidateId, DeliveryId, EventId, TenantId, WebhookEndpointId};
use crate::transforming::Outgoing;

pub(crate) async fn find(tx: &mut Tx, id: DeliveryId) -> Result<Option<Delivery>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Delivery>(
        "select id, endpoint_id, event_id, event_type, subject_id, status, reason, cause, ticket, round, attempts,
                next_at, sending_until, body, parts, parts_sent, candidate_id, is_test, is_expunged, created_at, finished_at
         from webhook_deliveries where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get(tx: &mut Tx, id: DeliveryId) -> Result<Delivery> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "delivery" })
}

/// Which deliveries of an endpoint are meant; nothing: all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) status: Option<Status>,
    pub(crate) event_type: Option<String>,
}

/// Newest first, without what was sent.
pub(crate) async fn list(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    filter: &Filter,
    position: Position,
) -> Result<Vec<Delivery>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Delivery>(
        "select id, endpoint_id, event_id, event_type, subject_id, status, reason, cause, ticket, round, attempts,
                next_at, sending_until, null as body, null as parts, parts_sent, candidate_id, is_test, is_expunged, created_at, finished_at
         from webhook_deliveries
         where tenant_id = $1 and endpoint_id = $2 and id < $3 and ($4 = '' or status = $4)
           and ($5 = '' or event_type = $5)
         order by id desc limit $6"
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(position.after)
    .bind(filter.status.map(crate::fields::word).unwrap_or_default())
    .bind(filter.event_type.as_deref().unwrap_or_default())
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// One that tells of nothing that happened, with what it sends.
pub(crate) async fn insert_test(tx: &mut Tx, delivery: &Delivery) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into webhook_deliveries
            (tenant_id, id, endpoint_id, event_id, event_type, subject_id, status, cause, ticket, round, attempts, body,
             parts_sent, is_test, is_expunged, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, 0, 1, 0, $12)"
    )
    .bind(tenant)
    .bind(delivery.id)
    .bind(delivery.endpoint_id)
    .bind(delivery.event_id)
    .bind(&delivery.event_type)
    .bind(&delivery.subject_id)
    .bind(delivery.status)
    .bind(delivery.cause)
    .bind(delivery.ticket)
    .bind(delivery.round)
    .bind(delivery.body.as_deref())
    .bind(delivery.created_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Those of these that there are, held until the transaction ends: to be sent or brought to an end. In the order of their ids, or
/// two that hold the same could wait for each other.
pub(crate) async fn hold_all(tx: &mut Tx, ids: &[DeliveryId]) -> Result<HashMap<DeliveryId, Delivery>> {
    let tenant = tx.tenant();
    let ids: Vec<_> = ids.iter().map(|id| rows::id(id.uuid())).collect();
    // By an array, here and wherever rows are looked up by many keys: for a list PostgreSQL reads all rows of the tenant.
    let text = sql!(tx,
        postgres: "select id, endpoint_id, event_id, event_type, subject_id, status, reason, cause, ticket, round, attempts,
                next_at, sending_until, body, parts, parts_sent, candidate_id, is_test, is_expunged, created_at, finished_at
            from webhook_deliveries
            where tenant_id = $1 and id = any (array(select value::uuid from jsonb_array_elements_text($2)))
            order by id for update",
        sqlite: "select id, endpoint_id, event_id, event_type, subject_id, status, reason, cause, ticket, round, attempts,
                next_at, sending_until, body, parts, parts_sent, candidate_id, is_test, is_expunged, created_at, finished_at
            from webhook_deliveries where tenant_id = $1 and id in (select unhex(value) from json_each($2))");
    let found: Vec<Delivery> =
        on!(tx, |c| sqlx::query_as(text).bind(tenant).bind(Json(&ids)).fetch_all(c).await)?;
    Ok(found.into_iter().map(|delivery| (delivery.id, delivery)).collect())
}

/// What changes on the way, as the statement reads it.
#[derive(Serialize)]
struct Row<'a> {
    id: String,
    status: Status,
    reason: Option<&'a str>,
    cause: Cause,
    ticket: i64,
    round: i64,
    attempts: i64,
    next_at: Option<String>,
    sending_until: Option<String>,
    finished_at: Option<String>,
    parts_sent: i64,
    /// None: as it is.
    body: Option<&'a str>,
    /// The same.
    candidate: Option<String>,
}

/// What is sent for the first time, and whose personal data it may hold.
pub(crate) struct Body {
    pub(crate) text: String,
    pub(crate) candidate: Option<CandidateId>,
}

/// Saves what changes on the way. Whoever does holds the health of their endpoint.
pub(crate) async fn update_all(tx: &mut Tx, deliveries: &[Delivery]) -> Result<()> {
    update_with_bodies(tx, deliveries, &HashMap::new()).await
}

/// The same, with the bodies that some of them have from now on.
pub(crate) async fn update_with_bodies(
    tx: &mut Tx,
    deliveries: &[Delivery],
    bodies: &HashMap<DeliveryId, Body>,
) -> Result<()> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let deliveries = deliveries.iter().map(|delivery| (delivery, bodies.get(&delivery.id)));
    let deliveries = deliveries.map(|(delivery, body)| Row {
        id: rows::id(delivery.id.uuid()),
        status: delivery.status,
        reason: delivery.reason.as_deref(),
        cause: delivery.cause,
        ticket: delivery.ticket,
        round: delivery.round,
        attempts: delivery.attempts,
        next_at: delivery.next_at.map(rows::time),
        sending_until: delivery.sending_until.map(rows::time),
        finished_at: delivery.finished_at.map(rows::time),
        parts_sent: delivery.parts_sent,
        body: body.map(|body| body.text.as_str()),
        candidate: body.and_then(|body| body.candidate).map(|candidate| rows::id(candidate.uuid())),
    });
    let deliveries: Vec<_> = deliveries.collect();
    let text = sql!(tx,
        postgres: "update webhook_deliveries
            set status = new.status, reason = new.reason, cause = new.cause, ticket = new.ticket, round = new.round,
                attempts = new.attempts, next_at = new.next_at, sending_until = new.sending_until,
                finished_at = new.finished_at, parts_sent = new.parts_sent,
                body = coalesce(new.body, webhook_deliveries.body),
                candidate_id = coalesce(new.candidate, candidate_id)
            from jsonb_to_recordset($2) as new (id uuid, status text, reason text, cause text, ticket bigint,
                round bigint, attempts bigint, next_at timestamptz, sending_until timestamptz, finished_at timestamptz,
                parts_sent bigint, body text, candidate uuid)
            where tenant_id = $1 and webhook_deliveries.id = new.id
              and webhook_deliveries.id = any (array(select (value ->> 'id')::uuid from jsonb_array_elements($2)))",
        sqlite: "update webhook_deliveries
            set status = $2 ->> '$[0].status', reason = $2 ->> '$[0].reason', cause = $2 ->> '$[0].cause',
                ticket = $2 ->> '$[0].ticket', round = $2 ->> '$[0].round', attempts = $2 ->> '$[0].attempts',
                next_at = $2 ->> '$[0].next_at', sending_until = $2 ->> '$[0].sending_until',
                finished_at = $2 ->> '$[0].finished_at', parts_sent = $2 ->> '$[0].parts_sent',
                body = coalesce($2 ->> '$[0].body', body),
                candidate_id = coalesce(unhex($2 ->> '$[0].candidate'), candidate_id)
            where tenant_id = $1 and id = unhex($2 ->> '$[0].id')");
    for some in deliveries.chunks(at_once(tx)) {
        on!(tx, |c| sqlx::query(text).bind(tenant).bind(Json(some)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Rows one statement may change. On SQLite one: joined with a list, it reads all rows of the tenant for each of the list.
fn at_once(tx: &Tx) -> usize {
    match tx.engine() {
        Engine::Postgres => usize::MAX,
        Engine::Sqlite => 1,
    }
}

/// Keeps what a transform made of it, unless it was begun anew or expunged meanwhile; whether it did.
pub(crate) async fn update_parts(
    tx: &mut Tx,
    id: DeliveryId,
    ticket: i64,
    parts: &[Outgoing],
) -> Result<bool> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update webhook_deliveries set parts = $4
         where tenant_id = $1 and id = $2 and ticket = $3 and body is not null and is_expunged = 0"
    )
    .bind(tenant)
    .bind(id)
    .bind(ticket)
    .bind(Json(parts))
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(changed > 0)
}

/// How many of the endpoint are under way.
pub(crate) async fn count_sending(tx: &mut Tx, endpoint: WebhookEndpointId, now: Time) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_scalar(
            "select count(*) from webhook_deliveries
         where tenant_id = $1 and endpoint_id = $2 and sending_until is not null and sending_until > $3",
        )
        .bind(tenant)
        .bind(endpoint)
        .bind(now)
        .fetch_one(c)
        .await
    })?)
}

/// Whether an earlier event about the same thing is still on its way to the endpoint.
pub(crate) async fn has_earlier(tx: &mut Tx, delivery: &Delivery) -> Result<bool> {
    let tenant = tx.tenant();
    let found: Option<DeliveryId> = on!(tx, |c| {
        sqlx::query_scalar(
        "select id from webhook_deliveries
         where tenant_id = $1 and endpoint_id = $2 and subject_id = $3 and event_id < $4 and finished_at is null
           and is_test = 0 limit 1"
    )
    .bind(tenant)
    .bind(delivery.endpoint_id)
    .bind(&delivery.subject_id)
    .bind(delivery.event_id)
    .fetch_optional(c)
    .await
    })?;
    Ok(found.is_some())
}

/// Those that wait, the earliest event first; where order is kept, those whose turn it is.
pub(crate) async fn list_parked(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    is_ordered: i64,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Delivery>(
        "select d.id, d.endpoint_id, d.event_id, d.event_type, d.subject_id, d.status, d.reason, d.cause, d.ticket,
                d.round, d.attempts, d.next_at, d.sending_until, d.body, d.parts, d.parts_sent, d.candidate_id, d.is_test,
                d.is_expunged, d.created_at, d.finished_at
         from webhook_deliveries d
         where d.tenant_id = $1 and d.endpoint_id = $2 and d.status = 'parked'
           and ($3 = 0 or not exists (
               select 1 from webhook_deliveries e
               where e.tenant_id = $1 and e.endpoint_id = $2 and e.subject_id = d.subject_id
                 and e.event_id < d.event_id and e.finished_at is null and e.is_test = 0))
         order by d.event_id limit $4"
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(is_ordered)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// Those that wait for an endpoint that is gone.
pub(crate) async fn cancel_parked(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    reason: &str,
    now: Time,
) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update webhook_deliveries set status = 'cancelled', reason = $3, finished_at = $4
         where tenant_id = $1 and endpoint_id = $2 and status = 'parked'"
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(reason)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Those that did not arrive, of events in a range of ids, the earliest first.
pub(crate) async fn list_failed(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    (after, before): (EventId, EventId),
    limit: i64,
) -> Result<Vec<Delivery>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Delivery>(
        "select id, endpoint_id, event_id, event_type, subject_id, status, reason, cause, ticket, round, attempts,
                next_at, sending_until, body, parts, parts_sent, candidate_id, is_test, is_expunged, created_at, finished_at
         from webhook_deliveries
         where tenant_id = $1 and endpoint_id = $2 and event_id > $3 and event_id < $4
           and status in ('failed', 'cancelled') and is_test = 0 and is_expunged = 0
         order by event_id limit $5"
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(after)
    .bind(before)
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}

/// Endpoints of all tenants that something waits for.
pub(crate) async fn list_waited_for(tx: &mut SystemTx) -> Result<Vec<(TenantId, WebhookEndpointId)>> {
    Ok(on!(tx, |c| sqlx::query_as(
        "select distinct tenant_id, endpoint_id from webhook_deliveries where status = 'parked'"
    )
    .fetch_all(c)
    .await)?)
}

/// Tenants with deliveries of before.
pub(crate) async fn list_with_old(tx: &mut SystemTx, before: Time) -> Result<Vec<TenantId>> {
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select distinct tenant_id from webhook_deliveries where created_at < $1 and status <> 'pending'"
    )
    .bind(before)
    .fetch_all(c)
    .await)?)
}

/// Deletes a batch of what was begun before then, with its attempts; how many deliveries.
pub(crate) async fn delete_before(tx: &mut Tx, before: Time, at_once: i64) -> Result<u64> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "delete from webhook_attempts where tenant_id = $1 and delivery_id in (
             select id from webhook_deliveries
             where tenant_id = $1 and created_at < $2 and status <> 'pending' order by id limit $3)"
    )
    .bind(tenant)
    .bind(before)
    .bind(at_once)
    .execute(c)
    .await
    .map(drop))?;
    Ok(on!(tx, |c| sqlx::query(
        "delete from webhook_deliveries where tenant_id = $1 and id in (
             select id from webhook_deliveries
             where tenant_id = $1 and created_at < $2 and status <> 'pending' order by id limit $3)"
    )
    .bind(tenant)
    .bind(before)
    .bind(at_once)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

/// An attempt as the statement reads it.
#[derive(Serialize)]
struct AttemptRow<'a> {
    id: String,
    delivery: String,
    number: i64,
    cause: Cause,
    outcome: &'a str,
    status_code: Option<i64>,
    detail: Option<&'a str>,
    response: Option<&'a str>,
    duration_ms: i64,
    started_at: String,
}

/// With the rest of what the transaction inserts.
pub(crate) fn add_attempts(tx: &mut Tx, attempts: &[Attempt]) {
    if attempts.is_empty() {
        return;
    }
    let tenant = tx.tenant();
    let attempts = attempts.iter().map(|attempt| AttemptRow {
        id: rows::id(attempt.id.uuid()),
        delivery: rows::id(attempt.delivery_id.uuid()),
        number: attempt.number,
        cause: attempt.cause,
        outcome: &attempt.outcome,
        status_code: attempt.status_code,
        detail: attempt.detail.as_deref(),
        response: attempt.response.as_deref(),
        duration_ms: attempt.duration_ms,
        started_at: rows::time(attempt.started_at),
    });
    let attempts: Vec<_> = attempts.collect();
    let text = sql!(tx,
        postgres: "insert into webhook_attempts
                (tenant_id, id, delivery_id, number, cause, outcome, status_code, detail, response, duration_ms,
                 started_at)
            select $1, id, delivery, number, cause, outcome, status_code, detail, response, duration_ms, started_at
            from jsonb_to_recordset($2) as new (id uuid, delivery uuid, number bigint, cause text, outcome text,
                status_code bigint, detail text, response text, duration_ms bigint, started_at timestamptz)",
        sqlite: "insert into webhook_attempts
                (tenant_id, id, delivery_id, number, cause, outcome, status_code, detail, response, duration_ms,
                 started_at)
            select $1, unhex(value ->> 'id'), unhex(value ->> 'delivery'), value ->> 'number', value ->> 'cause',
                value ->> 'outcome', value ->> 'status_code', value ->> 'detail', value ->> 'response',
                value ->> 'duration_ms', value ->> 'started_at'
            from json_each($2)");
    tx.insert_later(text).bind(tenant).bind(Json(&attempts));
}

/// Newest first.
pub(crate) async fn list_attempts(
    tx: &mut Tx,
    delivery: DeliveryId,
    position: Position,
) -> Result<Vec<Attempt>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Attempt>(
        "select id, delivery_id, number, cause, outcome, status_code, detail, response, duration_ms, started_at
         from webhook_attempts where tenant_id = $1 and delivery_id = $2 and id < $3 order by id desc limit $4"
    )
    .bind(tenant)
    .bind(delivery)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// Keeps neither what was sent nor what was answered, from now on.
pub(crate) async fn expunge(tx: &mut Tx, ids: &[DeliveryId]) -> Result<()> {
    let tenant = tx.tenant();
    let digits: Vec<String> = ids.iter().map(|id| rows::id(id.uuid())).collect();
    let deliveries = sql!(tx,
        postgres: "update webhook_deliveries set body = null, parts = null,
                is_expunged = case when finished_at is null then is_expunged else 1 end
            where tenant_id = $1 and id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "update webhook_deliveries set body = null, parts = null,
                is_expunged = case when finished_at is null then is_expunged else 1 end
            where tenant_id = $1 and id in (select unhex(value) from json_each($2))");
    on!(tx, |c| sqlx::query(deliveries).bind(tenant).bind(Json(&digits)).execute(c).await.map(drop))?;
    let attempts = sql!(tx,
        postgres: "update webhook_attempts set response = null, detail = null
            where tenant_id = $1 and delivery_id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "update webhook_attempts set response = null, detail = null
            where tenant_id = $1 and delivery_id in (select unhex(value) from json_each($2))");
    on!(tx, |c| sqlx::query(attempts).bind(tenant).bind(Json(&digits)).execute(c).await.map(drop))?;
    // What a transform wrote down of them.
    let subjects: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let runs = sql!(tx,
        postgres: "update plugin_runs set log = '[]'
            where tenant_id = $1 and subject_id = any (array(select jsonb_array_elements_text($2)))",
        sqlite: "update plugin_runs set log = '[]'
            where tenant_id = $1 and subject_id in (select value from json_each($2))");
    on!(tx, |c| sqlx::query(runs).bind(tenant).bind(Json(&subjects)).execute(c).await.map(drop))?;
    Ok(())
}

/// Deliveries that may hold what is personal of a candidate.
pub(crate) async fn list_about(tx: &mut Tx, candidate: CandidateId) -> Result<Vec<DeliveryId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_scalar(
        "select id from webhook_deliveries where tenant_id = $1 and candidate_id is not null
           and candidate_id in (select id from candidates where tenant_id = $1 and (id = $2 or merged_into = $2))"
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(c)
    .await
    })?)
}
