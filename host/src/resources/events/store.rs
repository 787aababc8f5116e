//! All SQL about events.

use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;

use super::Kind;
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::Result;
use crate::ids::EventId;

pub(crate) async fn insert(
    tx: &mut Tx,
    id: EventId,
    kind: Kind,
    subject: &str,
    actor: &Value,
    payload: &Value,
    now: Time,
) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into events (tenant_id, id, type, subject_id, actor, payload, occurred_at)
         values ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(tenant)
    .bind(id)
    .bind(kind.as_str())
    .bind(subject)
    .bind(Json(actor))
    .bind(Json(payload))
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// One of many events of a kind.
#[derive(Debug, Serialize)]
pub(crate) struct NewEvent {
    /// 32 hexadecimal digits.
    id: String,
    subject: String,
    payload: Value,
}

impl NewEvent {
    pub(crate) fn new(id: EventId, subject: String, payload: Value) -> Self {
        Self { id: id.uuid().simple().to_string(), subject, payload }
    }
}

pub(crate) async fn insert_all(
    tx: &mut Tx,
    kind: Kind,
    events: &[NewEvent],
    actor: &Value,
    now: Time,
) -> Result<()> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "insert into events (tenant_id, id, type, subject_id, actor, payload, occurred_at)
            select $1, id, $3, subject, $4, payload, $5
            from jsonb_to_recordset($2) as new (id uuid, subject text, payload jsonb)",
        sqlite: "insert into events (tenant_id, id, type, subject_id, actor, payload, occurred_at)
            select $1, unhex(value ->> 'id'), $3, value ->> 'subject', $4, value -> 'payload', $5
            from json_each($2)");
    on!(tx, |c| sqlx::query(text)
        .bind(tenant)
        .bind(Json(events))
        .bind(kind.as_str())
        .bind(Json(actor))
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
