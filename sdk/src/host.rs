//! The host's functions as the contract imports them. Off wasm a fake host stands in, see `testing`.

use log::Level;

use crate::HostError;
use crate::bindings::resume_parser::mortise::plugin as wit;
use crate::convert::Convert;
use crate::http::{Request, Response};
use crate::inference::{Completion, Options};

pub(crate) fn write_log(level: Level, message: &str, fields: &[(String, String)]) {
    let level = match level {
        Level::Error => wit::log::Level::Error,
        Level::Warn => wit::log::Level::Warn,
        Level::Info => wit::log::Level::Info,
        Level::Debug => wit::log::Level::Debug,
        Level::Trace => wit::log::Level::Trace,
    };
    wit::log::write(level, message, fields);
}

pub(crate) fn get_config(key: &str) -> Option<String> {
    wit::config::get(key)
}

pub(crate) fn all_config() -> String {
    wit::config::all()
}

pub(crate) fn get_value(key: &str) -> Result<Option<Vec<u8>>, HostError> {
    wit::kv::get(key).map_err(Convert::convert)
}

pub(crate) fn set_value(key: &str, value: &[u8], ttl_seconds: Option<u32>) -> Result<(), HostError> {
    wit::kv::set(key, value, ttl_seconds).map_err(Convert::convert)
}

pub(crate) fn delete_value(key: &str) -> Result<(), HostError> {
    wit::kv::delete(key).map_err(Convert::convert)
}

pub(crate) fn list_keys(prefix: &str) -> Result<Vec<String>, HostError> {
    wit::kv::list_keys(prefix).map_err(Convert::convert)
}

pub(crate) fn has_secret(name: &str) -> bool {
    wit::secrets::exists(name)
}

pub(crate) fn now_unix_ms() -> u64 {
    wit::clock::now_unix_ms()
}

pub(crate) fn fetch(request: Request) -> Result<Response, HostError> {
    wit::http::fetch(&request.convert()).convert()
}

pub(crate) fn complete(prompt: &str, options: Options) -> Result<Completion, HostError> {
    wit::inference::complete(prompt, &options.convert()).convert()
}

pub(crate) fn embed(texts: &[String]) -> Result<Vec<Vec<f32>>, HostError> {
    wit::inference::embed(texts).map_err(Convert::convert)
}
