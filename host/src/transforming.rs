//! What a webhook transform is given and what it answers, as the host keeps it. Plain data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A fact about to be delivered.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OutgoingEvent {
    pub id: String,
    /// For instance `resume.parsed`.
    pub kind: String,
    /// RFC 3339, UTC.
    pub occurred_at: String,
    /// What would be sent without a transform.
    pub payload: Value,
}

/// What a transform made of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send these, in order.
    Deliver(Vec<Outgoing>),
    /// Send nothing, for this reason.
    Drop(String),
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Beside those the host says itself.
    pub headers: Vec<(String, String)>,
    pub content_type: String,
    #[serde(with = "base64_text")]
    pub body: Vec<u8>,
}

/// Bytes in JSON.
mod base64_text {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
