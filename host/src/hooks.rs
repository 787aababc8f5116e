//! What the host asks of plugins, as a trait: `wasm/` answers, tests may fake it.
//! Plain types only; what a plugin does wrong is data here, never an `Error` of the host.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::components::terms::Terms;
use crate::components::{Examined, Manifest, Refusal};
use crate::ids::TenantId;
use crate::null_characters::DropNulls;
use crate::scoring::{Score, ScoringInput, Settings};
use crate::text::ExtractedText;
use crate::transforming::{Decision, OutgoingEvent};
use crate::unified_resume::ReadResume;

/// The four kinds of plugin, one WIT world each.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    sqlx::Type,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
#[schema(as = PluginKind)]
pub enum Kind {
    TextExtractor,
    ResumeParser,
    ScoringRule,
    WebhookTransform,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::TextExtractor => "text-extractor",
            Kind::ResumeParser => "resume-parser",
            Kind::ScoringRule => "scoring-rule",
            Kind::WebhookTransform => "webhook-transform",
        }
    }
}

/// One version of one plugin: the id says who means it, the digest says which bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PluginRef {
    /// `vendor/name`.
    pub id: String,
    pub version: String,
    pub kind: Kind,
    /// SHA-256 of the component, lower-case hexadecimal.
    pub digest: String,
}

/// A file handed to a plugin.
#[derive(Clone, Debug)]
pub struct Document {
    pub media_type: String,
    pub file_name: String,
    pub sha256: String,
    pub bytes: Bytes,
}

/// On whose behalf a plugin is called.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub tenant: TenantId,
    /// Names the run record.
    pub invocation: uuid::Uuid,
    pub dry_run: bool,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = RunOutcome)]
pub enum Outcome {
    Ok,
    /// The plugin answered with an error value.
    Error,
    Trap,
    Timeout,
    Memory,
    /// The host did not run it, or did not accept what it answered.
    Refused,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub outcome: Outcome,
    /// A stable snake_case word: the plugin's own, or `plugin_trap`, `plugin_timeout`, `plugin_memory`, `plugin_refused`, …
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
}

/// What is remembered of every call.
#[derive(Clone, Debug)]
pub struct RunRecord {
    pub plugin: PluginRef,
    pub outcome: Outcome,
    pub wall: Duration,
    /// Time on a core, without waits.
    pub cpu: Duration,
    pub fuel: Option<u64>,
    /// Bytes of linear memory at the peak, all memories together.
    pub peak_memory: u64,
    pub host_calls: u32,
    /// Tokens, read and written, of the language models it asked; none when it asked none.
    pub inference_tokens: Option<u64>,
    /// The last lines the plugin logged.
    pub log_tail: Vec<LogLine>,
    /// Lines before those, which were not kept.
    pub log_dropped: u64,
    /// SHA-256 over all inputs of the call, lower-case hexadecimal.
    pub input_hash: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LogLine {
    pub level: String,
    pub message: String,
}

/// An answer or a failure, and what it cost.
#[derive(Debug)]
pub struct Ran<T> {
    pub result: Result<T, Failure>,
    pub record: RunRecord,
}

impl<T: DropNulls> DropNulls for Ran<T> {
    fn drop_nulls(&mut self) {
        match &mut self.result {
            Ok(answer) => answer.drop_nulls(),
            Err(failure) => {
                failure.code.drop_nulls();
                failure.message.drop_nulls();
            }
        }
        for line in &mut self.record.log_tail {
            line.message.drop_nulls();
        }
    }
}

/// The questions the host has for plugins.
#[async_trait]
pub trait Hooks: Any + Send + Sync {
    /// The plugin that opens a file of this media type where the tenant has none of its own, if there is one.
    fn extractor(&self, tenant: TenantId, media_type: &str) -> Option<PluginRef>;

    /// The plugin that reads a résumé where the tenant has none of its own; `wanted` names one by id.
    fn parser(&self, tenant: TenantId, wanted: Option<&str>) -> Option<PluginRef>;

    /// The plugin of this kind and id that this process itself has, with what it says about itself.
    fn named(&self, kind: Kind, id: &str) -> Option<(PluginRef, Manifest)>;

    /// Media types some installed extractor reads, sorted.
    fn media_types(&self) -> Vec<String>;

    /// Whether calls can be served at once; the sentence says what is still missing.
    async fn ready(&self) -> Result<(), String>;

    async fn extract(&self, plugin: &PluginRef, call: Call, document: Document) -> Ran<ExtractedText>;

    async fn parse(
        &self,
        plugin: &PluginRef,
        call: Call,
        document: Document,
        text: Arc<ExtractedText>,
    ) -> Ran<ReadResume>;

    /// Asks what becomes of an event before it is delivered, with one tenant's settings of the transform.
    async fn transform(
        &self,
        plugin: &PluginRef,
        call: Call,
        settings: Arc<Settings>,
        event: OutgoingEvent,
    ) -> Ran<Decision>;

    /// Scores applications by one rule with one tenant's settings of it, each in a sandbox of its own; the answers in the
    /// order of the inputs.
    async fn score_all(
        &self,
        plugin: &PluginRef,
        call: Call,
        settings: Arc<Settings>,
        inputs: Vec<ScoringInput>,
    ) -> Vec<Ran<Score>>;

    /// The plugins that come with the server, with what they say about themselves.
    fn shipped(&self) -> Vec<(PluginRef, Manifest)> {
        Vec::new()
    }

    /// The component of a plugin that comes with the server, by its id.
    fn shipped_component(&self, _id: &str) -> Option<Bytes> {
        None
    }

    /// The first half of the checks on a file that shall become a plugin: its size, that it is a component, that every
    /// byte of it is valid, and its manifest. Whose signature it bears is asked between the halves.
    async fn examine(&self, _component: Bytes) -> Result<Examined, Refusal> {
        Err(Refusal::new("plugins_unavailable", "this server runs no plugins of tenants"))
    }

    /// The second half: what it asks for and offers, and whether it fits into a sandbox.
    fn admit(&self, _examined: &Examined) -> Result<(), Refusal> {
        Err(Refusal::new("plugins_unavailable", "this server runs no plugins of tenants"))
    }

    /// Makes code of a component that passed the checks, or finds what was made of it before, and keeps it ready on this
    /// node. Who may call it is the caller's to decide.
    async fn hold(&self, _component: Bytes) -> Result<PluginRef, Refusal> {
        Err(Refusal::new("plugins_unavailable", "this server runs no plugins of tenants"))
    }

    /// Whether its code is ready on this node.
    fn is_held(&self, _digest: &str) -> bool {
        false
    }

    /// On what terms this tenant's calls of it run from now on, on this node; those under way, too.
    fn lend(&self, _tenant: TenantId, _digest: &str, _terms: Terms) {}

    /// The revision of the terms it runs on for this tenant.
    fn lent(&self, _tenant: TenantId, _digest: &str) -> Option<i64> {
        None
    }
}
