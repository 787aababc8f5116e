//! Forgets answers that are old enough.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::store;
use crate::error::Result;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

/// Forgets answers that have expired.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetAnswers {}

impl Task for ForgetAnswers {
    const KIND: &'static str = "idempotency.forget";
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, _: Attempt) -> Result<(), Stop> {
        let mut tx = services.db.begin_system().await?;
        let forgotten = store::delete_expired(&mut tx, services.clock.now()).await?;
        tx.commit().await?;
        tracing::debug!(forgotten, "forgot answers kept for idempotency keys");
        Ok(())
    }
}
