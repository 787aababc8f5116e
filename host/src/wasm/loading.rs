//! From a component's bytes to code that can be called: checked, compiled or found, mapped, linked. Also what all
//! calls share.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::artifacts::{Artifacts, Key};
use super::calls::Calls;
use super::checks::{self, Refusal};
use super::compile;
use super::engine::{self, Class};
use super::installed::{Installed, Prepared, Registry};
use super::manifest::Manifest;
use super::settings::Settings;
use crate::digest::sha256_hex;
use crate::hooks::PluginRef;

pub(super) struct Inner {
    pub(super) settings: Settings,
    pub(super) compiler: PathBuf,
    pub(super) calls: Calls,
    pub(super) registry: Registry,
    pub(super) artifacts: Artifacts,
    pub(super) compiling: Semaphore,
    pub(super) general: OnceLock<[u8; 32]>,
    pub(super) pure: OnceLock<[u8; 32]>,
}

impl Inner {
    pub(super) fn register(
        &self,
        manifest: Manifest,
        digest: &str,
        is_shipped: bool,
    ) -> (Arc<Installed>, bool) {
        let budget = self.settings.budgets.of(manifest.kind);
        let make = |number| Installed::new(manifest, digest.to_owned(), is_shipped, budget, number);
        self.registry.add(make, digest)
    }

    /// Checks, compiles and registers.
    pub(super) async fn load(self: Arc<Self>, component: Bytes) -> Result<PluginRef, Refusal> {
        let most = self.settings.max_component_bytes;
        let bytes = component.clone();
        let (manifest, digest) =
            blocking(move || Ok((checks::check(&bytes, most)?, sha256_hex(&bytes)))).await?;
        let (installed, is_new) = self.register(manifest, &digest, false);
        if is_new {
            Arc::clone(&self).prepare(Arc::clone(&installed), component, true).await;
        }
        match installed.prepared().await {
            Ok(_) => Ok(installed.plugin.clone()),
            Err(refusal) => {
                self.registry.remove(&digest);
                Err(refusal)
            }
        }
    }

    /// Whatever happens on the way, those who wait for the plugin get an answer.
    pub(super) async fn prepare(
        self: Arc<Self>,
        installed: Arc<Installed>,
        component: Bytes,
        is_checked: bool,
    ) {
        let work = Arc::clone(&self).prepared(Arc::clone(&installed), component, is_checked);
        let loaded = Handle::current().spawn(work).await.unwrap_or_else(|error| Err(host_refusal(&error)));
        installed.finish(loaded.map(Arc::new));
    }

    /// Loads the kept artifact, or has one made. A kept artifact was made from a component that passed the checks.
    async fn prepared(
        self: Arc<Self>,
        installed: Arc<Installed>,
        bytes: Bytes,
        is_checked: bool,
    ) -> Result<Prepared, Refusal> {
        let class = Class::of(installed.plugin.kind);
        let inner = Arc::clone(&self);
        let digest = installed.plugin.digest.clone();
        let (key, engine, mut component) = blocking(move || {
            let compatibility = inner.compatibility(class).map_err(|error| host_refusal(&error))?;
            let engine = inner.calls.engines.of(class).map_err(|error| host_refusal(&error))?.clone();
            let key = Key::new(&digest, &compatibility);
            let component = inner.artifacts.load(&engine, key);
            Ok((key, engine, component))
        })
        .await?;

        if component.is_none() {
            if !is_checked {
                let (most, bytes) = (self.settings.max_component_bytes, bytes.clone());
                blocking(move || checks::check(&bytes, most)).await?;
            }
            let _turn = self.compiling.acquire().await.map_err(|error| host_refusal(&error))?;
            let draft = self.artifacts.draft(key).map_err(|error| host_refusal(&error))?;
            compile::in_child(&self.compiler, &bytes, class, draft.path()).await?;
            let (inner, engine) = (Arc::clone(&self), engine.clone());
            component = blocking(move || {
                inner.artifacts.keep(key, &draft).map_err(|error| host_refusal(&error))?;
                Ok(inner.artifacts.load(&engine, key))
            })
            .await?;
        }
        let component = component.ok_or_else(|| host_refusal(&"it is gone as soon as it is written"))?;
        engine::fits(&component, installed.limits.memory)?;
        Prepared::link(&engine, &component, installed.plugin.kind)
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

pub(super) fn host_refusal(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new("plugin_host_error", format!("the server could not load the plugin: {error:#}"))
}

/// Hashing and checking a large component take long enough to be kept off the threads that run plugins.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(host_refusal(&error)))
}
