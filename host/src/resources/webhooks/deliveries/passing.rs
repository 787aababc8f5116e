//! A delivery's way past the endpoint's limits, and out again. Begins one when there is a place for it, parks it otherwise,
//! and lets the next one in when one is done: so what waits costs nobody a worker. All of it holds the endpoint's health,
//! so nodes decide one after the other.

use std::time::Duration;

use chrono::TimeDelta;

use super::{Answer, Attempt, Cause, Delivery, Status, Verdict, store};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CandidateId, DeliveryId, WebhookEndpointId};
use crate::permissions::Permission;
use crate::resources::events::{self, Deliver, Event};
use crate::resources::webhooks::signature::Key;
use crate::resources::webhooks::{
    self, Endpoint, Health, Payload, Transform, actions as endpoints, secrets, subjects,
};
use crate::services::Services;
use crate::tasks::{When, enqueue};
use crate::transforming::Outgoing;

/// A worker waits for its place in the rate no longer than this; what would wait longer is parked.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(1);

/// A delivery under way counts for so much longer than it may take: its node may have died.
const MARGIN: TimeDelta = TimeDelta::seconds(5);

/// A body at most. Receivers are advised to take 20 kB (Standard Webhooks 1.0); those who want full payloads take more.
const MOST_BYTES: usize = 256 << 10;

/// What goes out.
pub struct Parcel {
    pub delivery: DeliveryId,
    pub ticket: i64,
    pub url: String,
    pub headers: std::collections::BTreeMap<String, String>,
    pub keys: Vec<Key>,
    pub event: crate::ids::EventId,
    /// The event.
    pub raw: String,
    /// What is still to be asked before anything is sent.
    pub transform: Option<Transform>,
    /// What is sent, one after the other.
    pub parts: Vec<Outgoing>,
    /// Of those, how many have arrived.
    pub sent: usize,
    /// Between one and the next.
    pub pace: Option<Duration>,
    /// For whoever looks after the endpoint.
    pub note: Option<String>,
    /// Not before.
    pub wait: Duration,
}

/// Takes a place for the delivery; nothing when it is not to be sent now.
///
/// # Errors
/// The database's.
pub async fn begin(services: &Services, caller: &Caller, task: &Deliver) -> Result<Option<Parcel>> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let Some(delivery) = store::find(&mut tx, task.delivery).await? else { return Ok(None) };
    let mut health = webhooks::store::hold_health(&mut tx, delivery.endpoint_id).await?;
    // Read again now that nobody else decides.
    let delivery = store::get(&mut tx, task.delivery).await?;
    if delivery.ticket != task.ticket || delivery.status != Status::Pending {
        return Ok(None);
    }
    let now = services.clock.now();
    let endpoint = webhooks::store::find(&mut tx, delivery.endpoint_id).await?;
    let endpoint = match admit(&mut tx, &delivery, endpoint, &mut health, now).await? {
        Admitted::Now(endpoint) => endpoint,
        Admitted::Not(status, reason) => {
            leave(&mut tx, delivery, status, reason, now).await?;
            tx.commit().await?;
            return Ok(None);
        }
    };
    let deadline = TimeDelta::seconds(i64::try_from(services.config.webhook_timeout_seconds).unwrap_or(15));
    let slot = endpoint.rate_per_second.map_or(now, |rate| health.take_slot(rate, now));
    let ends = slot + deadline + MARGIN;
    if health.open_until.is_some() {
        // It has rested, and this one tries whether it is well; the others wait for what comes of it.
        health.open_until = Some(ends);
    }
    webhooks::store::save_health(&mut tx, endpoint.id, &health).await?;
    let mut sent = delivery.clone();
    sent.sending_until = Some(ends);
    store::update(&mut tx, &sent, delivery.ticket).await?;
    let Some(body) = body_of(&mut tx, services, &endpoint, &delivery).await? else {
        leave(&mut tx, delivery, Status::Cancelled, Some("event_gone"), now).await?;
        tx.commit().await?;
        return Ok(None);
    };
    let kept = delivery.parts.clone().map(|parts| parts.0);
    let transform = endpoint.transform.clone().filter(|_| kept.is_none()).map(|transform| transform.0);
    let parcel = Parcel {
        delivery: delivery.id,
        ticket: delivery.ticket,
        url: endpoint.url.clone(),
        headers: endpoints::open_headers(&mut tx, services, &endpoint).await?,
        keys: secrets::actions::keys(&mut tx, services, endpoint.id).await?,
        event: delivery.event_id,
        parts: match (kept, &transform) {
            (Some(parts), _) => parts,
            (None, Some(_)) => Vec::new(),
            (None, None) => vec![raw(&body)],
        },
        sent: usize::try_from(delivery.parts_sent).unwrap_or_default(),
        raw: body,
        transform,
        pace: endpoint
            .rate_per_second
            .map(|rate| Duration::from_secs(1) / u32::try_from(rate).unwrap_or(1).max(1)),
        note: None,
        wait: (slot - now).to_std().unwrap_or_default(),
    };
    tx.commit().await?;
    Ok(Some(parcel))
}

enum Admitted {
    Now(Box<Endpoint>),
    Not(Status, Option<&'static str>),
}

async fn admit(
    tx: &mut Tx,
    delivery: &Delivery,
    endpoint: Option<Endpoint>,
    health: &mut Health,
    now: Time,
) -> Result<Admitted> {
    let Some(endpoint) = endpoint else {
        return Ok(Admitted::Not(Status::Cancelled, Some("endpoint_deleted")));
    };
    let parked = Admitted::Not(Status::Parked, None);
    let is_test = delivery.is_test == 1;
    match endpoint.status {
        webhooks::Status::Disabled => return Ok(Admitted::Not(Status::Cancelled, Some("endpoint_disabled"))),
        // A test is how one finds out whether it can be active again.
        webhooks::Status::Paused if !is_test => return Ok(parked),
        webhooks::Status::Paused | webhooks::Status::Active => {}
    }
    if !is_test && health.rests(now) {
        return Ok(parked);
    }
    if endpoint.is_ordered == 1 && !is_test && store::has_earlier(tx, delivery).await? {
        return Ok(parked);
    }
    if store::count_sending(tx, endpoint.id, delivery.id, now).await? >= endpoint.max_in_flight {
        return Ok(parked);
    }
    let is_too_fast = health.next_send_at.is_some_and(|next| next - now > LONGEST_WAIT);
    if endpoint.rate_per_second.is_some() && is_too_fast {
        return Ok(parked);
    }
    Ok(Admitted::Now(Box::new(endpoint)))
}

async fn leave(
    tx: &mut Tx,
    mut delivery: Delivery,
    status: Status,
    reason: Option<&'static str>,
    now: Time,
) -> Result<()> {
    delivery.status = status;
    delivery.reason = reason.map(Into::into);
    (delivery.next_at, delivery.sending_until) = (None, None);
    delivery.finished_at = (status != Status::Parked).then_some(now);
    let ticket = delivery.ticket;
    store::update(tx, &delivery, ticket).await.map(drop)
}

/// What is sent: what was sent before, else the event, for a full payload with its subject as it is now.
async fn body_of(
    tx: &mut Tx,
    services: &Services,
    endpoint: &Endpoint,
    delivery: &Delivery,
) -> Result<Option<String>> {
    if let Some(body) = &delivery.body {
        return Ok(Some(body.clone()));
    }
    let Some(event) = events::store::find(tx, delivery.event_id).await? else { return Ok(None) };
    let (body, candidate) = raw_body(tx, services, endpoint, event).await?;
    store::update_body(tx, delivery.id, &body, candidate).await?;
    Ok(Some(body))
}

/// What an endpoint is sent of an event, and whose personal data may be in it.
///
/// # Errors
/// The database's.
pub(crate) async fn raw_body(
    tx: &mut Tx,
    services: &Services,
    endpoint: &Endpoint,
    event: Event,
) -> Result<(String, Option<CandidateId>)> {
    let mut candidate = event.candidate();
    let view = events::wire::EventView::of(event);
    let body = match endpoint.payload {
        Payload::Thin => serde_json::to_string(&view).map_err(anyhow::Error::new)?,
        Payload::Full => {
            let subject = subjects::find(tx, services, &view.subject_id).await?;
            candidate = candidate.or(subject.candidate);
            let full = events::wire::with_subject(&view, subject.shown.into()).to_string();
            if full.len() > MOST_BYTES {
                events::wire::with_subject(&view, events::wire::Beside::TooLarge).to_string()
            } else {
                full
            }
        }
    };
    Ok((body, candidate))
}

/// An event as a request.
pub(crate) fn raw(body: &str) -> Outgoing {
    Outgoing { headers: Vec::new(), content_type: "application/json".into(), body: body.as_bytes().to_vec() }
}

/// Whether a delivery is still where it was.
pub(crate) enum Kept {
    Here,
    /// Somebody began it anew, or had what it sends forgotten.
    Gone,
}

/// Keeps what a transform made of a delivery, and takes the further places in the rate that it needs.
///
/// # Errors
/// The database's.
pub(crate) async fn keep_parts(
    services: &Services,
    caller: &Caller,
    parcel: &Parcel,
    parts: &[Outgoing],
) -> Result<Kept> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let Some(delivery) = store::find(&mut tx, parcel.delivery).await? else { return Ok(Kept::Gone) };
    let mut health = webhooks::store::hold_health(&mut tx, delivery.endpoint_id).await?;
    let delivery = store::get(&mut tx, parcel.delivery).await?;
    let now = services.clock.now();
    if !store::update_parts(&mut tx, parcel.delivery, parcel.ticket, parts).await? {
        if delivery.ticket == parcel.ticket && delivery.status == Status::Pending {
            // What was made of what is forgotten is forgotten, too: from the beginning.
            restart(&mut tx, services, delivery, When::now()).await?;
            tx.commit().await?;
        }
        return Ok(Kept::Gone);
    }
    if let Some(endpoint) = webhooks::store::find(&mut tx, delivery.endpoint_id).await?
        && let Some(rate) = endpoint.rate_per_second
    {
        for _ in 1..parts.len() {
            health.take_slot(rate, now);
        }
        webhooks::store::save_health(&mut tx, endpoint.id, &health).await?;
    }
    tx.commit().await?;
    Ok(Kept::Here)
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
) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let Some(delivery) = store::find(&mut tx, parcel.delivery).await? else { return Ok(()) };
    let health = webhooks::store::hold_health(&mut tx, delivery.endpoint_id).await?;
    let mut delivery = store::get(&mut tx, parcel.delivery).await?;
    let now = services.clock.now();
    let endpoint = delivery.endpoint_id;
    if delivery.ticket == parcel.ticket {
        delivery.status = Status::Dropped;
        delivery.reason = Some(reason.to_owned());
        (delivery.next_at, delivery.sending_until) = (None, None);
        delivery.finished_at = Some(now);
        store::update(&mut tx, &delivery, parcel.ticket).await?;
    }
    if let Some(endpoint) = webhooks::store::find(&mut tx, endpoint).await? {
        let_in(&mut tx, services, &endpoint, &health, now).await?;
    }
    tx.commit().await
}

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

/// Writes down what came of an attempt, decides what becomes of the delivery and of the endpoint, and lets others in.
///
/// # Errors
/// The database's: then the attempt is made again.
pub async fn finish(services: &Services, caller: &Caller, parcel: &Parcel, done: Attempted) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let Some(delivery) = store::find(&mut tx, parcel.delivery).await? else { return Ok(()) };
    let mut health = webhooks::store::hold_health(&mut tx, delivery.endpoint_id).await?;
    let delivery = store::get(&mut tx, parcel.delivery).await?;
    let now = services.clock.now();
    store::insert_attempt(&mut tx, &done.record(services, &delivery)).await?;
    let endpoint = webhooks::store::find(&mut tx, delivery.endpoint_id).await?;
    let is_test = delivery.is_test == 1;
    // A test says nothing about how the endpoint does; but a success is one.
    let must_stop = if done.answer.is_success() {
        health.succeed(now);
        None
    } else if is_test || !done.answer.is_receivers() {
        None
    } else if health.fail(&done.answer, now) {
        Some("failing")
    } else {
        done.answer.is_gone().then_some("gone")
    };
    webhooks::store::save_health(&mut tx, delivery.endpoint_id, &health).await?;
    // It was begun anew meanwhile: that round decides.
    if delivery.ticket == parcel.ticket {
        settle(&mut tx, services, delivery.clone(), &done, now).await?;
    }
    let Some(mut endpoint) = endpoint else { return tx.commit().await };
    match must_stop {
        Some(reason) => endpoints::disable(&mut tx, services, &mut endpoint, reason, now).await?,
        None => let_in(&mut tx, services, &endpoint, &health, now).await.map(drop)?,
    }
    tx.commit().await
}

async fn settle(
    tx: &mut Tx,
    services: &Services,
    mut delivery: Delivery,
    done: &Attempted,
    now: Time,
) -> Result<()> {
    let ticket = delivery.ticket;
    delivery.attempts += 1;
    delivery.parts_sent = i64::try_from(done.sent).unwrap_or(i64::MAX);
    (delivery.sending_until, delivery.next_at) = (None, None);
    match done.answer.verdict(delivery.attempts, rand::random::<f64>() * 2.0 - 1.0) {
        Verdict::Delivered => {
            delivery.status = Status::Delivered;
            delivery.reason = None;
            delivery.finished_at = Some(now);
        }
        Verdict::Failed(reason) => {
            delivery.status = Status::Failed;
            delivery.reason = Some(reason.into());
            delivery.finished_at = Some(now);
        }
        // Somebody waits for what comes of a test.
        Verdict::Again(_) if delivery.is_test == 1 => {
            delivery.status = Status::Failed;
            delivery.reason = Some("test".into());
            delivery.finished_at = Some(now);
        }
        Verdict::Again(delay) => {
            let at = now + delay;
            delivery.next_at = Some(at);
            delivery.ticket += 1;
            let task = Deliver { delivery: delivery.id, ticket: delivery.ticket };
            enqueue(tx, &services.clock, &task, When::at(at)).await?;
        }
    }
    store::update(tx, &delivery, ticket).await.map(drop)
}

/// Gives those that wait the places there are; how many. One whose turn it is not goes back to waiting.
///
/// # Errors
/// The database's.
pub(crate) async fn let_in(
    tx: &mut Tx,
    services: &Services,
    endpoint: &Endpoint,
    health: &Health,
    now: Time,
) -> Result<usize> {
    if endpoint.status != webhooks::Status::Active || health.rests(now) {
        return Ok(0);
    }
    let under_way =
        store::count_sending(tx, endpoint.id, DeliveryId::from_uuid(uuid::Uuid::nil()), now).await?;
    let mut places = (endpoint.max_in_flight - under_way).max(0);
    // One tries whether it is well again; at a set rate each that is done makes room for one.
    if health.open_until.is_some() || endpoint.rate_per_second.is_some() {
        places = places.min(1);
    }
    if places == 0 {
        return Ok(0);
    }
    let parked = store::list_parked(tx, endpoint.id, endpoint.is_ordered, places).await?;
    let count = parked.len();
    for delivery in parked {
        restart(tx, services, delivery, When::now()).await?;
    }
    Ok(count)
}

/// Makes it pending again, with a task of its own.
///
/// # Errors
/// The database's.
pub(crate) async fn restart(
    tx: &mut Tx,
    services: &Services,
    mut delivery: Delivery,
    when: When,
) -> Result<Delivery> {
    let ticket = delivery.ticket;
    delivery.status = Status::Pending;
    delivery.ticket += 1;
    delivery.reason = None;
    (delivery.next_at, delivery.sending_until, delivery.finished_at) = (None, None, None);
    if !store::update(tx, &delivery, ticket).await? {
        return Err(crate::error::Error::changed());
    }
    let task = Deliver { delivery: delivery.id, ticket: delivery.ticket };
    enqueue(tx, &services.clock, &task, when).await?;
    Ok(delivery)
}

/// The same from the beginning: with all its attempts.
///
/// # Errors
/// The database's.
pub(crate) async fn begin_anew(
    tx: &mut Tx,
    services: &Services,
    mut delivery: Delivery,
    cause: Cause,
    when: When,
) -> Result<Delivery> {
    delivery.cause = cause;
    delivery.round += 1;
    (delivery.attempts, delivery.parts_sent) = (0, 0);
    restart(tx, services, delivery, when).await
}

/// Lets in what waits for the endpoint; how many.
///
/// # Errors
/// The database's.
pub async fn release(services: &Services, caller: &Caller, id: WebhookEndpointId) -> Result<usize> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let health = webhooks::store::hold_health(&mut tx, id).await?;
    let now = services.clock.now();
    let released = match webhooks::store::find(&mut tx, id).await? {
        Some(endpoint) if endpoint.status == webhooks::Status::Disabled => {
            store::cancel_parked(&mut tx, id, "endpoint_disabled", now).await?;
            0
        }
        Some(endpoint) => let_in(&mut tx, services, &endpoint, &health, now).await?,
        None => {
            store::cancel_parked(&mut tx, id, "endpoint_deleted", now).await?;
            0
        }
    };
    tx.commit().await?;
    Ok(released)
}

/// A task that will not run any more leaves its delivery waiting, so that it is found again.
///
/// # Errors
/// The database's.
pub async fn give_up(services: &Services, caller: &Caller, task: &Deliver) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let found = store::find(&mut tx, task.delivery).await?;
    if let Some(delivery) = found.filter(|d| d.ticket == task.ticket && d.status == Status::Pending) {
        leave(&mut tx, delivery, Status::Parked, None, services.clock.now()).await?;
    }
    tx.commit().await
}

impl Attempted {
    fn record(&self, services: &Services, delivery: &Delivery) -> Attempt {
        let (outcome, status_code) = match &self.answer {
            Answer::Status { code, .. } if self.answer.is_success() => ("delivered", Some(*code)),
            Answer::Status { code, .. } => ("bad_status", Some(*code)),
            Answer::None { code } => (*code, None),
        };
        Attempt {
            id: crate::ids::AttemptId::new(&services.clock),
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
