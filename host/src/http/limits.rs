//! What every request is held to: time, number under way, headers that keep browsers from guessing, no panics out.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;

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

/// Puts the limits around the API.
pub fn around(router: Router, services: &Services) -> Router {
    let under_way = Arc::new(Semaphore::new(services.config.http_max_in_flight));
    let time = Duration::from_secs(services.config.http_timeout_seconds);
    let router = match cors(&services.config.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router
        .layer(middleware::from_fn_with_state(time, give_up))
        .layer(middleware::from_fn_with_state(under_way, shed))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(harden))
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

async fn give_up(State(time): State<Duration>, request: Request, next: Next) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_upload = kind.is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let time = if is_upload { time * UPLOAD_FACTOR } else { time };
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Error::Timeout.into_response(),
    }
}

async fn shed(State(under_way): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match under_way.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Error::Overloaded.into_response(),
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    Error::internal(format!("a handler panicked: {said}")).into_response()
}

async fn harden(request: Request, next: Next) -> Response {
    let is_docs = request.uri().path().starts_with("/docs");
    let mut response = next.run(request).await;
    if is_docs {
        let policy = HeaderValue::from_static(DOCS_POLICY);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
