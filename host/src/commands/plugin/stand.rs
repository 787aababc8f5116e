//! A plugin ready to be called as a server calls it, with a server's limits: loaded, set up, and with what it was granted.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{read, refused};
use crate::clock::Clock;
use crate::commands::parse;
use crate::components::settings::Schema;
use crate::components::terms::{Means, Terms};
use crate::components::{Capability, CapabilityName, Manifest};
use crate::config::Config;
use crate::digest::sha256_hex;
use crate::hooks::{Call, Document, Failure, Hooks, Kind, PluginRef, Ran, RunRecord};
use crate::ids::TenantId;
use crate::resources::resumes::media;
use crate::scoring::{Score, ScoringInput};
use crate::text::ExtractedText;
use crate::transforming::{Decision, OutgoingEvent};
use crate::unified_resume::ReadResume;
use crate::wasm::{self, Plugins};

pub(super) struct Stand {
    plugins: Arc<Plugins>,
    plugin: PluginRef,
    manifest: Manifest,
    tenant: TenantId,
    clock: Clock,
    /// The id of every call; another one each time when absent.
    invocation: Option<Uuid>,
}

/// What a plugin works on, as often as wanted.
#[derive(Clone)]
pub(super) enum Input {
    File(Document),
    /// With its text, which an extractor of the server's has found.
    Read(Document, Arc<ExtractedText>),
    Application(Box<ScoringInput>),
    Event(OutgoingEvent),
}

/// The answer as JSON, and what it has cost.
pub(super) type Told = (Result<Value, Failure>, RunRecord);

impl Stand {
    /// `clock` is what a plugin with a grant for it sees.
    pub(super) async fn open(config: &Config, component: Bytes, clock: Clock) -> anyhow::Result<Self> {
        let settings = wasm::Settings { clock: clock.clone(), ..parse::settings(config)? };
        let plugins = Plugins::open(settings)?;
        let manifest = plugins.examine(component.clone()).await.map_err(refused)?.manifest;
        let plugin = plugins.load(component).await.map_err(refused)?;
        Ok(Self { plugins, plugin, manifest, tenant: TenantId::new(&clock), clock, invocation: None })
    }

    /// The same with calls that differ in nothing, not even in their ids.
    pub(super) fn repeatable(self) -> Self {
        Self { invocation: Some(Uuid::nil()), ..self }
    }

    /// What it is set to, secrets included, and what of its requests is granted. In force from the next call on.
    pub(super) fn set_up(
        &self,
        settings: Map<String, Value>,
        is_granted: impl Fn(CapabilityName) -> bool,
        means: Means,
    ) -> anyhow::Result<()> {
        let set_up = Schema::new(self.manifest.config_schema.as_ref()).read(settings, &Map::new());
        let set_up = set_up.map_err(|error| anyhow::anyhow!("{error}"))?;
        let granted: Vec<Capability> =
            self.manifest.capabilities.iter().filter(|asked| is_granted(asked.name)).cloned().collect();
        self.plugins.lend(self.tenant, &self.plugin.digest, Terms::new(1, set_up, granted, means));
        Ok(())
    }

    /// Grants must have been requested.
    pub(super) fn requested(&self, names: &[CapabilityName]) -> anyhow::Result<()> {
        for name in names {
            let is_asked = self.manifest.capabilities.iter().any(|asked| asked.name == *name);
            anyhow::ensure!(is_asked, "the manifest does not request `{}`", name.interface());
        }
        Ok(())
    }

    /// A file as what this kind of plugin works on.
    pub(super) async fn input(&self, file: &Path) -> anyhow::Result<Input> {
        let bytes = read(file)?;
        Ok(match self.plugin.kind {
            Kind::TextExtractor => Input::File(self.document(file, bytes)?),
            Kind::ResumeParser => self.extracted(self.document(file, bytes)?).await?,
            Kind::ScoringRule => Input::Application(serde_json::from_slice(&bytes).context(
                "the input is no application to score: {\"candidate\": …, \"job\": …, \"answers\": […]}",
            )?),
            Kind::WebhookTransform => Input::Event(event(&bytes)?),
        })
    }

    fn document(&self, file: &Path, bytes: Bytes) -> anyhow::Result<Document> {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut readable = self.plugins.media_types();
        readable.extend(self.manifest.media_types.clone());
        let media_type =
            media::determine(&name, &bytes, &readable).map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(Document { media_type: media_type.into(), file_name: name, sha256: sha256_hex(&bytes), bytes })
    }

    /// Through the extractor that comes with the server.
    async fn extracted(&self, document: Document) -> anyhow::Result<Input> {
        let extractor = self
            .plugins
            .extractor(self.tenant, &document.media_type)
            .with_context(|| format!("no plugin that comes with the server reads {}", document.media_type))?;
        let text = self.plugins.extract(&extractor, self.new_call(), document.clone()).await.result;
        let text = text.map_err(|failure| anyhow::anyhow!("{} ({})", failure.message, failure.code))?;
        Ok(Input::Read(document, Arc::new(text)))
    }

    fn new_call(&self) -> Call {
        let invocation = self.invocation.unwrap_or_else(|| self.clock.uuid());
        Call { tenant: self.tenant, invocation, dry_run: false }
    }

    /// Calls the plugin once.
    pub(super) async fn call(&self, input: Input) -> Told {
        let (plugin, call) = (&self.plugin, self.new_call());
        match input {
            Input::File(document) => told(self.plugins.extract(plugin, call, document).await, text),
            Input::Read(document, text) => {
                told(self.plugins.parse(plugin, call, document, text).await, resume)
            }
            Input::Application(input) => told(self.plugins.score(plugin, call, *input).await, score),
            Input::Event(event) => told(self.plugins.transform_plainly(plugin, call, event).await, decision),
        }
    }
}

/// What the commands print of an answer: the result, or what stands in its place.
pub(super) fn answer(result: Result<Value, Failure>) -> Value {
    match result {
        Ok(result) => json!({ "result": result }),
        Err(Failure { code, message, retryable, .. }) => {
            json!({ "error": { "code": code, "detail": message, "retryable": retryable } })
        }
    }
}

fn told<T>(ran: Ran<T>, show: impl FnOnce(T) -> Value) -> Told {
    (ran.result.map(show), ran.record)
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

fn text(text: ExtractedText) -> Value {
    as_written(&text)
}

/// By way of text, in which 0.6 of 32 bits is 0.6 and not the next number of 64 bits.
fn as_written(value: &impl Serialize) -> Value {
    let text = serde_json::to_string(value).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn resume(read: ReadResume) -> Value {
    json!({
        "resume": read.resume, "language": read.language, "evidence": as_written(&read.evidence), "warnings": read.warnings,
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
