//! Traps at every event.

use mortise_sdk::{CallContext, Decision, Event, PluginError, WebhookTransform};

struct TrapsTransform;

impl WebhookTransform for TrapsTransform {
    fn transform(_: &CallContext, event: Event) -> Result<Decision, PluginError> {
        panic!("{} is too much", event.kind)
    }
}

mortise_sdk::export_webhook_transform!(TrapsTransform);
