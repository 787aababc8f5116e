//! All SQL about recoveries, and the events an endpoint was never sent.

use super::Recovery;
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::http::page::Position;
use crate::ids::{EventId, RecoveryId, WebhookEndpointId};
use crate::resources::events::Event;

pub(crate) async fn find(tx: &mut Tx, id: RecoveryId) -> Result<Option<Recovery>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Recovery>(
        "select id, endpoint_id, what, since, until, reached_id, status, found, created_by, created_at, finished_at
         from webhook_recoveries where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// Newest first.
pub(crate) async fn list(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    position: Position,
) -> Result<Vec<Recovery>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Recovery>(
        "select id, endpoint_id, what, since, until, reached_id, status, found, created_by, created_at, finished_at
         from webhook_recoveries where tenant_id = $1 and endpoint_id = $2 and id < $3 order by id desc limit $4"
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn count_running(tx: &mut Tx, endpoint: WebhookEndpointId) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_scalar(
        "select count(*) from webhook_recoveries where tenant_id = $1 and endpoint_id = $2 and status = 'running'"
    )
    .bind(tenant)
    .bind(endpoint)
    .fetch_one(c)
    .await
    })?)
}

pub(crate) async fn insert(tx: &mut Tx, recovery: &Recovery) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into webhook_recoveries
            (tenant_id, id, endpoint_id, what, since, until, reached_id, status, found, created_by, created_at,
             finished_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    )
    .bind(tenant)
    .bind(recovery.id)
    .bind(recovery.endpoint_id)
    .bind(recovery.what)
    .bind(recovery.since)
    .bind(recovery.until)
    .bind(recovery.reached_id)
    .bind(recovery.status)
    .bind(recovery.found)
    .bind(recovery.created_by)
    .bind(recovery.created_at)
    .bind(recovery.finished_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// How far it has come, if it is still where it was; false when another task has been faster.
pub(crate) async fn update(tx: &mut Tx, recovery: &Recovery, was: EventId) -> Result<bool> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update webhook_recoveries set reached_id = $4, status = $5, found = $6, finished_at = $7
         where tenant_id = $1 and id = $2 and reached_id = $3 and status = 'running'"
    )
    .bind(tenant)
    .bind(recovery.id)
    .bind(was)
    .bind(recovery.reached_id)
    .bind(recovery.status)
    .bind(recovery.found)
    .bind(recovery.finished_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(changed > 0)
}

/// Old ones that are done.
pub(crate) async fn delete_before(tx: &mut Tx, before: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "delete from webhook_recoveries where tenant_id = $1 and created_at < $2 and status <> 'running'"
    )
    .bind(tenant)
    .bind(before)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Events in a range of ids, the earliest first, that are not on their way to the endpoint and never were.
pub(crate) async fn list_missing(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    (after, before): (EventId, EventId),
    limit: i64,
) -> Result<Vec<Event>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Event>(
        "select e.id, e.type, e.subject_id, e.actor, e.payload, e.occurred_at from events e
         where e.tenant_id = $1 and e.id > $3 and e.id < $4
           and not exists (select 1 from webhook_deliveries d
                           where d.tenant_id = $1 and d.endpoint_id = $2 and d.event_id = e.id)
         order by e.id limit $5"
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(after)
    .bind(before)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}
