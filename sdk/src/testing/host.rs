//! The fake host a test sets up and asks afterwards.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use log::Level;
use serde::Serialize;

use super::fake;
use crate::HostError;
use crate::http::{Request, Response};
use crate::inference::{Completion, Options};
use crate::logging;

pub(super) type Fetch = Rc<dyn Fn(&Request) -> Result<Response, HostError>>;
pub(super) type Complete = Rc<dyn Fn(&str, &Options) -> Result<Completion, HostError>>;
pub(super) type Embed = Rc<dyn Fn(&[String]) -> Result<Vec<Vec<f32>>, HostError>>;

/// A host of a test's own. What it was not told to answer is denied, as in production.
///
/// ```
/// use mortise_sdk::{log, testing::Host};
///
/// let host = Host::new();
/// host.run(|| log::info!("two pages"));
/// assert_eq!(host.log()[0].message, "two pages");
/// ```
#[derive(Clone, Default)]
pub struct Host {
    pub(super) state: Rc<RefCell<State>>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) config: serde_json::Map<String, serde_json::Value>,
    pub(super) secrets: BTreeSet<String>,
    pub(super) now_unix_ms: u64,
    pub(super) values: BTreeMap<String, Stored>,
    pub(super) log: Vec<LogLine>,
    pub(super) requests: Vec<Request>,
    pub(super) fetch: Option<Fetch>,
    pub(super) complete: Option<Complete>,
    pub(super) embed: Option<Embed>,
}

pub(super) struct Stored {
    pub(super) value: Vec<u8>,
    pub(super) expires_unix_ms: Option<u64>,
}

/// A line the plugin logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How grave.
    pub level: Level,
    /// The text.
    pub message: String,
    /// The key-value pairs.
    pub fields: Vec<(String, String)>,
}

impl Host {
    /// A host with empty settings, an empty store, the year 1970 and nothing granted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the plugin's settings.
    ///
    /// # Panics
    /// When `settings` is not a JSON object.
    #[must_use]
    pub fn with_config(self, settings: impl Serialize) -> Self {
        match serde_json::to_value(settings) {
            Ok(serde_json::Value::Object(settings)) => self.state.borrow_mut().config = settings,
            other => panic!("settings are a JSON object, not {other:?}"),
        }
        self
    }

    /// Makes a secret of this name exist.
    #[must_use]
    pub fn with_secret(self, name: impl Into<String>) -> Self {
        self.state.borrow_mut().secrets.insert(name.into());
        self
    }

    /// Puts a value into the plugin's store.
    #[must_use]
    pub fn with_value(self, key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        let stored = Stored { value: value.into(), expires_unix_ms: None };
        self.state.borrow_mut().values.insert(key.into(), stored);
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn with_time(self, unix_ms: u64) -> Self {
        self.set_time(unix_ms);
        self
    }

    /// Grants HTTP and answers requests.
    #[must_use]
    pub fn with_http(self, answer: impl Fn(&Request) -> Result<Response, HostError> + 'static) -> Self {
        self.state.borrow_mut().fetch = Some(Rc::new(answer));
        self
    }

    /// Grants completions and answers prompts.
    #[must_use]
    pub fn with_completion(
        self,
        answer: impl Fn(&str, &Options) -> Result<Completion, HostError> + 'static,
    ) -> Self {
        self.state.borrow_mut().complete = Some(Rc::new(answer));
        self
    }

    /// Grants embeddings and answers texts.
    #[must_use]
    pub fn with_embedding(
        self,
        answer: impl Fn(&[String]) -> Result<Vec<Vec<f32>>, HostError> + 'static,
    ) -> Self {
        self.state.borrow_mut().embed = Some(Rc::new(answer));
        self
    }

    /// Moves the clock.
    pub fn set_time(&self, unix_ms: u64) {
        self.state.borrow_mut().now_unix_ms = unix_ms;
    }

    /// Calls the plugin: on this thread, until `plugin` returns, host functions are answered by this host.
    pub fn run<T>(&self, plugin: impl FnOnce() -> T) -> T {
        logging::install();
        let _guard = fake::enter(self.clone());
        plugin()
    }

    /// What the plugin logged so far.
    pub fn log(&self) -> Vec<LogLine> {
        self.state.borrow().log.clone()
    }

    /// What the plugin asked for over HTTP so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state.borrow().requests.clone()
    }

    /// What lies under `key` in the plugin's store.
    pub fn value(&self, key: &str) -> Option<Vec<u8>> {
        self.state.borrow().values.get(key).map(|stored| stored.value.clone())
    }
}
