//! The sweep, as background work.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::actions;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

/// Removes uploads that never became anything, and files nobody needs any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct SweepFiles {}

impl Task for SweepFiles {
    const KIND: &'static str = "files.sweep";
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, _attempt: Attempt) -> Result<(), Stop> {
        let swept = actions::sweep(services).await?;
        if swept > 0 {
            tracing::info!(swept, "removed files that nobody needs");
        }
        Ok(())
    }
}
