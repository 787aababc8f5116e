//! The plugin host: implements [`Hooks`] by running components in sandboxes, on a runtime of its own.
//! Everything between a file and a call is here; types generated from the contract never leave.

mod admission;
mod artifacts;
mod bindings;
mod calls;
mod checks;
mod compile;
mod engine;
mod exports;
mod failure;
mod imports;
mod installed;
pub mod manifest;
mod meter;
mod sandbox;
mod section;
mod settings;
mod shipped;
mod turns;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio_util::task::AbortOnDropHandle;

use self::admission::Admission;
use self::artifacts::{Artifacts, Key};
use self::calls::{Calls, Question};
pub use self::checks::Refusal;
pub use self::compile::SUBCOMMAND as COMPILE_SUBCOMMAND;
use self::engine::{Class, Engines};
pub use self::exports::scoring_rule::{
    Answer, Contribution, Score, ScoredCandidate, ScoredJob, ScoringInput, WeightedSkill,
};
use self::exports::{resume_parser, scoring_rule, text_extractor};
use self::installed::{Installed, Prepared, Registry};
use self::manifest::Manifest;
pub use self::settings::{Budgets, Limits, Settings};
use self::turns::Turns;
use crate::hooks::{Call, Document, Hooks, Kind, PluginRef, Ran};
use crate::ids::TenantId;
use crate::text::ExtractedText;
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

struct Inner {
    settings: Settings,
    compiler: PathBuf,
    calls: Calls,
    registry: Registry,
    artifacts: Artifacts,
    compiling: Semaphore,
    general: OnceLock<[u8; 32]>,
    pure: OnceLock<[u8; 32]>,
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
        let inner = Inner {
            compiler,
            calls: Calls {
                engines: Engines::new(&settings)?,
                admission: Admission::new(&settings),
                turns: Turns::new(settings.threads),
                clock: settings.clock.clone(),
                no_config: Arc::default(),
            },
            registry: Registry::default(),
            artifacts: Artifacts::open(&settings.cache_dir, settings.artifact_key)?,
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
        let (installed, _) = self.inner.register(manifest, shipped.digest);
        let inner = Arc::clone(&self.inner);
        let component = Bytes::from_static(shipped.component);
        self.runtime().spawn(async move { inner.prepare(&installed, component, false).await });
        Ok(())
    }

    /// Checks, compiles and registers a component for as long as this process lives.
    ///
    /// # Errors
    /// Why it was refused, and what to do about it.
    pub async fn load(&self, component: Bytes) -> Result<PluginRef, Refusal> {
        let inner = Arc::clone(&self.inner);
        let task = self.runtime().spawn(async move { inner.load(component).await });
        match task.await {
            Ok(loaded) => loaded,
            Err(error) => {
                Err(Refusal::new("plugin_host_error", format!("the plugin could not be loaded: {error}")))
            }
        }
    }

    /// Waits until every plugin's code is loaded.
    ///
    /// # Errors
    /// The first plugin that does not load.
    pub async fn warm(&self) -> Result<(), Refusal> {
        for installed in self.inner.registry.all() {
            installed.prepared().await?;
        }
        Ok(())
    }

    /// Every plugin, in order of installation.
    pub fn manifests(&self) -> Vec<(PluginRef, Manifest)> {
        let all = self.inner.registry.all();
        all.iter().map(|installed| (installed.plugin.clone(), installed.manifest.clone())).collect()
    }

    /// Scores one application.
    pub async fn score(&self, plugin: &PluginRef, call: Call, input: ScoringInput) -> Ran<Score> {
        self.ask(plugin, call, scoring_rule::Scoring::new(input)).await
    }

    /// Scores many, each in a sandbox of its own, with one change of threads for all of them.
    pub async fn score_all(
        &self,
        plugin: &PluginRef,
        call: Call,
        inputs: Vec<ScoringInput>,
    ) -> Vec<Ran<Score>> {
        let count = inputs.len();
        let unanswered = |failure: crate::hooks::Failure| {
            (0..count).map(|_| calls::refused(plugin, failure.clone())).collect()
        };
        let Some(installed) = self.inner.registry.get(&plugin.digest) else {
            return unanswered(failure::not_installed(&plugin.id));
        };
        let inner = Arc::clone(&self.inner);
        let work = async move {
            let mut scores = Vec::with_capacity(count);
            for input in inputs {
                scores.push(inner.calls.run(&installed, call, scoring_rule::Scoring::new(input)).await);
            }
            scores
        };
        match AbortOnDropHandle::new(self.runtime().spawn(work)).await {
            Ok(scores) => scores,
            Err(error) => unanswered(failure::of_host(&error)),
        }
    }

    /// Runs one call on the plugins' own threads. Whoever stops waiting stops the call.
    async fn ask<Q: Question>(&self, plugin: &PluginRef, call: Call, question: Q) -> Ran<Q::Accepted> {
        let Some(installed) = self.inner.registry.get(&plugin.digest) else {
            return calls::refused(plugin, failure::not_installed(&plugin.id));
        };
        let inner = Arc::clone(&self.inner);
        let work = async move { inner.calls.run(&installed, call, question).await };
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

impl Inner {
    fn register(&self, manifest: Manifest, digest: &str) -> (Arc<Installed>, bool) {
        let budget = self.settings.budgets.of(manifest.kind);
        self.registry.add(|number| Installed::new(manifest, digest.to_owned(), budget, number), digest)
    }

    async fn load(&self, component: Bytes) -> Result<PluginRef, Refusal> {
        let most = self.settings.max_component_bytes;
        let bytes = component.clone();
        let (manifest, digest) =
            blocking(move || Ok((checks::check(&bytes, most)?, artifacts::digest(&bytes)))).await?;
        let (installed, is_new) = self.register(manifest, &digest);
        if is_new {
            self.prepare(&installed, component, true).await;
        }
        match installed.prepared().await {
            Ok(_) => Ok(installed.plugin.clone()),
            Err(refusal) => {
                self.registry.remove(&digest);
                Err(refusal)
            }
        }
    }

    async fn prepare(&self, installed: &Installed, component: Bytes, is_checked: bool) {
        let loaded = self.prepared(installed, component, is_checked).await;
        if let Err(refusal) = &loaded {
            tracing::error!(plugin = installed.plugin.id, code = refusal.code, "{}", refusal.message);
        }
        installed.finish(loaded.map(Arc::new));
    }

    /// Loads the kept artifact, or has one made. A kept artifact was made from a component that passed the checks.
    async fn prepared(
        &self,
        installed: &Installed,
        bytes: Bytes,
        is_checked: bool,
    ) -> Result<Prepared, Refusal> {
        let host_error = |error: &dyn std::fmt::Display| {
            Refusal::new(
                "plugin_host_error",
                format!("the plugin's code could not be kept or loaded: {error}"),
            )
        };
        let kind = installed.plugin.kind;
        let class = Class::of(kind);
        let key = Key::new(&installed.plugin.digest, &self.compatibility(class).map_err(|e| host_error(&e))?);
        let engine = self.calls.engines.of(class).map_err(|error| host_error(&error))?;

        let mut component = self.artifacts.load(engine, key);
        if component.is_none() {
            if !is_checked {
                let (most, bytes) = (self.settings.max_component_bytes, bytes.clone());
                blocking(move || checks::check(&bytes, most)).await?;
            }
            let _turn = self.compiling.acquire().await.map_err(|error| host_error(&error))?;
            let draft = self.artifacts.draft(key).map_err(|error| host_error(&error))?;
            compile::in_child(&self.compiler, &bytes, class, draft.path()).await?;
            self.artifacts.keep(key, &draft).map_err(|error| host_error(&error))?;
            component = self.artifacts.load(engine, key);
        }
        let component = component.ok_or_else(|| host_error(&"it is gone as soon as it is written"))?;
        engine::fits(&component, installed.limits.memory)?;
        Prepared::link(engine, &component, kind)
    }

    fn compatibility(&self, class: Class) -> wasmtime::Result<[u8; 32]> {
        let known = match class {
            Class::General => &self.general,
            Class::Pure => &self.pure,
        };
        match known.get() {
            Some(hash) => Ok(*hash),
            None => {
                let hash = engine::compatibility(class)?;
                Ok(*known.get_or_init(|| hash))
            }
        }
    }
}

/// Checks of a large component take long enough to be kept off the threads that run plugins.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Refusal::new("plugin_host_error", format!("the plugin could not be checked: {error}")))
    })
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
        let mut parsers = self.inner.registry.all();
        parsers.retain(|installed| installed.plugin.kind == Kind::ResumeParser);
        match wanted {
            // Of several versions, the one installed last.
            Some(id) => parsers.iter().rev().find(|installed| installed.plugin.id == id),
            None => {
                parsers.iter().find(|installed| installed.plugin.id == DEFAULT_PARSER).or(parsers.first())
            }
        }
        .map(|installed| installed.plugin.clone())
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
        for installed in self.inner.registry.all() {
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
}
