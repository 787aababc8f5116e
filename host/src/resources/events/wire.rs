//! Events as they are sent: in the log and to endpoints alike.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Event;
use crate::ids::EventId;

/// Something that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Also the `webhook-id` of every delivery of it: what you have seen, you need not do again.
    pub id: EventId,
    /// One of `GET /v1/event-types`.
    #[serde(rename = "type")]
    #[schema(example = "candidate.created")]
    pub kind: String,
    /// When it happened.
    #[serde(serialize_with = "micros")]
    pub timestamp: DateTime<Utc>,
    /// What it is about.
    #[schema(example = "cand_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub subject_id: String,
    /// Whose doing it was: `type` is `member`, `api_key`, `task`, `visitor` or `operator`.
    #[schema(value_type = Object, example = json!({ "type": "member", "id": "member_01k7z1v5jafz8rk3m2w9y6t4qd" }))]
    pub actor: Value,
    /// Ids and states, as the event's type has them; never personal data.
    #[schema(value_type = Object, example = json!({ "candidate_id": "cand_01k7z1v5jafz8rk3m2w9y6t4qd", "version": 1 }))]
    pub data: Value,
}

impl EventView {
    pub(crate) fn of(event: Event) -> Self {
        Self {
            id: event.id,
            kind: event.kind,
            timestamp: event.occurred_at,
            subject_id: event.subject_id,
            actor: event.actor.0,
            data: event.payload.0,
        }
    }
}

/// What stands in the log from a place on.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPage {
    pub data: Vec<EventView>,
    /// Send it as `after` to read on, also when there is nothing more yet.
    #[schema(example = "AAAAAAAAABTAmYX01_thcXZzBUSgKkYg")]
    pub next_cursor: String,
    /// Whether there is more to read at once.
    pub has_more: bool,
}

/// A type of event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventTypeView {
    #[serde(rename = "type")]
    #[schema(example = "candidate.created")]
    pub kind: &'static str,
    /// When it happens.
    #[schema(example = "Somebody became known as a candidate.")]
    pub description: &'static str,
    /// JSON Schema (2020-12) of the event's `data`.
    #[schema(value_type = Object)]
    pub schema: Value,
    /// An event of this type.
    pub example: EventView,
}

/// Every type of event there is.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventTypes {
    pub data: Vec<EventTypeView>,
}

/// Always of one length, so that bytes once signed can be made again.
fn micros<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// What stands beside an event in a full payload.
pub(crate) enum Beside {
    Subject(Value),
    /// There is nothing to show any more.
    Nothing,
    /// More than is sent: to be fetched by its id.
    TooLarge,
}

impl From<Option<Value>> for Beside {
    fn from(subject: Option<Value>) -> Self {
        subject.map_or(Beside::Nothing, Beside::Subject)
    }
}

/// An event with what it is about beside it.
pub(crate) fn with_subject(event: &EventView, beside: Beside) -> Value {
    let mut body = serde_json::to_value(event).unwrap_or_default();
    let (subject, omitted) = match beside {
        Beside::Subject(subject) => (subject, None),
        Beside::Nothing => (Value::Null, None),
        Beside::TooLarge => (Value::Null, Some("too_large")),
    };
    if let Value::Object(body) = &mut body {
        let body: &mut Map<String, Value> = body;
        body.insert("subject".into(), subject);
        body.extend(omitted.map(|why| ("subject_omitted".to_owned(), why.into())));
    }
    body
}
