//! Deliveries in the background. `Deliver` is made where events are recorded; what it does stands here, where every noun an
//! event may be about is known.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::deliveries::{self, ending, passing, sending, waiting};
use super::transforms::actions::Next;
use super::{recoveries, transforms};
use crate::caller::Caller;
use crate::error::Result;
use crate::ids::{RecoveryId, WebhookEndpointId};
use crate::permissions::Permission;
use crate::resources::events::Deliver;
use crate::services::Services;
use crate::tasks::{Attempt, Queue, Stop, Task};

/// Attempts of a task are only those that our own side failed: what a receiver answers is no failure of the task.
impl Task for Deliver {
    const KIND: &'static str = "webhooks.deliver";
    const QUEUE: Queue = Queue::Outbound;
    const MAX_ATTEMPTS: u32 = 20;
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let Some(parcel) = passing::begin(services, &caller, self).await? else { return Ok(()) };
        let parcel = match transforms::actions::reshape(services, &caller, Box::new(parcel)).await? {
            Next::Send(parcel) => parcel,
            Next::Done => return Ok(()),
        };
        let attempted = sending::send(services, &parcel).await;
        Ok(ending::finish(services, &caller, &parcel, attempted).await?)
    }

    async fn buried(self, services: &Services, attempt: Attempt, _: &str) -> Result<()> {
        waiting::give_up(services, &attempt.caller()?, &self).await
    }
}

/// Lets in what waits for an endpoint.
#[derive(Debug, Serialize, Deserialize)]
pub struct Release {
    pub endpoint: WebhookEndpointId,
}

impl Task for Release {
    const KIND: &'static str = "webhooks.release";
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        waiting::release(services, &attempt.caller()?, self.endpoint).await?;
        Ok(())
    }
}

/// Lets in what waits for any endpoint: one that has rested, and whatever a crash left waiting.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReleaseAll {}

impl Task for ReleaseAll {
    const KIND: &'static str = "webhooks.release_all";
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let mut tx = services.db.read_system().await?;
        let waited_for = deliveries::store::list_waited_for(&mut tx).await?;
        tx.commit().await?;
        for (tenant, endpoint) in waited_for {
            waiting::release(services, &Caller::task(tenant, attempt.task), endpoint).await?;
        }
        Ok(())
    }
}

/// Sends an endpoint again what it did not get.
#[derive(Debug, Serialize, Deserialize)]
pub struct Recover {
    pub recovery: RecoveryId,
}

impl Task for Recover {
    const KIND: &'static str = "webhooks.recover";
    const TIMEOUT: Duration = Duration::from_secs(600);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        while recoveries::actions::take_on(services, &caller, self.recovery).await? {}
        Ok(())
    }
}

const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const AT_ONCE: i64 = 500;

/// Forgets deliveries, with what was sent and answered, after ninety days.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetDeliveries {}

impl Task for ForgetDeliveries {
    const KIND: &'static str = "webhooks.forget";
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(600);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let before = services.clock.now() - KEPT;
        let mut tx = services.db.read_system().await?;
        let tenants = deliveries::store::list_with_old(&mut tx, before).await?;
        tx.commit().await?;
        for tenant in tenants {
            let caller = Caller::task(tenant, attempt.task);
            loop {
                // A transaction per batch, so that others get their turn to write.
                let mut tx = services.db.begin(&caller, Permission::WebhookWrite).await?;
                let deleted = deliveries::store::delete_before(&mut tx, before, AT_ONCE).await?;
                recoveries::store::delete_before(&mut tx, before).await?;
                tx.commit().await?;
                if deleted == 0 {
                    break;
                }
            }
        }
        Ok(())
    }
}
