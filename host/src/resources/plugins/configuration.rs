//! A version's settings: checked against its author's schema, the secret ones sealed, never given back.

use serde_json::{Map, Value, json};

use super::{Version, actions, activation, store, using};
use crate::caller::Caller;
use crate::components::settings::Schema;
use crate::error::Result;
use crate::http::etag::IfMatch;
use crate::ids::{PluginId, PluginVersionId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;

/// Sets a version up. Holds at once where it is in use.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid`, naming each setting that is wrong.
pub async fn configure(
    services: &Services,
    caller: &Caller,
    plugin: PluginId,
    version: PluginVersionId,
    if_match: &IfMatch,
    given: Map<String, Value>,
) -> Result<Version> {
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let active = actions::get_own(services, &mut tx, plugin).await?.active_version_id;
    let mut version = actions::get_version(services, &mut tx, plugin, version).await?;
    if_match.require(version.version)?;
    let manifest = version.manifest.0.clone();
    let before = using::unseal(services, &mut tx, &version).await?;
    let names: Vec<String> = given.keys().cloned().collect();
    let settings = Schema::new(manifest.config_schema.as_ref()).read(given, &before)?;
    using::set_up(services, &mut tx, &mut version, settings).await?;
    version.updated_at = services.clock.now();
    store::update_version(&mut tx, &mut version).await?;
    // Which settings were sent, not what they say: a tenant's settings may name people and places.
    let what = json!({ "settings": names, "secrets": version.secret_names.0 });
    audit::record(&mut tx, &services.clock, "plugin.configured", version.id, Change::noted(what));
    let terms = using::renew(services, &mut tx, &version).await?;
    if active == Some(version.id) {
        activation::rescore(&mut tx, services, &version).await?;
    }
    tx.commit().await?;
    if let Some(terms) = terms {
        services.hooks.lend(caller.tenant, &version.digest, terms);
    }
    Ok(version)
}
