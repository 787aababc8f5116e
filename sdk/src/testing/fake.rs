//! The host's functions off wasm, answered by the host of the running test; without one, by an empty host.

use std::cell::RefCell;

use log::Level;

use super::host::{Host, LogLine, State, Stored};
use crate::http::{Request, Response};
use crate::inference::{Completion, Options};
use crate::{HostError, HostErrorKind};

thread_local! {
    static CURRENT: RefCell<Vec<Host>> = const { RefCell::new(Vec::new()) };
}

/// Takes the host away again, also when the plugin panics.
pub(super) struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|hosts| hosts.pop());
    }
}

pub(super) fn enter(host: Host) -> Guard {
    CURRENT.with_borrow_mut(|hosts| hosts.push(host));
    Guard
}

fn with<T>(answer: impl FnOnce(&mut State) -> T) -> T {
    let host = CURRENT.with_borrow(|hosts| hosts.last().cloned()).unwrap_or_default();
    let mut state = host.state.borrow_mut();
    answer(&mut state)
}

fn denied(what: &str) -> HostError {
    HostError::new(HostErrorKind::Denied, "not_granted", format!("The test's host does not grant {what}."))
}

pub(crate) fn write_log(level: Level, message: &str, fields: &[(String, String)]) {
    with(|state| {
        state.log.push(LogLine { level, message: message.to_owned(), fields: fields.to_vec() });
    });
}

pub(crate) fn get_config(key: &str) -> Option<String> {
    with(|state| state.config.get(key).map(ToString::to_string))
}

pub(crate) fn all_config() -> String {
    with(|state| serde_json::Value::Object(state.config.clone()).to_string())
}

pub(crate) fn get_value(key: &str) -> Result<Option<Vec<u8>>, HostError> {
    Ok(with(|state| {
        forget_expired(state);
        state.values.get(key).map(|stored| stored.value.clone())
    }))
}

pub(crate) fn set_value(key: &str, value: &[u8], ttl_seconds: Option<u32>) -> Result<(), HostError> {
    with(|state| {
        let expires_unix_ms =
            ttl_seconds.map(|seconds| state.now_unix_ms.saturating_add(u64::from(seconds) * 1000));
        state.values.insert(key.to_owned(), Stored { value: value.to_vec(), expires_unix_ms });
    });
    Ok(())
}

pub(crate) fn delete_value(key: &str) -> Result<(), HostError> {
    with(|state| state.values.remove(key));
    Ok(())
}

pub(crate) fn list_keys(prefix: &str) -> Result<Vec<String>, HostError> {
    Ok(with(|state| {
        forget_expired(state);
        state.values.keys().filter(|key| key.starts_with(prefix)).take(1000).cloned().collect()
    }))
}

pub(crate) fn has_secret(name: &str) -> bool {
    with(|state| state.secrets.contains(name))
}

pub(crate) fn now_unix_ms() -> u64 {
    with(|state| state.now_unix_ms)
}

pub(crate) fn fetch(request: Request) -> Result<Response, HostError> {
    let fetch = with(|state| {
        state.requests.push(request.clone());
        state.fetch.clone()
    });
    fetch.ok_or_else(|| denied("HTTP"))?(&request)
}

pub(crate) fn complete(prompt: &str, options: Options) -> Result<Completion, HostError> {
    with(|state| state.complete.clone()).ok_or_else(|| denied("inference"))?(prompt, &options)
}

pub(crate) fn embed(texts: &[String]) -> Result<Vec<Vec<f32>>, HostError> {
    with(|state| state.embed.clone()).ok_or_else(|| denied("inference"))?(texts)
}

fn forget_expired(state: &mut State) {
    let now = state.now_unix_ms;
    state.values.retain(|_, stored| stored.expires_unix_ms.is_none_or(|expiry| expiry > now));
}
