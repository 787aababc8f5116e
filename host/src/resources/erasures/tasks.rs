//! Erases whom the tenants' policies keep no longer, every night.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{actions, store};
use crate::caller::Caller;
use crate::db::SystemTx;
use crate::error::Result;
use crate::http::page::Position;
use crate::ids::TenantId;
use crate::permissions::Permission;
use crate::resources::privacy_policies;
use crate::services::Services;
use crate::tasks::{Attempt, Priority, Stop, Task, When, enqueue};

const PAGE: i64 = 500;
const AT_ONCE: u32 = 200;

/// Begins the erasures of every tenant.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpireCandidates {}

impl Task for ExpireCandidates {
    const KIND: &'static str = "erasures.expire_all";
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, _: Attempt) -> Result<(), Stop> {
        let mut after = TenantId::from_uuid(uuid::Uuid::nil());
        loop {
            let mut tx = services.db.begin_system().await?;
            let tenants = tx.tenants_after(after, PAGE).await?;
            for tenant in &tenants {
                begin(services, &mut tx, *tenant).await?;
            }
            tx.commit().await?;
            match tenants.last() {
                Some(last) => after = *last,
                None => return Ok(()),
            }
        }
    }
}

async fn begin(services: &Services, tx: &mut SystemTx, tenant: TenantId) -> Result<()> {
    let when = When::now().priority(Priority::Low).unique(tenant.to_string());
    enqueue(tx, &services.clock, &ExpireCandidatesOf { tenant }, when).await.map(drop)
}

/// Erases one tenant's, each in a transaction of their own: what is done stays done when the rest has to wait.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExpireCandidatesOf {
    pub tenant: TenantId,
}

impl Task for ExpireCandidatesOf {
    const KIND: &'static str = "erasures.expire";
    const TIMEOUT: Duration = Duration::from_secs(3_600);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = Caller::task(self.tenant, attempt.task);
        let mut position = Position { after: uuid::Uuid::max(), limit: AT_ONCE };
        let mut erased = 0_u64;
        loop {
            let now = services.clock.now();
            let mut tx = services.db.read(&caller, Permission::ErasureRead).await?;
            let policy = privacy_policies::actions::get(&mut tx, now).await?;
            let due = store::list_due(&mut tx, &policy, now, position).await?;
            tx.commit().await?;
            let Some(last) = due.last() else { break };
            position.after = last.candidate_id.uuid();
            for one in due {
                erased += u64::from(actions::expire(services, &caller, one).await?.is_some());
            }
        }
        if erased > 0 {
            tracing::info!(tenant = %self.tenant, erased, "erased candidates by the tenant's policy");
        }
        Ok(())
    }
}
