//! One attempt: signs what goes out, sends it, and makes of what comes back what is kept of it.

use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::ending::Attempted;
use super::passing::Parcel;
use super::{Answer, read_retry_after};
use crate::clock::Time;
use crate::outbound::Limits;
use crate::resources::webhooks::transforms;
use crate::services::Services;
use crate::transforming::Outgoing;

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
    let (mut sent, mut attempted) = (parcel.sent.min(parcel.parts.len().saturating_sub(1)), None);
    while let Some(part) = parcel.parts.get(sent) {
        if attempted.is_some()
            && let Some(pace) = parcel.to.pace
        {
            tokio::time::sleep(pace).await;
        }
        // One deadline over all of them; what does not fit goes with the next attempt.
        let limits = Limits { deadline: deadline.saturating_sub(began.elapsed()), ..limits };
        let one = send_part(services, parcel, (sent, part), limits, started_at).await;
        let is_success = one.answer.is_success();
        sent += usize::from(is_success);
        attempted = Some(one);
        if !is_success {
            break;
        }
    }
    let mut attempted = attempted.unwrap_or_else(|| nothing_to_send(started_at));
    attempted.duration = began.elapsed();
    attempted.sent = sent;
    attempted.detail = match (attempted.detail, &parcel.note) {
        (Some(detail), Some(note)) => Some(format!("{note}; {detail}")),
        (detail, note) => detail.or_else(|| note.clone()),
    };
    let outcome = if attempted.answer.is_success() { "delivered" } else { "failed" };
    metrics::counter!("webhook_attempts_total", "outcome" => outcome).increment(1);
    metrics::histogram!("webhook_attempt_seconds").record(attempted.duration);
    attempted
}

async fn send_part(
    services: &Services,
    parcel: &Parcel,
    (index, part): (usize, &Outgoing),
    limits: Limits,
    started_at: Time,
) -> Attempted {
    let headers = headers(parcel, (index, part), services.clock.now());
    let (duration, sent) = (Duration::ZERO, 0);
    match services.outbound.post(&parcel.to.url, headers, part.body.clone().into(), limits).await {
        Ok(reply) => {
            let retry_after = reply.retry_after.as_deref();
            let retry_after = retry_after.and_then(|text| read_retry_after(text, started_at));
            let answer = Answer::Status { code: reply.status, retry_after };
            let detail = (!answer.is_success()).then(|| format!("the endpoint answered {}", reply.status));
            Attempted { started_at, duration, answer, detail, response: excerpt(&reply.body), sent }
        }
        Err(failed) => {
            let answer = Answer::None { code: failed.code };
            Attempted { started_at, duration, answer, detail: Some(failed.detail), response: None, sent }
        }
    }
}

/// A transform that makes nothing of an event has it dropped, so this is for whatever got here all the same.
fn nothing_to_send(started_at: Time) -> Attempted {
    let answer = Answer::None { code: transforms::FAILED };
    let detail = Some("there was nothing to send".into());
    Attempted { started_at, duration: Duration::ZERO, answer, detail, response: None, sent: 0 }
}

/// The event's, and where that became several requests its place among them: receivers tell them apart by it.
fn id(parcel: &Parcel, index: usize) -> String {
    match parcel.parts.len() {
        0 | 1 => parcel.event.to_string(),
        _ => format!("{}-{}", parcel.event, index + 1),
    }
}

fn headers(parcel: &Parcel, (index, part): (usize, &Outgoing), now: Time) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // The endpoint's own are stronger than its transform's.
    let given = part.headers.iter().map(|(name, value)| (name, value)).chain(&parcel.to.headers);
    let own = given.filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    });
    for (name, value) in own {
        headers.insert(name, value);
    }
    let (id, timestamp) = (id(parcel, index), now.timestamp());
    let signatures: Vec<_> = parcel.to.keys.iter().map(|key| key.sign(&id, timestamp, &part.body)).collect();
    let said = [
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    for (name, value) in said {
        let value = HeaderValue::from_str(&value).expect("ids, digits and base64 fit a header");
        headers.insert(HeaderName::from_static(name), value);
    }
    let kind = HeaderValue::from_str(&part.content_type);
    headers
        .insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
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
