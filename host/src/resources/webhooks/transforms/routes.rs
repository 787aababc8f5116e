//! Previews of transforms on the wire.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Transform;
use super::actions::{self, Of, Reshaped};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::hooks::LogLine;
use crate::http::body::{Id, Json};
use crate::ids::{EventId, WebhookEndpointId};
use crate::resources::events::Kind;
use crate::services::Services;
use crate::transforming::{Decision, Outgoing};

pub(crate) fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(preview))
}

/// What to look at: an event that happened, or an example of a type.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPreviewWanted {
    event_id: Option<EventId>,
    /// Instead of an event.
    #[schema(example = "application.hired")]
    event_type: Option<String>,
    /// In the place of the endpoint's own.
    transform: Option<Transform>,
}

/// What would become of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookPreview {
    /// `deliver`, `drop` or `fail`.
    #[schema(example = "deliver")]
    pub outcome: &'static str,
    /// Why it would be dropped, or what went wrong.
    pub reason: Option<String>,
    /// What would be sent, in this order.
    pub requests: Vec<OutgoingView>,
    /// What the plugin said meanwhile.
    pub log: Vec<PluginLogLine>,
    /// How long the plugin took.
    #[schema(example = 2)]
    pub duration_ms: u64,
}

/// A line of a plugin's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginLogLine {
    #[schema(example = "info")]
    pub level: String,
    pub message: String,
}

/// A request as a transform made it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutgoingView {
    /// Beside the endpoint's own and the signature's.
    #[schema(example = json!({ "x-event": "application.hired" }))]
    pub headers: BTreeMap<String, String>,
    #[schema(example = "application/json")]
    pub content_type: String,
    /// As JSON where it is JSON, as text otherwise.
    #[schema(value_type = Value)]
    pub body: Value,
}

impl OutgoingView {
    pub(crate) fn of(request: Outgoing) -> Self {
        let Outgoing { headers, content_type, body } = request;
        let body = serde_json::from_slice(&body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
        Self { headers: headers.into_iter().collect(), content_type, body }
    }
}

impl WebhookPreview {
    fn of(reshaped: Reshaped) -> Self {
        let (outcome, reason, requests) = match reshaped.decision {
            Ok(Decision::Deliver(parts)) => {
                ("deliver", None, parts.into_iter().map(OutgoingView::of).collect())
            }
            Ok(Decision::Drop(reason)) => ("drop", Some(reason), Vec::new()),
            Err(failure) => ("fail", Some(format!("{}: {}", failure.code, failure.message)), Vec::new()),
        };
        let line = |LogLine { level, message }| PluginLogLine { level, message };
        Self {
            outcome,
            reason,
            requests,
            log: reshaped.record.log_tail.into_iter().map(line).collect(),
            duration_ms: u64::try_from(reshaped.record.wall.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Look at what an endpoint would be sent
///
/// Of an event that happened, or of an example, by the endpoint's transform or by another one. Nothing is sent and nothing
/// kept.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints/{id}/previews", tag = "webhooks", params(("id" = WebhookEndpointId, Path)),
    request_body = WebhookPreviewWanted,
    responses(
        (status = 200, body = WebhookPreview),
        (status = 403, description = "`forbidden`, or `escalation`: it would show what you may not see"),
    ),
    extensions(("x-permission" = json!("webhook:write")))
)]
async fn preview(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<WebhookEndpointId>,
    Json(wanted): Json<WebhookPreviewWanted>,
) -> Result<axum::Json<WebhookPreview>> {
    let of = match (wanted.event_id, wanted.event_type) {
        (Some(event), None) => Of::Event(event),
        (None, Some(word)) => Of::Kind(Kind::from_word(&word).ok_or_else(|| {
            let detail = "there is no such type of event; GET /v1/event-types lists them";
            Error::invalid("#/event_type", "unknown_event_type", detail)
        })?),
        (Some(_), Some(_)) | (None, None) => {
            let detail = "name an event_id or an event_type, and not both";
            return Err(Error::invalid("#/event_id", "missing", detail));
        }
    };
    let reshaped = actions::preview(&services, &caller, id, of, wanted.transform).await?;
    Ok(axum::Json(WebhookPreview::of(reshaped)))
}
