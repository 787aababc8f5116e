//! How many exports run at once on a node: a few a tenant, so that no tenant takes them all from the others. Whoever stops
//! reading keeps a place for an hour at most.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::ids::TenantId;

const OF_A_TENANT: usize = 3;
const OF_ALL: usize = 24;

/// No export goes on for longer.
const LONGEST: Duration = Duration::from_secs(60 * 60);

const RETRY_AFTER: u64 = 30;

#[derive(Clone, Default)]
pub struct Places(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    next: u64,
    places: BTreeMap<u64, (TenantId, Instant)>,
}

/// One export's; given back when it is dropped.
pub struct Place {
    places: Places,
    number: u64,
    since: Instant,
}

impl Places {
    /// # Errors
    /// `TooMany` while others run.
    pub fn take(&self, tenant: TenantId) -> Result<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.places.retain(|_, (_, since)| since.elapsed() < LONGEST);
        let own = taken.places.values().filter(|(of, _)| *of == tenant).count();
        if own >= OF_A_TENANT || taken.places.len() >= OF_ALL {
            let detail = format!("other exports are under way; {OF_A_TENANT} of a tenant may be at once");
            return Err(Error::TooMany { detail, retry_after: RETRY_AFTER });
        }
        let (number, since) = (taken.next, Instant::now());
        taken.next += 1;
        taken.places.insert(number, (tenant, since));
        Ok(Place { places: self.clone(), number, since })
    }
}

impl Place {
    /// Whether it may go on.
    pub fn is_held(&self) -> bool {
        self.since.elapsed() < LONGEST
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.places.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{OF_A_TENANT, OF_ALL, Places};
    use crate::ids::TenantId;

    #[test]
    fn a_tenant_has_a_few_places_and_gives_them_back() {
        let (places, tenant) = (Places::default(), |number| TenantId::from_uuid(Uuid::from_u128(number)));

        let mut held: Vec<_> =
            (0..OF_A_TENANT).map(|_| places.take(tenant(1)).expect("there is room")).collect();
        assert!(places.take(tenant(1)).is_err());
        assert!(places.take(tenant(2)).is_ok());
        held.pop();
        assert!(places.take(tenant(1)).is_ok());

        let all: Vec<_> = (2..100).filter_map(|number| places.take(tenant(number)).ok()).collect();
        assert_eq!(all.len() + held.len(), OF_ALL);
    }
}
