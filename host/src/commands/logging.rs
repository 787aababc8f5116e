//! Logs on standard error, as text or as JSON lines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Starts logging; the first call of a process counts.
pub(super) fn start(config: &Config, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|error| anyhow::anyhow!("the setting log: {error}"))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Files and other programs get the words alone; a terminal may have asked for them with NO_COLOR.
    let logs = if std::io::stderr().is_terminal() { logs } else { logs.with_ansi(false) };
    let started = match config.log_format {
        LogFormat::Text => logs.try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
    // A second start is the first one's.
    drop(started);
    Ok(())
}
