//! Holds requests to their rate, and tells the client how it stands: `RateLimit` headers as in
//! draft-ietf-httpapi-ratelimit-headers-10.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;

use super::client;
use crate::caller::Caller;
use crate::error::Error;
use crate::rate_limits::{Class, Verdict, Who};
use crate::services::Services;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// Whom a request counts for: its principal, or its address without a credential; nobody where neither is known.
pub fn who(services: &Services, request: &Request) -> Option<Who> {
    match request.extensions().get::<Caller>() {
        Some(caller) => Some(Who::known(caller, class(request.method()))),
        None => client::origin(request.extensions(), request.headers(), services).address.map(Who::at),
    }
}

/// What a request that came too soon is answered.
pub fn refusal(verdict: &Verdict) -> Option<Error> {
    let seconds = verdict.wait?;
    let detail = format!("more requests than this server allows; try again in {seconds} seconds");
    Some(Error::TooMany { detail, retry_after: seconds })
}

fn class(method: &Method) -> Class {
    if method.is_safe() { Class::Read } else { Class::Write }
}

/// Tells the client.
pub fn describe(response: &mut Response, verdict: &Verdict) {
    let name = verdict.policy.split(';').next().unwrap_or_default();
    let wait = verdict.wait.map(|seconds| format!(";t={seconds}")).unwrap_or_default();
    let state = format!("{name};r={}{wait}", verdict.remaining);
    let value = |text: &str| HeaderValue::from_str(text).expect("names and digits fit a header");
    response.headers_mut().insert(POLICY, value(&verdict.policy));
    response.headers_mut().insert(STATE, value(&state));
}
