//! Which kinds of task this node can run. Built once, in `worker.rs`.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;

use super::{Attempt, Stop, Task};
use crate::error::{Error, Result};
use crate::services::Services;

#[derive(Default)]
pub struct Registry {
    kinds: HashMap<&'static str, Kind>,
}

/// A task's functions, without its type.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) timeout: Duration,
    pub(super) run: fn(Services, Value, Attempt) -> BoxFuture<'static, Result<(), Stop>>,
    pub(super) buried: fn(Services, Value, Attempt, String) -> BoxFuture<'static, Result<()>>,
}

impl Registry {
    pub fn new() -> Self {
        Self::default()
    }

    /// # Panics
    /// When two tasks have the same kind: their rows could not be told apart.
    #[must_use]
    pub fn with<T: Task>(mut self) -> Self {
        let kind = Kind { name: T::KIND, timeout: T::TIMEOUT, run: run::<T>, buried: buried::<T> };
        assert!(self.kinds.insert(T::KIND, kind).is_none(), "two tasks are called {}", T::KIND);
        self
    }

    pub(super) fn get(&self, kind: &str) -> Option<&Kind> {
        self.kinds.get(kind)
    }
}

fn run<T: Task>(
    services: Services,
    payload: Value,
    attempt: Attempt,
) -> BoxFuture<'static, Result<(), Stop>> {
    Box::pin(async move { read::<T>(payload)?.run(&services, attempt).await })
}

fn buried<T: Task>(
    services: Services,
    payload: Value,
    attempt: Attempt,
    last_error: String,
) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move { read::<T>(payload)?.buried(&services, attempt, &last_error).await })
}

/// A newer node may have written what this one cannot read, so that is a failed attempt like another.
fn read<T: Task>(payload: Value) -> Result<T> {
    serde_json::from_value(payload).map_err(|error| {
        Error::from(anyhow::Error::new(error).context(format!("reading the payload of {}", T::KIND)))
    })
}
