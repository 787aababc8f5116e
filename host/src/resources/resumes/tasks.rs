//! Reads a résumé in the background: extractor, then parser, each a sandboxed plugin.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Defect, actions, reading};
use crate::caller::Caller;
use crate::error::Result;
use crate::hooks::Kind;
use crate::ids::{ParseId, ResumeId};
use crate::permissions::Permission;
use crate::resources::plugins::using;
use crate::services::Services;
use crate::tasks::{Attempt, Queue, Stop, Task, When, enqueue};

/// One reading of one résumé.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadResume {
    pub resume: ResumeId,
    pub parse: ParseId,
}

impl Task for ReadResume {
    const KIND: &'static str = "resumes.read";
    const MAX_ATTEMPTS: u32 = 8;
    /// Longer than all plugins of a chain may take, one that asks a language model and waits for a free sandbox included.
    const TIMEOUT: Duration = Duration::from_secs(600);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        if using::asks_others(services, &caller, Kind::ResumeParser).await? {
            return self.hand_over(services, &caller).await;
        }
        self.read(services, &caller).await
    }

    async fn buried(self, services: &Services, attempt: Attempt, last_error: &str) -> Result<()> {
        self.give_up(services, &attempt.caller()?, last_error).await
    }
}

/// The same where a parser of the tenant's may ask other servers, a language model for instance: it waits more than it works, so
/// it must not hold up those that only work.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadResumeOutside(ReadResume);

impl Task for ReadResumeOutside {
    const KIND: &'static str = "resumes.read_outside";
    const QUEUE: Queue = Queue::Outbound;
    const MAX_ATTEMPTS: u32 = ReadResume::MAX_ATTEMPTS;
    const TIMEOUT: Duration = ReadResume::TIMEOUT;

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        self.0.read(services, &attempt.caller()?).await
    }

    async fn buried(self, services: &Services, attempt: Attempt, last_error: &str) -> Result<()> {
        self.0.give_up(services, &attempt.caller()?, last_error).await
    }
}

impl ReadResume {
    async fn hand_over(self, services: &Services, caller: &Caller) -> Result<(), Stop> {
        let when = When::now().unique(self.parse.to_string());
        let mut tx = services.db.begin(caller, Permission::ResumeParse).await?;
        enqueue(&mut tx, &services.clock, &ReadResumeOutside(self), when).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn read(self, services: &Services, caller: &Caller) -> Result<(), Stop> {
        let Some((resume, parse)) = actions::begin(services, caller, self.resume, self.parse).await? else {
            return Ok(());
        };
        match reading::read(services, caller, &resume, &parse).await {
            Ok(read) => actions::succeed(services, caller, resume.id, parse.id, read).await?,
            Err(reading::Unread::Defect(defect)) => {
                actions::fail(services, caller, resume.id, parse.id, &defect).await?;
            }
            Err(reading::Unread::Busy(wait)) => return Err(Stop::Snooze(wait)),
            Err(reading::Unread::Error(error)) => return Err(error.into()),
        }
        Ok(())
    }

    async fn give_up(self, services: &Services, caller: &Caller, last_error: &str) -> Result<()> {
        tracing::error!(resume = %self.resume, last_error, "gave up reading a résumé");
        let defect = Defect {
            code: "reading_failed".into(),
            detail: "The résumé could not be read after several attempts; the server's log says why. Parse it again \
                     later."
                .into(),
        };
        actions::fail(services, caller, self.resume, self.parse, &defect).await
    }
}
