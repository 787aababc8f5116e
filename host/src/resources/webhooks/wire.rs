//! What is sent and answered about webhook endpoints.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions::Made;
use super::{Details, Endpoint, Health, Payload, Status, Transform};
use crate::http::body::given;
use crate::ids::{MemberId, WebhookEndpointId};

/// Where events are sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookEndpointView {
    pub id: WebhookEndpointId,
    #[schema(example = "https://hr.example.com/mortise")]
    pub url: String,
    #[schema(example = "Payroll")]
    pub description: Option<String>,
    /// Of `GET /v1/event-types`, or `*` for all.
    #[schema(example = json!(["resume.parsed", "application.hired"]))]
    pub event_types: Vec<String>,
    pub payload: Payload,
    /// Your own headers that go with every delivery. What stands in them is not shown again.
    #[schema(example = json!(["authorization"]))]
    pub header_names: Vec<String>,
    /// What reshapes the events.
    pub transform: Option<Transform>,
    /// Deliveries a second at most; `null`: as fast as it goes.
    #[schema(example = 10)]
    pub rate_per_second: Option<i64>,
    /// Deliveries under way at once.
    #[schema(example = 20)]
    pub max_in_flight: i64,
    /// Of the events about one thing the next one waits until the one before was delivered or given up.
    pub is_ordered: bool,
    pub status: Status,
    /// Why it is paused or disabled; `gone` when it answered 410, `failing` after five days of nothing but failures.
    pub status_reason: Option<String>,
    pub status_since: DateTime<Utc>,
    pub health: WebhookHealth,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// How an endpoint does; not part of its version.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookHealth {
    /// Failed attempts since the last one that succeeded.
    #[schema(example = 0)]
    pub failures: i64,
    pub failing_since: Option<DateTime<Utc>>,
    /// It failed so often that until then nothing is sent; then one delivery tries.
    pub resting_until: Option<DateTime<Utc>>,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_failure_at: Option<DateTime<Utc>>,
}

impl WebhookEndpointView {
    pub(super) fn of((endpoint, health): (Endpoint, Health)) -> Self {
        let Endpoint {
            id,
            url,
            description,
            event_types,
            payload,
            headers: _,
            header_names,
            transform,
            rate_per_second,
            max_in_flight,
            is_ordered,
            backed_up_since: _,
            status,
            status_reason,
            status_since,
            created_by,
            created_at,
            updated_at,
            version,
        } = endpoint;
        Self {
            id,
            url,
            description,
            event_types: event_types.0,
            payload,
            header_names: header_names.0,
            transform: transform.map(|transform| transform.0),
            rate_per_second,
            max_in_flight,
            is_ordered: is_ordered == 1,
            status,
            status_reason,
            status_since,
            health: WebhookHealth {
                failures: health.failures,
                failing_since: health.failing_since,
                resting_until: health.open_until,
                last_success_at: health.last_success_at,
                last_failure_at: health.last_failure_at,
            },
            created_by,
            created_at,
            updated_at,
            version,
        }
    }
}

/// A new endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeWebhookEndpoint {
    #[serde(flatten)]
    pub endpoint: WebhookEndpointView,
    /// What you verify `v1` signatures with. Shown this once.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: Option<String>,
    /// What you verify `v1a` signatures with, if you would rather not keep a secret.
    #[schema(example = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=")]
    pub public_key: Option<String>,
}

impl MadeWebhookEndpoint {
    pub(super) fn of(made: Made) -> Self {
        let (secret, public_key) = (made.secret.1.secret(), made.pair.1.public());
        Self { endpoint: WebhookEndpointView::of((made.endpoint, made.health)), secret, public_key }
    }
}

/// Where events shall be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhookEndpoint {
    /// HTTPS, at a public address.
    #[schema(example = "https://hr.example.com/mortise")]
    url: String,
    /// Of `GET /v1/event-types`, or `["*"]` for all, also those there are not yet.
    #[schema(example = json!(["resume.parsed", "application.hired"]))]
    event_types: Vec<String>,
    #[schema(example = "Payroll")]
    description: Option<String>,
    /// `thin` by default. For `full` you need the permissions to read what is sent.
    payload: Option<Payload>,
    /// Your own headers, for instance a password of the receiver's.
    #[serde(default)]
    #[schema(example = json!({ "authorization": "Bearer s3cret" }))]
    headers: BTreeMap<String, String>,
    /// A plugin that reshapes, splits or drops the events before they are signed and sent.
    transform: Option<Transform>,
    /// Deliveries a second at most.
    #[schema(minimum = 1, maximum = 1000, example = 10)]
    rate_per_second: Option<i64>,
    /// Deliveries under way at once; 20 by default.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    max_in_flight: Option<i64>,
    /// Of the events about one thing the next one waits until the one before was delivered or given up.
    #[serde(default)]
    is_ordered: bool,
}

impl NewWebhookEndpoint {
    pub(super) fn details(self) -> (Details, BTreeMap<String, String>) {
        let details = Details {
            url: Some(self.url),
            description: Some(self.description),
            event_types: Some(self.event_types),
            payload: self.payload,
            transform: Some(self.transform),
            rate_per_second: Some(self.rate_per_second),
            max_in_flight: self.max_in_flight,
            is_ordered: Some(self.is_ordered),
        };
        (details, self.headers)
    }
}

/// Changes to an endpoint; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpointChanges {
    #[schema(example = "https://hr.example.com/mortise/2")]
    url: Option<String>,
    #[schema(example = json!(["*"]))]
    event_types: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    payload: Option<Payload>,
    /// In the place of those before.
    #[schema(example = json!({ "authorization": "Bearer s3cret" }))]
    headers: Option<BTreeMap<String, String>>,
    /// `null`: the events are sent as they are.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Transform>)]
    transform: Option<Option<Transform>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    rate_per_second: Option<Option<i64>>,
    #[schema(minimum = 1, maximum = 100)]
    max_in_flight: Option<i64>,
    is_ordered: Option<bool>,
}

impl WebhookEndpointChanges {
    pub(super) fn details(self) -> (Details, Option<BTreeMap<String, String>>) {
        let details = Details {
            url: self.url,
            description: self.description,
            event_types: self.event_types,
            payload: self.payload,
            transform: self.transform,
            rate_per_second: self.rate_per_second,
            max_in_flight: self.max_in_flight,
            is_ordered: self.is_ordered,
        };
        (details, self.headers)
    }
}

/// Whether an endpoint gets events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpointStatusWanted {
    pub(super) status: Status,
    /// Why, for your colleagues.
    #[schema(example = "The receiver moves.")]
    pub(super) reason: Option<String>,
}
