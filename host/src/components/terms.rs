//! On what terms a tenant's plugin runs: its settings, what was granted, and the means to do it. They may change while a call
//! is under way, so whoever uses them asks anew each time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use serde_json::{Map, Value};
use url::Url;

use super::settings::Settings;
use super::{Capability, CapabilityName};
use crate::inference::Models;
use crate::outbound::{Exchange, Exchanged, Failed, Outbound};

/// Bytes of keys and values a plugin keeps when its grant names no quota.
const QUOTA: u64 = 1 << 20;

/// What takes a secret's place wherever it would be seen.
pub const REDACTED: &str = "[secret]";

/// A secret shorter than this is not looked for in what others say: it would be found everywhere.
const SHORTEST: usize = 4;

#[derive(Clone)]
pub struct Terms {
    /// Another one after every change of what is below.
    pub revision: i64,
    /// As the plugin sees them: in the place of a secret stands its name.
    pub config: Arc<Map<String, Value>>,
    secrets: BTreeMap<String, String>,
    granted: Vec<Capability>,
    pub means: Means,
}

/// Through what a plugin acts.
#[derive(Clone)]
pub struct Means {
    pub outbound: Arc<dyn Exchanges>,
    pub values: Arc<dyn Values>,
    pub models: Arc<dyn Models>,
}

/// Never says a secret.
impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms").field("revision", &self.revision).finish_non_exhaustive()
    }
}

impl Terms {
    pub fn new(revision: i64, settings: Settings, granted: Vec<Capability>, means: Means) -> Self {
        let mut config = settings.plain;
        let mut secrets = BTreeMap::new();
        for (name, secret) in settings.secret {
            if let Value::String(secret) = secret {
                config.insert(name.clone(), name.clone().into());
                secrets.insert(name, secret);
            }
        }
        Self { revision, config: Arc::new(config), secrets, granted, means }
    }

    /// What was granted of a capability.
    pub fn of(&self, name: CapabilityName) -> Option<&Capability> {
        self.granted.iter().find(|granted| granted.name == name)
    }

    /// A secret's value, if the plugin may have it sent.
    pub fn secret(&self, name: &str) -> Option<&str> {
        let granted = self.of(CapabilityName::Secrets)?;
        let is_named = granted.words("names").is_none_or(|names| names.iter().any(|named| named == name));
        self.secrets.get(name).filter(|_| is_named).map(String::as_str)
    }

    /// Whether a request may go there, as far as its grant says. `GET` alone when it names no methods.
    pub fn lets_ask(&self, method: &str, url: &Url) -> bool {
        let Some(granted) = self.of(CapabilityName::Http) else { return false };
        let methods = granted.words("methods").unwrap_or_else(|| vec!["GET".into()]);
        let host = url.host_str().unwrap_or_default();
        let place = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        methods.iter().any(|known| known.eq_ignore_ascii_case(method))
            && granted.words("hosts").into_iter().flatten().any(|pattern| matches(&pattern, &place))
    }

    /// Bytes of keys and values it may keep.
    pub fn quota(&self) -> Option<u64> {
        self.of(CapabilityName::Kv).map(|granted| granted.number("quota_bytes").unwrap_or(QUOTA))
    }

    /// Every secret in it replaced.
    pub fn redact(&self, text: &str) -> Option<String> {
        let mut redacted: Option<String> = None;
        for secret in self.secrets.values().filter(|secret| secret.len() >= SHORTEST) {
            let seen = redacted.as_deref().unwrap_or(text);
            if seen.contains(secret.as_str()) {
                redacted = Some(seen.replace(secret.as_str(), REDACTED));
            }
        }
        redacted
    }

    /// The same of bytes that need not be text.
    pub fn redact_bytes(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for secret in self.secrets.values().filter(|secret| secret.len() >= SHORTEST) {
            let found: Vec<usize> = memchr::memmem::find_iter(&bytes, secret.as_bytes()).collect();
            if found.is_empty() {
                continue;
            }
            let mut clean = Vec::with_capacity(bytes.len());
            let mut from = 0;
            for at in found {
                clean.extend_from_slice(&bytes[from..at]);
                clean.extend_from_slice(REDACTED.as_bytes());
                from = at + secret.len();
            }
            clean.extend_from_slice(&bytes[from..]);
            bytes = clean;
        }
        bytes
    }
}

/// `*.example.com` stands for every name below that one.
fn matches(pattern: &str, place: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => {
            place.strip_suffix(parent).is_some_and(|below| below.len() > 1 && below.ends_with('.'))
        }
        None => pattern == place,
    }
}

/// The terms of one plugin of one tenant, as they are at any moment.
#[derive(Debug)]
pub struct Lease(RwLock<Arc<Terms>>);

impl Lease {
    pub fn new(terms: Terms) -> Self {
        Self(RwLock::new(Arc::new(terms)))
    }

    pub fn now(&self) -> Arc<Terms> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Calls under way are held to these from now on.
    pub fn change(&self, terms: Terms) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(terms);
    }
}

/// Where a plugin's requests go: out, or to the answers its author has written down for a test.
#[async_trait]
pub trait Exchanges: Send + Sync {
    /// # Errors
    /// As [`Outbound::exchange`].
    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, Failed>;
}

#[async_trait]
impl Exchanges for Outbound {
    async fn exchange(&self, exchange: Exchange) -> Result<Exchanged, Failed> {
        Outbound::exchange(self, exchange).await
    }
}

/// What one plugin of one tenant keeps for itself.
#[async_trait]
pub trait Values: Send + Sync {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unkept>;

    /// `quota`: bytes of all its keys and values.
    async fn set(
        &self,
        key: &str,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
        quota: u64,
    ) -> Result<(), Unkept>;

    async fn delete(&self, key: &str) -> Result<(), Unkept>;

    /// In byte order.
    async fn list_keys(&self, prefix: &str) -> Result<Vec<String>, Unkept>;
}

/// Why a value is not there or not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unkept {
    /// It would be more than the plugin may keep.
    OverQuota,
    /// The database did not answer.
    Unavailable,
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_matches_whole_names_only() {
        for (pattern, place, fits) in [
            ("api.example.com", "api.example.com", true),
            ("api.example.com", "evil-api.example.com", false),
            ("api.example.com", "api.example.com:8080", false),
            ("api.example.com:8080", "api.example.com:8080", true),
            ("*.example.com", "api.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", ".example.com", false),
            ("*.example.com", "evilexample.com", false),
            ("*.example.com", "api.example.com.evil.example", false),
        ] {
            assert_eq!(matches(pattern, place), fits, "{pattern} {place}");
        }
    }
}
