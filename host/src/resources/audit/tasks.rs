//! Seals the audit logs of all tenants, every few minutes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::seal;
use crate::caller::Caller;
use crate::db::SystemTx;
use crate::error::Result;
use crate::ids::TenantId;
use crate::permissions::Permission;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task, When, enqueue};

const PAGE: i64 = 500;

/// Begins the sealing of every tenant whose log has grown.
#[derive(Debug, Serialize, Deserialize)]
pub struct SealAuditLogs {}

impl Task for SealAuditLogs {
    const KIND: &'static str = "audit.seal_all";
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
    enqueue(tx, &services.clock, &SealAuditLog { tenant }, When::now().unique(tenant.to_string()))
        .await
        .map(drop)
}

/// Seals one tenant's log.
#[derive(Debug, Serialize, Deserialize)]
pub struct SealAuditLog {
    pub tenant: TenantId,
}

impl Task for SealAuditLog {
    const KIND: &'static str = "audit.seal";
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = Caller::task(self.tenant, attempt.task);
        let mut after = None;
        loop {
            // A transaction each: after an import of a million rows all of it takes minutes, and others want to write.
            let mut tx = services.db.begin(&caller, Permission::AuditLogRead).await?;
            let batch = seal::seal_batch(&mut tx, &services.clock, &services.keys, after).await?;
            tx.commit().await?;
            match batch {
                Some(batch) => after = Some(batch.last),
                None => return Ok(()),
            }
        }
    }
}
