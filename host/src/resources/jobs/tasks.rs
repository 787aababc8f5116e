//! Keeps what jobs are found by for those that an earlier version wrote.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::store;
use crate::caller::Caller;
use crate::permissions::Permission;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

const AT_ONCE: i64 = 500;

/// Writes down the words of jobs that have none yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexJobs {}

impl Task for IndexJobs {
    const KIND: &'static str = "jobs.index";
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        loop {
            let mut tx = services.db.read_system().await?;
            let jobs = store::list_without_words(&mut tx, AT_ONCE).await?;
            tx.commit().await?;
            if jobs.is_empty() {
                return Ok(());
            }
            for (tenant, id) in jobs {
                let caller = Caller::task(tenant, attempt.task);
                let mut tx = services.db.begin(&caller, Permission::JobWrite).await?;
                // Whoever changed it meanwhile wrote them down, or deleted it.
                if let Some(job) = store::find(&mut tx, id).await? {
                    store::keep_words(&mut tx, &job).await?;
                }
                tx.commit().await?;
            }
        }
    }
}
