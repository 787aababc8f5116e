//! One id a request, in the answer's `x-request-id`, in problem documents and on every log line.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::Response;
use tracing::{Instrument, Span};

use crate::clock::Clock;
use crate::ids::RequestId;

pub const HEADER: &str = "x-request-id";

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request this code runs for; none in background work.
pub fn current() -> Option<RequestId> {
    CURRENT.try_with(|id| *id).ok()
}

/// Lets work that outlives the request's own task keep its id.
pub fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let id = current();
    async move {
        match id {
            Some(id) => CURRENT.scope(id, work).await,
            None => work.await,
        }
    }
}

/// Names a request. A caller's own id is not taken over: it may be anything.
pub fn new(clock: &Clock, request: &Request) -> (RequestId, Span) {
    let id = RequestId::new(clock);
    let span = tracing::info_span!("request", %id, method = %request.method(), path = request.uri().path());
    (id, span)
}

/// Answers a request under its name.
pub async fn name(id: RequestId, span: Span, answer: impl Future<Output = Response>) -> Response {
    let mut response = CURRENT.scope(id, answer).instrument(span).await;
    let text = HeaderValue::from_str(&id.to_string()).expect("an id is letters, digits and an underscore");
    response.headers_mut().insert(HEADER, text);
    response
}
