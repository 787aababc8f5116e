//! The only source of time, and of ids that carry it. Truncates to microseconds, which both databases keep,
//! so that what is read back equals what was written.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

pub type Time = DateTime<Utc>;

#[derive(Clone)]
pub struct Clock {
    source: Source,
    /// Keeps ids of the same millisecond in order.
    order: Arc<Mutex<ContextV7>>,
}

#[derive(Clone)]
enum Source {
    System,
    /// Microseconds since the epoch; moves only when told.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Self {
        Self::of(Source::System)
    }

    /// A clock that stands still until [`Clock::advance`].
    pub fn manual(start: Time) -> Self {
        Self::of(Source::Manual(Arc::new(AtomicI64::new(start.timestamp_micros()))))
    }

    fn of(source: Source) -> Self {
        Self { source, order: Arc::new(Mutex::new(ContextV7::new())) }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Time {
        let micros = match &self.source {
            Source::System => Utc::now().timestamp_micros(),
            Source::Manual(micros) => micros.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp_micros(micros).expect("the years of any clock fit chrono's range")
    }

    /// Moves a manual clock forward; does nothing to the system's.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(micros) = &self.source {
            let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX / 4);
            micros.fetch_add(by, Ordering::SeqCst);
        }
    }

    /// Puts a manual clock to a moment; does nothing to the system's.
    pub fn set(&self, to: Time) {
        if let Source::Manual(micros) = &self.source {
            micros.store(to.timestamp_micros(), Ordering::SeqCst);
        }
    }

    /// A UUIDv7; each sorts after the one before it, as long as the clock does not go back.
    pub fn uuid(&self) -> Uuid {
        let now = self.now();
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(&*order, seconds, now.timestamp_subsec_nanos()))
    }
}
