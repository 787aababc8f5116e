//! Tenants' components whose code is ready on this node, and on what terms each tenant's calls of them run. Components that
//! nobody has called for long are let go; whoever calls them next finds their compiled code in the cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::sync::Cache;

use super::installed::Installed;
use crate::components::terms::{Lease, Terms};
use crate::ids::TenantId;

const MOST_COMPONENTS: u64 = 1_000;
const MOST_LEASES: u64 = 100_000;
const IDLE: Duration = Duration::from_secs(60 * 60);

pub(crate) struct Held {
    components: Cache<String, Arc<Installed>>,
    leases: Leases,
    made: AtomicU64,
}

/// By tenant and digest: two tenants with the same bytes have their own settings and grants.
pub(crate) type Leases = Cache<(TenantId, String), Arc<Lease>>;

impl Held {
    pub(crate) fn new() -> Self {
        Self {
            components: Cache::builder().max_capacity(MOST_COMPONENTS).time_to_idle(IDLE).build(),
            leases: Cache::builder().max_capacity(MOST_LEASES).time_to_idle(2 * IDLE).build(),
            // Far from the numbers of this process's own plugins.
            made: AtomicU64::new(1 << 32),
        }
    }

    /// Makes a component known unless it is; whether it has still to be prepared. One that did not load is made anew.
    pub(crate) fn add(&self, digest: &str, make: impl FnOnce(u64) -> Installed) -> (Arc<Installed>, bool) {
        if self.get(digest).is_some_and(|held| matches!(held.loaded(), Some(Err(_)))) {
            self.components.invalidate(digest);
        }
        let entry = self.components.entry(digest.to_owned()).or_insert_with(|| {
            let number = self.made.fetch_add(1, Ordering::Relaxed);
            Arc::new(make(number))
        });
        (Arc::clone(entry.value()), entry.is_fresh())
    }

    pub(crate) fn get(&self, digest: &str) -> Option<Arc<Installed>> {
        self.components.get(digest)
    }

    /// Whether its code is ready.
    pub(crate) fn is_ready(&self, digest: &str) -> bool {
        self.get(digest).is_some_and(|held| matches!(held.loaded(), Some(Ok(_))))
    }

    pub(crate) fn leases(&self) -> &Leases {
        &self.leases
    }

    pub(crate) fn lend(&self, tenant: TenantId, digest: &str, terms: Terms) {
        let mut terms = Some(terms);
        let key = (tenant, digest.to_owned());
        let entry = self
            .leases
            .entry(key)
            .or_insert_with(|| Arc::new(Lease::new(terms.take().expect("it is made once"))));
        if let Some(terms) = terms {
            entry.value().change(terms);
        }
    }
}
