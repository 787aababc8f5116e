//! Webhook endpoints: addresses of other programs that want to be told of events. Decides what an endpoint may be; what is
//! sent to it stands in `deliveries`.

pub mod actions;
pub mod deliveries;
mod headers;
pub mod recoveries;
pub mod routes;
pub mod secrets;
pub mod signature;
pub(crate) mod store;
mod subjects;
pub mod tasks;
pub mod transforms;
pub mod wire;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

pub use self::transforms::Transform;
use super::audit::Audited;
use super::events::Kind;
use crate::clock::Time;
use crate::error::{Error, Fault, Result};
use crate::fields;
use crate::ids::{MemberId, WebhookEndpointId};
use crate::permissions::{Permission, Permissions};

/// A tenant's endpoints at most: every event looks at all of them.
pub const MOST_ENDPOINTS: i64 = 50;

const MOST_IN_FLIGHT: i64 = 100;
const DEFAULT_IN_FLIGHT: i64 = 20;
const FASTEST: i64 = 1_000;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Endpoint {
    pub id: WebhookEndpointId,
    pub url: String,
    pub description: Option<String>,
    /// Words of types, or `*`.
    pub event_types: Json<Vec<String>>,
    pub payload: Payload,
    /// Sealed: a header may be a password.
    pub headers: Option<Vec<u8>>,
    pub header_names: Json<Vec<String>>,
    /// What reshapes the events.
    pub transform: Option<Json<Transform>>,
    /// None: as fast as it goes.
    pub rate_per_second: Option<i64>,
    /// Deliveries under way at once, over all nodes.
    pub max_in_flight: i64,
    /// 1: of the events about one thing the next one waits until the one before is done.
    pub is_ordered: i64,
    /// Since then it rests, or is full of deliveries that get no answer. What happens meanwhile waits from the beginning,
    /// without a task that would only find out so: one that is dead costs the others little. No part of its version.
    pub backed_up_since: Option<Time>,
    pub status: Status,
    /// Why it is paused or disabled.
    pub status_reason: Option<String>,
    pub status_since: Time,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// What a delivery holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = WebhookPayload)]
pub enum Payload {
    /// The event: ids and states, no personal data.
    Thin,
    /// Beside the event what it is about, as it was when the delivery was first tried. Where that is larger than 256 KiB,
    /// `subject` is null and `subject_omitted` says `too_large`.
    Full,
}

impl Payload {
    /// What whoever has events sent somewhere hands on.
    pub fn hands_on(self) -> Permissions {
        let thin = Permissions::of(&[Permission::EventRead]);
        match self {
            Payload::Thin => thin,
            Payload::Full => thin.or(Permissions::of(&[
                Permission::CandidateRead,
                Permission::ResumeRead,
                Permission::JobRead,
                Permission::ApplicationRead,
                Permission::InterviewRead,
                Permission::OfferRead,
            ])),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = WebhookEndpointStatus)]
pub enum Status {
    Active,
    /// Events are kept for it, and sent once it is active again.
    Paused,
    /// Gets nothing, and what happens meanwhile is not kept for it; `POST …/recoveries` sends it later.
    Disabled,
}

/// How an endpoint does. Every delivery writes here, so it is no part of the endpoint and its version.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Health {
    /// When the next delivery may begin, where a rate is set.
    pub next_send_at: Option<Time>,
    /// One after the other, without a success between.
    pub failures: i64,
    pub failing_since: Option<Time>,
    /// Until then nothing is sent but one delivery to try.
    pub open_until: Option<Time>,
    pub last_success_at: Option<Time>,
    pub last_failure_at: Option<Time>,
}

/// Fields of an endpoint; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub url: Option<String>,
    pub description: Option<Option<String>>,
    pub event_types: Option<Vec<String>>,
    pub payload: Option<Payload>,
    pub transform: Option<Option<Transform>>,
    pub rate_per_second: Option<Option<i64>>,
    pub max_in_flight: Option<i64>,
    pub is_ordered: Option<bool>,
}

impl Endpoint {
    pub fn new(id: WebhookEndpointId, created_by: Option<MemberId>, now: Time) -> Self {
        Self {
            id,
            url: String::new(),
            description: None,
            event_types: Json(Vec::new()),
            payload: Payload::Thin,
            headers: None,
            header_names: Json(Vec::new()),
            transform: None,
            rate_per_second: None,
            max_in_flight: DEFAULT_IN_FLIGHT,
            is_ordered: 0,
            backed_up_since: None,
            status: Status::Active,
            status_reason: None,
            status_since: now,
            created_by,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(url) = details.url {
            self.url = fields::line("#/url", &url, 2_000)?;
        }
        if let Some(description) = details.description {
            self.description = fields::optional_line("#/description", description, 500)?;
        }
        if let Some(types) = details.event_types {
            self.event_types.0 = checked_types(types)?;
        }
        if let Some(payload) = details.payload {
            self.payload = payload;
        }
        if let Some(transform) = details.transform {
            self.transform = transform.map(Json);
        }
        if let Some(rate) = details.rate_per_second {
            self.rate_per_second = rate.map(|rate| within("#/rate_per_second", rate, FASTEST)).transpose()?;
        }
        if let Some(most) = details.max_in_flight {
            self.max_in_flight = within("#/max_in_flight", most, MOST_IN_FLIGHT)?;
        }
        if let Some(is_ordered) = details.is_ordered {
            self.is_ordered = i64::from(is_ordered);
        }
        Ok(())
    }

    /// Says whether anything changed.
    pub fn turn(&mut self, status: Status, reason: Option<String>, now: Time) -> bool {
        if self.status == status {
            return false;
        }
        self.status_reason = reason.filter(|_| status != Status::Active);
        (self.status, self.status_since, self.updated_at) = (status, now, now);
        true
    }

    /// # Errors
    /// `Conflict`: nothing is sent to one that is disabled.
    pub fn require_enabled(&self) -> Result<()> {
        if self.status != Status::Disabled {
            return Ok(());
        }
        let detail = "the endpoint is disabled and gets nothing; make it active first".into();
        Err(Error::Conflict { code: "endpoint_disabled", detail })
    }
}

fn within(pointer: &str, number: i64, most: i64) -> Result<i64> {
    let detail = format!("a number from 1 to {most}");
    let fits = (1..=most).contains(&number);
    fits.then_some(number).ok_or_else(|| Error::invalid(pointer, "out_of_range", detail))
}

/// `["*"]`, or types that there are, each once.
fn checked_types(mut types: Vec<String>) -> Result<Vec<String>> {
    let pointer = "#/event_types";
    if types.is_empty() {
        return Err(Error::invalid(pointer, "missing", "name the types of events, or \"*\" for all"));
    }
    if types.iter().any(|kind| kind == "*") {
        let is_alone = types.len() == 1;
        let detail = "\"*\" is all there are; it stands alone";
        return is_alone.then_some(types).ok_or_else(|| Error::invalid(pointer, "not_alone", detail));
    }
    let unknown = types.iter().enumerate().filter(|(_, word)| Kind::from_word(word).is_none());
    let faults: Vec<_> = unknown
        .map(|(index, _)| Fault {
            pointer: format!("{pointer}/{index}"),
            code: "unknown_event_type",
            detail: "there is no such type of event; GET /v1/event-types lists them".into(),
        })
        .collect();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    types.sort();
    types.dedup();
    Ok(types)
}

impl Audited for Endpoint {
    fn audited(&self) -> Value {
        json!({
            "url": self.url, "description": self.description, "event_types": self.event_types.0,
            "payload": self.payload, "transform": self.transform, "header_names": self.header_names.0, "rate_per_second": self.rate_per_second,
            "max_in_flight": self.max_in_flight, "is_ordered": self.is_ordered == 1, "status": self.status,
            "status_reason": self.status_reason,
        })
    }
}
