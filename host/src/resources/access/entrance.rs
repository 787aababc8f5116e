//! The one way in to every resource: who asks, how often they may, and whether this was asked before. One layer, as each
//! layer of axum's copies all that is below it at every request.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::authenticate;
use crate::http::rates;
use crate::resources::idempotency;
use crate::services::Services;

/// Middleware around all of them.
pub async fn enter(State(services): State<Services>, mut request: Request, next: Next) -> Response {
    if let Err(error) = authenticate::identify(&services, &mut request).await {
        return error.into_response();
    }
    let verdict = match rates::who(&services, &request) {
        Some(who) => services.rate_limits.check(who).await,
        None => None,
    };
    let Some(verdict) = verdict else {
        return idempotency::layer::once(services, request, next).await;
    };
    let mut response = match rates::refusal(&verdict) {
        None => idempotency::layer::once(services, request, next).await,
        Some(error) => error.into_response(),
    };
    rates::describe(&mut response, &verdict);
    response
}
