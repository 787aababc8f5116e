//! What every request is held to: time, number under way, headers that keep browsers from guessing, no panics out.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::error::Error;
use crate::services::Services;

/// Bodies of JSON; uploads have their own, configured limit.
pub const JSON_BYTES: usize = 1 << 20;

const SECURITY_HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Puts the limits around the API.
pub fn around(router: Router, services: &Services) -> Router {
    let under_way = Arc::new(Semaphore::new(services.config.http_max_in_flight));
    let time = Duration::from_secs(services.config.http_timeout_seconds);
    router
        .layer(middleware::from_fn_with_state(time, give_up))
        .layer(middleware::from_fn_with_state(under_way, shed))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(harden))
}

/// A file over a thin line takes longer than anything else a client may do.
const UPLOAD_FACTOR: u32 = 10;

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
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
