//! `mortise:plugin/kv`: what a plugin keeps, its own and its tenant's. In a trial nothing of it outlives the call.

use std::sync::Arc;

use super::denied;
use crate::components::terms::{Terms, Unkept};
use crate::wasm::bindings::kv::Host;
use crate::wasm::bindings::types::{HostError, HostErrorKind};
use crate::wasm::sandbox::Sandbox;

const MAX_KEY: usize = 512;
const MAX_VALUE: usize = 256 << 10;
const MAX_KEYS: usize = 1_000;

impl Sandbox {
    /// The terms, with how much may be kept.
    fn kv_terms(&mut self) -> Result<(Arc<Terms>, u64), HostError> {
        self.host_calls = self.host_calls.saturating_add(1);
        let terms = self.terms().ok_or_else(|| denied("kv"))?;
        let quota = terms.quota().ok_or_else(|| denied("kv"))?;
        Ok((terms, quota))
    }
}

fn unkept(why: Unkept) -> HostError {
    match why {
        Unkept::OverQuota => HostError {
            kind: HostErrorKind::TooLarge,
            code: "over_quota".into(),
            message: "the plugin keeps as much as it may already".into(),
        },
        Unkept::Unavailable => HostError {
            kind: HostErrorKind::Unavailable,
            code: "store_unavailable".into(),
            message: "the store does not answer".into(),
        },
    }
}

fn is_key(key: &str) -> Result<(), HostError> {
    if (1..=MAX_KEY).contains(&key.len()) && !key.contains('\0') {
        return Ok(());
    }
    Err(HostError {
        kind: HostErrorKind::InvalidArgument,
        code: "invalid_key".into(),
        message: format!("a key has 1 to {MAX_KEY} bytes, none of them zero"),
    })
}

impl Host for Sandbox {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, HostError>> {
        let (terms, _) = match self.kv_terms() {
            Ok(terms) => terms,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(set) = self.trial.as_ref().and_then(|trial| trial.get(&key)) {
            return Ok(Ok(set.clone()));
        }
        Ok(terms.means.values.get(&key).await.map_err(unkept))
    }

    async fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl: Option<u32>,
    ) -> wasmtime::Result<Result<(), HostError>> {
        let (terms, quota) = match self.kv_terms() {
            Ok(terms) => terms,
            Err(error) => return Ok(Err(error)),
        };
        if let Err(error) = is_key(&key) {
            return Ok(Err(error));
        }
        if value.len() > MAX_VALUE {
            return Ok(Err(HostError {
                kind: HostErrorKind::TooLarge,
                code: "value_too_large".into(),
                message: format!("a value has at most {MAX_VALUE} bytes"),
            }));
        }
        if let Some(trial) = &mut self.trial {
            trial.insert(key, Some(value));
            return Ok(Ok(()));
        }
        Ok(terms.means.values.set(&key, value, ttl, quota).await.map_err(unkept))
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), HostError>> {
        let (terms, _) = match self.kv_terms() {
            Ok(terms) => terms,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(trial) = &mut self.trial {
            trial.insert(key, None);
            return Ok(Ok(()));
        }
        Ok(terms.means.values.delete(&key).await.map_err(unkept))
    }

    async fn list_keys(&mut self, prefix: String) -> wasmtime::Result<Result<Vec<String>, HostError>> {
        let (terms, _) = match self.kv_terms() {
            Ok(terms) => terms,
            Err(error) => return Ok(Err(error)),
        };
        let mut keys = match terms.means.values.list_keys(&prefix).await {
            Ok(keys) => keys,
            Err(why) => return Ok(Err(unkept(why))),
        };
        if let Some(trial) = &self.trial {
            keys.retain(|key| !trial.contains_key(key));
            let set = trial.iter().filter(|(key, value)| value.is_some() && key.starts_with(&prefix));
            keys.extend(set.map(|(key, _)| key.clone()));
            keys.sort_unstable();
        }
        keys.truncate(MAX_KEYS);
        Ok(Ok(keys))
    }
}
