//! What every request is held to: time, number under way, headers that keep browsers from guessing, no panics out.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tokio::sync::Semaphore;
use tower_http::cors::CorsLayer;

use super::metrics::Seen;
use super::request_id;
use crate::clock::Clock;
use crate::error::Error;
use crate::services::Services;

/// Bodies of JSON; uploads have their own, configured limit.
pub const JSON_BYTES: usize = 1 << 20;

const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The docs page is the only one with scripts, and they are ours.
const DOCS_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
                           script-src 'self' 'unsafe-inline'; frame-ancestors 'none'";

/// What is around every request, in one layer: each layer of axum's copies all that is below it at every request.
#[derive(Clone)]
pub struct Around(Arc<Limits>);

struct Limits {
    clock: Clock,
    under_way: Semaphore,
    time: Duration,
}

impl Around {
    pub fn new(services: &Services) -> Self {
        Self(Arc::new(Limits {
            clock: services.clock.clone(),
            under_way: Semaphore::new(services.config.http_max_in_flight),
            time: Duration::from_secs(services.config.http_timeout_seconds),
        }))
    }
}

/// Puts everything around the routes that every request is held to.
pub fn around(router: Router, services: &Services) -> Router {
    let router = match cors(&services.config.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router.layer(middleware::from_fn_with_state(Around::new(services), pass))
}

async fn pass(State(Around(limits)): State<Around>, request: Request, next: Next) -> Response {
    let seen = Seen::new(&request);
    let is_docs = request.uri().path().starts_with("/docs");
    let (id, span) = request_id::new(&limits.clock, &request);
    let answer = async {
        let mut response = match AssertUnwindSafe(answer(&limits, request, next)).catch_unwind().await {
            Ok(response) => response,
            Err(panic) => panicked(panic),
        };
        harden(&mut response, is_docs);
        seen.answered(response.status());
        response
    };
    request_id::name(id, span, answer).await
}

async fn answer(limits: &Limits, request: Request, next: Next) -> Response {
    let Ok(_place) = limits.under_way.try_acquire() else { return Error::Overloaded.into_response() };
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_upload = kind.is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let time = if is_upload { limits.time * UPLOAD_FACTOR } else { limits.time };
    let answered = tokio::time::timeout(time, next.run(request)).await;
    answered.unwrap_or_else(|_| Error::Timeout.into_response())
}

/// Which pages of other origins may call the API from a browser; none unless the operator names them.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let ours = ["if-match", "idempotency-key", "on-behalf-of", "mortise-tenant"].map(HeaderName::from_static);
    let told = [
        "etag",
        "location",
        "link",
        "retry-after",
        "x-request-id",
        "ratelimit",
        "ratelimit-policy",
        "idempotent-replayed",
    ];
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(
            [header::AUTHORIZATION, header::CONTENT_TYPE].into_iter().chain(ours).collect::<Vec<_>>(),
        )
        .expose_headers(told.map(HeaderName::from_static))
        .max_age(Duration::from_secs(60 * 60));
    Some(layer)
}

/// A file over a thin line takes longer than anything else a client may do.
pub const UPLOAD_FACTOR: u32 = 10;

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    Error::internal(format!("a handler panicked: {said}")).into_response()
}

fn harden(response: &mut Response, is_docs: bool) {
    let headers = response.headers_mut();
    if is_docs {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY));
    }
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
