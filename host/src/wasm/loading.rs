//! From a component's bytes to code that can be called: checked, compiled or found, mapped, linked. Also what all
//! calls share.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::artifacts::{Artifacts, Key};
use super::calls::Calls;
use super::checks::{self, Refusal};
use super::compile;
use super::engine::{self, Class};
use super::held::Held;
use super::installed::{Installed, Prepared, Registry};
use super::manifest::Manifest;
use super::remote_cache::RemoteCache;
use super::settings::Settings;
use crate::components::Examined;
use crate::digest::sha256_hex;
use crate::hooks::PluginRef;

pub(super) struct Inner {
    pub(super) settings: Settings,
    pub(super) compiler: PathBuf,
    pub(super) calls: Calls,
    pub(super) registry: Registry,
    pub(super) held: Held,
    pub(super) artifacts: Artifacts,
    pub(super) remote_cache: Option<RemoteCache>,
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
        let limits = self.settings.budgets.for_plugin(&manifest);
        let make = |number| Installed::new(manifest, digest.to_owned(), is_shipped, limits, number);
        self.registry.add(make, digest)
    }

    /// Checks, compiles and registers.
    pub(super) async fn load(self: Arc<Self>, component: Bytes) -> Result<PluginRef, Refusal> {
        let Examined { manifest, digest, .. } = self.checked(component.clone()).await?;
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

    /// All checks that need no compiler.
    async fn checked(&self, component: Bytes) -> Result<Examined, Refusal> {
        let (most, budgets) = (self.settings.max_component_bytes, self.settings.budgets);
        blocking(move || {
            let memory = |manifest: &Manifest| budgets.for_plugin(manifest).memory;
            checks::check(&component, most, memory)
        })
        .await
    }

    /// The first half of them.
    pub(super) async fn examined(&self, component: Bytes) -> Result<Examined, Refusal> {
        let most = self.settings.max_component_bytes;
        blocking(move || checks::examine(&component, most)).await
    }

    /// The second half.
    pub(super) fn admitted(&self, examined: &Examined) -> Result<(), Refusal> {
        checks::admit(examined, self.settings.budgets.for_plugin(&examined.manifest).memory)
    }

    /// Makes code of a tenant's component, or finds it, and keeps it ready. What failed before is tried again.
    pub(super) async fn hold(self: Arc<Self>, component: Bytes) -> Result<PluginRef, Refusal> {
        let bytes = component.clone();
        let (manifest, digest) = blocking(move || Ok((Manifest::of(&bytes)?, sha256_hex(&bytes)))).await?;
        if let Some(shipped) = self.registry.get(&digest) {
            return shipped.prepared().await.map(|_| shipped.plugin.clone());
        }
        let limits = self.settings.budgets.for_plugin(&manifest);
        let make = |number| Installed::new(manifest, digest.clone(), false, limits, number);
        let (installed, is_new) = self.held.add(&digest, make);
        if is_new {
            Arc::clone(&self).prepare(Arc::clone(&installed), component, false).await;
        }
        installed.prepared().await.map(|_| installed.plugin.clone())
    }

    /// Code that can be called by its digest: of this process's own plugins, or of a tenant's.
    pub(super) fn callable(&self, digest: &str) -> Option<Arc<Installed>> {
        self.registry.get(digest).or_else(|| self.held.get(digest))
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

    /// Loads the kept artifact, or one that another node has made, or has one made. An artifact was made from a component
    /// that passed the checks.
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
            component = Arc::clone(&self).handed_over(key, &engine).await?;
        }
        if component.is_none() {
            if !is_checked {
                self.checked(bytes.clone()).await?;
            }
            let _turn = self.compiling.acquire().await.map_err(|error| host_refusal(&error))?;
            let draft = self.artifacts.draft(key).map_err(|error| host_refusal(&error))?;
            compile::in_child(&self.compiler, &bytes, class, draft.path()).await?;
            let (inner, engine) = (Arc::clone(&self), engine.clone());
            let (mac, made) = blocking(move || {
                let mac = inner.artifacts.keep(key, &draft).map_err(|error| host_refusal(&error))?;
                Ok((mac, inner.artifacts.load(&engine, key)))
            })
            .await?;
            component = made;
            if let Some(remote) = &self.remote_cache {
                remote.offer(&self.artifacts, key, &mac).await;
            }
        }
        let component = component.ok_or_else(|| host_refusal(&"it is gone as soon as it is written"))?;
        engine::fits(&component, installed.limits.memory)?;
        Prepared::link(&engine, &component, installed.plugin.kind)
    }

    /// What another node has compiled, if there is such a thing and it is sound.
    async fn handed_over(self: Arc<Self>, key: Key, engine: &Engine) -> Result<Option<Component>, Refusal> {
        let Some(remote) = &self.remote_cache else { return Ok(None) };
        let Some((draft, mac)) = remote.take(&self.artifacts, key).await else { return Ok(None) };
        let (inner, engine) = (Arc::clone(&self), engine.clone());
        blocking(move || {
            if let Err(error) = inner.artifacts.keep_foreign(key, &draft, &mac) {
                tracing::warn!(
                    name = inner.artifacts.public_name(key),
                    error = format!("{error:#}"),
                    "a compiled plugin in the file store is damaged or not ours; it is compiled again"
                );
                return Ok(None);
            }
            Ok(inner.artifacts.load(&engine, key))
        })
        .await
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
