//! The middleware that reads `Idempotency-Key` on every POST of somebody known.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request as HttpRequest;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::{Answer, Header, KEPT, Run, Standing, actions};
use crate::caller::{Caller, Once};
use crate::error::{Error, Result};
use crate::http::{limits, request_id};
use crate::services::Services;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What of an answer's headers is the answer's own.
const KEPT_HEADERS: [HeaderName; 4] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG, header::LINK];

const LONGEST_KEY: usize = 255;

/// Answers of changes are small; a larger one is sent, but not kept.
const LARGEST_ANSWER: u64 = 4 << 20;

/// What a form may weigh beside its file.
const FORM_BYTES: u64 = 1 << 20;

/// Middleware, inside the one that finds out who asks.
pub async fn once(services: Services, request: HttpRequest, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().cloned();
    let key = request.headers().get(KEY).cloned();
    match (caller, key) {
        (Some(caller), Some(key)) if request.method() == Method::POST => {
            let done = run_once(services, caller, &key, request, next).await;
            done.unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn run_once(
    services: Services,
    caller: Caller,
    key: &HeaderValue,
    request: HttpRequest,
    next: Next,
) -> Result<Response> {
    let key = read_key(key)?;
    let (mut parts, body) = request.into_parts();
    let body = read_body(&services, &parts.headers, body).await?;
    let now = services.clock.now();
    let once = Arc::new(Once {
        principal: format!("{} {:?}", caller.actor.id().unwrap_or_default(), caller.on_behalf_of),
        operation: format!("{} {}", parts.method, parts.uri),
        key,
        fingerprint: fingerprint(&parts.headers, &body),
        token: services.clock.uuid(),
        created_at: now,
        expires_at: now + KEPT,
    });
    // Everybody gets as long as an upload, and a minute to spare.
    let time = Duration::from_secs(services.config.http_timeout_seconds);
    let longest_run = time * limits::UPLOAD_FACTOR + Duration::from_secs(60);
    let begun = Run::begin(services.memory.of(), caller.tenant, &once);
    if let Standing::Replay(answer) = actions::look(&services, &caller, &once, longest_run).await? {
        return replay(answer);
    }
    let begun = begun.ok_or_else(Error::done_elsewhere)?;
    let mut named = caller.clone();
    named.origin.idempotency = Some(once.clone());
    parts.extensions.insert(named);
    let request = HttpRequest::from_parts(parts, Body::from(body));
    let run = async move {
        let response = next.run(request).await;
        let settled = settle(&services, &caller, once, longest_run, response).await;
        drop(begun);
        settled
    };
    detached(tokio::time::timeout(longest_run, run)).await?.unwrap_or(Err(Error::Timeout))
}

/// The change goes on though its client hung up, and its answer is kept for when the client asks again.
#[expect(clippy::disallowed_methods, reason = "it must outlive the connection; its time is limited")]
async fn detached<T: Send + 'static>(run: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let run = request_id::carry(run).in_current_span();
    tokio::spawn(run).await.map_err(|error| Error::internal(format!("a request ended early: {error}")))
}

fn read_key(key: &HeaderValue) -> Result<String> {
    let text = key.to_str().unwrap_or_default().trim();
    // A structured-field string, as the draft has it, or bare, as most send it.
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let fits = (1..=LONGEST_KEY).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_graphic());
    let detail = format!("1 to {LONGEST_KEY} visible ASCII characters, without blanks");
    fits.then(|| bare.to_owned())
        .ok_or_else(|| Error::invalid("Idempotency-Key", "invalid_idempotency_key", detail))
}

async fn read_body(services: &Services, headers: &HeaderMap, body: Body) -> Result<Bytes> {
    let is_form = boundary(headers).is_some();
    let most =
        if is_form { services.config.upload_max_bytes + FORM_BYTES } else { limits::JSON_BYTES as u64 };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    axum::body::to_bytes(body, most).await.map_err(|_| Error::TooLarge {
        detail: format!("the body broke off, or is larger than {most} bytes"),
    })
}

fn boundary(headers: &HeaderMap) -> Option<&str> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let parameters = kind.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    Some(boundary.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// The same form has another boundary each time it is sent, so that does not count.
fn fingerprint(headers: &HeaderMap, body: &[u8]) -> [u8; 32] {
    let Some(boundary) = boundary(headers).map(str::as_bytes) else {
        return Sha256::digest(body).into();
    };
    let mut hash = Sha256::new();
    let mut rest = body;
    while let Some(at) = find(rest, boundary) {
        hash.update(&rest[..at]);
        hash.update([0]);
        rest = &rest[at + boundary.len()..];
    }
    hash.update(rest);
    hash.finalize().into()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

async fn settle(
    services: &Services,
    caller: &Caller,
    once: Arc<Once>,
    longest_run: Duration,
    response: Response,
) -> Result<Response> {
    if !response.status().is_success() {
        // Perhaps only because another node did the same meanwhile. Otherwise it may be tried again with the same key.
        return match actions::look(services, caller, &once, longest_run).await? {
            Standing::Replay(answer) => replay(answer),
            Standing::New | Standing::Own => Ok(response),
        };
    }
    if response.body().size_hint().upper().is_none_or(|size| size > LARGEST_ANSWER) {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body =
        axum::body::to_bytes(body, usize::MAX).await.map_err(|error| Error::internal(error.to_string()))?;
    let headers = KEPT_HEADERS.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some(Header(name.to_string(), value.to_owned()))
    });
    let answer = Answer { status: parts.status.as_u16(), headers: headers.collect(), body: body.to_vec() };
    if let Err(error) = actions::keep(services, caller, once, answer).await {
        // The change is made and noted as such; a repetition will be told so.
        tracing::warn!(%error, "could not keep an answer for its idempotency key");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(answer: Answer) -> Result<Response> {
    let status = StatusCode::try_from(answer.status).map_err(|error| Error::internal(error.to_string()))?;
    let mut response = (status, answer.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for Header(name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::{HeaderMap, HeaderValue, fingerprint, header, read_key};

    fn form(boundary: &str, content: &str) -> [u8; 32] {
        let mut headers = HeaderMap::new();
        let kind = format!("multipart/form-data; boundary={boundary}");
        headers.insert(header::CONTENT_TYPE, kind.parse().expect("it is a header"));
        fingerprint(&headers, format!("--{boundary}\r\n\r\n{content}\r\n--{boundary}--\r\n").as_bytes())
    }

    #[test]
    fn a_form_is_the_same_whatever_its_boundary() {
        assert_eq!(form("aaa", "one"), form("bbb", "one"));
        assert_ne!(form("aaa", "one"), form("aaa", "two"));
    }

    #[test]
    fn keys_may_be_quoted() {
        let read = |text: &str| read_key(&HeaderValue::from_str(text).expect("it is a header")).ok();
        assert_eq!(read("\"8e03\""), Some("8e03".into()));
        assert_eq!(read("8e03"), Some("8e03".into()));
        for bad in ["", "\"\"", "a b", &"x".repeat(256)] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
