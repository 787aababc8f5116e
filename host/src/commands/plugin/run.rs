//! `mortise plugin run`: one call.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::stand::{Stand, answer};
use super::values::InMemory;
use super::{CallOptions, RunOptions, print, read};
use crate::clock::Clock;
use crate::components::terms::Means;
use crate::config::Config;
use crate::hooks::RunRecord;
use crate::inference::{Provision, Uncounted};
use crate::outbound::Outbound;

pub(super) async fn run(config: &Config, options: &RunOptions) -> anyhow::Result<()> {
    let stand = open(config, &options.call).await?;
    let (result, record) = stand.call(stand.input(&options.call.input).await?).await;
    let failed = result.as_ref().err().map(|failure| failure.message.clone());
    let mut report = answer(result);
    report["run"] = cost(&record);
    print(&report)?;
    match failed {
        None => Ok(()),
        Some(why) => anyhow::bail!("the plugin has no answer: {why}"),
    }
}

/// The plugin named, set up and granted as the options say.
pub(super) async fn open(config: &Config, options: &CallOptions) -> anyhow::Result<Stand> {
    let stand = Stand::open(config, read(&options.file)?, Clock::system()).await?;
    let settings = match &options.settings {
        Some(file) => serde_json::from_slice::<Map<String, Value>>(&read(file)?)
            .with_context(|| format!("{} is no JSON object", file.display()))?,
        None => Map::new(),
    };
    stand.requested(&options.grant)?;
    let means = Means {
        outbound: Arc::new(Outbound::new(config)?),
        values: Arc::new(InMemory::default()),
        models: Arc::new(Uncounted(Provision::of_operator(config)?)),
    };
    stand.set_up(settings, |name| options.grant.contains(&name), means)?;
    Ok(stand)
}

fn cost(record: &RunRecord) -> Value {
    json!({
        "outcome": record.outcome, "wall_micros": micros(record.wall), "cpu_micros": micros(record.cpu),
        "fuel": record.fuel, "peak_memory": record.peak_memory, "host_calls": record.host_calls,
        "inference_tokens": record.inference_tokens,
        "log": record.log_tail, "log_dropped": record.log_dropped, "input_hash": record.input_hash,
    })
}

pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
