//! Delivers the event as it came, or in a message with the text its `text` setting says; drops, delivers twice or panics at the
//! kind of event that its setting `drop`, `split` or `panic` names.

use mortise_sdk::{CallContext, Decision, Delivery, Event, PluginError, WebhookTransform};

struct EchoTransform;

impl WebhookTransform for EchoTransform {
    fn transform(_: &CallContext, event: Event) -> Result<Decision, PluginError> {
        let is_named = |setting: &str| -> Result<bool, PluginError> {
            Ok(mortise_sdk::setting::<String>(setting)?.as_ref() == Some(&event.kind))
        };
        if is_named("drop")? {
            return Ok(Decision::Drop(format!("{} is not wanted", event.kind)));
        }
        assert!(!is_named("panic")?, "{} is too much", event.kind);
        let times = if is_named("split")? { 2 } else { 1 };
        let payload = event.payload.into_string();
        let body = match mortise_sdk::setting::<String>("text")? {
            Some(text) => format!("{{\"text\":{text:?},\"event\":{payload}}}"),
            None => payload,
        };
        let delivery = Delivery {
            headers: vec![("x-event".to_owned(), event.kind)],
            content_type: "application/json".to_owned(),
            body: body.into_bytes(),
        };
        Ok(Decision::Deliver(vec![delivery; times]))
    }
}

mortise_sdk::export_webhook_transform!(EchoTransform);
