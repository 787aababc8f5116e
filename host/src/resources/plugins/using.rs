//! Plugins for whoever calls one: which are to be asked, in which order, made ready on this node with their settings and
//! grants; and what a call's end says about its plugin.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::values::OwnValues;
use super::{Version, breaker, store};
use crate::caller::Caller;
use crate::components::settings::Settings;
use crate::components::terms::{Means, Terms};
use crate::components::{Capability, CapabilityName, Manifest};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::hooks::{Kind, PluginRef, Ran};
use crate::ids::{PluginId, PluginVersionId};
use crate::permissions::Permission;
use crate::resources::data_keys::{self, Secret};
use crate::resources::files;
use crate::resources::inference::asking::TenantModels;
use crate::services::Services;

/// A plugin that may be called now: the tenant's own, or one that comes with the server.
#[derive(Clone, Debug)]
pub struct Handle {
    /// What `Hooks` calls it by.
    pub plugin: PluginRef,
    pub manifest: Manifest,
    own: Option<Own>,
}

#[derive(Clone, Debug)]
struct Own {
    version: Version,
    /// Something has spoken against it lately.
    is_doubtful: bool,
}

impl Handle {
    fn of(active: store::Active) -> Self {
        let is_doubtful = active.strikes > 0 || active.suspended_at.is_some();
        let version = active.version;
        Self {
            plugin: version.plugin_ref(),
            manifest: version.manifest.0.clone(),
            own: Some(Own { version, is_doubtful }),
        }
    }

    fn built_in(plugin: PluginRef, manifest: Manifest) -> Self {
        Self { plugin, manifest, own: None }
    }

    /// A version that need not be the active one: its calls say nothing about the plugin.
    pub fn of_version(version: Version) -> Self {
        let (plugin, manifest) = (version.plugin_ref(), version.manifest.0.clone());
        Self { plugin, manifest, own: Some(Own { version, is_doubtful: false }) }
    }

    /// The tenant's own plugin and version; none for one that comes with the server.
    pub fn own(&self) -> Option<(PluginId, PluginVersionId)> {
        self.own.as_ref().map(|own| (own.version.plugin_id, own.version.id))
    }

    /// The settings it runs with, without the secret ones; for whoever keeps what a result depended on.
    pub fn config(&self) -> Map<String, Value> {
        let config = self.own.as_ref().and_then(|own| own.version.config.as_ref());
        config.map(|config| config.0.clone()).unwrap_or_default()
    }
}

/// With every permission of the tenant: what happens to a plugin is not what its caller asked for.
pub(super) fn unbounded(caller: &Caller) -> Caller {
    let all = Caller::new(caller.tenant, caller.actor, Grants::all());
    Caller { on_behalf_of: caller.on_behalf_of, ..all.from(caller.preparing().origin) }
}

/// The active plugin of this id (`vendor/name`) and kind, ready to be called: the tenant's own, else one that comes with the
/// server. Nothing when there is none, or it is suspended.
///
/// # Errors
/// `Unavailable` when the database or the file store does not answer.
pub async fn resolve(services: &Services, caller: &Caller, key: &str, kind: Kind) -> Result<Option<Handle>> {
    let own = own_active(services, caller, kind, |manifest| manifest.id == key).await?;
    let found = match own.into_iter().next() {
        Some(own) => Some(own),
        None => services.hooks.named(kind, key).map(|(plugin, manifest)| Handle::built_in(plugin, manifest)),
    };
    if let Some(handle) = &found {
        prepare(services, caller, handle).await?;
    }
    Ok(found)
}

/// The tenant's own plugins of a kind that are to be asked now, the one activated last first. Each has to be prepared.
///
/// # Errors
/// The database's.
pub async fn own_active(
    services: &Services,
    caller: &Caller,
    kind: Kind,
    wanted: impl Fn(&Manifest) -> bool,
) -> Result<Vec<Handle>> {
    let caller = unbounded(caller);
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let mut active = store::list_active(&mut tx, kind).await?;
    tx.commit().await?;
    active.retain(|active| wanted(&active.version.manifest));
    let now = services.clock.now();
    let mut handles = Vec::with_capacity(active.len());
    for active in active {
        if active.suspended_at.is_some() {
            let is_due = active.suspended_until.is_none_or(|until| until <= now);
            if !is_due || !breaker::probe(services, &caller, active.version.plugin_id).await? {
                continue;
            }
        }
        handles.push(Handle::of(active));
    }
    Ok(handles)
}

/// Whether a plugin of this kind that the tenant uses may ask other servers, and so may wait for long.
///
/// # Errors
/// The database's.
pub async fn asks_others(services: &Services, caller: &Caller, kind: Kind) -> Result<bool> {
    let caller = unbounded(caller);
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let active = store::list_active(&mut tx, kind).await?;
    tx.commit().await?;
    let leaves = |grant: &Capability| matches!(grant.name, CapabilityName::Http | CapabilityName::Inference);
    Ok(active.iter().any(|active| active.version.grants().iter().any(leaves)))
}

/// What the tenant's own text extractors open beside those that come with the server.
///
/// # Errors
/// The database's.
pub async fn media_types(services: &Services, caller: &Caller) -> Result<Vec<String>> {
    let caller = unbounded(caller);
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let own = store::list_active(&mut tx, Kind::TextExtractor).await?;
    tx.commit().await?;
    let mut types = services.hooks.media_types();
    types.extend(own.into_iter().flat_map(|active| active.version.manifest.0.media_types));
    types.sort_unstable();
    types.dedup();
    Ok(types)
}

/// Whether there is a plugin of this id and kind to be asked for by name: one of the tenant's own that is active, or one of
/// the server's.
///
/// # Errors
/// The database's.
pub async fn is_known(services: &Services, caller: &Caller, key: &str, kind: Kind) -> Result<bool> {
    if services.hooks.named(kind, key).is_some() {
        return Ok(true);
    }
    let caller = unbounded(caller);
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let own = store::list_active(&mut tx, kind).await?;
    tx.commit().await?;
    Ok(own.iter().any(|active| active.version.manifest.id == key))
}

/// The versions of the tenant's own plugin of this id that are asked.
///
/// # Errors
/// The database's.
pub(super) async fn versions_asked(tx: &mut Tx, key: &str, kind: Kind) -> Result<Vec<Version>> {
    let active = store::list_active(tx, kind).await?.into_iter().map(|active| active.version);
    Ok(active.filter(|version| version.manifest.id == key).collect())
}

/// Loads its code on this node and lends it its settings and grants, as far as that has still to be done. Code that does not
/// load is no error here: the call will say so.
///
/// # Errors
/// `Unavailable` when the database or the file store does not answer.
pub async fn prepare(services: &Services, caller: &Caller, handle: &Handle) -> Result<()> {
    let Some(Own { version, .. }) = &handle.own else { return Ok(()) };
    if services.hooks.lent(caller.tenant, &version.digest) != Some(version.version) {
        let caller = unbounded(caller);
        let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
        let terms = terms(services, &mut tx, version).await?;
        tx.commit().await?;
        services.hooks.lend(caller.tenant, &version.digest, terms);
    }
    if !services.hooks.is_held(&version.digest) {
        let component = match component(services, caller, version).await {
            Ok(component) => component,
            Err(error @ Error::Unavailable { .. }) => return Err(error),
            Err(error) => {
                tracing::error!(plugin = handle.plugin.id, %error, "a plugin's file is gone or damaged");
                return Ok(());
            }
        };
        if let Err(refusal) = services.hooks.hold(component).await {
            tracing::warn!(plugin = handle.plugin.id, code = refusal.code, "{}", refusal.message);
        }
    }
    Ok(())
}

/// The bytes that were installed.
///
/// # Errors
/// `Unavailable`; `Internal` when the file store has others.
pub async fn component(services: &Services, caller: &Caller, version: &Version) -> Result<bytes::Bytes> {
    let caller = unbounded(caller);
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let file = files::store::get(&mut tx, version.file_id).await?;
    tx.commit().await?;
    let component = services.blobs.get(&file.blob_key).await?;
    // What is run is what was signed and consented to, whatever happened to the file.
    if crate::digest::sha256_hex(&component) != version.digest {
        return Err(Error::internal("a plugin's stored file is not the one that was installed"));
    }
    Ok(component)
}

/// New settings and grants hold at once on this node, where the plugin is in use already.
///
/// # Errors
/// The database's.
pub(super) async fn renew(services: &Services, tx: &mut Tx, version: &Version) -> Result<Option<Terms>> {
    match services.hooks.lent(tx.tenant(), &version.digest) {
        Some(_) => Ok(Some(terms(services, tx, version).await?)),
        None => Ok(None),
    }
}

async fn terms(services: &Services, tx: &mut Tx, version: &Version) -> Result<Terms> {
    let plain = version.config.as_ref().map(|config| config.0.clone()).unwrap_or_default();
    let settings = Settings { plain, secret: unseal(services, tx, version).await? };
    let values = OwnValues {
        db: services.db.clone(),
        clock: services.clock.clone(),
        tenant: tx.tenant(),
        plugin: version.plugin_id,
    };
    let means = Means {
        outbound: services.outbound.clone(),
        values: Arc::new(values),
        models: Arc::new(TenantModels::new(services, tx.tenant())),
    };
    Ok(Terms::new(version.version, settings, version.grants().to_vec(), means))
}

fn place(row: &str) -> Secret<'_> {
    Secret { table: "plugin_versions", column: "secrets", row }
}

/// A version's secret settings.
///
/// # Errors
/// The database's; `Internal` when they were altered.
pub(super) async fn unseal(
    services: &Services,
    tx: &mut Tx,
    version: &Version,
) -> Result<Map<String, Value>> {
    let Some(sealed) = &version.secrets else { return Ok(Map::new()) };
    let row = version.id.to_string();
    let opened = data_keys::actions::unseal(tx, &services.keys, place(&row), sealed).await?;
    serde_json::from_slice(&opened)
        .map_err(|_| Error::internal("a plugin's sealed settings are no JSON object"))
}

/// Puts settings into a version, the secret ones sealed.
///
/// # Errors
/// The database's.
pub(super) async fn set_up(
    services: &Services,
    tx: &mut Tx,
    version: &mut Version,
    settings: Settings,
) -> Result<()> {
    let row = version.id.to_string();
    version.secrets = if settings.secret.is_empty() {
        None
    } else {
        let text = serde_json::to_vec(&settings.secret).map_err(anyhow::Error::new)?;
        Some(data_keys::actions::seal(tx, &services.clock, &services.keys, place(&row), &text).await?)
    };
    version.secret_names = sqlx::types::Json(settings.secret.keys().cloned().collect());
    version.config = Some(sqlx::types::Json(settings.plain));
    Ok(())
}

/// What the end of a call says about its plugin: after three defects in a row it is left alone for a while, and then tried
/// again once.
///
/// # Errors
/// The database's.
pub async fn settle<T>(services: &Services, caller: &Caller, handle: &Handle, ran: &Ran<T>) -> Result<()> {
    let Some(Own { version, is_doubtful }) = &handle.own else { return Ok(()) };
    breaker::settle(services, &unbounded(caller), version, *is_doubtful, ran).await
}
