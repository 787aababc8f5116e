//! The plugins this process knows, and how far each of them is: known at once, callable when its code is loaded.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::bindings::extractor::TextExtractorPre;
use super::bindings::parser::ResumeParserPre;
use super::bindings::scorer::ScoringRulePre;
use super::bindings::transformer::WebhookTransformPre;
use super::checks::Refusal;
use super::engine::Class;
use super::imports;
use super::manifest::Manifest;
use super::sandbox::Sandbox;
use super::settings::Limits;
use crate::hooks::{Kind, PluginRef};

/// A component linked against the host, as far as that goes without a store.
pub(crate) enum Prepared {
    TextExtractor(TextExtractorPre<Sandbox>),
    ResumeParser(ResumeParserPre<Sandbox>),
    ScoringRule(ScoringRulePre<Sandbox>),
    WebhookTransform(WebhookTransformPre<Sandbox>),
}

impl Prepared {
    /// Links the component; types that do not match the contract come to light here.
    pub(crate) fn link(engine: &Engine, component: &Component, kind: Kind) -> Result<Self, Refusal> {
        let link = || -> wasmtime::Result<Self> {
            let pre = imports::linker(engine, Class::of(kind))?.instantiate_pre(component)?;
            Ok(match kind {
                Kind::TextExtractor => Self::TextExtractor(TextExtractorPre::new(pre)?),
                Kind::ResumeParser => Self::ResumeParser(ResumeParserPre::new(pre)?),
                Kind::ScoringRule => Self::ScoringRule(ScoringRulePre::new(pre)?),
                Kind::WebhookTransform => Self::WebhookTransform(WebhookTransformPre::new(pre)?),
            })
        };
        link().map_err(|error| {
            Refusal::new(
                "contract_mismatch",
                format!(
                    "the component does not match the interfaces of this server; build it with its SDK: {error:#}"
                ),
            )
        })
    }
}

type Loading = Option<Result<Arc<Prepared>, Refusal>>;

/// One plugin in one version.
pub(crate) struct Installed {
    pub(crate) plugin: PluginRef,
    pub(crate) manifest: Manifest,
    pub(crate) limits: Limits,
    /// The server is not ready without it.
    pub(crate) is_shipped: bool,
    /// Distinct within this process; cheaper to compare than a digest.
    pub(crate) number: u64,
    loading: watch::Sender<Loading>,
}

impl Installed {
    pub(crate) fn new(
        manifest: Manifest,
        digest: String,
        is_shipped: bool,
        limits: Limits,
        number: u64,
    ) -> Self {
        let plugin = PluginRef {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            kind: manifest.kind,
            digest,
        };
        Self { plugin, manifest, limits, is_shipped, number, loading: watch::Sender::new(None) }
    }

    /// What asks for capabilities is used by tenants that have installed it, and by nobody else.
    pub(crate) fn is_offer(&self) -> bool {
        self.is_shipped && !self.manifest.capabilities.is_empty()
    }

    pub(crate) fn finish(&self, loaded: Result<Arc<Prepared>, Refusal>) {
        self.loading.send_replace(Some(loaded));
    }

    /// Absent while it is still loading.
    pub(crate) fn loaded(&self) -> Loading {
        self.loading.borrow().clone()
    }

    /// Waits until the code is loaded or turned out not to load.
    pub(crate) async fn prepared(&self) -> Result<Arc<Prepared>, Refusal> {
        if let Some(loaded) = self.loaded() {
            return loaded;
        }
        let mut receiver = self.loading.subscribe();
        let loaded = receiver.wait_for(Option::is_some).await.map(|loaded| loaded.clone());
        // The sender lives in `self`, so there always is an answer.
        loaded
            .ok()
            .flatten()
            .unwrap_or_else(|| Err(Refusal::new("compile_failed", "the server is shutting down")))
    }
}

/// All of them: by digest for calls, in order of installation for choices.
#[derive(Default)]
pub(crate) struct Registry(RwLock<Known>);

#[derive(Default)]
struct Known {
    by_digest: HashMap<String, Arc<Installed>>,
    in_order: Vec<Arc<Installed>>,
}

impl Registry {
    /// Makes it known, unless it already is: then the one that was first is the answer, and `false`.
    pub(crate) fn add(&self, make: impl FnOnce(u64) -> Installed, digest: &str) -> (Arc<Installed>, bool) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = known.by_digest.get(digest) {
            return (Arc::clone(first), false);
        }
        let installed = Arc::new(make(known.in_order.len() as u64));
        known.by_digest.insert(digest.to_owned(), Arc::clone(&installed));
        known.in_order.push(Arc::clone(&installed));
        (installed, true)
    }

    pub(crate) fn remove(&self, digest: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Its place stays: numbers are never used twice.
        known.by_digest.remove(digest);
    }

    pub(crate) fn get(&self, digest: &str) -> Option<Arc<Installed>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).by_digest.get(digest).cloned()
    }

    /// In order of installation.
    pub(crate) fn all(&self) -> Vec<Arc<Installed>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_installed =
            |installed: &&Arc<Installed>| known.by_digest.contains_key(&installed.plugin.digest);
        known.in_order.iter().filter(is_installed).cloned().collect()
    }
}
