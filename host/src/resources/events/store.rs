//! All SQL about events.

use serde_json::Value;
use sqlx::types::Json;

use super::Kind;
use crate::clock::Time;
use crate::db::{Tx, on};
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
