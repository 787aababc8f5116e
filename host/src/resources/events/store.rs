//! All SQL about events, the log they make, and whom they go to.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;

use super::Event;
use crate::clock::Time;
use crate::db::{Tx, on, rows, sql};
use crate::error::Result;
use crate::ids::{DeliveryId, EventId, WebhookEndpointId};

/// One of many new events, as the statement reads it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    /// 32 hexadecimal digits.
    id: String,
    subject: &'a str,
    payload: &'a Value,
}

impl<'a> Row<'a> {
    fn of(event: &'a Event) -> Self {
        let id = rows::id(event.id.uuid());
        Self { id, subject: &event.subject_id, payload: &event.payload.0 }
    }
}

/// Events of one kind, actor and time, with the rest of what the transaction adds.
pub(crate) fn add(tx: &mut Tx, events: &[Event]) {
    let tenant = tx.tenant();
    let Some(first) = events.first() else { return };
    let rows: Vec<_> = events.iter().map(Row::of).collect();
    let text = sql!(tx,
        postgres: "insert into events (tenant_id, id, type, subject_id, actor, payload, occurred_at)
            select $1, id, $3, subject, $4, payload, $5
            from jsonb_to_recordset($2) as new (id uuid, subject text, payload jsonb)",
        sqlite: "insert into events (tenant_id, id, type, subject_id, actor, payload, occurred_at)
            select $1, unhex(value ->> 'id'), $3, value ->> 'subject', $4, value -> 'payload', $5
            from json_each($2)");
    tx.insert_later(text)
        .bind(tenant)
        .bind(Json(&rows))
        .bind(&first.kind)
        .bind(&first.actor)
        .bind(first.occurred_at);
}

pub(crate) async fn find(tx: &mut Tx, id: EventId) -> Result<Option<Event>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Event>(
        "select id, type, subject_id, actor, payload, occurred_at from events where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// Those of these that there are.
pub(crate) async fn find_all(tx: &mut Tx, ids: &[EventId]) -> Result<HashMap<EventId, Event>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let tenant = tx.tenant();
    let ids: Vec<_> = ids.iter().map(|id| rows::id(id.uuid())).collect();
    let text = sql!(tx,
        postgres: "select id, type, subject_id, actor, payload, occurred_at from events
            where tenant_id = $1 and id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "select id, type, subject_id, actor, payload, occurred_at from events
            where tenant_id = $1 and id in (select unhex(value) from json_each($2))");
    let found: Vec<Event> =
        on!(tx, |c| sqlx::query_as(text).bind(tenant).bind(Json(&ids)).fetch_all(c).await)?;
    Ok(found.into_iter().map(|event| (event.id, event)).collect())
}

/// Which events of the log are meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Empty: all.
    pub(crate) types: Vec<String>,
    pub(crate) subject_id: Option<String>,
    pub(crate) occurred_after: Option<Time>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Placed {
    pub(crate) position: i64,
    #[sqlx(flatten)]
    pub(crate) event: Event,
}

/// Events between two places, the first one not included, in the order of the log.
pub(crate) async fn list(
    tx: &mut Tx,
    filter: &Filter,
    (after, until): (i64, i64),
    limit: i64,
) -> Result<Vec<Placed>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select position, id, type, subject_id, actor, payload, occurred_at from events
            where tenant_id = $1 and position is not null and position > $2 and position <= $3
              and (jsonb_array_length($4) = 0 or type in (select jsonb_array_elements_text($4)))
              and (cast($5 as text) is null or subject_id = $5)
              and (cast($6 as timestamptz) is null or occurred_at > $6)
            order by position limit $7",
        sqlite: "select position, id, type, subject_id, actor, payload, occurred_at from events
            where tenant_id = $1 and position is not null and position > $2 and position <= $3
              and (json_array_length($4) = 0 or type in (select value from json_each($4)))
              and ($5 is null or subject_id = $5)
              and ($6 is null or occurred_at > $6)
            order by position limit $7");
    Ok(on!(tx, |c| sqlx::query_as::<_, Placed>(text)
        .bind(tenant)
        .bind(after)
        .bind(until)
        .bind(Json(&filter.types))
        .bind(filter.subject_id.as_deref())
        .bind(filter.occurred_after)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// The last place given; every event up to there has committed.
pub(crate) async fn last_position(tx: &mut Tx) -> Result<i64> {
    let tenant = tx.tenant();
    let found: Option<i64> =
        on!(tx, |c| sqlx::query_scalar("select last_position from event_logs where tenant_id = $1")
            .bind(tenant)
            .fetch_optional(c)
            .await)?;
    Ok(found.unwrap_or_default())
}

/// Whether there are events that have no place yet.
pub(crate) async fn is_behind(tx: &mut Tx) -> Result<bool> {
    let tenant = tx.tenant();
    let found: Option<EventId> = on!(tx, |c| sqlx::query_scalar(
        "select id from events where tenant_id = $1 and position is null limit 1"
    )
    .bind(tenant)
    .fetch_optional(c)
    .await)?;
    Ok(found.is_some())
}

/// The last place given, held until the transaction ends: of two who give places the second one waits.
pub(crate) async fn hold_log(tx: &mut Tx) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "insert into event_logs (tenant_id, last_position) values ($1, 0)
         on conflict (tenant_id) do update set last_position = event_logs.last_position
         returning last_position"
    )
    .bind(tenant)
    .fetch_one(c)
    .await)?)
}

/// Gives the oldest events without a place those after `last`; how many.
pub(crate) async fn place(tx: &mut Tx, last: i64, at_once: i64) -> Result<i64> {
    let tenant = tx.tenant();
    let placed = on!(tx, |c| {
        sqlx::query(
        "with next as (
             select id, row_number() over (order by id) as place
             from (select id from events where tenant_id = $1 and position is null order by id limit $3) as unplaced)
         update events set position = $2 + next.place from next
         where events.tenant_id = $1 and events.id = next.id"
    )
    .bind(tenant)
    .bind(last)
    .bind(at_once)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    let placed = i64::try_from(placed).unwrap_or(i64::MAX);
    on!(tx, |c| sqlx::query("update event_logs set last_position = $2 where tenant_id = $1")
        .bind(tenant)
        .bind(last + placed)
        .execute(c)
        .await
        .map(drop))?;
    Ok(placed)
}

/// Who may want to know.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Receiver {
    pub(crate) id: WebhookEndpointId,
    pub(crate) event_types: Json<Vec<String>>,
    pub(crate) status: String,
    pub(crate) backed_up_since: Option<Time>,
}

impl Receiver {
    /// Whether what happens now waits for it from the beginning.
    pub(super) fn is_waited_for(&self) -> bool {
        self.status == "paused" || self.backed_up_since.is_some()
    }
}

/// Endpoints that take events, held as they are until the transaction ends.
pub(crate) async fn hold_receivers(tx: &mut Tx) -> Result<Vec<Receiver>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, event_types, status, backed_up_since from webhook_endpoints
            where tenant_id = $1 and deleted_at is null and status <> 'disabled' order by id for share",
        sqlite: "select id, event_types, status, backed_up_since from webhook_endpoints
            where tenant_id = $1 and deleted_at is null and status <> 'disabled' order by id");
    Ok(on!(tx, |c| sqlx::query_as::<_, Receiver>(text).bind(tenant).fetch_all(c).await)?)
}

/// A delivery to be.
pub(crate) struct NewDelivery<'a> {
    pub(crate) id: DeliveryId,
    pub(crate) endpoint: WebhookEndpointId,
    pub(crate) event: &'a Event,
    /// It waits until the endpoint takes deliveries again.
    pub(crate) is_parked: bool,
    pub(crate) cause: &'static str,
}

/// The same as the statement reads it.
#[derive(Serialize)]
struct DeliveryRow<'a> {
    id: String,
    endpoint: String,
    event: String,
    r#type: &'a str,
    subject: &'a str,
    status: &'a str,
    cause: &'a str,
    candidate: Option<String>,
}

/// Puts events on their way to endpoints; those that were not already.
pub(crate) async fn insert_deliveries(
    tx: &mut Tx,
    new: &[NewDelivery<'_>],
    now: Time,
) -> Result<HashSet<DeliveryId>> {
    if new.is_empty() {
        return Ok(HashSet::new());
    }
    // The events may be among what was added.
    tx.write_inserts().await?;
    let tenant = tx.tenant();
    let deliveries = new.iter().map(|new| DeliveryRow {
        id: rows::id(new.id.uuid()),
        endpoint: rows::id(new.endpoint.uuid()),
        event: rows::id(new.event.id.uuid()),
        r#type: &new.event.kind,
        subject: &new.event.subject_id,
        status: if new.is_parked { "parked" } else { "pending" },
        cause: new.cause,
        candidate: new.event.candidate().map(|candidate| rows::id(candidate.uuid())),
    });
    let deliveries: Vec<_> = deliveries.collect();
    let text = sql!(tx,
        postgres: "insert into webhook_deliveries
                (tenant_id, id, endpoint_id, event_id, event_type, subject_id, status, cause, candidate_id, ticket, round,
                 attempts, parts_sent, is_test, is_expunged, created_at)
            select $1, id, endpoint, event, type, subject, status, cause, candidate, 1, 1, 0, 0, 0, 0, $3
            from jsonb_to_recordset($2) as new (id uuid, endpoint uuid, event uuid, type text, subject text, status text,
                cause text, candidate uuid)
            on conflict (tenant_id, endpoint_id, event_id) do nothing returning id",
        sqlite: "insert into webhook_deliveries
                (tenant_id, id, endpoint_id, event_id, event_type, subject_id, status, cause, candidate_id, ticket, round,
                 attempts, parts_sent, is_test, is_expunged, created_at)
            select $1, unhex(value ->> 'id'), unhex(value ->> 'endpoint'), unhex(value ->> 'event'), value ->> 'type',
                value ->> 'subject', value ->> 'status', value ->> 'cause', unhex(value ->> 'candidate'), 1, 1, 0, 0, 0,
                0, $3
            from json_each($2) where true
            on conflict (tenant_id, endpoint_id, event_id) do nothing returning id");
    let inserted: Vec<DeliveryId> = on!(tx, |c| sqlx::query_scalar(text)
        .bind(tenant)
        .bind(Json(&deliveries))
        .bind(now)
        .fetch_all(c)
        .await)?;
    Ok(inserted.into_iter().collect())
}
