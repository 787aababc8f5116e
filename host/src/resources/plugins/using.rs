//! Plugins for whoever calls one: which are to be asked, in which order, made ready on this node with their settings and
//! grants; and what a call's end says about its plugin.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::breaker::{self, AskedAs};
use super::rollouts::{self, Beside, Role};
use super::values::OwnValues;
use super::{Version, store};
use crate::caller::Caller;
use crate::components::settings::Settings;
use crate::components::terms::{Means, Terms};
use crate::components::{Capability, CapabilityName, Manifest};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::hooks::{Kind, PluginRef, Ran};
use crate::ids::{PluginVersionId, RunId};
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
    /// None: what it does is held against nobody.
    asked_as: Option<AskedAs>,
    /// Something has spoken against it lately.
    is_doubtful: bool,
    /// The version that is asked the same beside it.
    shadow: Option<PluginVersionId>,
}

impl Handle {
    fn built_in(plugin: PluginRef, manifest: Manifest) -> Self {
        Self { plugin, manifest, own: None }
    }

    fn own(own: Own) -> Self {
        let plugin = own.version.plugin_ref();
        Self { plugin, manifest: own.version.manifest.0.clone(), own: Some(own) }
    }

    /// A version that need not be one that is in use: its calls say nothing about the plugin.
    pub fn of_version(version: Version) -> Self {
        Self::own(Own { version, asked_as: None, is_doubtful: false, shadow: None })
    }

    /// Who is to be asked the same once this one's answer is kept; nobody, mostly.
    pub fn beside(&self, services: &Services, run: RunId) -> Option<Beside> {
        let version = self.own.as_ref()?.shadow?;
        Some(Beside { version, run, asked_at: services.clock.now() })
    }

    /// The version of the tenant's own plugin; none for one that comes with the server.
    pub fn version(&self) -> Option<&Version> {
        self.own.as_ref().map(|own| &own.version)
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

/// A plugin of the tenant's own with its versions that are asked.
#[derive(Clone, Debug)]
pub struct InUse {
    active: store::Asked,
    /// With its share.
    canary: Option<(store::Asked, i64)>,
    shadow: Option<PluginVersionId>,
}

impl InUse {
    /// `vendor/name`.
    pub fn name(&self) -> &str {
        &self.active.version.manifest.id
    }

    /// Whom to ask about something, and whom next where there is no answer: the canary if its share meets it, and the version
    /// in use. Nobody who is suspended. About nothing in particular, the version in use alone.
    ///
    /// # Errors
    /// The database's.
    pub async fn about(
        &self,
        services: &Services,
        caller: &Caller,
        subject: Option<&str>,
    ) -> Result<Vec<Handle>> {
        let mut handles = Vec::new();
        if let (Some((canary, share)), Some(subject)) = (&self.canary, subject)
            && rollouts::meets(canary.version.id, *share, subject)
            && is_asked(services, caller, canary, AskedAs::Canary).await?
        {
            handles.push(self.handle(canary, AskedAs::Canary));
        }
        let is_active_asked = match handles.is_empty() {
            true => is_asked(services, caller, &self.active, AskedAs::Active).await?,
            // Whoever only stands by does not take the one try that a suspended version has.
            false => self.active.suspended_at.is_none(),
        };
        if is_active_asked {
            handles.push(self.handle(&self.active, AskedAs::Active));
        }
        Ok(handles)
    }

    fn handle(&self, asked: &store::Asked, asked_as: AskedAs) -> Handle {
        let is_doubtful = asked.strikes > 0 || asked.suspended_at.is_some();
        Handle::own(Own {
            version: asked.version.clone(),
            asked_as: Some(asked_as),
            is_doubtful,
            shadow: self.shadow,
        })
    }
}

/// Whether it is not suspended, or this is the one call that tries it again.
async fn is_asked(
    services: &Services,
    caller: &Caller,
    asked: &store::Asked,
    asked_as: AskedAs,
) -> Result<bool> {
    if asked.suspended_at.is_none() {
        return Ok(true);
    }
    let is_due = asked.suspended_until.is_none_or(|until| until <= services.clock.now());
    Ok(is_due && breaker::probe(services, &unbounded(caller), &asked.version, asked_as).await?)
}

/// The tenant's own plugins of a kind that are in use, the one activated last first.
///
/// # Errors
/// The database's.
pub async fn in_use(
    services: &Services,
    caller: &Caller,
    kind: Kind,
    wanted: impl Fn(&Manifest) -> bool,
) -> Result<Vec<InUse>> {
    let caller = unbounded(caller);
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let mut active = store::list_active(&mut tx, kind).await?;
    active.retain(|active| wanted(&active.version.manifest));
    // Most tenants have none, and nothing more is asked for them.
    let mut beside = match active.is_empty() {
        true => Vec::new(),
        false => rollouts::store::list_asked(&mut tx, kind).await?,
    };
    tx.commit().await?;
    let in_use = active.into_iter().map(|active| {
        let plugin = active.version.plugin_id;
        let mut found = InUse { active, canary: None, shadow: None };
        for rollout in beside.extract_if(.., |rollout| rollout.asked.version.plugin_id == plugin) {
            match rollout.role {
                Role::Shadow => found.shadow = Some(rollout.asked.version.id),
                Role::Canary => {
                    found.canary = Some((rollout.asked, rollout.share_percent.unwrap_or_default()));
                }
            }
        }
        found
    });
    Ok(in_use.collect())
}

/// Of all these the ones to ask about something, in this order. Each has to be prepared.
///
/// # Errors
/// The database's.
pub async fn chain(
    services: &Services,
    caller: &Caller,
    kind: Kind,
    subject: &str,
    wanted: impl Fn(&Manifest) -> bool,
) -> Result<Vec<Handle>> {
    let mut chain = Vec::new();
    for plugin in in_use(services, caller, kind, &wanted).await? {
        let asked = plugin.about(services, caller, Some(subject)).await?;
        // A canary may want something else than the version in use.
        chain.extend(asked.into_iter().filter(|handle| wanted(&handle.manifest)));
    }
    Ok(chain)
}

/// The plugin of this id (`vendor/name`) and kind, ready to be called: the tenant's own, as [`InUse::about`] says, else one
/// that comes with the server. Nothing when there is none, or it is suspended.
///
/// # Errors
/// `Unavailable` when the database or the file store does not answer.
pub async fn resolve(
    services: &Services,
    caller: &Caller,
    key: &str,
    kind: Kind,
    subject: Option<&str>,
) -> Result<Vec<Handle>> {
    let mut found = Vec::new();
    for plugin in in_use(services, caller, kind, |manifest| manifest.id == key).await? {
        found.extend(plugin.about(services, caller, subject).await?);
    }
    if found.is_empty() {
        let built_in = services.hooks.named(kind, key);
        found.extend(built_in.map(|(plugin, manifest)| Handle::built_in(plugin, manifest)));
    }
    for handle in &found {
        prepare(services, caller, handle).await?;
    }
    Ok(found)
}

/// Makes the very version ready that this names, whether or not it is in use. One that is gone, or that a revoked key signed,
/// will not be there when it is called.
///
/// # Errors
/// `Unavailable` when the database or the file store does not answer.
pub async fn prepare_exactly(services: &Services, caller: &Caller, plugin: &PluginRef) -> Result<()> {
    let unbounded = unbounded(caller);
    let mut tx = services.db.read(&unbounded, Permission::PluginRead).await?;
    let version = store::find_trusted(&mut tx, &plugin.id, &plugin.digest).await?;
    tx.commit().await?;
    match version {
        Some(version) => prepare(services, caller, &Handle::of_version(version)).await,
        None => Ok(()),
    }
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
    let mut versions: Vec<_> = active.filter(|version| version.manifest.id == key).collect();
    if let Some(plugin) = versions.first().map(|active| active.plugin_id) {
        let beside = rollouts::store::list_asked(tx, kind).await?.into_iter();
        let beside = beside.map(|rollout| rollout.asked.version);
        versions.extend(beside.filter(|version| version.plugin_id == plugin));
    }
    Ok(versions)
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
        outbound: Arc::new(services.outbound.clone()),
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
    let Some(Own { version, asked_as: Some(asked_as), is_doubtful, .. }) = &handle.own else { return Ok(()) };
    breaker::settle(services, &unbounded(caller), version, (*asked_as, *is_doubtful), ran).await
}
