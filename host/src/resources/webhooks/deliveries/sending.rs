//! One attempt: signs what goes out, sends it, and makes of what comes back what is kept of it.

use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::passing::{Attempted, Parcel};
use super::{Answer, read_retry_after};
use crate::clock::Time;
use crate::outbound::Limits;
use crate::services::Services;

/// Read of an answer at most.
const MOST_BYTES: usize = 16 << 10;

/// Kept of it.
const KEPT_BYTES: usize = 1 << 10;

/// Waits for the delivery's place in the rate, and sends it.
pub(crate) async fn send(services: &Services, parcel: &Parcel) -> Attempted {
    if !parcel.wait.is_zero() {
        tokio::time::sleep(parcel.wait).await;
    }
    let (started_at, began) = (services.clock.now(), Instant::now());
    let deadline = Duration::from_secs(services.config.webhook_timeout_seconds);
    let limits = Limits { deadline, most_bytes: MOST_BYTES };
    let headers = headers(parcel, started_at);
    let body = parcel.body.clone().into();
    let sent = services.outbound.post(&parcel.url, headers, body, limits).await;
    let duration = began.elapsed();
    let attempted = match sent {
        Ok(reply) => {
            let retry_after = reply.retry_after.as_deref();
            let retry_after = retry_after.and_then(|text| read_retry_after(text, started_at));
            let answer = Answer::Status { code: reply.status, retry_after };
            let detail = (!answer.is_success()).then(|| format!("the endpoint answered {}", reply.status));
            Attempted { started_at, duration, answer, detail, response: excerpt(&reply.body) }
        }
        Err(failed) => {
            let answer = Answer::None { code: failed.code };
            Attempted { started_at, duration, answer, detail: Some(failed.detail), response: None }
        }
    };
    let outcome = if attempted.answer.is_success() { "delivered" } else { "failed" };
    metrics::counter!("webhook_attempts_total", "outcome" => outcome).increment(1);
    metrics::histogram!("webhook_attempt_seconds").record(duration);
    attempted
}

fn headers(parcel: &Parcel, now: Time) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let own = parcel.headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    });
    headers.extend(own);
    let (id, timestamp) = (parcel.event.to_string(), now.timestamp());
    let signatures: Vec<_> =
        parcel.keys.iter().map(|key| key.sign(&id, timestamp, parcel.body.as_bytes())).collect();
    let said = [
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    for (name, value) in said {
        let value = HeaderValue::from_str(&value).expect("ids, digits and base64 fit a header");
        headers.insert(HeaderName::from_static(name), value);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}

/// The beginning of an answer as text that any database keeps; nothing when it says nothing.
fn excerpt(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.replace('\0', "\u{fffd}");
    let end = text.floor_char_boundary(KEPT_BYTES);
    Some(text[..end].to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn whatever_is_answered_is_kept_as_a_short_text() {
        assert_eq!(excerpt(b""), None);
        assert_eq!(excerpt(b"fine").as_deref(), Some("fine"));
        assert_eq!(excerpt(b"a\0b\xff").as_deref(), Some("a\u{fffd}b\u{fffd}"));
        let long = excerpt("é".repeat(9_000).as_bytes()).expect("it says something");
        assert!((1_000..=1_024).contains(&long.len()), "{}", long.len());
    }
}
