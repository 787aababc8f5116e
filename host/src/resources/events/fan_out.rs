//! From an event to the endpoints that want it: a delivery and its task for each, in the transaction of the event, so that
//! no crash comes between a fact and its telling.

use serde::{Deserialize, Serialize};

use super::store::NewDelivery;
use super::{Event, Kind, store};
use crate::clock::Clock;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::DeliveryId;
use crate::tasks::{When, enqueue};

/// Sends an event to an endpoint. What it does stands in `webhooks`, which knows all the nouns that come after this one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deliver {
    pub delivery: DeliveryId,
    /// Which of the delivery's tasks this is: only the last one that was made counts.
    pub ticket: i64,
}

/// What the events of a type are asked for by; `*` is all.
pub(crate) fn wants(types: &[String], kind: &str) -> bool {
    types.iter().any(|wanted| wanted == "*" || wanted == kind)
}

/// Puts events of one kind on their way.
///
/// # Errors
/// The database's.
pub(super) async fn fan_out(tx: &mut Tx, clock: &Clock, kind: Kind, events: &[Event]) -> Result<()> {
    // They are held until this commits: whoever pauses, wakes or deletes one finds every delivery of before.
    for receiver in store::hold_receivers(tx).await? {
        if !wants(&receiver.event_types, kind.as_str()) {
            continue;
        }
        let is_paused = receiver.status == "paused";
        let status = if is_paused { "parked" } else { "pending" };
        for event in events {
            let delivery = DeliveryId::new(clock);
            let new = NewDelivery { id: delivery, endpoint: receiver.id, status, cause: "event" };
            store::insert_delivery(tx, &new, event, clock.now()).await?;
            if !is_paused {
                enqueue(tx, clock, &Deliver { delivery, ticket: 1 }, When::now()).await?;
            }
        }
    }
    Ok(())
}
