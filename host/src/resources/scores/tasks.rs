//! Scores in the background, a batch at a time.

use std::time::Duration;

use super::{scoring, store};
use crate::ids::ApplicationId;
use crate::permissions::Permission;
use crate::resources::score_requests::{ScoreApplications, SpreadScores};
use crate::services::Services;
use crate::tasks::{Attempt, Priority, Stop, Task, When, enqueue_all};

/// Applications a task: as many as end well within its time if each spins until it is stopped.
const BATCH: usize = 50;
const PAGE: i64 = 1_000;

impl Task for ScoreApplications {
    const KIND: &'static str = "scores.score";
    const MAX_ATTEMPTS: u32 = 8;
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        scoring::score(services, &attempt.caller()?, &self.applications, self.is_forced).await
    }
}

impl Task for SpreadScores {
    const KIND: &'static str = "scores.spread";
    const MAX_ATTEMPTS: u32 = 8;
    const TIMEOUT: Duration = Duration::from_secs(300);

    /// All in one transaction: run twice, it has happened once.
    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let mut tx = services.db.begin(&caller, Permission::ScoreWrite).await?;
        let mut after = ApplicationId::from_uuid(uuid::Uuid::nil());
        loop {
            let page = store::list_active(&mut tx, self.job, self.candidate, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = *last;
            let is_forced = self.is_forced;
            let batches = page.chunks(BATCH).map(|batch| {
                (
                    ScoreApplications { applications: batch.to_vec(), is_forced },
                    When::now().priority(Priority::Low),
                )
            });
            enqueue_all(&mut tx, &services.clock, batches).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
