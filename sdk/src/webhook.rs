//! What a webhook transform reads and answers.

use serde::Serialize;

use crate::{Json, PluginError};

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Unique per event.
    pub id: String,
    /// For instance `resume.parsed`.
    pub kind: String,
    /// RFC 3339, UTC.
    pub occurred_at: String,
    /// What the event is about.
    pub payload: Json,
}

/// One request to the endpoint. The host signs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Headers besides those the host sets.
    pub headers: Vec<(String, String)>,
    /// Media type of the body.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Delivery {
    /// A delivery with a JSON body.
    ///
    /// ```
    /// let delivery = mortise_sdk::Delivery::json(&serde_json::json!({"text": "Hello"}))?;
    /// assert_eq!(delivery.content_type, "application/json");
    /// # Ok::<(), mortise_sdk::PluginError>(())
    /// ```
    pub fn json(value: &impl Serialize) -> Result<Self, PluginError> {
        let body = serde_json::to_vec(value).map_err(|error| {
            PluginError::internal("unwritable_json", format!("The body is not JSON: {error}."))
        })?;
        Ok(Self { headers: Vec::new(), content_type: "application/json".to_owned(), body })
    }
}

/// The answer of a webhook transform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send these, in order.
    Deliver(Vec<Delivery>),
    /// Send nothing; the reason is recorded.
    Drop(String),
}
