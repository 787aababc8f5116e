//! The plugin host: implements [`Hooks`] by running components in sandboxes, on a runtime of its own.
//! Everything between a file and a call is here; types generated from the contract never leave.

mod admission;
mod artifacts;
mod bindings;
mod calls;
mod checks;
mod compile;
pub mod contract;
mod engine;
mod exports;
mod failure;
mod held;
mod imports;
mod installed;
mod loading;
pub mod manifest;
mod meter;
mod metrics;
mod remote_cache;
mod sandbox;
mod section;
mod settings;
mod shipped;
mod turns;

use std::sync::{Arc, OnceLock};

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use self::admission::Admission;
use self::artifacts::Artifacts;
use self::calls::{Calls, Question};
pub use self::compile::SUBCOMMAND as COMPILE_SUBCOMMAND;
use self::engine::Engines;
use self::exports::{resume_parser, scoring_rule, text_extractor, webhook_transform};
use self::held::Held;
use self::installed::{Installed, Registry};
use self::loading::{Inner, host_refusal};
use self::manifest::Manifest;
use self::remote_cache::RemoteCache;
pub use self::settings::{Budgets, Limits, Settings};
use self::turns::Turns;
use crate::components::Examined;
pub use crate::components::Refusal;
use crate::components::terms::Terms;
use crate::hooks::{Call, Document, Hooks, Kind, PluginRef, Ran};
use crate::ids::TenantId;
use crate::scoring::{Score, ScoringInput, Settings as PluginSettings};
use crate::text::ExtractedText;
use crate::transforming::{Decision, OutgoingEvent};
use crate::unified_resume::ReadResume;

/// The child's side of compiling, for `main` alone.
///
/// # Errors
/// A sentence for standard error.
pub fn compile_as_child(arguments: &[String]) -> Result<(), String> {
    compile::as_child(arguments)
}

/// Reads résumés where nobody wants another parser.
const DEFAULT_PARSER: &str = "mortise/resume-parser";

/// All plugins of this process.
pub struct Plugins {
    inner: Arc<Inner>,
    /// Guests spin here, and only here: the threads that serve requests stay free. Taken when this is dropped.
    runtime: Option<Runtime>,
}

impl Plugins {
    /// Starts the plugin host. The shipped plugins are known when this returns and load in the background;
    /// calls wait for the plugin they need.
    ///
    /// # Errors
    /// The cache folder or the engine cannot be made, or a shipped plugin's manifest is wrong.
    pub fn open(settings: Settings) -> anyhow::Result<Arc<Self>> {
        let plugins = Arc::new(Self::bare(settings)?);
        for shipped in shipped::SHIPPED {
            plugins
                .install_shipped(shipped)
                .with_context(|| format!("the shipped plugin {}", shipped.name))?;
        }
        Ok(plugins)
    }

    /// The same without any plugin: for tests of the host itself.
    ///
    /// # Errors
    /// The cache folder or the engine cannot be made.
    pub fn bare(settings: Settings) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(settings.threads.max(1))
            .thread_name("plugins")
            .enable_all()
            .build()
            .context("cannot start the threads that run plugins")?;
        let compiler = match &settings.compiler {
            Some(compiler) => compiler.clone(),
            None => compile::own_executable().context("cannot find this program's own file")?,
        };
        let held = Held::new();
        let inner = Inner {
            compiler,
            calls: Calls {
                leases: held.leases().clone(),
                engines: Engines::new(&settings)?,
                admission: Admission::new(&settings),
                turns: Turns::new(settings.threads),
                clock: settings.clock.clone(),
                no_config: Arc::default(),
            },
            registry: Registry::default(),
            held,
            artifacts: Artifacts::open(&settings.cache_dir, settings.artifact_key)?,
            remote_cache: settings.remote_cache.clone().map(RemoteCache::new),
            // As many as there are shipped plugins: a first start waits for the slowest, not for the sum.
            compiling: Semaphore::new(settings.threads.max(4)),
            general: OnceLock::new(),
            pure: OnceLock::new(),
            settings,
        };
        Ok(Self { inner: Arc::new(inner), runtime: Some(runtime) })
    }

    fn install_shipped(&self, shipped: &'static shipped::Shipped) -> Result<(), Refusal> {
        let manifest = Manifest::of(shipped.component)?;
        let (installed, _) = self.inner.register(manifest, shipped.digest, true);
        let inner = Arc::clone(&self.inner);
        let component = Bytes::from_static(shipped.component);
        self.runtime().spawn(async move {
            inner.prepare(Arc::clone(&installed), component, false).await;
            if let Some(Err(refusal)) = installed.loaded() {
                tracing::error!(plugin = installed.plugin.id, code = refusal.code, "{}", refusal.message);
            }
        });
        Ok(())
    }

    /// Checks, compiles and registers a component for as long as this process lives.
    ///
    /// # Errors
    /// Why it was refused, and what to do about it.
    pub async fn load(&self, component: Bytes) -> Result<PluginRef, Refusal> {
        let inner = Arc::clone(&self.inner);
        let task = self.runtime().spawn(async move { inner.load(component).await });
        task.await.unwrap_or_else(|error| Err(host_refusal(&error)))
    }

    /// Waits until every shipped plugin's code is loaded.
    ///
    /// # Errors
    /// The first plugin that does not load.
    pub async fn warm(&self) -> Result<(), Refusal> {
        for installed in self.inner.registry.all().iter().filter(|installed| installed.is_shipped) {
            installed.prepared().await?;
        }
        Ok(())
    }

    /// Every plugin, in order of installation.
    pub fn manifests(&self) -> Vec<(PluginRef, Manifest)> {
        let all = self.inner.registry.all();
        all.iter().map(|installed| (installed.plugin.clone(), installed.manifest.clone())).collect()
    }

    /// Scores one application by a rule without settings.
    pub async fn score(&self, plugin: &PluginRef, call: Call, input: ScoringInput) -> Ran<Score> {
        self.ask(plugin, call, scoring_rule::Scoring::new(input)).await
    }

    /// Asks a transform without settings what becomes of an event before it is delivered.
    pub async fn transform_plainly(
        &self,
        plugin: &PluginRef,
        call: Call,
        event: OutgoingEvent,
    ) -> Ran<Decision> {
        self.ask(plugin, call, webhook_transform::Transform::new(event)).await
    }

    /// Runs one call on the plugins' own threads. Whoever stops waiting stops the call.
    async fn ask<Q: Question>(&self, plugin: &PluginRef, call: Call, question: Q) -> Ran<Q::Accepted> {
        self.ask_with(plugin, call, Arc::clone(&self.inner.calls.no_config), question).await
    }

    async fn ask_with<Q: Question>(
        &self,
        plugin: &PluginRef,
        call: Call,
        settings: Arc<PluginSettings>,
        question: Q,
    ) -> Ran<Q::Accepted> {
        let Some(installed) = self.inner.callable(&plugin.digest) else {
            return calls::refused(plugin, failure::not_installed(&plugin.id));
        };
        let inner = Arc::clone(&self.inner);
        let work = async move { inner.calls.run(&installed, call, &settings, question).await };
        match AbortOnDropHandle::new(self.runtime().spawn(work)).await {
            Ok(ran) => ran,
            Err(error) => calls::refused(plugin, failure::of_host(&error)),
        }
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("only drop takes it")
    }
}

impl Drop for Plugins {
    /// Guests that run are left at their next tick; waiting for them could block a thread that must not be.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[async_trait]
impl Hooks for Plugins {
    fn extractor(&self, _tenant: TenantId, media_type: &str) -> Option<PluginRef> {
        let opens = |installed: &&Arc<Installed>| {
            installed.plugin.kind == Kind::TextExtractor
                && installed.manifest.media_types.iter().any(|opened| opened == media_type)
        };
        self.inner.registry.all().iter().find(opens).map(|installed| installed.plugin.clone())
    }

    fn parser(&self, _tenant: TenantId, wanted: Option<&str>) -> Option<PluginRef> {
        if let Some(id) = wanted {
            return self.named(Kind::ResumeParser, id).map(|(plugin, _)| plugin);
        }
        let mut parsers = self.inner.registry.all();
        parsers.retain(|installed| installed.plugin.kind == Kind::ResumeParser && !installed.is_offer());
        let usual =
            parsers.iter().find(|installed| installed.plugin.id == DEFAULT_PARSER).or(parsers.first())?;
        Some(usual.plugin.clone())
    }

    fn named(&self, kind: Kind, id: &str) -> Option<(PluginRef, Manifest)> {
        let all = self.inner.registry.all();
        // Of several versions, the one installed last.
        let mut of_kind =
            all.iter().rev().filter(|installed| installed.plugin.kind == kind && !installed.is_offer());
        let named = of_kind.find(|installed| installed.plugin.id == id)?;
        Some((named.plugin.clone(), named.manifest.clone()))
    }

    fn media_types(&self) -> Vec<String> {
        let all = self.inner.registry.all();
        let extractors = all.iter().filter(|installed| installed.plugin.kind == Kind::TextExtractor);
        let mut types: Vec<String> =
            extractors.flat_map(|installed| installed.manifest.media_types.iter().cloned()).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    async fn ready(&self) -> Result<(), String> {
        for installed in self.inner.registry.all().iter().filter(|installed| installed.is_shipped) {
            let id = &installed.plugin.id;
            match installed.loaded() {
                Some(Ok(_)) => {}
                Some(Err(refusal)) => return Err(format!("the plugin {id} does not load: {refusal}")),
                None => return Err(format!("the plugin {id} is still being compiled")),
            }
        }
        Ok(())
    }

    async fn extract(&self, plugin: &PluginRef, call: Call, document: Document) -> Ran<ExtractedText> {
        self.ask(plugin, call, text_extractor::Extract { document }).await
    }

    async fn parse(
        &self,
        plugin: &PluginRef,
        call: Call,
        document: Document,
        text: Arc<ExtractedText>,
    ) -> Ran<ReadResume> {
        self.ask(plugin, call, resume_parser::Parse { document, text }).await
    }

    async fn transform(
        &self,
        plugin: &PluginRef,
        call: Call,
        settings: Arc<PluginSettings>,
        event: OutgoingEvent,
    ) -> Ran<Decision> {
        self.ask_with(plugin, call, settings, webhook_transform::Transform::new(event)).await
    }

    /// With one change of threads for all of them.
    async fn score_all(
        &self,
        plugin: &PluginRef,
        call: Call,
        settings: Arc<PluginSettings>,
        inputs: Vec<ScoringInput>,
    ) -> Vec<Ran<Score>> {
        let count = inputs.len();
        let unanswered = |failure: crate::hooks::Failure| {
            (0..count).map(|_| calls::refused(plugin, failure.clone())).collect()
        };
        let Some(installed) = self.inner.callable(&plugin.digest) else {
            return unanswered(failure::not_installed(&plugin.id));
        };
        let inner = Arc::clone(&self.inner);
        let work = async move {
            let mut scores = Vec::with_capacity(count);
            for input in inputs {
                let question = scoring_rule::Scoring::new(input);
                scores.push(inner.calls.run(&installed, call, &settings, question).await);
            }
            scores
        };
        match AbortOnDropHandle::new(self.runtime().spawn(work)).await {
            Ok(scores) => scores,
            Err(error) => unanswered(failure::of_host(&error)),
        }
    }

    fn shipped(&self) -> Vec<(PluginRef, Manifest)> {
        let all = self.inner.registry.all();
        let shipped = all.iter().filter(|installed| installed.is_shipped);
        shipped.map(|installed| (installed.plugin.clone(), installed.manifest.clone())).collect()
    }

    fn shipped_component(&self, id: &str) -> Option<Bytes> {
        let all = self.inner.registry.all();
        let installed = all.iter().find(|installed| installed.is_shipped && installed.plugin.id == id)?;
        let mut shipped = shipped::SHIPPED.iter();
        let found = shipped.find(|shipped| shipped.digest == installed.plugin.digest)?;
        Some(Bytes::from_static(found.component))
    }

    async fn examine(&self, component: Bytes) -> Result<Examined, Refusal> {
        self.inner.examined(component).await
    }

    fn admit(&self, examined: &Examined) -> Result<(), Refusal> {
        self.inner.admitted(examined)
    }

    async fn hold(&self, component: Bytes) -> Result<PluginRef, Refusal> {
        let inner = Arc::clone(&self.inner);
        let task = self.runtime().spawn(async move { inner.hold(component).await });
        task.await.unwrap_or_else(|error| Err(host_refusal(&error)))
    }

    fn is_held(&self, digest: &str) -> bool {
        match self.inner.registry.get(digest) {
            Some(installed) => matches!(installed.loaded(), Some(Ok(_))),
            None => self.inner.held.is_ready(digest),
        }
    }

    fn lend(&self, tenant: TenantId, digest: &str, terms: Terms) {
        self.inner.held.lend(tenant, digest, terms);
    }

    fn lent(&self, tenant: TenantId, digest: &str) -> Option<i64> {
        let lease = self.inner.held.leases().get(&(tenant, digest.to_owned()))?;
        Some(lease.now().revision)
    }
}
