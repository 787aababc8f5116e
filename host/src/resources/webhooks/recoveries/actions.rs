//! Begins recoveries and takes them on.

use chrono::TimeDelta;
use serde_json::json;

use super::{Recovery, Status, What, store};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{DeliveryId, EventId, RecoveryId, WebhookEndpointId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::events::{self, NewDelivery};
use crate::resources::webhooks::deliveries::{self, Cause, waiting};
use crate::resources::webhooks::tasks::Recover;
use crate::resources::webhooks::{self, Endpoint, actions::require_holds};
use crate::services::Services;
use crate::tasks::{Priority, When, enqueue};

/// Looked at in one transaction.
const AT_ONCE: i64 = 100;

/// # Errors
/// `NotFound`; `Invalid` times; `Refusal`; `Conflict` when the endpoint is disabled, or a recovery of its runs already.
pub async fn create(
    services: &Services,
    caller: &Caller,
    id: WebhookEndpointId,
    what: What,
    since: Time,
    until: Option<Time>,
) -> Result<Recovery> {
    let now = services.clock.now();
    let since = fields::instant("#/since", since)?;
    // What happens in this very millisecond is part of it: ids are no finer.
    let present = now + TimeDelta::milliseconds(1);
    let until = until.map(|until| fields::instant("#/until", until)).transpose()?;
    let until = until.unwrap_or(present).min(present);
    if since >= until || since >= now {
        return Err(Error::invalid("#/since", "out_of_range", "a time before `until`, and in the past"));
    }
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let endpoint = webhooks::store::get(&mut tx, id).await?;
    endpoint.require_enabled()?;
    require_holds(&mut tx, &endpoint).await?;
    webhooks::store::hold_health(&mut tx, id).await?;
    if store::count_running(&mut tx, id).await? > 0 {
        let detail = "a recovery of this endpoint runs already; wait until it is done".into();
        return Err(Error::Conflict { code: "recovery_running", detail });
    }
    let recovery = Recovery {
        id: RecoveryId::new(&services.clock),
        endpoint_id: id,
        what,
        since,
        until,
        reached_id: EventId::earliest_at(since),
        status: Status::Running,
        found: 0,
        created_by: caller.member(),
        created_at: now,
        finished_at: None,
    };
    store::insert(&mut tx, &recovery).await?;
    enqueue(&mut tx, &services.clock, &Recover { recovery: recovery.id }, When::now()).await?;
    let noted =
        Change::noted(json!({ "recovery_id": recovery.id, "what": what, "since": since, "until": until }));
    audit::record(&mut tx, &services.clock, "webhook_endpoint.recovery_begun", id, noted);
    tx.commit().await?;
    Ok(recovery)
}

/// Takes it on by a batch; whether there is more to do.
///
/// # Errors
/// The database's.
pub async fn take_on(services: &Services, caller: &Caller, id: RecoveryId) -> Result<bool> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let Some(found) = store::find(&mut tx, id).await? else { return Ok(false) };
    webhooks::store::hold_health(&mut tx, found.endpoint_id).await?;
    let Some(mut recovery) = store::find(&mut tx, id).await? else { return Ok(false) };
    if recovery.status != Status::Running {
        return Ok(false);
    }
    let (was, now) = (recovery.reached_id, services.clock.now());
    let endpoint = webhooks::store::find(&mut tx, recovery.endpoint_id).await?;
    match endpoint.filter(|endpoint| endpoint.status != webhooks::Status::Disabled) {
        None => recovery.end(Status::Stopped, now),
        Some(endpoint) => {
            let is_over = match recovery.what {
                What::Failed => send_failed(&mut tx, services, &mut recovery).await?,
                What::Missing => send_missing(&mut tx, services, &endpoint, &mut recovery).await?,
            };
            if is_over {
                recovery.end(Status::Done, now);
            }
        }
    }
    store::update(&mut tx, &recovery, was).await?;
    tx.commit().await?;
    Ok(recovery.status == Status::Running)
}

impl Recovery {
    fn end(&mut self, status: Status, now: Time) {
        (self.status, self.finished_at) = (status, Some(now));
    }

    /// The events still to be looked at.
    fn range(&self) -> (EventId, EventId) {
        (self.reached_id, EventId::earliest_at(self.until))
    }
}

async fn send_failed(tx: &mut Tx, services: &Services, recovery: &mut Recovery) -> Result<bool> {
    let mut failed =
        deliveries::store::list_failed(tx, recovery.endpoint_id, recovery.range(), AT_ONCE).await?;
    let is_over = (failed.len() as i64) < AT_ONCE;
    if let Some(last) = failed.last() {
        recovery.reached_id = last.event_id;
    }
    recovery.found += failed.len() as i64;
    let when = When::now().priority(Priority::Low);
    waiting::begin_anew(tx, services, &mut failed, Cause::Recovery, &when).await?;
    Ok(is_over)
}

async fn send_missing(
    tx: &mut Tx,
    services: &Services,
    endpoint: &Endpoint,
    recovery: &mut Recovery,
) -> Result<bool> {
    let missing = store::list_missing(tx, endpoint.id, recovery.range(), AT_ONCE).await?;
    let is_over = (missing.len() as i64) < AT_ONCE;
    let mut wanted = Vec::with_capacity(missing.len());
    for event in missing {
        recovery.reached_id = event.id;
        if !events::wants(&endpoint.event_types, &event.kind) {
            continue;
        }
        wanted.push((endpoint.id, event));
    }
    let new = wanted.iter().map(|(endpoint, event)| NewDelivery {
        id: DeliveryId::new(&services.clock),
        endpoint: *endpoint,
        event,
        is_parked: false,
        cause: "recovery",
    });
    let when = When::now().priority(Priority::Low);
    let begun = events::put_on_their_way(tx, &services.clock, new.collect(), &when).await?;
    recovery.found += i64::try_from(begun).unwrap_or(i64::MAX);
    Ok(is_over)
}
