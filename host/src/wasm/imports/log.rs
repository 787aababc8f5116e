//! `mortise:plugin/log`, and the standard streams: the last lines are kept, the rest is counted.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::hooks::LogLine;
use crate::wasm::bindings::log::{Host, Level};
use crate::wasm::sandbox::Sandbox;

const MAX_LINES: usize = 64;
const MAX_LINE: usize = 4 << 10;

/// A log that takes any amount and remembers little. Clones write to the same log.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Tail>>);

#[derive(Default)]
struct Tail {
    lines: VecDeque<LogLine>,
    dropped: u64,
}

impl Log {
    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self, level: &str, mut message: String) {
        cut(&mut message);
        let mut tail = self.tail();
        if tail.lines.len() == MAX_LINES {
            tail.lines.pop_front();
            tail.dropped = tail.dropped.saturating_add(1);
        }
        tail.lines.push_back(LogLine { level: level.into(), message });
    }

    /// The last lines, and how many came before them.
    pub(crate) fn take(&self) -> (Vec<LogLine>, u64) {
        let mut tail = self.tail();
        (std::mem::take(&mut tail.lines).into(), tail.dropped)
    }
}

/// At most 4 KiB, ending with an ellipsis where something is missing.
fn cut(message: &mut String) {
    if message.len() > MAX_LINE {
        let mut end = MAX_LINE - '…'.len_utf8();
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
        message.push('…');
        message.shrink_to_fit();
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

impl Host for Sandbox {
    fn write(
        &mut self,
        level: Level,
        mut message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        self.host_calls = self.host_calls.saturating_add(1);
        for (key, value) in fields {
            if message.len() > MAX_LINE {
                break;
            }
            message.push_str(&format!(" {key}={value}"));
        }
        self.log.write(word(level), message);
        Ok(())
    }
}
