//! Has a shadow reshape what was reshaped: once what is sent is kept, in a task of its own, as a trial.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Transform;
use super::actions::{accept, outgoing};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::hooks::{Call, Ran};
use crate::ids::{DeliveryId, RunId};
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::plugin_shadow_runs::actions::{self as shadow_runs, Occasion};
use crate::resources::plugins::rollouts::Beside;
use crate::resources::webhooks::deliveries::{self, Delivery, Status};
use crate::resources::webhooks::store;
use crate::services::Services;
use crate::tasks::{Attempt, Queue, Stop, Task, When, enqueue as enqueue_task};
use crate::transforming::{Decision, Outgoing};

/// What was made of one delivery.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShadowTransform {
    pub delivery: DeliveryId,
    pub beside: Beside,
}

/// What is kept is compared in a task of its own, which nobody waits for.
///
/// # Errors
/// The database's.
pub(crate) async fn enqueue(
    tx: &mut Tx,
    services: &Services,
    delivery: DeliveryId,
    beside: Option<Beside>,
) -> Result<()> {
    let Some(beside) = beside else { return Ok(()) };
    enqueue_task(tx, &services.clock, &ShadowTransform { delivery, beside }, When::now()).await?;
    Ok(())
}

impl Task for ShadowTransform {
    const KIND: &'static str = "webhooks.shadow";
    const QUEUE: Queue = Queue::Shadow;
    const MAX_ATTEMPTS: u32 = 3;
    /// Longer than a transform may take.
    const TIMEOUT: Duration = Duration::from_secs(30);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let Some(handle) = shadow_runs::take(services, &caller, &self.beside).await? else { return Ok(()) };
        let Some((delivery, transform)) = self.asked(services, &caller).await? else { return Ok(()) };
        // The endpoint may have another transform by now.
        if transform.plugin != handle.plugin.id {
            return Ok(());
        }
        let (Some(raw), Some(kept)) = (&delivery.body, kept_answer(&delivery)) else { return Ok(()) };
        let invocation = RunId::new(&services.clock).uuid();
        let call = Call { tenant: caller.tenant, invocation, dry_run: true };
        let settings = Arc::new(transform.config);
        let mut ran = services.hooks.transform(&handle.plugin, call, settings, outgoing(raw)?).await;
        ran.drop_nulls();
        shadow_runs::require_asked(&ran)?;
        let result = ran.result.and_then(accept).map(|decision| match decision {
            Decision::Deliver(parts) => sent(&parts),
            Decision::Drop(_) => dropped(),
        });
        let mut tx = services.db.begin(&caller, Permission::WebhookWrite).await?;
        let occasion = Occasion { attempt, beside: self.beside, subject: self.delivery.to_string() };
        let ran = Ran { result, record: ran.record };
        shadow_runs::record(&mut tx, services, &handle, occasion, &kept, ran).await?;
        Ok(tx.commit().await?)
    }
}

impl ShadowTransform {
    /// The delivery and its endpoint's transform, if both are still there.
    async fn asked(&self, services: &Services, caller: &Caller) -> Result<Option<(Delivery, Transform)>> {
        let mut tx = services.db.read(caller, Permission::WebhookRead).await?;
        let Some(delivery) = deliveries::store::find(&mut tx, self.delivery).await? else { return Ok(None) };
        let endpoint = store::find(&mut tx, delivery.endpoint_id).await?;
        tx.commit().await?;
        let transform = endpoint.and_then(|endpoint| endpoint.transform).map(|transform| transform.0);
        Ok(transform.map(|transform| (delivery, transform)))
    }
}

/// What was kept of a delivery, in the shape answers are compared in; nothing when it is not kept any more.
fn kept_answer(delivery: &Delivery) -> Option<Value> {
    match (&delivery.parts, delivery.status) {
        (_, Status::Dropped) => Some(dropped()),
        (Some(parts), _) => Some(sent(&parts.0)),
        (None, _) => None,
    }
}

fn dropped() -> Value {
    json!({ "is_dropped": true, "requests": [] })
}

/// Headers and body as texts, so that nothing is named in them that is inside of them: an event's fields and the names of
/// headers are whatever a tenant makes of them.
fn sent(parts: &[Outgoing]) -> Value {
    let request = |part: &Outgoing| {
        let headers = format!("{:?}", part.headers);
        let body = match serde_json::from_slice::<Value>(&part.body) {
            Ok(body) => body.to_string(),
            Err(_) => crate::digest::sha256_hex(&part.body),
        };
        json!({ "content_type": part.content_type, "headers": headers, "body": body })
    };
    json!({ "is_dropped": false, "requests": parts.iter().map(request).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{dropped, sent};
    use crate::resources::plugins::comparison::compare;
    use crate::transforming::Outgoing;

    fn part(body: &str, header: &str) -> Outgoing {
        let headers = vec![("x-name".into(), header.into())];
        Outgoing { headers, content_type: "application/json".into(), body: body.into() }
    }

    #[test]
    fn requests_are_compared_and_what_is_in_them_is_not_named() {
        let before = sent(&[part(r#"{"a":1,"b":2}"#, "x"), part("no JSON", "x")]);
        let pointers = |after| {
            let found = compare(&before, &after);
            found.into_iter().map(|one| one.pointer).collect::<Vec<_>>()
        };
        assert_eq!(pointers(sent(&[part(r#"{ "b": 2, "a": 1 }"#, "x"), part("no JSON", "x")])), [""; 0]);
        assert_eq!(
            pointers(sent(&[part(r#"{"Ada Lovelace":1}"#, "y"), part("no json", "x")])),
            ["/requests/0/body", "/requests/0/headers", "/requests/1/body"]
        );
        assert_eq!(pointers(dropped()), ["/is_dropped", "/requests/0", "/requests/1"]);
        assert_eq!(before["is_dropped"], json!(false));
    }
}
