//! Transforms: a plugin between an endpoint's events and what it is sent. Decides what of its answers may go out.

pub mod actions;
pub mod routes;
pub mod shadows;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::headers;
use crate::error::{Error, Result};
use crate::transforming::Outgoing;

/// What reshapes an endpoint's events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookTransform)]
pub struct Transform {
    /// An installed plugin of the kind `webhook-transform`.
    #[schema(example = "mortise/json-template")]
    pub plugin: String,
    /// Its settings, held against the schema in its manifest. They are shown again: a password belongs into `headers`.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "template": { "text": "{{/type}}: {{/subject_id}}" } }))]
    pub config: Map<String, Value>,
    /// What to do with an event that it fails on.
    #[serde(default)]
    pub on_failure: OnFailure,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OnTransformFailure)]
pub enum OnFailure {
    /// Tries again later, as if the endpoint had failed.
    #[default]
    Retry,
    /// Sends the event as it is.
    SendRaw,
}

/// Requests that one event makes at most.
pub const MOST_PARTS: usize = 20;

/// Settings at most, as JSON.
const MOST_CONFIG_BYTES: usize = 64 << 10;

/// What the code of an attempt is that a transform failed in.
pub(crate) const FAILED: &str = "transform_failed";

impl Transform {
    /// # Errors
    /// `Invalid`: settings larger than are kept.
    pub fn check(&self) -> Result<()> {
        let size = serde_json::to_string(&self.config).map_err(anyhow::Error::new)?.len();
        if size > MOST_CONFIG_BYTES {
            let detail = format!("at most {MOST_CONFIG_BYTES} bytes of settings");
            return Err(Error::invalid("#/transform/config", "too_large", detail));
        }
        Ok(())
    }
}

/// Why an answer cannot go out, in words for the endpoint's admin; nothing when it can.
pub(crate) fn fault(parts: &[Outgoing]) -> Option<String> {
    if parts.len() > MOST_PARTS {
        return Some(format!(
            "the transform made {} requests of one event; {MOST_PARTS} are sent at most",
            parts.len()
        ));
    }
    parts.iter().find_map(|part| {
        let given: BTreeMap<_, _> = part.headers.iter().cloned().collect();
        if given.len() < part.headers.len() {
            return Some("the transform answered the same header twice".into());
        }
        let named = given.keys().cloned().collect::<Vec<_>>().join(", ");
        headers::check(given)
            .err()
            .map(|_| format!("one of the transform's headers may not be sent: {named}"))
    })
}
