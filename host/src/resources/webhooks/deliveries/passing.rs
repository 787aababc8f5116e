//! A delivery's way past the endpoint's limits: begins those there is a place for and parks the others, so that what waits costs
//! nobody a worker. All of it holds the endpoint's health, so nodes decide one after the other; a node decides at once about
//! all that ask at the same time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::store::Body;
use super::waiting::{back_up, restart};
use super::{Delivery, Status, store};
use crate::batches::Batches;
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CandidateId, DeliveryId, EventId, TenantId, WebhookEndpointId};
use crate::permissions::Permission;
use crate::resources::events::{self, Deliver, Event};
use crate::resources::plugins::rollouts::Beside;
use crate::resources::webhooks::signature::Key;
use crate::resources::webhooks::transforms::shadows;
use crate::resources::webhooks::{
    self, Endpoint, Health, Payload, Transform, actions as endpoints, secrets, subjects,
};
use crate::services::Services;
use crate::tasks::When;
use crate::transforming::Outgoing;

/// A worker waits for its place in the rate no longer than this; what would wait longer is parked.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(1);

/// An endpoint whose places are all taken has nobody answered for so long: what comes then is not even tried.
const UNANSWERED: TimeDelta = TimeDelta::seconds(1);

/// A delivery under way counts for so much longer than it may take: its node may have died.
const MARGIN: TimeDelta = TimeDelta::seconds(5);

/// A body at most. Receivers are advised to take 20 kB (Standard Webhooks 1.0); those who want full payloads take more.
const MOST_BYTES: usize = 256 << 10;

/// What goes out.
pub struct Parcel {
    pub delivery: DeliveryId,
    pub ticket: i64,
    pub to: Arc<Receiver>,
    pub event: EventId,
    /// The event.
    pub raw: String,
    /// What is still to be asked before anything is sent.
    pub transform: Option<Transform>,
    /// What is sent, one after the other.
    pub parts: Vec<Outgoing>,
    /// Of those, how many have arrived.
    pub sent: usize,
    /// For whoever looks after the endpoint.
    pub note: Option<String>,
    /// Not before.
    pub wait: Duration,
}

/// Where it goes.
pub struct Receiver {
    pub endpoint: WebhookEndpointId,
    pub url: String,
    pub headers: BTreeMap<String, String>,
    pub keys: Vec<Key>,
    /// Between one part and the next.
    pub pace: Option<Duration>,
}

/// Those that ask for a place, by the endpoint they ask at.
type Beginning = Batches<(TenantId, WebhookEndpointId), Deliver, Option<Parcel>>;

/// Takes a place for the delivery; nothing when it is not to be sent now.
///
/// # Errors
/// The database's.
pub async fn begin(services: &Services, caller: &Caller, task: Deliver) -> Result<Option<Parcel>> {
    let endpoint = task.endpoint;
    let begin = |tasks| begin_all(services, caller, endpoint, tasks);
    services.memory.of::<Beginning>().join(&(caller.tenant, endpoint), task, begin).await
}

async fn begin_all(
    services: &Services,
    caller: &Caller,
    id: WebhookEndpointId,
    tasks: Vec<Arc<Deliver>>,
) -> Result<Vec<Option<Parcel>>> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let mut health = webhooks::store::hold_health(&mut tx, id).await?;
    let before = health.clone();
    // Read now that nobody else decides.
    let ids: Vec<_> = tasks.iter().map(|task| task.delivery).collect();
    let found = store::hold_all(&mut tx, &ids).await?;
    let current = tasks.iter().map(|task| {
        let delivery = found.get(&task.delivery).filter(|delivery| delivery.is_due(task.ticket));
        delivery.cloned()
    });
    let current: Vec<_> = current.collect();
    let endpoint = webhooks::store::find(&mut tx, id).await?;
    let now = services.clock.now();
    let mut gate = Gate::at(&mut tx, services, endpoint, current.iter().flatten(), now).await?;
    let (mut places, mut saved) = (Vec::with_capacity(current.len()), Vec::with_capacity(current.len()));
    for delivery in current {
        let Some(mut delivery) = delivery else {
            places.push(None);
            continue;
        };
        match gate.admit(&mut tx, &delivery, &mut health).await? {
            Admitted::At { slot, until } => {
                delivery.sending_until = Some(until);
                saved.push(delivery.clone());
                places.push(Some((delivery, slot)));
            }
            Admitted::Not(status, reason) => {
                saved.push(left(delivery, status, reason, now));
                places.push(None);
            }
        }
    }
    if health != before {
        webhooks::store::save_health(&mut tx, id, &health).await?;
    }
    let packed = match &gate.endpoint {
        Some(endpoint) if places.iter().any(Option::is_some) => {
            pack(&mut tx, services, endpoint, places, now).await?
        }
        _ => Packed { parcels: places.iter().map(|_| None).collect(), ..Packed::default() },
    };
    saved.retain(|delivery| packed.gone.iter().all(|gone| gone.id != delivery.id));
    saved.extend(packed.gone);
    store::update_with_bodies(&mut tx, &saved, &packed.bodies).await?;
    tx.commit().await?;
    if gate.is_backed_up {
        back_up(services, caller, id).await?;
    }
    Ok(packed.parcels)
}

/// What stands between a delivery and its endpoint.
struct Gate {
    endpoint: Option<Endpoint>,
    /// Deliveries of others under way, with those that were let through.
    under_way: i64,
    deadline: TimeDelta,
    now: Time,
    /// Found so just now, and not to be found out again for each that comes.
    is_backed_up: bool,
}

enum Admitted {
    /// It goes out at `slot`, and counts as under way until it is done, or for so long.
    At {
        slot: Time,
        until: Time,
    },
    Not(Status, Option<&'static str>),
}

impl Gate {
    /// For these deliveries, which do not count as under way themselves.
    async fn at(
        tx: &mut Tx,
        services: &Services,
        endpoint: Option<Endpoint>,
        deliveries: impl Iterator<Item = &Delivery>,
        now: Time,
    ) -> Result<Self> {
        let all = match &endpoint {
            Some(endpoint) => store::count_sending(tx, endpoint.id, now).await?,
            None => 0,
        };
        let own =
            deliveries.filter(|delivery| delivery.sending_until.is_some_and(|until| until > now)).count();
        let under_way = all - i64::try_from(own).unwrap_or(i64::MAX);
        let seconds = i64::try_from(services.config.webhook_timeout_seconds).unwrap_or(15);
        let deadline = TimeDelta::seconds(seconds);
        Ok(Self { endpoint, under_way, deadline, now, is_backed_up: false })
    }

    async fn admit(&mut self, tx: &mut Tx, delivery: &Delivery, health: &mut Health) -> Result<Admitted> {
        let now = self.now;
        let Some(endpoint) = &self.endpoint else {
            return Ok(Admitted::Not(Status::Cancelled, Some("endpoint_deleted")));
        };
        let parked = Admitted::Not(Status::Parked, None);
        let is_test = delivery.is_test == 1;
        match endpoint.status {
            webhooks::Status::Disabled => {
                return Ok(Admitted::Not(Status::Cancelled, Some("endpoint_disabled")));
            }
            // A test is how one finds out whether it can be active again.
            webhooks::Status::Paused if !is_test => return Ok(parked),
            webhooks::Status::Paused | webhooks::Status::Active => {}
        }
        let was_backed_up = endpoint.backed_up_since.is_some();
        if !is_test && health.rests(now) {
            self.is_backed_up |= !was_backed_up;
            return Ok(parked);
        }
        if endpoint.is_ordered == 1 && !is_test && store::has_earlier(tx, delivery).await? {
            return Ok(parked);
        }
        if self.under_way >= endpoint.max_in_flight {
            let is_silent = health.last_success_at.is_none_or(|last| now - last > UNANSWERED);
            self.is_backed_up |= is_silent && !was_backed_up;
            return Ok(parked);
        }
        let is_too_fast = health.next_send_at.is_some_and(|next| next - now > LONGEST_WAIT);
        if endpoint.rate_per_second.is_some() && is_too_fast {
            return Ok(parked);
        }
        let slot = endpoint.rate_per_second.map_or(now, |rate| health.take_slot(rate, now));
        let until = slot + self.deadline + MARGIN;
        if health.open_until.is_some() {
            // It has rested, and this one tries whether it is well; the others wait for what comes of it.
            health.open_until = Some(until);
        }
        self.under_way += 1;
        Ok(Admitted::At { slot, until })
    }
}

/// A delivery that is not sent now.
pub(super) fn left(
    mut delivery: Delivery,
    status: Status,
    reason: Option<&'static str>,
    now: Time,
) -> Delivery {
    delivery.status = status;
    delivery.reason = reason.map(Into::into);
    (delivery.next_at, delivery.sending_until) = (None, None);
    delivery.finished_at = (status != Status::Parked).then_some(now);
    delivery
}

/// What becomes of deliveries that were let through.
#[derive(Default)]
struct Packed {
    parcels: Vec<Option<Parcel>>,
    bodies: HashMap<DeliveryId, Body>,
    /// Of events that are there no more.
    gone: Vec<Delivery>,
}

/// What goes out at each place. The deliveries' rows are held, so that whoever erases a person comes before or after, not
/// between.
async fn pack(
    tx: &mut Tx,
    services: &Services,
    endpoint: &Endpoint,
    places: Vec<Option<(Delivery, Time)>>,
    now: Time,
) -> Result<Packed> {
    let to = Arc::new(Receiver {
        endpoint: endpoint.id,
        url: endpoint.url.clone(),
        headers: endpoints::open_headers(tx, services, endpoint).await?,
        keys: secrets::actions::keys(tx, services, endpoint.id).await?,
        pace: endpoint
            .rate_per_second
            .map(|rate| Duration::from_secs(1) / u32::try_from(rate).unwrap_or(1).max(1)),
    });
    let without = places.iter().flatten().filter(|(delivery, _)| delivery.body.is_none());
    let events: Vec<_> = without.map(|(delivery, _)| delivery.event_id).collect();
    let mut events: HashMap<EventId, Event> = events::store::find_all(tx, &events).await?;
    let (mut parcels, mut bodies, mut gone) = (Vec::with_capacity(places.len()), HashMap::new(), Vec::new());
    for place in places {
        let Some((mut delivery, slot)) = place else {
            parcels.push(None);
            continue;
        };
        // What was sent before, else the event, for a full payload with its subject as it is now.
        let body = match (delivery.body.take(), events.remove(&delivery.event_id)) {
            (Some(body), _) => body,
            (None, Some(event)) => {
                let (body, candidate) = raw_body(tx, services, endpoint.payload, event).await?;
                bodies.insert(delivery.id, Body { text: body.clone(), candidate });
                body
            }
            (None, None) => {
                gone.push(left(delivery, Status::Cancelled, Some("event_gone"), now));
                parcels.push(None);
                continue;
            }
        };
        let kept = delivery.parts.take().map(|parts| parts.0);
        let transform = endpoint.transform.clone().filter(|_| kept.is_none()).map(|transform| transform.0);
        parcels.push(Some(Parcel {
            delivery: delivery.id,
            ticket: delivery.ticket,
            to: to.clone(),
            event: delivery.event_id,
            parts: match (kept, &transform) {
                (Some(parts), _) => parts,
                (None, Some(_)) => Vec::new(),
                (None, None) => vec![raw(&body)],
            },
            sent: usize::try_from(delivery.parts_sent).unwrap_or_default(),
            raw: body,
            transform,
            note: None,
            wait: (slot - now).to_std().unwrap_or_default(),
        }));
    }
    Ok(Packed { parcels, bodies, gone })
}

/// What an endpoint is sent of an event, and whose personal data may be in it.
///
/// # Errors
/// The database's.
pub(crate) async fn raw_body(
    tx: &mut Tx,
    services: &Services,
    payload: Payload,
    event: Event,
) -> Result<(String, Option<CandidateId>)> {
    let mut candidate = event.candidate();
    let view = events::wire::EventView::of(event);
    let body = match payload {
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
    beside: Option<Beside>,
) -> Result<Kept> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let mut health = webhooks::store::hold_health(&mut tx, parcel.to.endpoint).await?;
    let Some(delivery) = store::find(&mut tx, parcel.delivery).await? else { return Ok(Kept::Gone) };
    let now = services.clock.now();
    if !store::update_parts(&mut tx, parcel.delivery, parcel.ticket, parts).await? {
        if delivery.ticket == parcel.ticket && delivery.status == Status::Pending {
            // What was made of what is forgotten is forgotten, too: from the beginning.
            restart(&mut tx, services, &mut [delivery], &When::now()).await?;
            tx.commit().await?;
        }
        return Ok(Kept::Gone);
    }
    if let Some(endpoint) = webhooks::store::find(&mut tx, parcel.to.endpoint).await?
        && let Some(rate) = endpoint.rate_per_second
    {
        for _ in 1..parts.len() {
            health.take_slot(rate, now);
        }
        webhooks::store::save_health(&mut tx, endpoint.id, &health).await?;
    }
    shadows::enqueue(&mut tx, services, parcel.delivery, beside).await?;
    tx.commit().await?;
    Ok(Kept::Here)
}
