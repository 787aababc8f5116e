//! All SQL about deliveries and their attempts.

use sqlx::types::Json;

use super::{Attempt, Delivery, Status};
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on, sql};
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

/// Saves what changes on the way, if the ticket is still the one that was read; false when it is not.
pub(crate) async fn update(tx: &mut Tx, delivery: &Delivery, ticket: i64) -> Result<bool> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
            "update webhook_deliveries
         set status = $4, reason = $5, cause = $6, ticket = $7, round = $8, attempts = $9, next_at = $10,
             sending_until = $11, finished_at = $12, parts_sent = $13
         where tenant_id = $1 and id = $2 and ticket = $3",
        )
        .bind(tenant)
        .bind(delivery.id)
        .bind(ticket)
        .bind(delivery.status)
        .bind(delivery.reason.as_deref())
        .bind(delivery.cause)
        .bind(delivery.ticket)
        .bind(delivery.round)
        .bind(delivery.attempts)
        .bind(delivery.next_at)
        .bind(delivery.sending_until)
        .bind(delivery.finished_at)
        .bind(delivery.parts_sent)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(changed > 0)
}

/// Keeps what is sent. The row is held already, so that whoever erases a person comes before or after, not between.
pub(crate) async fn update_body(
    tx: &mut Tx,
    id: DeliveryId,
    body: &str,
    candidate: Option<CandidateId>,
) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update webhook_deliveries set body = $3, candidate_id = coalesce($4, candidate_id)
         where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .bind(body)
    .bind(candidate)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
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

/// How many others of the endpoint are under way.
pub(crate) async fn count_sending(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    but: DeliveryId,
    now: Time,
) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_scalar(
        "select count(*) from webhook_deliveries
         where tenant_id = $1 and endpoint_id = $2 and id <> $3 and sending_until is not null and sending_until > $4"
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(but)
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

pub(crate) async fn insert_attempt(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into webhook_attempts
            (tenant_id, id, delivery_id, number, cause, outcome, status_code, detail, response, duration_ms, started_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    )
    .bind(tenant)
    .bind(attempt.id)
    .bind(attempt.delivery_id)
    .bind(attempt.number)
    .bind(attempt.cause)
    .bind(&attempt.outcome)
    .bind(attempt.status_code)
    .bind(attempt.detail.as_deref())
    .bind(attempt.response.as_deref())
    .bind(attempt.duration_ms)
    .bind(attempt.started_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
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
    let digits: Vec<String> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    let deliveries = sql!(tx,
        postgres: "update webhook_deliveries set body = null, parts = null,
                is_expunged = case when finished_at is null then is_expunged else 1 end
            where tenant_id = $1 and id in (select value::uuid from jsonb_array_elements_text($2))",
        sqlite: "update webhook_deliveries set body = null, parts = null,
                is_expunged = case when finished_at is null then is_expunged else 1 end
            where tenant_id = $1 and id in (select unhex(value) from json_each($2))");
    on!(tx, |c| sqlx::query(deliveries).bind(tenant).bind(Json(&digits)).execute(c).await.map(drop))?;
    let attempts = sql!(tx,
        postgres: "update webhook_attempts set response = null, detail = null
            where tenant_id = $1 and delivery_id in (select value::uuid from jsonb_array_elements_text($2))",
        sqlite: "update webhook_attempts set response = null, detail = null
            where tenant_id = $1 and delivery_id in (select unhex(value) from json_each($2))");
    on!(tx, |c| sqlx::query(attempts).bind(tenant).bind(Json(&digits)).execute(c).await.map(drop))?;
    // What a transform wrote down of them.
    let subjects: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let runs = sql!(tx,
        postgres: "update plugin_runs set log = '[]'
            where tenant_id = $1 and subject_id in (select jsonb_array_elements_text($2))",
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
