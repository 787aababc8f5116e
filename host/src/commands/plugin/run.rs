//! `mortise plugin run`: one call, with a server's limits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{RunOptions, print, read, refused};
use crate::clock::Clock;
use crate::commands::parse::settings;
use crate::components::Capability;
use crate::components::settings::Schema;
use crate::components::terms::{Means, Terms, Unkept, Values};
use crate::config::Config;
use crate::digest::sha256_hex;
use crate::hooks::{Call, Document, Failure, Hooks, Kind, PluginRef, Ran, RunRecord};
use crate::ids::TenantId;
use crate::inference::{Provision, Uncounted};
use crate::outbound::Outbound;
use crate::resources::resumes::media;
use crate::scoring::{Score, ScoringInput};
use crate::transforming::{Decision, OutgoingEvent};
use crate::wasm::Plugins;

pub(super) async fn run(config: &Config, options: &RunOptions) -> anyhow::Result<()> {
    let clock = Clock::system();
    let plugins = Plugins::open(settings(config)?)?;
    let component = read(&options.file)?;
    let manifest = plugins.examine(component.clone()).await.map_err(refused)?.manifest;
    let plugin = plugins.load(component).await.map_err(refused)?;
    let tenant = TenantId::new(&clock);

    let given = match &options.settings {
        Some(file) => serde_json::from_slice::<Map<String, Value>>(&read(file)?)
            .with_context(|| format!("{} is no JSON object", file.display()))?,
        None => Map::new(),
    };
    let set_up = Schema::new(manifest.config_schema.as_ref()).read(given, &Map::new());
    let set_up = set_up.map_err(|error| anyhow::anyhow!("{error}"))?;
    for name in &options.grant {
        let is_asked = manifest.capabilities.iter().any(|asked| asked.name == *name);
        anyhow::ensure!(is_asked, "the manifest does not request `{}`", name.interface());
    }
    let is_granted = |asked: &&Capability| options.grant.contains(&asked.name);
    let granted = manifest.capabilities.iter().filter(is_granted).cloned().collect();
    let means = Means {
        outbound: Outbound::new(config)?,
        values: Arc::new(InMemory::default()),
        models: Arc::new(Uncounted(Provision::of_operator(config)?)),
    };
    plugins.lend(tenant, &plugin.digest, Terms::new(1, set_up, granted, means));

    let call = Call { tenant, invocation: clock.uuid(), dry_run: false };
    let input = read(&options.input)?;
    let (result, record) = match plugin.kind {
        Kind::TextExtractor => {
            let ran = plugins.extract(&plugin, call, document(&plugins, options, input)?).await;
            told(ran, |text| serde_json::to_value(text).unwrap_or_default())
        }
        Kind::ResumeParser => parse(&plugins, &plugin, call, document(&plugins, options, input)?).await?,
        Kind::ScoringRule => {
            let input: ScoringInput = serde_json::from_slice(&input).context(
                "the input is no application to score: {\"candidate\": …, \"job\": …, \"answers\": […]}",
            )?;
            told(plugins.score(&plugin, call, input).await, score)
        }
        Kind::WebhookTransform => {
            told(plugins.transform_plainly(&plugin, call, event(&input)?).await, decision)
        }
    };
    let failed = result.as_ref().err().map(|failure| failure.message.clone());
    let mut report = json!({ "run": cost(&record) });
    match result {
        Ok(answer) => report["result"] = answer,
        Err(Failure { code, message, retryable, .. }) => {
            report["error"] = json!({ "code": code, "detail": message, "retryable": retryable });
        }
    }
    print(&report)?;
    match failed {
        None => Ok(()),
        Some(why) => anyhow::bail!("the plugin has no answer: {why}"),
    }
}

type Told = (Result<Value, Failure>, RunRecord);

fn told<T>(ran: Ran<T>, show: impl FnOnce(T) -> Value) -> Told {
    (ran.result.map(show), ran.record)
}

/// Through the extractor that comes with the server first.
async fn parse(
    plugins: &Plugins,
    plugin: &PluginRef,
    call: Call,
    document: Document,
) -> anyhow::Result<Told> {
    let extractor = plugins
        .extractor(call.tenant, &document.media_type)
        .with_context(|| format!("no plugin that comes with the server reads {}", document.media_type))?;
    let text = plugins.extract(&extractor, call, document.clone()).await.result;
    let text = text.map_err(|failure| anyhow::anyhow!("{} ({})", failure.message, failure.code))?;
    let ran = plugins.parse(plugin, call, document, Arc::new(text)).await;
    let show = |read: crate::unified_resume::ReadResume| json!({ "resume": read.resume, "language": read.language, "evidence": read.evidence, "warnings": read.warnings });
    Ok(told(ran, show))
}

fn document(plugins: &Plugins, options: &RunOptions, bytes: bytes::Bytes) -> anyhow::Result<Document> {
    let name = options.input.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut readable = plugins.media_types();
    readable.extend(plugins.manifests().into_iter().flat_map(|(_, manifest)| manifest.media_types));
    let media_type =
        media::determine(&name, &bytes, &readable).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(Document { media_type: media_type.into(), file_name: name, sha256: sha256_hex(&bytes), bytes })
}

fn event(input: &[u8]) -> anyhow::Result<OutgoingEvent> {
    let event: Value = serde_json::from_slice(input).context("the input is no JSON")?;
    let text = |name: &str| event[name].as_str().map(str::to_owned);
    Ok(OutgoingEvent {
        id: text("id").unwrap_or_else(|| "event".into()),
        kind: text("kind")
            .context("the input has no `kind`, as in {\"kind\": \"resume.parsed\", \"payload\": {}}")?,
        occurred_at: text("occurred_at").unwrap_or_else(|| "1970-01-01T00:00:00Z".into()),
        payload: event["payload"].clone(),
    })
}

fn score(score: Score) -> Value {
    let parts = score.contributions.into_iter().map(|part| {
        json!({ "code": part.code, "value": part.value, "message": part.message, "evidence": part.evidence })
    });
    json!({
        "value": score.value, "contributions": parts.collect::<Vec<_>>(), "label": score.label, "extra": score.extra,
    })
}

fn decision(decision: Decision) -> Value {
    match decision {
        Decision::Drop(reason) => json!({ "drop": reason }),
        Decision::Deliver(deliveries) => {
            let shown = deliveries.into_iter().map(|delivery| {
                json!({
                    "headers": delivery.headers, "content_type": delivery.content_type,
                    "body": String::from_utf8_lossy(&delivery.body),
                })
            });
            json!({ "deliver": shown.collect::<Vec<_>>() })
        }
    }
}

fn cost(record: &RunRecord) -> Value {
    json!({
        "outcome": record.outcome, "wall_micros": micros(record.wall), "cpu_micros": micros(record.cpu),
        "fuel": record.fuel, "peak_memory": record.peak_memory, "host_calls": record.host_calls,
        "inference_tokens": record.inference_tokens,
        "log": record.log_tail, "log_dropped": record.log_dropped, "input_hash": record.input_hash,
    })
}

fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// What the plugin keeps, for as long as the command lasts.
#[derive(Default)]
struct InMemory(Mutex<BTreeMap<String, Vec<u8>>>);

impl InMemory {
    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Values for InMemory {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unkept> {
        Ok(self.kept().get(key).cloned())
    }

    async fn set(&self, key: &str, value: Vec<u8>, _ttl: Option<u32>, quota: u64) -> Result<(), Unkept> {
        let mut kept = self.kept();
        let others: usize =
            kept.iter().filter(|(other, _)| *other != key).map(|(key, value)| key.len() + value.len()).sum();
        if (others + key.len() + value.len()) as u64 > quota {
            return Err(Unkept::OverQuota);
        }
        kept.insert(key.to_owned(), value);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Unkept> {
        self.kept().remove(key);
        Ok(())
    }

    async fn list_keys(&self, prefix: &str) -> Result<Vec<String>, Unkept> {
        Ok(self.kept().keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }
}
