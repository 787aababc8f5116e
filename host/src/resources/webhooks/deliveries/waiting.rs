//! Deliveries that wait, and how they come in again: when one is done, when an endpoint has rested, when somebody begins one
//! anew.

use super::passing::left;
use super::{Cause, Delivery, Status, store};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::WebhookEndpointId;
use crate::permissions::Permission;
use crate::resources::events::Deliver;
use crate::resources::webhooks::{self, Endpoint, Health};
use crate::services::Services;
use crate::tasks::{When, enqueue_all};

/// Those whose turn it is.
#[derive(Default)]
struct Next {
    deliveries: Vec<Delivery>,
    /// The endpoint was backed up, and has a place for everything that waits.
    has_caught_up: bool,
}

/// Those that may come in, now that so many are done.
async fn next(tx: &mut Tx, endpoint: &Endpoint, health: &Health, done: usize, now: Time) -> Result<Next> {
    if endpoint.status != webhooks::Status::Active || health.rests(now) {
        return Ok(Next::default());
    }
    let under_way = store::count_sending(tx, endpoint.id, now).await?;
    let mut places = (endpoint.max_in_flight - under_way).max(0);
    if health.open_until.is_some() {
        // One tries whether it is well again.
        places = places.min(1);
    } else if endpoint.rate_per_second.is_some() {
        // Each that is done makes room for one.
        places = places.min(i64::try_from(done).unwrap_or(i64::MAX));
    }
    if places == 0 {
        return Ok(Next::default());
    }
    let deliveries = store::list_parked(tx, endpoint.id, endpoint.is_ordered, places).await?;
    let is_all = i64::try_from(deliveries.len()).is_ok_and(|found| found < places);
    Ok(Next { deliveries, has_caught_up: is_all && endpoint.backed_up_since.is_some() })
}

/// What an endpoint can be told once its deliveries are no longer held: whoever says it waits for changes that may in turn wait
/// for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Then {
    Nothing,
    /// [`release`], which says that it has caught up.
    Release,
}

/// Gives those that wait the places there are, now that so many are done. One whose turn it is not goes back to waiting.
///
/// # Errors
/// The database's.
pub(crate) async fn let_in(
    tx: &mut Tx,
    services: &Services,
    endpoint: &Endpoint,
    health: &Health,
    done: usize,
    now: Time,
) -> Result<Then> {
    let Next { mut deliveries, has_caught_up } = next(tx, endpoint, health, done, now).await?;
    restart(tx, services, &mut deliveries, &When::now()).await?;
    Ok(if has_caught_up { Then::Release } else { Then::Nothing })
}

/// Has what happens wait for the endpoint from the beginning, if something waits already. [`release`] ends it.
///
/// # Errors
/// The database's.
pub(super) async fn back_up(services: &Services, caller: &Caller, id: WebhookEndpointId) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    webhooks::store::hold_health(&mut tx, id).await?;
    if !store::list_parked(&mut tx, id, 0, 1).await?.is_empty() {
        webhooks::store::set_backed_up(&mut tx, id, Some(services.clock.now())).await?;
    }
    tx.commit().await
}

/// Makes them pending again, each with a task of its own. Their endpoint's health is held.
///
/// # Errors
/// The database's.
pub(crate) async fn restart(
    tx: &mut Tx,
    services: &Services,
    deliveries: &mut [Delivery],
    when: &When,
) -> Result<()> {
    for delivery in deliveries.iter_mut() {
        delivery.status = Status::Pending;
        delivery.ticket += 1;
        delivery.reason = None;
        (delivery.next_at, delivery.sending_until, delivery.finished_at) = (None, None, None);
    }
    store::update_all(tx, deliveries).await?;
    let tasks = deliveries.iter().map(|delivery| (delivery.task(), when.clone()));
    enqueue_all(tx, &services.clock, tasks).await.map(drop)
}

/// The same from the beginning: with all their attempts.
///
/// # Errors
/// The database's.
pub(crate) async fn begin_anew(
    tx: &mut Tx,
    services: &Services,
    deliveries: &mut [Delivery],
    cause: Cause,
    when: &When,
) -> Result<()> {
    for delivery in deliveries.iter_mut() {
        delivery.cause = cause;
        delivery.round += 1;
        (delivery.attempts, delivery.parts_sent) = (0, 0);
    }
    restart(tx, services, deliveries, when).await
}

/// Lets in what waits for the endpoint.
///
/// # Errors
/// The database's.
pub async fn release(services: &Services, caller: &Caller, id: WebhookEndpointId) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let health = webhooks::store::hold_health(&mut tx, id).await?;
    let now = services.clock.now();
    match webhooks::store::find(&mut tx, id).await? {
        Some(endpoint) if endpoint.status == webhooks::Status::Disabled => {
            store::cancel_parked(&mut tx, id, "endpoint_disabled", now).await?;
        }
        Some(endpoint) => {
            let mut found = next(&mut tx, &endpoint, &health, 1, now).await?;
            if found.has_caught_up {
                // Those that were made to wait while this was found out are there to be seen from now on, and nobody else would
                // let them in.
                webhooks::store::set_backed_up(&mut tx, id, None).await?;
                found = next(&mut tx, &endpoint, &health, 1, now).await?;
            }
            restart(&mut tx, services, &mut found.deliveries, &When::now()).await?;
        }
        None => store::cancel_parked(&mut tx, id, "endpoint_deleted", now).await?,
    }
    tx.commit().await
}

/// A task that will not run any more leaves its delivery waiting, so that it is found again.
///
/// # Errors
/// The database's.
pub async fn give_up(services: &Services, caller: &Caller, task: &Deliver) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    webhooks::store::hold_health(&mut tx, task.endpoint).await?;
    let found = store::find(&mut tx, task.delivery).await?;
    if let Some(delivery) = found.filter(|d| d.ticket == task.ticket && d.status == Status::Pending) {
        let parked = left(delivery, Status::Parked, None, services.clock.now());
        store::update_all(&mut tx, &[parked]).await?;
    }
    tx.commit().await
}
