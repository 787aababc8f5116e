//! The settings a tenant's admin gave this plugin.

use serde::de::DeserializeOwned;

use crate::{PluginError, host};

/// All settings, in a type of the plugin's own. The host has checked them against the manifest's schema.
///
/// ```
/// use mortise_sdk::testing::Host;
///
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     strict: bool,
/// }
///
/// let host = Host::new().with_config(serde_json::json!({"strict": true}));
/// let settings: Settings = host.run(mortise_sdk::config)?;
/// assert!(settings.strict);
/// # Ok::<(), mortise_sdk::PluginError>(())
/// ```
pub fn config<T: DeserializeOwned>() -> Result<T, PluginError> {
    serde_json::from_str(&host::all_config()).map_err(|error| {
        PluginError::config(
            "unexpected_config",
            format!("The plugin's settings have another shape: {error}."),
        )
    })
}

/// One top-level setting, if it is set.
pub fn setting<T: DeserializeOwned>(key: &str) -> Result<Option<T>, PluginError> {
    let Some(text) = host::get_config(key) else {
        return Ok(None);
    };
    serde_json::from_str(&text).map(Some).map_err(|error| {
        PluginError::config("unexpected_config", format!("The setting {key} has another shape: {error}."))
    })
}
