//! `Error` to answer: the only place that knows status codes. Bodies follow RFC 9457.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::request_id;
use crate::error::{Error, Fault};
use crate::ids::RequestId;

pub const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong (RFC 9457), in words for people and a `code` for programs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URN that names the kind of problem; the same for the same `code`.
    #[serde(rename = "type")]
    #[schema(example = "urn:mortise:problem:not_found")]
    kind: String,
    /// The kind of problem in a few words.
    #[schema(example = "Not found")]
    title: &'static str,
    #[schema(example = 404)]
    status: u16,
    /// What happened this time and what to do about it.
    #[schema(example = "There is no such résumé.")]
    detail: String,
    /// A stable snake_case word.
    #[schema(example = "not_found")]
    code: String,
    /// Every single fault of an invalid request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FaultView>,
    /// Quote it when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<RequestId>,
}

/// One fault of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultView {
    /// JSON Pointer into the body (`#/email`), or the name of the part or parameter.
    #[schema(example = "file")]
    pointer: String,
    #[schema(example = "empty_file")]
    code: &'static str,
    #[schema(example = "The file is empty.")]
    detail: String,
}

impl From<Fault> for FaultView {
    fn from(Fault { pointer, code, detail }: Fault) -> Self {
        Self { pointer, code, detail }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, title, code, retry_after): (_, _, String, Option<u64>) = match &self {
            Error::NotFound { .. } => (StatusCode::NOT_FOUND, "Not found", "not_found".into(), None),
            // Which keeps the method, and tells clients to remember the new address.
            Error::Moved { .. } => (StatusCode::PERMANENT_REDIRECT, "Moved", "moved".into(), None),
            Error::Invalid(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "Invalid request", "invalid_request".into(), None)
            }
            Error::Malformed { .. } => {
                (StatusCode::BAD_REQUEST, "Malformed request", "malformed_request".into(), None)
            }
            Error::Conflict { code, .. } => (StatusCode::CONFLICT, "Conflict", (*code).into(), None),
            Error::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "Too large", "too_large".into(), None),
            Error::UnsupportedMedia { .. } => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported media type",
                "unsupported_media_type".into(),
                None,
            ),
            Error::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "method_not_allowed".into(), None)
            }
            Error::Forbidden { .. } => (StatusCode::FORBIDDEN, "Forbidden", "forbidden".into(), None),
            Error::Refusal { code, .. } => (StatusCode::FORBIDDEN, "Forbidden", (*code).into(), None),
            Error::PreconditionRequired => (
                StatusCode::PRECONDITION_REQUIRED,
                "Precondition required",
                "precondition_required".into(),
                None,
            ),
            Error::PreconditionFailed { .. } => {
                (StatusCode::PRECONDITION_FAILED, "Changed meanwhile", "version_conflict".into(), None)
            }
            Error::TooMany { retry_after, .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests",
                "too_many_requests".into(),
                Some(*retry_after),
            ),
            Error::Unauthenticated => {
                (StatusCode::UNAUTHORIZED, "Unauthenticated", "unauthenticated".into(), None)
            }
            Error::SignInFailed => {
                (StatusCode::UNAUTHORIZED, "Sign-in failed", "sign_in_failed".into(), None)
            }
            Error::Refused { code, .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, "Refused by a plugin", code.clone(), None)
            }
            Error::Timeout => (StatusCode::REQUEST_TIMEOUT, "Timed out", "timeout".into(), None),
            Error::Overloaded => {
                (StatusCode::SERVICE_UNAVAILABLE, "Overloaded", "overloaded".into(), Some(1))
            }
            Error::Unavailable { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "Unavailable", "unavailable".into(), Some(5))
            }
            Error::Internal(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "Internal error", "internal".into(), None)
            }
        };
        let detail = match &self {
            Error::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "a request failed");
                "Something went wrong on our side; the log has it under the request id.".into()
            }
            Error::Unauthenticated => {
                "Send an access token or an API key of this server as `Authorization: Bearer …`; `POST \
                 /v1/auth/tokens` answers a token, `mortise tenant create` prints a key."
                    .into()
            }
            other => other.to_string(),
        };
        let challenge = matches!(self, Error::Unauthenticated | Error::SignInFailed);
        let mut location = None;
        let errors = match self {
            Error::Invalid(faults) => faults.into_iter().map(FaultView::from).collect(),
            Error::Moved { to } => {
                location = HeaderValue::from_str(&to).ok();
                Vec::new()
            }
            _ => Vec::new(),
        };
        let kind = format!("urn:mortise:problem:{code}");
        let problem = Problem {
            kind,
            title,
            status: status.as_u16(),
            detail,
            code,
            errors,
            request_id: request_id::current(),
        };
        let body = serde_json::to_vec(&problem).expect("a problem is plain data");
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(location) = location {
            response.headers_mut().insert(header::LOCATION, location);
        }
        if challenge {
            let scheme = HeaderValue::from_static("Bearer realm=\"mortise\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
