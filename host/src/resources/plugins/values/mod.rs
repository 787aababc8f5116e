//! What one plugin of one tenant keeps for itself, in the database, up to its quota.

pub(crate) mod store;

use async_trait::async_trait;

use crate::caller::Caller;
use crate::clock::Clock;
use crate::components::terms::{Unkept, Values};
use crate::db::Db;
use crate::error::Result;
use crate::ids::{PluginId, TenantId};
use crate::permissions::Permission;

const MOST_KEYS: i64 = 1_000;

/// Holds no more than it needs: whoever calls plugins holds this.
pub struct OwnValues {
    pub db: Db,
    pub clock: Clock,
    pub tenant: TenantId,
    pub plugin: PluginId,
}

fn unavailable<E: std::fmt::Display>(error: E) -> Unkept {
    tracing::warn!(error = format!("{error:#}"), "a plugin's store does not answer");
    Unkept::Unavailable
}

impl OwnValues {
    /// What a plugin keeps is nobody's doing but its own.
    fn caller(&self) -> Caller {
        Caller::operator(self.tenant)
    }

    async fn find(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let mut tx = self.db.read(&self.caller(), Permission::PluginRead).await?;
        let found = store::find(&mut tx, self.plugin, key, self.clock.now()).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// False when it would be more than the quota.
    async fn keep(&self, key: &str, value: &[u8], ttl_seconds: Option<u32>, quota: u64) -> Result<bool> {
        let now = self.clock.now();
        let mut tx = self.db.begin(&self.caller(), Permission::PluginWrite).await?;
        store::lock(&mut tx, self.plugin).await?;
        store::delete_expired(&mut tx, self.plugin, now).await?;
        let (keys, bytes) = store::measure(&mut tx, self.plugin, key).await?;
        let after = u64::try_from(bytes).unwrap_or(0).saturating_add((key.len() + value.len()) as u64);
        if after > quota || keys >= MOST_KEYS {
            return Ok(false);
        }
        let expires_at = ttl_seconds.map(|seconds| now + chrono::Duration::seconds(seconds.into()));
        store::set(&mut tx, self.plugin, key, value, expires_at, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn forget(&self, key: &str) -> Result<()> {
        let mut tx = self.db.begin(&self.caller(), Permission::PluginWrite).await?;
        store::delete(&mut tx, self.plugin, key).await?;
        tx.commit().await
    }

    async fn keys(&self) -> Result<Vec<String>> {
        let mut tx = self.db.read(&self.caller(), Permission::PluginRead).await?;
        let keys = store::list_keys(&mut tx, self.plugin, self.clock.now()).await?;
        tx.commit().await?;
        Ok(keys)
    }
}

#[async_trait]
impl Values for OwnValues {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Unkept> {
        self.find(key).await.map_err(unavailable)
    }

    async fn set(
        &self,
        key: &str,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
        quota: u64,
    ) -> Result<(), Unkept> {
        match self.keep(key, &value, ttl_seconds, quota).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Unkept::OverQuota),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn delete(&self, key: &str) -> Result<(), Unkept> {
        self.forget(key).await.map_err(unavailable)
    }

    async fn list_keys(&self, prefix: &str) -> Result<Vec<String>, Unkept> {
        let mut keys = self.keys().await.map_err(unavailable)?;
        keys.retain(|key| key.starts_with(prefix));
        keys.sort_unstable();
        Ok(keys)
    }
}
