//! From an event to the endpoints that want it: a delivery and its task for each, in the transaction of the event, so that
//! no crash comes between a fact and its telling.

use serde::{Deserialize, Serialize};

use super::store::NewDelivery;
use super::{Event, Kind, store};
use crate::clock::Clock;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{DeliveryId, WebhookEndpointId};
use crate::tasks::{When, enqueue_all};

/// Sends an event to an endpoint. What it does stands in `webhooks`, which knows all the nouns that come after this one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deliver {
    pub delivery: DeliveryId,
    pub endpoint: WebhookEndpointId,
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
    let mut new = Vec::new();
    // They are held until this commits: whoever pauses, wakes or deletes one, or says that it has caught up, finds every
    // delivery of before.
    for receiver in store::hold_receivers(tx).await? {
        if wants(&receiver.event_types, kind.as_str()) {
            let is_parked = receiver.is_waited_for();
            new.extend(events.iter().map(|event| NewDelivery {
                id: DeliveryId::new(clock),
                endpoint: receiver.id,
                event,
                is_parked,
                cause: "event",
            }));
        }
    }
    put_on_their_way(tx, clock, new, &When::now()).await.map(drop)
}

/// The deliveries, but those that are there already, and a task for each that does not wait; how many there are now.
///
/// # Errors
/// The database's.
pub(crate) async fn put_on_their_way(
    tx: &mut Tx,
    clock: &Clock,
    new: Vec<NewDelivery<'_>>,
    when: &When,
) -> Result<usize> {
    let inserted = store::insert_deliveries(tx, &new, clock.now()).await?;
    let tasks = new.iter().filter(|new| !new.is_parked && inserted.contains(&new.id)).map(|new| {
        let task = Deliver { delivery: new.id, endpoint: new.endpoint, ticket: 1 };
        (task, when.clone())
    });
    enqueue_all(tx, clock, tasks).await?;
    Ok(inserted.len())
}
