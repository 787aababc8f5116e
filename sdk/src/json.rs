//! JSON as it crosses the border: a text, read only by those who need it.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::PluginError;

/// A JSON text the host has already checked. It is parsed when asked, not before.
///
/// ```
/// let fields = mortise_sdk::Json::from_text(r#"{"notice_weeks": 6}"#);
/// let value: serde_json::Value = fields.read()?;
/// assert_eq!(value["notice_weeks"], 6);
/// # Ok::<(), mortise_sdk::PluginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// Takes a text that is known to be JSON.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text itself, given away.
    pub fn into_string(self) -> String {
        self.0
    }

    /// The value, in a type of the caller's choice.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        serde_json::from_str(&self.0).map_err(|error| {
            PluginError::invalid_input("unexpected_json", format!("A JSON value has another shape: {error}."))
        })
    }
}

impl Default for Json {
    fn default() -> Self {
        Self("null".to_owned())
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        Self(value.to_string())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
