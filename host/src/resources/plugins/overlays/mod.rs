//! Overlays: settings that a binding or a webhook endpoint lays over a plugin's own for what it asks of it. They are held
//! against the author's schema when they are set, and again when another version is to be asked.

pub(crate) mod store;

use serde_json::{Map, Value};

use self::store::Overlay;
use super::{Version, using};
use crate::caller::Caller;
use crate::components::Manifest;
use crate::components::settings::{Schema, Settings};
use crate::db::Tx;
use crate::error::{Error, Fault, Result};
use crate::hooks::Kind;
use crate::permissions::Permission;
use crate::services::Services;

/// That a plugin takes these settings over its own, in every version of it that is asked. Of one that is not there nothing is
/// known: they are looked at when a version of it is activated.
///
/// # Errors
/// `Invalid`, naming each place below `#/config`; the database's.
pub async fn require(
    services: &Services,
    caller: &Caller,
    key: &str,
    kind: Kind,
    overlay: &Map<String, Value>,
) -> Result<()> {
    let caller = using::unbounded(caller);
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let versions = using::versions_asked(&mut tx, key, kind).await?;
    for version in &versions {
        let own = own_settings(services, &mut tx, version).await?;
        require_of(&version.manifest, own, overlay)?;
    }
    tx.commit().await?;
    if versions.is_empty()
        && let Some((_, manifest)) = services.hooks.named(kind, key)
    {
        require_of(&manifest, Settings::default(), overlay)?;
    }
    Ok(())
}

/// That a version which is to be asked takes all that is laid over its settings.
///
/// # Errors
/// `Conflict`, naming the bindings and endpoints whose settings it does not take; the database's.
pub(super) async fn require_all(services: &Services, tx: &mut Tx, version: &Version) -> Result<()> {
    let overlays = match version.manifest.kind {
        Kind::ScoringRule => store::list_of_bindings(tx, &version.manifest.id).await?,
        Kind::WebhookTransform => store::list_of_endpoints(tx, &version.manifest.id).await?,
        // Nothing is laid over theirs.
        Kind::ResumeParser | Kind::TextExtractor => return Ok(()),
    };
    let own = own_settings(services, tx, version).await?;
    let mut refused = Vec::new();
    for Overlay { user, config } in overlays {
        match require_of(&version.manifest, own.clone(), &config) {
            Ok(()) => {}
            Err(Error::Invalid(faults)) => {
                let places: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
                refused.push(format!("{user} ({})", places.join(", ")));
            }
            Err(error) => return Err(error),
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "the version does not take the settings of {}; change, disable or delete what sets them first",
        refused.join("; ")
    );
    Err(Error::Conflict { code: "settings_refused", detail })
}

async fn own_settings(services: &Services, tx: &mut Tx, version: &Version) -> Result<Settings> {
    let plain = version.config.as_ref().map(|config| config.0.clone()).unwrap_or_default();
    Ok(Settings { plain, secret: using::unseal(services, tx, version).await? })
}

/// That these settings and those over them are what the author asks for. A secret is nothing to lay over: it would be shown
/// to whoever may read the binding.
fn require_of(manifest: &Manifest, mut own: Settings, overlay: &Map<String, Value>) -> Result<()> {
    let schema = Schema::new(manifest.config_schema.as_ref());
    let secrets = schema.secret_names();
    let faults: Vec<_> = secrets
        .iter()
        .filter(|name| overlay.contains_key(*name))
        .map(|name| Fault {
            pointer: format!("#/config/{name}"),
            code: "secret_setting",
            detail: "a secret setting is the plugin's own; set it in the config of its version".into(),
        })
        .collect();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    own.plain.extend(overlay.clone());
    schema.require(&own)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::require_of;
    use crate::components::Manifest;
    use crate::components::settings::Settings;
    use crate::error::Error;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("it is an object")
    }

    #[test]
    fn what_is_laid_over_is_held_against_the_schema_together_with_what_is_below() {
        let manifest: Manifest = serde_json::from_value(json!({
            "id": "acme/rule", "version": "1.0.0", "kind": "scoring-rule", "title": "x",
            "config_schema": {
                "type": "object", "required": ["limit"], "additionalProperties": false,
                "properties": { "limit": { "type": "integer" }, "key": { "type": "string", "x-secret": true } },
            },
        }))
        .expect("it is a manifest");
        let own = || Settings { plain: object(json!({ "limit": 3 })), secret: Map::new() };
        let faults = |overlay: Value| match require_of(&manifest, own(), &object(overlay)) {
            Ok(()) => Vec::new(),
            Err(Error::Invalid(faults)) => {
                faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
            }
            Err(error) => panic!("{error:?}"),
        };

        assert_eq!(faults(json!({})), [], "what is required is below");
        assert_eq!(faults(json!({ "limit": 4 })), []);
        assert_eq!(faults(json!({ "limit": "4" })), [("#/config/limit".into(), "invalid_setting")]);
        assert_eq!(faults(json!({ "other": 4 })), [("#/config".into(), "invalid_setting")]);
        assert_eq!(faults(json!({ "key": "hush" })), [("#/config/key".into(), "secret_setting")]);
    }
}
