//! Forgets old shadow runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::store;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const AT_ONCE: i64 = 5_000;

/// Deletes shadow runs older than a month.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetShadowRuns {}

impl Task for ForgetShadowRuns {
    const KIND: &'static str = "plugin_shadow_runs.forget";
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, _attempt: Attempt) -> Result<(), Stop> {
        loop {
            let mut tx = services.db.begin_system().await?;
            let before = services.clock.now() - KEPT;
            let deleted = store::delete_before(&mut tx, before, AT_ONCE).await?;
            tx.commit().await?;
            if deleted == 0 {
                return Ok(());
            }
        }
    }
}
