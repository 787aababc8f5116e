//! Delivers the event as it came; drops the kind its `drop` setting names.

use mortise_sdk::{CallContext, Decision, Delivery, Event, PluginError, WebhookTransform};

struct EchoTransform;

impl WebhookTransform for EchoTransform {
    fn transform(_: &CallContext, event: Event) -> Result<Decision, PluginError> {
        if mortise_sdk::setting::<String>("drop")?.as_ref() == Some(&event.kind) {
            return Ok(Decision::Drop(format!("{} is not wanted", event.kind)));
        }
        let delivery = Delivery {
            headers: vec![("x-event".to_owned(), event.kind)],
            content_type: "application/json".to_owned(),
            body: event.payload.into_string().into_bytes(),
        };
        Ok(Decision::Deliver(vec![delivery]))
    }
}

mortise_sdk::export_webhook_transform!(EchoTransform);
