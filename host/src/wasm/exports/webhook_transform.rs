//! `webhook-transform`: an event in, what its endpoint shall receive out.

use sha2::{Digest, Sha256};
use wasmtime::Store;

use super::{at_most, context};
use crate::hooks::{Call, Failure, Kind};
use crate::transforming::{Decision, Outgoing, OutgoingEvent};
use crate::wasm::bindings::transformer::WebhookTransformPre;
use crate::wasm::bindings::transformer::exports::mortise::plugin::transforming as wit;
use crate::wasm::bindings::types::PluginError;
use crate::wasm::calls::Question;
use crate::wasm::failure::bad_result;
use crate::wasm::installed::Prepared;
use crate::wasm::sandbox::Sandbox;
use crate::wasm::settings::Limits;

const MAX_DELIVERIES: usize = 100;
const MAX_HEADERS: usize = 50;
const MAX_REASON: usize = 1_000;

pub(crate) struct Transform {
    event: OutgoingEvent,
    /// What the hash is made of; also the measure of the input's size.
    bytes: Vec<u8>,
}

impl Transform {
    pub(crate) fn new(event: OutgoingEvent) -> Self {
        let bytes = serde_json::to_vec(&event).expect("the event is plain data");
        Self { event, bytes }
    }
}

impl Question for Transform {
    type Pre = WebhookTransformPre<Sandbox>;
    type Answer = wit::Decision;
    type Accepted = Decision;

    const KIND: Kind = Kind::WebhookTransform;

    fn pre(prepared: &Prepared) -> Option<&Self::Pre> {
        match prepared {
            Prepared::WebhookTransform(pre) => Some(pre),
            _ => None,
        }
    }

    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn hash(&self, into: &mut Sha256) {
        into.update(&self.bytes);
    }

    async fn ask(
        self,
        store: &mut Store<Sandbox>,
        pre: &Self::Pre,
        call: Call,
        limits: &Limits,
    ) -> wasmtime::Result<Result<wit::Decision, PluginError>> {
        let OutgoingEvent { id, kind, occurred_at, payload } = self.event;
        let event = wit::Event { id, kind, occurred_at, payload: payload.to_string() };
        let instance = pre.instantiate_async(&mut *store).await?;
        instance.mortise_plugin_transforming().call_transform(store, &context(call, limits), &event).await
    }

    fn accept(answer: wit::Decision) -> Result<Decision, Failure> {
        match answer {
            wit::Decision::Drop(reason) => Ok(Decision::Drop(reason.chars().take(MAX_REASON).collect())),
            wit::Decision::Deliver(deliveries) => {
                at_most("deliveries", deliveries.len(), MAX_DELIVERIES)?;
                let deliveries: Result<_, _> = deliveries.into_iter().map(delivery).collect();
                Ok(Decision::Deliver(deliveries?))
            }
        }
    }
}

/// Headers are refused where they could end a line or are none; which of them may be sent is not decided here.
fn delivery(delivery: wit::Delivery) -> Result<Outgoing, Failure> {
    at_most("headers", delivery.headers.len(), MAX_HEADERS)?;
    for (name, value) in &delivery.headers {
        if !is_token(name) || !is_field_value(value) {
            return Err(bad_result(format!("`{}` is not a valid header", name.escape_default())));
        }
    }
    if delivery.content_type.is_empty() || !is_field_value(&delivery.content_type) {
        return Err(bad_result("a delivery has no valid content type"));
    }
    Ok(Outgoing { headers: delivery.headers, content_type: delivery.content_type, body: delivery.body })
}

/// A token of RFC 9110.
fn is_token(text: &str) -> bool {
    let of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(of_token)
}

fn is_field_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
}
