//! Says in one sentence that somebody applied, and drops everything else.

use mortise_sdk::{CallContext, Decision, Delivery, Event, PluginError, WebhookTransform};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a tenant's admin may set; mortise-plugin.toml says the same to the server.
#[derive(Deserialize)]
struct Settings {
    #[serde(default = "usual_greeting")]
    greeting: String,
}

fn usual_greeting() -> String {
    "News".to_owned()
}

struct Plugin;

impl WebhookTransform for Plugin {
    fn transform(_: &CallContext, event: Event) -> Result<Decision, PluginError> {
        if event.kind != "application.created" {
            return Ok(Decision::Drop(format!("{} is no news", event.kind)));
        }
        let Settings { greeting } = mortise_sdk::config()?;
        let payload: Value = event.payload.read()?;
        let id = payload["subject_id"]
            .as_str()
            .ok_or_else(|| PluginError::invalid_input("no_subject", "The event names no application."))?;
        let text = format!("{greeting}: somebody applied ({id}).");
        Ok(Decision::Deliver(vec![Delivery::json(&json!({ "at": event.occurred_at, "text": text }))?]))
    }
}

mortise_sdk::export_webhook_transform!(Plugin);

/// `cargo test` needs no sandbox: the host's functions are answered by one of the test's own.
#[cfg(test)]
mod tests {
    use mortise_sdk::testing::Host;

    use super::*;

    #[test]
    fn what_is_no_application_is_no_news() {
        let event = Event { kind: "job.created".to_owned(), ..Event::default() };
        let decision = Host::new().run(|| Plugin::transform(&CallContext::default(), event)).unwrap();
        assert_eq!(decision, Decision::Drop("job.created is no news".to_owned()));
    }
}
