//! Deletes dead and cancelled tasks once nobody will look at them any more.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Attempt, State, Stop, Task, queue};
use crate::services::Services;

const DEAD_DAYS: u64 = 30;
const CANCELLED_DAYS: u64 = 7;

/// To be enqueued by a schedule.
#[derive(Debug, Serialize, Deserialize)]
pub struct PruneTasks {}

impl Task for PruneTasks {
    const KIND: &'static str = "tasks.prune";
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, _attempt: Attempt) -> Result<(), Stop> {
        for (state, days) in [(State::Dead, DEAD_DAYS), (State::Cancelled, CANCELLED_DAYS)] {
            let before = services.clock.now() - Duration::from_secs(days * 24 * 60 * 60);
            loop {
                // A transaction per batch, so that others get their turn to write.
                let mut tx = services.db.begin_system().await?;
                let deleted = queue::delete_finished(&mut tx, state, before).await?;
                tx.commit().await?;
                if deleted == 0 {
                    break;
                }
            }
        }
        Ok(())
    }
}
