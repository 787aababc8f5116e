//! The one place that turns what wasmtime reports into what the host says about it.

use std::fmt;

use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::I32Exit;

use super::bindings::types::{ErrorKind, PluginError};
use super::checks::Refusal;
use super::sandbox::Limiter;
use super::settings::Limits;
use crate::hooks::{Failure, Outcome};

const MAX_CODE: usize = 64;
const MAX_MESSAGE: usize = 1_000;

/// Raised inside a guest that used up its time on the processor.
#[derive(Debug)]
pub(crate) struct CpuSpent;

impl fmt::Display for CpuSpent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the plugin used up its processor time")
    }
}

impl std::error::Error for CpuSpent {}

fn failure(outcome: Outcome, code: &str, message: impl Into<String>, retryable: bool) -> Failure {
    Failure { outcome, code: code.into(), message: message.into(), retryable }
}

/// The call ended inside the sandbox.
pub(crate) fn of_error(error: &wasmtime::Error, limiter: &Limiter, limits: &Limits) -> Failure {
    if error.is::<CpuSpent>() {
        let millis = limits.cpu.as_millis();
        return failure(
            Outcome::Timeout,
            "plugin_timeout",
            format!("the plugin computed for more than {millis} ms and was stopped"),
            false,
        );
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return busy();
    }
    if is_too_much_data(error) {
        return failure(
            Outcome::Refused,
            "plugin_result_too_large",
            format!("the plugin handed over more than {} bytes at once", limits.result_bytes),
            false,
        );
    }
    let trap = error.downcast_ref::<Trap>();
    let says_all = matches!(trap, Some(Trap::OutOfFuel | Trap::Interrupt | Trap::StackOverflow));
    if limiter.refused && !says_all {
        return failure(
            Outcome::Memory,
            "plugin_memory",
            format!("the plugin needed more than its {} MiB of memory", limits.memory >> 20),
            false,
        );
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        let message = format!("the plugin ended its process (exit code {}) instead of answering", exit.0);
        return failure(Outcome::Trap, "plugin_trap", message, false);
    }
    match trap {
        Some(Trap::OutOfFuel) => failure(
            Outcome::Timeout,
            "plugin_timeout",
            format!("the plugin used up its {} units of fuel", limits.fuel.unwrap_or(0)),
            false,
        ),
        Some(Trap::Interrupt) => timed_out(limits),
        Some(Trap::StackOverflow) => {
            failure(Outcome::Trap, "plugin_trap", "the plugin's calls nest too deeply for its stack", false)
        }
        Some(Trap::UnreachableCodeReached) => failure(
            Outcome::Trap,
            "plugin_trap",
            "the plugin gave up (panic or abort); its log may say why",
            false,
        ),
        Some(trap) => failure(
            Outcome::Trap,
            "plugin_trap",
            format!("the plugin broke a rule of its machine: {trap}"),
            false,
        ),
        None => failure(
            Outcome::Trap,
            "plugin_trap",
            format!("the plugin broke a rule of the component model: {}", error.root_cause()),
            false,
        ),
    }
}

/// wasmtime keeps the type of this error to itself; a hostile guest of the tests holds this sentence in place.
fn is_too_much_data(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted")
}

/// The plugin answered with an error value; its words are kept, within bounds.
pub(crate) fn of_plugin(error: PluginError) -> Failure {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let code = if !error.code.is_empty() && error.code.len() <= MAX_CODE && error.code.bytes().all(is_word) {
        error.code
    } else {
        match error.kind {
            ErrorKind::InvalidInput => "invalid_input",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Config => "config",
            ErrorKind::Limit => "limit",
            ErrorKind::Upstream => "upstream",
            ErrorKind::Internal => "internal",
        }
        .into()
    };
    let mut message: String = error.message.chars().filter(|c| !c.is_control()).take(MAX_MESSAGE).collect();
    if message.trim().is_empty() {
        message = "the plugin gave no reason".into();
    }
    failure(Outcome::Error, &code, message, error.retryable)
}

pub(crate) fn timed_out(limits: &Limits) -> Failure {
    let millis = limits.wall.as_millis();
    failure(
        Outcome::Timeout,
        "plugin_timeout",
        format!("the plugin did not answer within {millis} ms and was stopped"),
        false,
    )
}

pub(crate) fn busy() -> Failure {
    failure(Outcome::Refused, "plugin_busy", "too many plugin calls are running; try again shortly", true)
}

pub(crate) fn input_too_large(bytes: u64, limits: &Limits) -> Failure {
    failure(
        Outcome::Refused,
        "plugin_input_too_large",
        format!("the input has {bytes} bytes; this plugin may be given at most {}", limits.input_bytes),
        false,
    )
}

/// The answer breaks a rule of the contract.
pub(crate) fn bad_result(what: impl fmt::Display) -> Failure {
    failure(
        Outcome::Refused,
        "plugin_result_invalid",
        format!("the plugin's answer is not acceptable: {what}"),
        false,
    )
}

pub(crate) fn not_installed(id: &str) -> Failure {
    failure(
        Outcome::Refused,
        "plugin_not_installed",
        format!("the plugin `{id}` is not installed in this version"),
        false,
    )
}

pub(crate) fn not_loaded(refusal: &Refusal) -> Failure {
    failure(Outcome::Refused, refusal.code, refusal.message.clone(), false)
}

pub(crate) fn wrong_kind(id: &str, wanted: &str) -> Failure {
    failure(Outcome::Refused, "plugin_wrong_kind", format!("the plugin `{id}` is not a {wanted}"), false)
}

/// A defect of ours; the log has it, the caller may try again.
pub(crate) fn of_host(error: &dyn fmt::Display) -> Failure {
    tracing::error!(%error, "a plugin call failed inside the host");
    failure(Outcome::Refused, "plugin_host_error", "the server could not run the plugin", true)
}
