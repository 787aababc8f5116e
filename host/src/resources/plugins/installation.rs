//! Installing: a file is checked in the order of what each check costs, its signature among them, and becomes a version.

use bytes::Bytes;
use serde_json::json;
use sqlx::types::Json;

use super::tasks::CompilePlugin;
use super::{Plugin, State, Version, offers, store, using};
use crate::caller::Caller;
use crate::components::settings::{Schema, Settings};
use crate::components::signature::Signature;
use crate::components::{Examined, OWN_VENDOR, Refusal};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{PluginId, PluginVersionId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::files::{self, File};
use crate::resources::trusted_keys::{self, TrustedKey};
use crate::services::Services;
use crate::tasks::{self, Priority, When};

/// A file that shall become a version of a plugin.
pub struct Incoming {
    pub component: Bytes,
    /// What the request called it, for what is said against it.
    pub place: &'static str,
    /// Where it was fetched from.
    pub source: Option<String>,
    pub signature: Option<Signature>,
    pub allows_unsigned: bool,
}

/// What a check said, as an answer: the file is at fault, or we are.
fn refused(place: &str, refusal: Refusal) -> Error {
    match refusal.code {
        "component_too_large" => Error::TooLarge { detail: refusal.message },
        "plugin_host_error" | "plugins_unavailable" => Error::Unavailable { detail: refusal.message },
        code => Error::invalid(place, code, refusal.message),
    }
}

/// Checks a file, keeps it, and has code made of it.
///
/// # Errors
/// `Forbidden`; `TooLarge`; `Invalid`, with the check's own code and what to do; `Conflict` when there is such a version.
pub async fn install(services: &Services, caller: &Caller, incoming: Incoming) -> Result<(Plugin, Version)> {
    caller.require(Permission::PluginWrite)?;
    let Incoming { component, place, source, signature, allows_unsigned } = incoming;
    let examined = services.hooks.examine(component.clone()).await;
    let examined = examined.map_err(|refusal| refused(place, refusal))?;
    let is_offered = offers::is_offered(services.hooks.as_ref(), &examined);
    if examined.manifest.vendor() == OWN_VENDOR && !is_offered {
        let detail =
            format!("`{OWN_VENDOR}/…` is what comes with the server; give the plugin an id of your own");
        return Err(Error::invalid(place, "vendor_reserved", detail));
    }
    let mut tx = services.db.read(caller, Permission::PluginWrite).await?;
    believe(&mut tx, &examined, signature.as_ref(), allows_unsigned || is_offered).await?;
    tx.commit().await?;
    services.hooks.admit(&examined).map_err(|refusal| refused(place, refusal))?;
    let file =
        files::actions::receive(services, &caller.preparing(), Permission::PluginWrite, component).await?;

    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    // A key may have been revoked meanwhile.
    let signer = believe(&mut tx, &examined, signature.as_ref(), allows_unsigned || is_offered).await?;
    let plugin = take_in(services, &mut tx, &examined).await?;
    clear_way(services, &mut tx, &plugin, &examined).await?;
    files::actions::keep(&mut tx, services, &file).await?;
    let version = add(services, &mut tx, &plugin, examined, &file, source, signer.as_ref()).await?;
    if signer.is_none() && !is_offered {
        let what = json!({ "plugin": plugin.name, "release": version.release, "digest": version.digest });
        let change = Change::noted(what);
        audit::record(&mut tx, &services.clock, "plugin.unsigned_allowed", plugin.id, change);
    }
    tx.commit().await?;
    Ok((plugin, version))
}

/// Whose signature it bears. None when it bears none and need not.
async fn believe(
    tx: &mut Tx,
    examined: &Examined,
    signature: Option<&Signature>,
    allows_unsigned: bool,
) -> Result<Option<TrustedKey>> {
    let Some(signature) = signature else {
        if allows_unsigned {
            return Ok(None);
        }
        let detail = "nobody signed this plugin; send a signature of a trusted key (`mortise plugin sign`), or \
                      `allow_unsigned` if you know where it comes from";
        return Err(Error::invalid("signature", "signature_missing", detail));
    };
    signature.matches(examined).map_err(|refusal| refused("signature", refusal))?;
    let Some(key) = trusted_keys::store::find_named(tx, &signature.key_id).await? else {
        let detail = "the signature is of a key that is not among the trusted ones; add it at /v1/trusted-keys if you trust \
                      its holder";
        return Err(Error::invalid("signature", "signing_key_unknown", detail));
    };
    if key.revoked_at.is_some() {
        let detail = format!("the key `{}` was revoked; ask for a signature of another", key.name);
        return Err(Error::invalid("signature", "signing_key_revoked", detail));
    }
    let public_key: &[u8; 32] =
        key.public_key.as_slice().try_into().map_err(|_| Error::internal("a trusted key has 32 bytes"))?;
    signature.verify(public_key).map_err(|refusal| refused("signature", refusal))?;
    Ok(Some(key))
}

/// The plugin it is a version of; a new one when the tenant has none of this id.
async fn take_in(services: &Services, tx: &mut Tx, examined: &Examined) -> Result<Plugin> {
    let manifest = &examined.manifest;
    let now = services.clock.now();
    if let Some(mut plugin) = store::find_named(tx, &manifest.id).await? {
        if plugin.kind != manifest.kind {
            let detail = format!(
                "`{}` is a {}, and stays one; give what is a {} another id",
                plugin.name,
                plugin.kind.as_str(),
                manifest.kind.as_str()
            );
            return Err(Error::Conflict { code: "plugin_kind_changed", detail });
        }
        plugin.title = manifest.title.clone();
        plugin.updated_at = now;
        store::update(tx, &mut plugin).await?;
        return Ok(plugin);
    }
    let plugin = Plugin {
        id: PluginId::new(&services.clock),
        name: manifest.id.clone(),
        kind: manifest.kind,
        title: manifest.title.clone(),
        active_version_id: None,
        activated_at: None,
        strikes: 0,
        suspended_at: None,
        suspended_until: None,
        created_by: tx.caller().member(),
        created_at: now,
        updated_at: now,
        version: 1,
        is_built_in: false,
    };
    if store::insert(tx, &plugin).await? { Ok(plugin) } else { Err(Error::changed()) }
}

/// A version is never changed. One of which nothing came makes room for another try.
async fn clear_way(services: &Services, tx: &mut Tx, plugin: &Plugin, examined: &Examined) -> Result<()> {
    let release = &examined.manifest.version;
    let Some(before) = store::find_release(tx, plugin.id, release).await? else { return Ok(()) };
    if before.state != State::Failed {
        let detail = if before.digest == examined.digest {
            format!("`{}` {release} is installed already: {}", plugin.name, before.id)
        } else {
            format!("`{}` has another version {release}; count the version up", plugin.name)
        };
        return Err(Error::Conflict { code: "plugin_version_exists", detail });
    }
    store::delete_failed_version(tx, before.id).await?;
    files::actions::release(tx, services, before.file_id).await
}

async fn add(
    services: &Services,
    tx: &mut Tx,
    plugin: &Plugin,
    examined: Examined,
    file: &File,
    source: Option<String>,
    signer: Option<&TrustedKey>,
) -> Result<Version> {
    let now = services.clock.now();
    let mut version = Version {
        id: PluginVersionId::new(&services.clock),
        plugin_id: plugin.id,
        release: examined.manifest.version.clone(),
        digest: examined.digest,
        size: file.size,
        file_id: file.id,
        state: State::Compiling,
        error_code: None,
        error_detail: None,
        manifest: Json(examined.manifest),
        imports: Json(examined.imports),
        source,
        signed_by: signer.map(|key| key.id),
        granted: None,
        consented_by: None,
        consented_at: None,
        config: None,
        secret_names: Json(Vec::new()),
        secrets: None,
        created_by: tx.caller().member(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let before = match plugin.active_version_id {
        Some(active) => store::find_version(tx, active).await?,
        None => None,
    };
    version.inherit_consent(before.as_ref());
    inherit_settings(services, tx, &mut version, before.as_ref()).await?;
    store::insert_version(tx, &version).await?;
    let clock = &services.clock;
    audit::record(tx, clock, "plugin.installed", plugin.id, Change::made(&version));
    let task = CompilePlugin { version: version.id };
    tasks::enqueue(tx, clock, &task, When::now().priority(Priority::High)).await?;
    Ok(version)
}

/// The settings of the version in use hold for the next one, if it takes them.
async fn inherit_settings(
    services: &Services,
    tx: &mut Tx,
    version: &mut Version,
    before: Option<&Version>,
) -> Result<()> {
    let Some(before) = before else { return Ok(()) };
    let Some(plain) = before.config.as_ref().map(|config| config.0.clone()) else { return Ok(()) };
    let manifest = version.manifest.0.clone();
    let schema = Schema::new(manifest.config_schema.as_ref());
    let known = schema.secret_names();
    let mut secret = using::unseal(services, tx, before).await?;
    secret.retain(|name, _| known.contains(name));
    let settings = Settings { plain, secret };
    // What was secret before and is not any more must not come to light.
    let were_secret = before.secret_names.iter().all(|name| known.contains(name));
    if were_secret && schema.accepts(&settings) {
        using::set_up(services, tx, version, settings).await?;
    }
    Ok(())
}
