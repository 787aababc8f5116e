//! Fetches the keys that providers publish.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::store;
use crate::caller::Caller;
use crate::error::Result;
use crate::ids::IdentityProviderId;
use crate::permissions::Permission;
use crate::services::Services;
use crate::tasks::{Attempt, Queue, Stop, Task, When, enqueue};

/// A set of keys is a few kilobytes.
const LARGEST: usize = 256 << 10;

/// Fetches one provider's keys.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchKeys {
    pub provider: IdentityProviderId,
}

impl Task for FetchKeys {
    const KIND: &'static str = "identity_providers.fetch_keys";
    const QUEUE: Queue = Queue::Outbound;
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(30);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let mut tx = services.db.read(&caller, Permission::IdentityProviderRead).await?;
        let provider = store::find(&mut tx, self.provider).await?;
        tx.commit().await?;
        let Some(provider) = provider else { return Ok(()) };
        let fetched = match services.outbound.get(&provider.jwks_url, LARGEST).await {
            Ok(body) => read(&body),
            Err(failed) => Err(failed.detail),
        };
        let url = &provider.jwks_url;
        let mut tx = services.db.begin(&caller, Permission::IdentityProviderWrite).await?;
        match &fetched {
            Ok(keys) => store::keep_keys(&mut tx, provider.id, url, keys, services.clock.now()).await?,
            Err(why) => store::keep_error(&mut tx, provider.id, url, why).await?,
        }
        tx.commit().await?;
        services.known_callers.forget();
        fetched.map(drop).map_err(|why| Stop::Retry(crate::error::Error::Unavailable { detail: why }))
    }
}

fn read(body: &[u8]) -> Result<Value, String> {
    let keys: Value = serde_json::from_slice(body).map_err(|_| "the answer is not JSON".to_owned())?;
    let is_set = serde_json::from_value::<jsonwebtoken::jwk::JwkSet>(keys.clone()).is_ok();
    is_set.then_some(keys).ok_or_else(|| "the answer is no set of keys (RFC 7517)".to_owned())
}

/// Keys are fetched anew after this long, so that withdrawn ones go.
const FRESH: chrono::Duration = chrono::Duration::hours(1);

/// Begins the fetching of every provider's keys that are old.
#[derive(Debug, Serialize, Deserialize)]
pub struct FetchStaleKeys {}

impl Task for FetchStaleKeys {
    const KIND: &'static str = "identity_providers.fetch_stale_keys";
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let mut tx = services.db.read_system().await?;
        let stale = store::list_stale(&mut tx, services.clock.now() - FRESH).await?;
        tx.commit().await?;
        for (tenant, provider) in stale {
            let caller = Caller::task(tenant, attempt.task);
            let mut tx = services.db.begin(&caller, Permission::IdentityProviderWrite).await?;
            let when = When::now().unique(provider.to_string());
            enqueue(&mut tx, &services.clock, &FetchKeys { provider }, when).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
