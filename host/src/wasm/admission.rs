//! Who may enter a sandbox now: slots in all, per tenant, and per plugin of a tenant. Slots are taken before
//! anything is instantiated, so that a full pool is a wait and not an error.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::settings::Settings;
use crate::ids::TenantId;

pub(crate) struct Admission {
    all: Arc<Semaphore>,
    tenants: Shares<TenantId>,
    plugins: Shares<(TenantId, u64)>,
    wait: Duration,
}

/// Leaves on drop.
pub(crate) struct Admitted {
    _permits: [OwnedSemaphorePermit; 3],
}

impl Admission {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            all: Arc::new(Semaphore::new(settings.slots as usize)),
            tenants: Shares::new(settings.slots_per_tenant),
            plugins: Shares::new(settings.slots_per_plugin),
            wait: settings.queue_wait,
        }
    }

    /// Absent when the wait was too long. The narrowest share comes first: whoever waits for its own plugin
    /// holds nothing that others could use.
    pub(crate) async fn enter(&self, tenant: TenantId, plugin: u64) -> Option<Admitted> {
        let shares = [self.plugins.of((tenant, plugin)), self.tenants.of(tenant), Arc::clone(&self.all)];
        let enter = async {
            let [plugin, tenant, all] = shares;
            let permits = [
                plugin.acquire_owned().await.ok()?,
                tenant.acquire_owned().await.ok()?,
                all.acquire_owned().await.ok()?,
            ];
            Some(Admitted { _permits: permits })
        };
        tokio::time::timeout(self.wait, enter).await.ok().flatten()
    }
}

/// One semaphore per key; those nobody holds are forgotten now and then.
struct Shares<K> {
    size: usize,
    held: Mutex<HashMap<K, Arc<Semaphore>>>,
}

const FORGET_AT: usize = 1_024;

impl<K: Eq + Hash> Shares<K> {
    fn new(size: u32) -> Self {
        Self { size: size as usize, held: Mutex::new(HashMap::new()) }
    }

    fn of(&self, key: K) -> Arc<Semaphore> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= FORGET_AT && held.len() == held.capacity() {
            // A permit or a waiter keeps its semaphore alive.
            held.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        Arc::clone(held.entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.size))))
    }
}
