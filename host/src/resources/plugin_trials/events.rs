//! Tries transforms on events: each is given what it would be given now, as one endpoint is sent it or as a thin payload. Nothing
//! is sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::naming::Told;
use super::tasks::{Bench, counted};
use super::{Cost, Found, Report};
use crate::digest::sha256_hex;
use crate::error::Result;
use crate::hooks::{Failure, Kind, PluginRef};
use crate::ids::EventId;
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::events;
use crate::resources::plugins::comparison::compare;
use crate::resources::webhooks::Payload;
use crate::resources::webhooks::deliveries::passing;
use crate::resources::webhooks::transforms::actions::{accept, outgoing};
use crate::scoring::Settings;
use crate::tasks::Stop;
use crate::transforming::{Decision, Outgoing, OutgoingEvent};

impl Bench<'_> {
    pub(super) async fn try_event(&self, id: EventId, report: &mut Report) -> Result<Found, Stop> {
        let Some(raw) = self.raw(id).await? else { return Ok(Found::skipped()) };
        let event = outgoing(&raw)?;
        // The rest of an event never says anything about anybody.
        let told = event.payload.get("subject").map(Told::by).unwrap_or_default();
        let usual = self.services.hooks.named(Kind::WebhookTransform, &self.candidate.plugin.id);
        let now = match self.plugin_now(usual.map(|(plugin, _)| plugin)) {
            Some(plugin) => self.transformed(&plugin, event.clone(), &mut report.baseline_cost).await?.ok(),
            // Where no version is in use, an event goes out as it is.
            None => Some(Decision::Deliver(vec![passing::raw(&raw)])),
        };
        let later = self.transformed(&self.candidate.plugin, event, &mut report.cost).await?;
        Ok(match later {
            Err(failure) => Found::failed(failure.code),
            Ok(later) => {
                // Where what is in use fails, everything is new.
                let now = now.map_or_else(|| json!({}), |decision| shape(decision, &told));
                Found::of(compare(&now, &shape(later, &told)))
            }
        })
    }

    /// What would be sent of an event without a transform. Nothing when it is gone.
    async fn raw(&self, id: EventId) -> Result<Option<String>> {
        let mut tx = self.services.db.read(self.caller, Permission::EventRead).await?;
        let Some(event) = events::store::find(&mut tx, id).await? else { return Ok(None) };
        let payload = self.endpoint.as_ref().map_or(Payload::Thin, |endpoint| endpoint.payload);
        let (raw, _) = passing::raw_body(&mut tx, self.services, payload, event).await?;
        tx.commit().await?;
        Ok(Some(raw))
    }

    /// What the endpoint lays over the plugin's settings, if it is reshaped by this plugin.
    fn laid_over(&self) -> Settings {
        let transform = self.endpoint.as_ref().and_then(|endpoint| endpoint.transform.as_ref());
        let of_this = transform.filter(|transform| transform.plugin == self.candidate.plugin.id);
        of_this.map(|transform| transform.config.clone()).unwrap_or_default()
    }

    async fn transformed(
        &self,
        plugin: &PluginRef,
        event: OutgoingEvent,
        cost: &mut Cost,
    ) -> Result<Result<Decision, Failure>, Stop> {
        let settings = Arc::new(self.laid_over());
        let mut ran = self.services.hooks.transform(plugin, self.call(), settings, event).await;
        ran.drop_nulls();
        Ok(counted(ran, cost)?.and_then(accept))
    }
}

/// A decision as it is compared: request by request, and in each field by field.
fn shape(decision: Decision, told: &Told) -> Value {
    match decision {
        Decision::Drop(reason) => json!({ "is_dropped": true, "drop_reason": reason, "requests": [] }),
        Decision::Deliver(parts) => {
            let requests: Vec<_> = parts.into_iter().map(|part| request(part, told)).collect();
            json!({ "is_dropped": false, "requests": requests })
        }
    }
}

fn request(part: Outgoing, told: &Told) -> Value {
    let body = match serde_json::from_slice::<Value>(&part.body) {
        Ok(body) => told.unnamed(body),
        Err(_) => Value::String(sha256_hex(&part.body)),
    };
    let headers: BTreeMap<_, _> = part.headers.into_iter().collect();
    json!({ "content_type": part.content_type, "headers": told.unnamed(json!(headers)), "body": body })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shape;
    use crate::resources::plugin_trials::naming::Told;
    use crate::resources::plugins::comparison::compare;
    use crate::transforming::{Decision, Outgoing};

    fn part(body: &str, header: (&str, &str)) -> Outgoing {
        let headers = vec![(header.0.into(), header.1.into())];
        Outgoing { headers, content_type: "application/json".into(), body: body.into() }
    }

    #[test]
    fn what_would_be_sent_is_compared_field_by_field() {
        let told = Told::by(&json!({ "name": "Ada Lovelace" }));
        let before = || Decision::Deliver(vec![part(r#"{"text":"a","by":{"id":1}}"#, ("x-a", "1"))]);
        let pointers = |after: Decision| -> Vec<String> {
            let found = compare(&shape(before(), &told), &shape(after, &told));
            found.into_iter().map(|one| one.pointer).collect()
        };

        assert!(pointers(before()).is_empty());
        let same = Decision::Deliver(vec![part(r#"{ "by": { "id": 1 }, "text": "a" }"#, ("x-a", "1"))]);
        assert!(pointers(same).is_empty(), "how JSON is written is no difference");
        let named = Decision::Deliver(vec![part(r#"{"text":"b","by":{"Ada":1}}"#, ("x-ada", "2"))]);
        let expected = ["/requests/0/body/by", "/requests/0/body/text", "/requests/0/headers"];
        assert_eq!(pointers(named), expected);
        let split = Decision::Deliver(vec![
            part(r#"{"text":"a","by":{"id":1}}"#, ("x-a", "2")),
            part("x", ("x-a", "1")),
        ]);
        assert_eq!(pointers(split), ["/requests/0/headers/x-a", "/requests/1"]);
        assert_eq!(pointers(Decision::Drop("No.".into())), ["/drop_reason", "/is_dropped", "/requests/0"]);
    }
}
