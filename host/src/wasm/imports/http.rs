//! `mortise:plugin/http`: to granted hosts and methods only, through the server's one way out. A credential is put in here
//! and cut out of whatever comes back; the plugin never sees one.

use std::time::Duration;

use super::denied;
use crate::outbound::{Exchange, Failed};
use crate::wasm::bindings::http::{Host, Request, Response};
use crate::wasm::bindings::types::{HostError, HostErrorKind};
use crate::wasm::sandbox::Sandbox;

/// Requests of one call.
const MAX_REQUESTS: u32 = 32;
const MAX_HEADERS: usize = 64;
const MAX_BODY: usize = 4 << 20;
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What the connection is made of is not the plugin's to say.
const OURS: [&str; 11] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "expect",
];

fn error(kind: HostErrorKind, code: &str, message: impl Into<String>) -> HostError {
    HostError { kind, code: code.into(), message: message.into() }
}

fn invalid(message: impl Into<String>) -> HostError {
    error(HostErrorKind::InvalidArgument, "invalid_request", message)
}

fn failed(failed: Failed) -> HostError {
    let kind = match failed.code {
        "https_only" | "address_blocked" => HostErrorKind::Denied,
        "bad_url" => HostErrorKind::InvalidArgument,
        "too_large" => HostErrorKind::TooLarge,
        "timeout" => HostErrorKind::Timeout,
        _ => HostErrorKind::Unavailable,
    };
    error(kind, failed.code, failed.detail)
}

impl Sandbox {
    async fn exchange(&mut self, request: Request) -> Result<Response, HostError> {
        let terms = self.terms().ok_or_else(|| denied("http"))?;
        self.requests = self.requests.saturating_add(1);
        if self.requests > MAX_REQUESTS {
            let message = format!("at most {MAX_REQUESTS} requests a call");
            return Err(error(HostErrorKind::RateLimited, "too_many_requests", message));
        }
        let outbound = terms.means.outbound.clone();
        let url = url::Url::parse(&request.url).map_err(|_| invalid("the address is none"))?;
        if !terms.lets_ask(&request.method, &url) {
            let message = format!(
                "`{} {}` has not been granted to this plugin",
                request.method,
                url.host_str().unwrap_or_default()
            );
            return Err(error(HostErrorKind::Denied, "not_granted", message));
        }
        let mut headers = request.headers;
        if headers.len() > MAX_HEADERS {
            return Err(invalid(format!("at most {MAX_HEADERS} headers")));
        }
        if let Some((name, _)) =
            headers.iter().find(|(name, _)| OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)))
        {
            return Err(invalid(format!("the header `{name}` is the host's to set")));
        }
        if let Some(name) = &request.auth {
            let Some(secret) = terms.secret(name) else {
                let message = format!("there is no secret `{name}` that this plugin may have sent");
                return Err(error(HostErrorKind::NotFound, "no_such_secret", message));
            };
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            headers.push(("authorization".into(), format!("Bearer {secret}")));
        }
        let wait = request.timeout_ms.map_or(LONGEST_WAIT, |ms| Duration::from_millis(ms.into()));
        let exchange = Exchange {
            method: request.method,
            address: request.url,
            headers,
            body: request.body.unwrap_or_default(),
            deadline: wait.min(LONGEST_WAIT),
            most_bytes: MAX_BODY,
        };
        let answer = outbound.exchange(exchange).await.map_err(failed)?;
        let redact = |text: String| terms.redact(&text).unwrap_or(text);
        Ok(Response {
            status: answer.status,
            headers: answer.headers.into_iter().map(|(name, value)| (name, redact(value))).collect(),
            body: terms.redact_bytes(answer.body),
        })
    }
}

impl Host for Sandbox {
    async fn fetch(&mut self, request: Request) -> wasmtime::Result<Result<Response, HostError>> {
        self.host_calls = self.host_calls.saturating_add(1);
        Ok(self.exchange(request).await)
    }
}
