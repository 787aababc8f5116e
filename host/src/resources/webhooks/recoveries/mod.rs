//! Recoveries: sending an endpoint again what it did not get. Each is a row and a task that comes forward batch by batch, so
//! that it goes on where it was after a crash.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Time;
use crate::ids::{EventId, MemberId, RecoveryId, WebhookEndpointId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Recovery {
    pub id: RecoveryId,
    pub endpoint_id: WebhookEndpointId,
    pub what: What,
    pub since: Time,
    pub until: Time,
    /// Events up to here are done with.
    pub reached_id: EventId,
    pub status: Status,
    /// Deliveries begun.
    pub found: i64,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = RecoveryOf)]
pub enum What {
    /// Deliveries that were given up or cancelled.
    Failed,
    /// Events that the endpoint wants and was never sent: from before it was made, or while it was disabled.
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = RecoveryStatus)]
pub enum Status {
    Running,
    /// Everything that was found is on its way, or was.
    Done,
    /// The endpoint was disabled or deleted before the end.
    Stopped,
}
