//! What people do with deliveries: send one again, try an endpoint, have what was sent forgotten.

use super::{Cause, Delivery, Status, store, waiting};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CandidateId, DeliveryId, EventId, WebhookEndpointId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::events::{self, Kind, catalogue};
use crate::resources::webhooks;
use crate::services::Services;
use crate::tasks::{Priority, When, enqueue};

/// Sends it again, with all its attempts, whatever became of it.
///
/// # Errors
/// `NotFound`; `Conflict` when the endpoint is disabled, or what was sent is not kept any more.
pub async fn resend(services: &Services, caller: &Caller, id: DeliveryId) -> Result<Delivery> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let delivery = store::get(&mut tx, id).await?;
    webhooks::store::hold_health(&mut tx, delivery.endpoint_id).await?;
    let endpoint = webhooks::store::find(&mut tx, delivery.endpoint_id).await?;
    let endpoint = endpoint.ok_or(Error::NotFound { what: "delivery" })?;
    endpoint.require_enabled()?;
    let delivery = store::get(&mut tx, id).await?;
    if delivery.is_expunged == 1 {
        let detail = "what was sent is not kept any more, so it cannot be sent again".into();
        return Err(Error::Conflict { code: "delivery_expunged", detail });
    }
    let when = When::now().priority(Priority::High);
    let mut one = [delivery];
    waiting::begin_anew(&mut tx, services, &mut one, Cause::Resend, &when).await?;
    let [delivery] = one;
    audit::record(&mut tx, &services.clock, "webhook_delivery.resent", id, Change::none());
    tx.commit().await?;
    Ok(delivery)
}

/// Sends an example of an event, once.
///
/// # Errors
/// `NotFound`; `Conflict` when the endpoint is disabled.
pub async fn test(
    services: &Services,
    caller: &Caller,
    id: WebhookEndpointId,
    kind: Option<Kind>,
) -> Result<Delivery> {
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let endpoint = webhooks::store::get(&mut tx, id).await?;
    endpoint.require_enabled()?;
    let first = endpoint.event_types.first().and_then(|word| Kind::from_word(word));
    let mut example = catalogue::example(kind.or(first).unwrap_or(Kind::CandidateCreated));
    example.id = EventId::new(&services.clock);
    example.timestamp = now;
    example.actor = events::actor(tx.caller());
    let (event_type, subject_id) = (example.kind.clone(), example.subject_id.clone());
    let mut body = serde_json::to_value(&example).map_err(anyhow::Error::new)?;
    body["is_test"] = true.into();
    let delivery = Delivery {
        id: DeliveryId::new(&services.clock),
        endpoint_id: id,
        event_id: example.id,
        event_type,
        subject_id,
        status: Status::Pending,
        reason: None,
        cause: Cause::Test,
        ticket: 1,
        round: 1,
        attempts: 0,
        next_at: None,
        sending_until: None,
        body: Some(body.to_string()),
        parts: None,
        parts_sent: 0,
        candidate_id: None,
        is_test: 1,
        is_expunged: 0,
        created_at: now,
        finished_at: None,
    };
    store::insert_test(&mut tx, &delivery).await?;
    enqueue(&mut tx, &services.clock, &delivery.task(), When::now().priority(Priority::High)).await?;
    let what = Change::noted(serde_json::json!({ "delivery_id": delivery.id }));
    audit::record(&mut tx, &services.clock, "webhook_endpoint.tested", id, what);
    tx.commit().await?;
    Ok(delivery)
}

/// Forgets what was sent and answered. What is still on its way is not sent any more.
///
/// # Errors
/// `NotFound`.
pub async fn expunge(services: &Services, caller: &Caller, id: DeliveryId) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let delivery = store::get(&mut tx, id).await?;
    webhooks::store::hold_health(&mut tx, delivery.endpoint_id).await?;
    let mut delivery = store::get(&mut tx, id).await?;
    if delivery.finished_at.is_none() {
        delivery.status = Status::Cancelled;
        delivery.reason = Some("expunged".into());
        delivery.ticket += 1;
        (delivery.next_at, delivery.sending_until) = (None, None);
        delivery.finished_at = Some(services.clock.now());
        store::update_all(&mut tx, std::slice::from_ref(&delivery)).await?;
    }
    store::expunge(&mut tx, &[id]).await?;
    audit::record(&mut tx, &services.clock, "webhook_delivery.expunged", id, Change::none());
    tx.commit().await
}

/// Erases what is personal of a candidate, and of whoever was merged into them, from what was sent and answered: for whoever
/// erases a person, in that transaction; how many deliveries. What is still on its way is told anew when it is sent.
///
/// # Errors
/// The database's.
pub(crate) async fn erase_candidate(tx: &mut Tx, candidate: CandidateId) -> Result<usize> {
    let about = store::list_about(tx, candidate).await?;
    for some in about.chunks(500) {
        store::expunge(tx, some).await?;
    }
    Ok(about.len())
}
