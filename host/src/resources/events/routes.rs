//! The log of events on the wire.

use std::time::Duration;

use axum::extract::{OriginalUri, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::Filter;
use super::wire::{EventPage, EventTypes, EventView};
use super::{Kind, actions, catalogue};
use crate::caller::Caller;
use crate::error::{Error, Fault, Result};
use crate::fields;
use crate::http::body::Params;
use crate::http::page;
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(list_types))
}

const MAX_LIMIT: u32 = 200;
const LONGEST_WAIT: u64 = 30;

/// An answer leaves this long before the server gives the request up.
const MARGIN: u64 = 2;

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub struct EventParams {
    /// `next_cursor` of the answer before; nothing to begin with the oldest.
    after: Option<String>,
    /// Only of this type; repeat it for several.
    #[serde(rename = "type")]
    #[param(example = json!(["resume.parsed"]))]
    types: Vec<String>,
    /// Only about this thing.
    #[param(example = "cand_01k7z1v5jafz8rk3m2w9y6t4qd")]
    subject_id: Option<String>,
    /// Only what happened after this time.
    occurred_after: Option<DateTime<Utc>>,
    /// Events an answer.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Seconds to wait for an event when there is none; the answer comes with the first one.
    #[param(minimum = 0, maximum = 30, default = 0)]
    wait: Option<u64>,
}

/// Read the log of events
///
/// Oldest first, in an order that never changes: nothing appears before what you have read, so keeping `next_cursor` is
/// all it takes to miss nothing. The same events go to webhook endpoints.
#[utoipa::path(
    get, path = "/v1/events", tag = "events", params(EventParams),
    responses((status = 200, body = EventPage, headers(("link" = String, description = "`rel=\"next\"`: what comes after")))),
    extensions(("x-permission" = json!("event:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<EventParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response> {
    let limit = params.limit.unwrap_or(50);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Error::invalid("limit", "out_of_range", format!("limit is 1 to {MAX_LIMIT}")));
    }
    let wait = params.wait.unwrap_or_default();
    if wait > LONGEST_WAIT {
        return Err(Error::invalid("wait", "out_of_range", format!("wait is 0 to {LONGEST_WAIT} seconds")));
    }
    let wait = wait.min(services.config.http_timeout_seconds.saturating_sub(MARGIN));
    let log = format!("events of {}", caller.tenant);
    let after = match &params.after {
        Some(cursor) => page::read(&services.keys, &log, cursor).map_err(|_| foreign_cursor())?,
        None => 0,
    };
    let occurred_after = params.occurred_after.map(|time| fields::instant("occurred_after", time));
    let filter = Filter {
        types: known_types("type", params.types)?,
        subject_id: params.subject_id,
        occurred_after: occurred_after.transpose()?,
    };
    let wait = Duration::from_secs(wait);
    let part = actions::read(&services, &caller, &filter, after, limit as usize, wait).await?;
    let next_cursor = page::write(&services.keys, &log, part.end);
    let link = part.has_more.then(|| page::next_link(&uri, "after", &next_cursor));
    let data = part.events.into_iter().map(EventView::of).collect();
    let mut response = axum::Json(EventPage { data, next_cursor, has_more: part.has_more }).into_response();
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn foreign_cursor() -> Error {
    Error::invalid("after", "wrong_cursor", "the cursor is not one of this log; start again without one")
}

/// Words of types, each of one that there is.
///
/// # Errors
/// `Invalid` at the pointer, naming each unknown word.
pub(crate) fn known_types(pointer: &str, words: Vec<String>) -> Result<Vec<String>> {
    let unknown = words.iter().filter(|word| Kind::from_word(word).is_none());
    let faults: Vec<_> = unknown
        .map(|_| Fault {
            pointer: pointer.to_owned(),
            code: "unknown_event_type",
            detail: "there is no such type of event; GET /v1/event-types lists them".into(),
        })
        .collect();
    if faults.is_empty() { Ok(words) } else { Err(Error::Invalid(faults)) }
}

/// List the types of events
///
/// What each means, the JSON Schema of its `data`, and an example. New types may be added at any time.
#[utoipa::path(
    get, path = "/v1/event-types", tag = "events",
    responses((status = 200, body = EventTypes)),
    extensions(("x-permission" = json!("event:read")))
)]
async fn list_types(caller: Caller) -> Result<axum::Json<EventTypes>> {
    caller.require(Permission::EventRead)?;
    Ok(axum::Json(EventTypes { data: catalogue::every() }))
}
