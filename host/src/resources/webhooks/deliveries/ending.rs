//! What comes of an attempt: for the delivery, for its endpoint, and for those that wait for its place.

use std::sync::Arc;
use std::time::Duration;

use super::passing::{Parcel, left};
use super::waiting::{Then, let_in, release};
use super::{Answer, Attempt, Delivery, Status, Verdict, store};
use crate::batches::Batches;
use crate::caller::Caller;
use crate::clock::Time;
use crate::error::Result;
use crate::ids::{AttemptId, DeliveryId, TenantId, WebhookEndpointId};
use crate::permissions::Permission;
use crate::resources::plugins::rollouts::Beside;
use crate::resources::webhooks::transforms::shadows;
use crate::resources::webhooks::{self, actions as endpoints};
use crate::services::Services;
use crate::tasks::{When, enqueue_all};

/// What an attempt was like.
pub struct Attempted {
    pub started_at: Time,
    pub duration: Duration,
    pub answer: Answer,
    /// For whoever looks after the endpoint.
    pub detail: Option<String>,
    pub response: Option<String>,
    /// Parts that have arrived, those before it, too.
    pub sent: usize,
}

/// An attempt that is over.
struct Ended {
    delivery: DeliveryId,
    ticket: i64,
    done: Attempted,
}

/// Those whose end is to be written, by their endpoint.
type Ending = Batches<(TenantId, WebhookEndpointId), Ended, ()>;

/// Writes down what came of an attempt, decides what becomes of the delivery and of the endpoint, and lets others in.
///
/// # Errors
/// The database's: then the attempt is made again.
pub async fn finish(services: &Services, caller: &Caller, parcel: &Parcel, done: Attempted) -> Result<()> {
    let endpoint = parcel.to.endpoint;
    let ended = Ended { delivery: parcel.delivery, ticket: parcel.ticket, done };
    let finish = |ended| finish_all(services, caller, endpoint, ended);
    services.memory.of::<Ending>().join(&(caller.tenant, endpoint), ended, finish).await
}

async fn finish_all(
    services: &Services,
    caller: &Caller,
    id: WebhookEndpointId,
    ended: Vec<Arc<Ended>>,
) -> Result<Vec<()>> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let mut health = webhooks::store::hold_health(&mut tx, id).await?;
    let ids: Vec<_> = ended.iter().map(|one| one.delivery).collect();
    let mut found = store::hold_all(&mut tx, &ids).await?;
    let now = services.clock.now();
    let (mut attempts, mut again) = (Vec::with_capacity(ended.len()), Vec::new());
    let mut must_stop = None;
    for Ended { delivery, ticket, done } in ended.iter().map(AsRef::as_ref) {
        // It may have been forgotten meanwhile.
        let Some(delivery) = found.get_mut(delivery) else { continue };
        attempts.push(done.record(services, delivery));
        let is_test = delivery.is_test == 1;
        // A test says nothing about how the endpoint does; but a success is one.
        if done.answer.is_success() {
            health.succeed(now);
            must_stop = must_stop.filter(|reason| *reason != "failing");
        } else if !is_test && done.answer.is_receivers() {
            if health.fail(&done.answer, now) {
                must_stop = Some("failing");
            } else if done.answer.is_gone() {
                must_stop = Some("gone");
            }
        }
        if delivery.is_due(*ticket) {
            settle(delivery, done, now);
            again.extend(delivery.next_at.map(|at| (delivery.task(), When::at(at))));
        }
    }
    let saved: Vec<_> = found.into_values().collect();
    store::add_attempts(&mut tx, &attempts);
    webhooks::store::save_health(&mut tx, id, &health).await?;
    store::update_all(&mut tx, &saved).await?;
    enqueue_all(&mut tx, &services.clock, again).await?;
    let mut then = Then::Nothing;
    if let Some(mut endpoint) = webhooks::store::find(&mut tx, id).await? {
        match must_stop {
            Some(reason) => endpoints::disable(&mut tx, services, &mut endpoint, reason, now).await?,
            None => then = let_in(&mut tx, services, &endpoint, &health, ended.len(), now).await?,
        }
    }
    tx.commit().await?;
    if then == Then::Release {
        release(services, caller, id).await?;
    }
    Ok(vec![(); ended.len()])
}

/// Decides what becomes of a delivery; one that is tried again says when.
fn settle(delivery: &mut Delivery, done: &Attempted, now: Time) {
    delivery.attempts += 1;
    delivery.parts_sent = i64::try_from(done.sent).unwrap_or(i64::MAX);
    (delivery.sending_until, delivery.next_at) = (None, None);
    let (status, reason) = match done.answer.verdict(delivery.attempts, rand::random::<f64>() * 2.0 - 1.0) {
        Verdict::Delivered => (Status::Delivered, None),
        Verdict::Failed(reason) => (Status::Failed, Some(reason)),
        // Somebody waits for what comes of a test.
        Verdict::Again(_) if delivery.is_test == 1 => (Status::Failed, Some("test")),
        Verdict::Again(delay) => {
            delivery.next_at = Some(now + delay);
            delivery.ticket += 1;
            return;
        }
    };
    delivery.status = status;
    delivery.reason = reason.map(Into::into);
    delivery.finished_at = Some(now);
}

/// Ends a delivery of which nothing is sent, and lets others in.
///
/// # Errors
/// The database's: then it is asked again.
pub(crate) async fn let_go(
    services: &Services,
    caller: &Caller,
    parcel: &Parcel,
    reason: &str,
    beside: Option<Beside>,
) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let health = webhooks::store::hold_health(&mut tx, parcel.to.endpoint).await?;
    let now = services.clock.now();
    let found = store::find(&mut tx, parcel.delivery).await?;
    if let Some(delivery) = found.filter(|delivery| delivery.ticket == parcel.ticket) {
        let mut dropped = left(delivery, Status::Dropped, None, now);
        dropped.reason = Some(reason.to_owned());
        store::update_all(&mut tx, &[dropped]).await?;
        shadows::enqueue(&mut tx, services, parcel.delivery, beside).await?;
    }
    let then = match webhooks::store::find(&mut tx, parcel.to.endpoint).await? {
        Some(endpoint) => let_in(&mut tx, services, &endpoint, &health, 1, now).await?,
        None => Then::Nothing,
    };
    tx.commit().await?;
    match then {
        Then::Nothing => Ok(()),
        Then::Release => release(services, caller, parcel.to.endpoint).await,
    }
}

impl Attempted {
    fn record(&self, services: &Services, delivery: &Delivery) -> Attempt {
        let (outcome, status_code) = match &self.answer {
            Answer::Status { code, .. } if self.answer.is_success() => ("delivered", Some(*code)),
            Answer::Status { code, .. } => ("bad_status", Some(*code)),
            Answer::None { code } => (*code, None),
        };
        Attempt {
            id: AttemptId::new(&services.clock),
            delivery_id: delivery.id,
            number: delivery.attempts + 1,
            cause: delivery.cause,
            outcome: outcome.into(),
            status_code: status_code.map(i64::from),
            detail: self.detail.clone(),
            response: self.response.clone(),
            duration_ms: i64::try_from(self.duration.as_millis()).unwrap_or(i64::MAX),
            started_at: self.started_at,
        }
    }
}
