//! The bridge from the `log` crate and from panics to the host's log.

use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use log::kv::{Error, Key, Value, VisitSource};
use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::host;

struct HostLog;

impl Log for HostLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut fields = Fields(Vec::new());
        // A field that cannot be shown is not worth losing the line.
        let _ = record.key_values().visit(&mut fields);
        match record.args().as_str() {
            Some(message) => host::write_log(record.level(), message, &fields.0),
            None => host::write_log(record.level(), &record.args().to_string(), &fields.0),
        }
    }

    fn flush(&self) {}
}

struct Fields(Vec<(String, String)>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        self.0.push((key.to_string(), value.to_string()));
        Ok(())
    }
}

/// Sends `log` lines from `info` upwards to the host, unless the plugin has chosen another level.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if log::set_logger(&HostLog).is_ok() && log::max_level() == LevelFilter::Off {
            log::set_max_level(LevelFilter::Info);
        }
    });
}

/// Called before the plugin is: its log and its panics reach the host from the first line on.
pub(crate) fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        install();
        panic::set_hook(Box::new(report));
    });
}

/// The last words before the trap.
fn report(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("the plugin panicked");
    let fields = panic
        .location()
        .map(|place| ("location".to_owned(), place.to_string()))
        .into_iter()
        .collect::<Vec<_>>();
    host::write_log(Level::Error, &format!("panic: {message}"), &fields);
}
