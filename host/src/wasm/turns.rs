//! Whose turn it is among calls that compute for long. Short calls never wait here; long ones share all threads but
//! one, so that nobody's endless loops keep another's short call waiting.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::yield_now;

use super::meter::Meter;

/// From how much time on a core a call counts as long.
const LONG: Duration = Duration::from_millis(20);

#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(crate) fn new(threads: usize) -> Self {
        Self(Arc::new(Semaphore::new(threads.saturating_sub(1).max(1))))
    }

    /// What a call that has computed for `spent` awaits before it goes on.
    pub(crate) async fn next(self, spent: Duration, call: Arc<Meter>) {
        if spent >= LONG
            && let Ok(permit) = self.0.acquire_owned().await
        {
            call.turn.take(permit);
        }
        // To the end of the queue: whoever was woken by another call would be the next on its thread.
        yield_now().await;
    }
}

/// A long call's turn, from the moment it gets it to the moment it waits for something else.
#[derive(Default)]
pub(crate) struct Turn(Mutex<Held>);

#[derive(Default)]
enum Held {
    #[default]
    Nothing,
    /// Given, and not begun.
    New(OwnedSemaphorePermit),
    Used {
        _permit: OwnedSemaphorePermit,
    },
}

impl Turn {
    fn take(&self, permit: OwnedSemaphorePermit) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Held::New(permit);
    }

    /// The call waits. Its place in the queue is part of its turn; whatever it waits for later is not.
    pub(crate) fn pass(&self) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *held = match std::mem::take(&mut *held) {
            Held::New(permit) => Held::Used { _permit: permit },
            Held::Nothing | Held::Used { .. } => Held::Nothing,
        };
    }
}
