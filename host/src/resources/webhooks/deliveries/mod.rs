//! Deliveries: an event on its way to an endpoint, attempt by attempt. Decides when the next attempt is due, when an
//! endpoint rests, and when it is given up.

pub mod actions;
pub mod ending;
pub mod passing;
pub mod routes;
pub mod sending;
pub(crate) mod store;
pub mod waiting;

use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::{Health, transforms};
use crate::clock::Time;
use crate::ids::{AttemptId, CandidateId, DeliveryId, EventId, WebhookEndpointId};
use crate::resources::events::Deliver;
use crate::transforming::Outgoing;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Delivery {
    pub id: DeliveryId,
    pub endpoint_id: WebhookEndpointId,
    /// Also the `webhook-id`.
    pub event_id: EventId,
    pub event_type: String,
    pub subject_id: String,
    pub status: Status,
    /// Why it was given up or cancelled.
    pub reason: Option<String>,
    /// What began this round.
    pub cause: Cause,
    /// The last task that was made for it; those before count no more.
    pub ticket: i64,
    pub round: i64,
    /// In this round.
    pub attempts: i64,
    pub next_at: Option<Time>,
    pub sending_until: Option<Time>,
    /// The event as it would be sent.
    pub body: Option<String>,
    /// What the endpoint's transform made of it.
    pub parts: Option<Json<Vec<Outgoing>>>,
    /// Of those, how many arrived in this round.
    pub parts_sent: i64,
    pub candidate_id: Option<CandidateId>,
    /// 1: of no event that happened.
    pub is_test: i64,
    /// 1: what was sent is not kept any more.
    pub is_expunged: i64,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = DeliveryStatus)]
pub enum Status {
    /// Will be tried, at `next_attempt_at` if it was tried before.
    Pending,
    /// Waits: for a place among those under way, until the endpoint is active again or has rested, or for an earlier event.
    Parked,
    /// Answered with 2xx.
    Delivered,
    /// The endpoint's transform had nothing sent of it.
    Dropped,
    /// Given up.
    Failed,
    /// The endpoint is gone or disabled.
    Cancelled,
}

/// What an attempt was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = DeliveryCause)]
pub enum Cause {
    /// It happened.
    Event,
    /// Somebody had it sent again.
    Resend,
    /// Part of a recovery.
    Recovery,
    /// A test.
    Test,
}

/// One attempt, as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attempt {
    pub id: AttemptId,
    pub delivery_id: DeliveryId,
    /// In its round, from 1.
    pub number: i64,
    pub cause: Cause,
    /// `delivered`, `bad_status`, or why there was no answer.
    pub outcome: String,
    pub status_code: Option<i64>,
    pub detail: Option<String>,
    /// The beginning of the answer.
    pub response: Option<String>,
    pub duration_ms: i64,
    pub started_at: Time,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status, and when to come back if it said so.
    Status { code: u16, retry_after: Option<Duration> },
    /// None: a word for why.
    None { code: &'static str },
}

/// What becomes of a delivery after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    Again(Duration),
    Failed(&'static str),
}

/// Until the next attempt, after the first, the second, and so on: ten attempts in three days and a bit.
const SCHEDULE: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(5 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
    Duration::from_secs(14 * 60 * 60),
    Duration::from_secs(20 * 60 * 60),
    Duration::from_secs(24 * 60 * 60),
];

/// A receiver that has too much to do is left alone for so long at least.
const BREATHER: Duration = Duration::from_secs(60);

const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// An endpoint that has only failed for so long is disabled.
const PATIENCE: TimeDelta = TimeDelta::days(5);

/// After so many failures one after the other nothing is sent for a while, so that a dead endpoint takes nobody's place.
const FAILURES: i64 = 5;
const FIRST_REST: Duration = Duration::from_secs(30);
const LONGEST_REST: Duration = Duration::from_secs(10 * 60);

impl Delivery {
    /// What sends it: the one with the present ticket.
    pub(crate) fn task(&self) -> Deliver {
        Deliver { delivery: self.id, endpoint: self.endpoint_id, ticket: self.ticket }
    }

    /// Whether the task with this ticket decides what becomes of it: it was neither begun anew nor brought to an end.
    fn is_due(&self, ticket: i64) -> bool {
        self.ticket == ticket && self.status == Status::Pending
    }
}

impl Answer {
    pub fn is_success(&self) -> bool {
        matches!(self, Answer::Status { code: 200..=299, .. })
    }

    /// Whether it says anything about the receiver: a transform that fails does not.
    pub fn is_receivers(&self) -> bool {
        !matches!(self, Answer::None { code: transforms::FAILED })
    }

    /// Whether the receiver as a whole is in trouble, and not only with this event.
    pub fn is_trouble(&self) -> bool {
        match self {
            Answer::Status { code, .. } => *code == 429 || *code >= 500,
            Answer::None { .. } => true,
        }
    }

    fn is_too_busy(&self) -> bool {
        match self {
            Answer::Status { code, .. } => matches!(code, 429 | 502 | 503 | 504),
            Answer::None { code } => *code == "timeout",
        }
    }

    /// The address says that nobody is there any more.
    pub fn is_gone(&self) -> bool {
        matches!(self, Answer::Status { code: 410, .. })
    }

    /// What to do after so many attempts of a round. `jitter` is from -1 to 1.
    pub fn verdict(&self, attempts: i64, jitter: f64) -> Verdict {
        if self.is_success() {
            return Verdict::Delivered;
        }
        match self {
            Answer::Status { code: 410, .. } => return Verdict::Failed("gone"),
            // That will not change by asking again.
            Answer::None { code: code @ ("bad_url" | "https_only" | "port_blocked" | "address_blocked") } => {
                return Verdict::Failed(code);
            }
            Answer::Status { .. } | Answer::None { .. } => {}
        }
        let index = usize::try_from(attempts - 1).unwrap_or_default();
        let Some(delay) = SCHEDULE.get(index) else { return Verdict::Failed("exhausted") };
        let mut delay = delay.mul_f64(1.0 + 0.2 * jitter.clamp(-1.0, 1.0));
        if self.is_too_busy() {
            delay = delay.max(BREATHER);
        }
        if let Answer::Status { retry_after: Some(wanted), .. } = self {
            delay = delay.max((*wanted).min(LONGEST_RETRY_AFTER));
        }
        Verdict::Again(delay)
    }
}

/// When to come back, in seconds or as a date of HTTP; nothing when it says neither.
pub fn read_retry_after(text: &str, now: Time) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = Time::from(chrono::DateTime::parse_from_rfc2822(text).ok()?);
    (date - now).to_std().ok()
}

impl Health {
    /// As if nothing had happened.
    pub fn mend(&mut self) {
        (self.failures, self.failing_since, self.open_until) = (0, None, None);
    }

    /// Whether nothing is sent now.
    pub fn rests(&self, now: Time) -> bool {
        self.open_until.is_some_and(|until| until > now)
    }

    pub fn succeed(&mut self, now: Time) {
        self.mend();
        self.last_success_at = Some(now);
    }

    /// Notes a failure; whether there has been nothing else for so long that it is time to stop.
    pub fn fail(&mut self, answer: &Answer, now: Time) -> bool {
        self.failures += 1;
        self.last_failure_at = Some(now);
        let since = *self.failing_since.get_or_insert(now);
        if answer.is_trouble() && self.failures >= FAILURES {
            let doublings = u32::try_from(self.failures - FAILURES).unwrap_or(u32::MAX).min(10);
            let rest = (FIRST_REST * 2_u32.pow(doublings)).min(LONGEST_REST);
            self.open_until = Some(now + rest);
        } else {
            self.open_until = None;
        }
        now - since >= PATIENCE
    }

    /// When a delivery may go out at this rate, which is then taken: not before the one before it has had its time.
    pub fn take_slot(&mut self, rate: i64, now: Time) -> Time {
        let slot = self.next_send_at.map_or(now, |next| next.max(now));
        self.next_send_at = Some(slot + TimeDelta::microseconds(1_000_000 / rate.max(1)));
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Answer, Health, Verdict, read_retry_after};
    use crate::clock::Time;

    fn status(code: u16) -> Answer {
        Answer::Status { code, retry_after: None }
    }

    fn now() -> Time {
        "2026-03-02T09:00:00Z".parse().expect("it is a time")
    }

    #[test]
    fn ten_attempts_take_three_days_and_a_bit() {
        let mut waited = Duration::ZERO;
        for attempt in 1..10 {
            let Verdict::Again(delay) = status(500).verdict(attempt, 0.0) else {
                panic!("attempt {attempt}")
            };
            waited += delay;
            for jitter in [-1.0, 1.0] {
                let Verdict::Again(other) = status(500).verdict(attempt, jitter) else { panic!("{attempt}") };
                let ratio = other.as_secs_f64() / delay.as_secs_f64();
                assert!((ratio - (1.0 + 0.2 * jitter)).abs() < 0.001, "{ratio}");
            }
        }
        assert_eq!(waited.as_secs(), (75 * 60 + 35) * 60 + 5);
        assert_eq!(status(500).verdict(10, 0.0), Verdict::Failed("exhausted"));
        assert_eq!(Answer::None { code: "timeout" }.verdict(10, 0.0), Verdict::Failed("exhausted"));
    }

    #[test]
    fn what_cannot_change_is_not_tried_again() {
        assert_eq!(status(204).verdict(1, 0.0), Verdict::Delivered);
        assert_eq!(status(410).verdict(1, 0.0), Verdict::Failed("gone"));
        assert_eq!(
            Answer::None { code: "address_blocked" }.verdict(1, 0.0),
            Verdict::Failed("address_blocked")
        );
        for code in [301, 400, 404, 500] {
            assert_eq!(status(code).verdict(1, 0.0), Verdict::Again(Duration::from_secs(5)), "{code}");
        }
    }

    #[test]
    fn a_busy_receiver_is_left_alone_as_long_as_it_asks() {
        for code in [429, 502, 503, 504] {
            assert_eq!(status(code).verdict(1, 0.0), Verdict::Again(Duration::from_secs(60)), "{code}");
        }
        let asks = |seconds| Answer::Status { code: 503, retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(asks(7_200).verdict(1, 0.0), Verdict::Again(Duration::from_secs(7_200)));
        assert_eq!(asks(1).verdict(2, 0.0), Verdict::Again(Duration::from_secs(300)), "never earlier");
        assert_eq!(asks(u64::MAX).verdict(1, 0.0), Verdict::Again(Duration::from_secs(86_400)));
    }

    #[test]
    fn a_time_to_come_back_is_read_in_both_forms() {
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Mon, 02 Mar 2026 09:01:00 GMT", Some(60)),
            ("Mon, 02 Mar 2026 08:00:00 GMT", None),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(read_retry_after(text, now()), seconds.map(Duration::from_secs), "{text}");
        }
    }

    fn well() -> Health {
        Health {
            next_send_at: None,
            failures: 0,
            failing_since: None,
            open_until: None,
            last_success_at: None,
            last_failure_at: None,
        }
    }

    #[test]
    fn an_endpoint_in_trouble_rests_longer_and_longer_until_it_is_given_up() {
        let (mut health, mut now) = (well(), now());
        for _ in 0..4 {
            assert!(!health.fail(&status(500), now));
            assert!(!health.rests(now));
        }
        for rest in [30, 60, 120, 240, 480, 600, 600] {
            assert!(!health.fail(&status(500), now));
            assert_eq!(health.open_until, Some(now + Duration::from_secs(rest)));
            assert!(health.rests(now) && !health.rests(now + Duration::from_secs(rest)));
        }
        // What it makes of one event is no trouble.
        assert!(!health.fail(&status(400), now));
        assert!(!health.rests(now));
        now += Duration::from_secs(5 * 24 * 60 * 60);
        assert!(health.fail(&status(500), now));
        health.succeed(now);
        assert!(!health.rests(now) && !health.fail(&status(500), now));
    }

    #[test]
    fn slots_are_as_far_apart_as_the_rate_says() {
        let (mut health, now) = (well(), now());
        let slots: Vec<_> = (0..5).map(|_| (health.take_slot(4, now) - now).num_milliseconds()).collect();
        assert_eq!(slots, [0, 250, 500, 750, 1_000]);
        // Time that was not used is not made up for.
        let later = now + Duration::from_secs(60);
        assert_eq!(health.take_slot(4, later), later);
        assert_eq!((health.take_slot(4, later) - later).num_milliseconds(), 250);
    }
}
