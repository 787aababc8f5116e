//! Keeps what candidates are found by for those whom an earlier version wrote, who are not to be found yet.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{indexing, store};
use crate::caller::Caller;
use crate::ids::TenantId;
use crate::permissions::Permission;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

const TENANTS_AT_ONCE: i64 = 100;
const AT_ONCE: i64 = 500;

/// Makes the entries of all tenants' candidates who have none. A migration asks for it, once; run twice, it makes none
/// twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexCandidates {}

impl Task for IndexCandidates {
    const KIND: &'static str = "candidates.index";
    const TIMEOUT: Duration = Duration::from_secs(6 * 60 * 60);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let mut after = TenantId::from_uuid(Uuid::nil());
        loop {
            let mut tx = services.db.read_system().await?;
            let tenants = tx.tenants_after(after, TENANTS_AT_ONCE).await?;
            tx.commit().await?;
            let Some(last) = tenants.last() else { return Ok(()) };
            after = *last;
            for tenant in tenants {
                let caller = Caller::task(tenant, attempt.task);
                while index_some(services, &caller).await? {}
            }
        }
    }
}

/// Whether there may be more.
async fn index_some(services: &Services, caller: &Caller) -> crate::error::Result<bool> {
    let mut tx = services.db.begin(caller, Permission::CandidateWrite).await?;
    let missing = store::list_unindexed(&mut tx, AT_ONCE).await?;
    for id in &missing {
        indexing::refresh(&mut tx, *id).await?;
    }
    tx.commit().await?;
    Ok(!missing.is_empty())
}
