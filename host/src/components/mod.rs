//! Components as they come in: what one says about itself, whose signature it bears, why it is refused, and what a tenant
//! lets it do. Plain data; `wasm/` reads components, `resources/plugins` decides about them.

pub mod capabilities;
pub mod settings;
pub mod signature;
pub mod terms;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::capabilities::{Capability, CapabilityName};
use crate::hooks::Kind;

/// The largest component a server takes, in bytes. One with CPython inside takes 18 MB before its
/// author has written a line.
pub const MAX_COMPONENT_BYTES: usize = 32 << 20;

/// Vendor of the plugins that come with the server; nobody else's may be called so.
pub const OWN_VENDOR: &str = "mortise";

/// What a plugin says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(default = "first_version")]
    pub manifest_version: u32,
    /// `vendor/name`.
    pub id: String,
    /// Semantic version of the plugin.
    pub version: String,
    pub kind: Kind,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// What a text extractor opens, best first; the files whose text a parser wants, every file's when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_types: Vec<String>,
    /// What a webhook transform understands; empty means every kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_kinds: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<Capability>,
    #[serde(default, skip_serializing_if = "RequestedLimits::is_default")]
    pub limits: RequestedLimits,
    /// JSON Schema of the plugin's settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_schema: Option<Value>,
}

/// The one version of the manifest's own shape so far.
pub(crate) const MANIFEST_VERSION: u32 = 1;

fn first_version() -> u32 {
    MANIFEST_VERSION
}

impl Manifest {
    pub fn vendor(&self) -> &str {
        self.id.split_once('/').map_or(self.id.as_str(), |(vendor, _)| vendor)
    }

    /// Whether it wants files of this media type.
    pub fn takes(&self, media_type: &str) -> bool {
        let is_any = self.media_types.is_empty() && self.kind != Kind::TextExtractor;
        is_any || self.media_types.iter().any(|taken| taken == media_type)
    }
}

/// Less than the kind's budget, when the plugin knows it needs less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestedLimits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
}

impl RequestedLimits {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A file that is a component with a manifest: what can be said of it before its signature is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Examined {
    pub manifest: Manifest,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub digest: String,
    /// Of the file, in bytes.
    pub size: usize,
    /// What it asks its host for, by name.
    pub imports: Vec<String>,
    /// What it offers, by name.
    pub exports: Vec<String>,
    pub needs: Needs,
}

/// The largest there is of each among a component's core modules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Bytes a memory begins with.
    pub memory: u64,
    /// Elements a table begins with.
    pub table: u64,
}

/// Why a file does not become a plugin, for the person who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A stable snake_case word.
    pub code: &'static str,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl Refusal {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refusal {}
