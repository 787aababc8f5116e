//! What a call has used so far. Shared between the sandbox, which is dropped on failure, and its record.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::turns::Turn;

/// Time one call spent on a core. Waits do not count, and neither does time the thread was not scheduled.
#[derive(Default)]
pub(crate) struct Meter {
    /// Nanoseconds of finished turns.
    spent: AtomicU64,
    /// The thread's clock when the present turn began; only that thread reads it.
    began: AtomicU64,
    pub(crate) turn: Turn,
}

impl Meter {
    /// Runs the future, counting the time each of its turns takes.
    pub(crate) async fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|context| {
            self.began.store(thread_time(), Ordering::Relaxed);
            let poll = future.as_mut().poll(context);
            self.turn.pass();
            self.spent.store(self.in_turn(), Ordering::Relaxed);
            poll
        })
        .await
    }

    /// Time used, from inside a turn.
    fn in_turn(&self) -> u64 {
        let turn = thread_time().saturating_sub(self.began.load(Ordering::Relaxed));
        self.spent.load(Ordering::Relaxed).saturating_add(turn)
    }

    /// Time used, from inside a turn.
    pub(crate) fn so_far(&self) -> Duration {
        Duration::from_nanos(self.in_turn())
    }

    /// Time used by the turns that are over.
    pub(crate) fn total(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Ordering::Relaxed))
    }
}

fn thread_time() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}
