//! What a plugin keeps, for as long as a command lasts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::components::terms::{Unkept, Values};

#[derive(Default)]
pub(super) struct InMemory(Mutex<BTreeMap<String, Vec<u8>>>);

impl InMemory {
    /// One that begins with these.
    pub(super) fn with(values: BTreeMap<String, Vec<u8>>) -> Self {
        Self(Mutex::new(values))
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Values for InMemory {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unkept> {
        Ok(self.kept().get(key).cloned())
    }

    async fn set(&self, key: &str, value: Vec<u8>, _ttl: Option<u32>, quota: u64) -> Result<(), Unkept> {
        let mut kept = self.kept();
        let others: usize =
            kept.iter().filter(|(other, _)| *other != key).map(|(key, value)| key.len() + value.len()).sum();
        if (others + key.len() + value.len()) as u64 > quota {
            return Err(Unkept::OverQuota);
        }
        kept.insert(key.to_owned(), value);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Unkept> {
        self.kept().remove(key);
        Ok(())
    }

    async fn list_keys(&self, prefix: &str) -> Result<Vec<String>, Unkept> {
        Ok(self.kept().keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }
}
