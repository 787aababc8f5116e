//! All SQL about webhook endpoints and how they do.

use super::{Endpoint, Health};
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::WebhookEndpointId;

pub(crate) async fn find(tx: &mut Tx, id: WebhookEndpointId) -> Result<Option<Endpoint>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Endpoint>(
        "select id, url, description, event_types, payload, headers, header_names, transform,
                rate_per_second, max_in_flight, is_ordered, backed_up_since, status, status_reason, status_since, created_by,
                created_at, updated_at, version
         from webhook_endpoints where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get(tx: &mut Tx, id: WebhookEndpointId) -> Result<Endpoint> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "webhook endpoint" })
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<Endpoint>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Endpoint>(
        "select id, url, description, event_types, payload, headers, header_names, transform,
                rate_per_second, max_in_flight, is_ordered, backed_up_since, status, status_reason, status_since, created_by,
                created_at, updated_at, version
         from webhook_endpoints where tenant_id = $1 and deleted_at is null and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn count(tx: &mut Tx) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(*) from webhook_endpoints where tenant_id = $1 and deleted_at is null"
    )
    .bind(tenant)
    .fetch_one(c)
    .await)?)
}

/// With a clean bill of health.
pub(crate) async fn insert(tx: &mut Tx, endpoint: &Endpoint) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into webhook_endpoints
            (tenant_id, id, url, description, event_types, payload, headers, header_names, rate_per_second,
             max_in_flight, is_ordered, status, status_reason, status_since, created_by, created_at, updated_at,
             version, transform)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
    )
    .bind(tenant)
    .bind(endpoint.id)
    .bind(&endpoint.url)
    .bind(endpoint.description.as_deref())
    .bind(&endpoint.event_types)
    .bind(endpoint.payload)
    .bind(endpoint.headers.as_deref())
    .bind(&endpoint.header_names)
    .bind(endpoint.rate_per_second)
    .bind(endpoint.max_in_flight)
    .bind(endpoint.is_ordered)
    .bind(endpoint.status)
    .bind(endpoint.status_reason.as_deref())
    .bind(endpoint.status_since)
    .bind(endpoint.created_by)
    .bind(endpoint.created_at)
    .bind(endpoint.updated_at)
    .bind(endpoint.version)
    .bind(&endpoint.transform)
    .execute(c)
    .await
    .map(drop)
    })?;
    on!(tx, |c| sqlx::query(
        "insert into webhook_states (tenant_id, endpoint_id, failures) values ($1, $2, 0)"
    )
    .bind(tenant)
    .bind(endpoint.id)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, endpoint: &mut Endpoint) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
            "update webhook_endpoints
         set url = $4, description = $5, event_types = $6, payload = $7, headers = $8, header_names = $9,
             rate_per_second = $10, max_in_flight = $11, is_ordered = $12, status = $13, status_reason = $14,
             status_since = $15, updated_at = $16, transform = $17, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null",
        )
        .bind(tenant)
        .bind(endpoint.id)
        .bind(endpoint.version)
        .bind(&endpoint.url)
        .bind(endpoint.description.as_deref())
        .bind(&endpoint.event_types)
        .bind(endpoint.payload)
        .bind(endpoint.headers.as_deref())
        .bind(&endpoint.header_names)
        .bind(endpoint.rate_per_second)
        .bind(endpoint.max_in_flight)
        .bind(endpoint.is_ordered)
        .bind(endpoint.status)
        .bind(endpoint.status_reason.as_deref())
        .bind(endpoint.status_since)
        .bind(endpoint.updated_at)
        .bind(&endpoint.transform)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    endpoint.version += 1;
    Ok(())
}

/// Since when what happens waits for it from the beginning, if it does. Whoever says so holds its health, and waits for every
/// change that has begun to put deliveries on their way to it.
pub(crate) async fn set_backed_up(tx: &mut Tx, id: WebhookEndpointId, since: Option<Time>) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update webhook_endpoints set backed_up_since = $3 where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .bind(since)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Its secrets and headers go at once.
pub(crate) async fn delete(tx: &mut Tx, id: WebhookEndpointId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update webhook_endpoints set deleted_at = $3, updated_at = $3, headers = null, version = version + 1
         where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    on!(tx, |c| sqlx::query("delete from webhook_secrets where tenant_id = $1 and endpoint_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub(crate) async fn health(tx: &mut Tx, id: WebhookEndpointId) -> Result<Health> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Health>(
        "select next_send_at, failures, failing_since, open_until, last_success_at, last_failure_at
         from webhook_states where tenant_id = $1 and endpoint_id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_one(c)
    .await)?)
}

/// The same, held until the transaction ends: of two who decide what the endpoint gets next the second one waits.
pub(crate) async fn hold_health(tx: &mut Tx, id: WebhookEndpointId) -> Result<Health> {
    let tenant = tx.tenant();
    // SQLite has one writer at a time anyway.
    let text = sql!(tx,
        postgres: "select next_send_at, failures, failing_since, open_until, last_success_at, last_failure_at
            from webhook_states where tenant_id = $1 and endpoint_id = $2 for update",
        sqlite: "select next_send_at, failures, failing_since, open_until, last_success_at, last_failure_at
            from webhook_states where tenant_id = $1 and endpoint_id = $2");
    Ok(on!(tx, |c| sqlx::query_as::<_, Health>(text).bind(tenant).bind(id).fetch_one(c).await)?)
}

pub(crate) async fn save_health(tx: &mut Tx, id: WebhookEndpointId, health: &Health) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update webhook_states
         set next_send_at = $3, failures = $4, failing_since = $5, open_until = $6, last_success_at = $7,
             last_failure_at = $8
         where tenant_id = $1 and endpoint_id = $2"
    )
    .bind(tenant)
    .bind(id)
    .bind(health.next_send_at)
    .bind(health.failures)
    .bind(health.failing_since)
    .bind(health.open_until)
    .bind(health.last_success_at)
    .bind(health.last_failure_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
