//! Reads a résumé in the background: extractor, then parser, each a sandboxed plugin.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Defect, actions, reading};
use crate::error::Result;
use crate::ids::{ParseId, ResumeId};
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

/// One reading of one résumé.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadResume {
    pub resume: ResumeId,
    pub parse: ParseId,
}

impl Task for ReadResume {
    const KIND: &'static str = "resumes.read";
    const MAX_ATTEMPTS: u32 = 8;
    /// Longer than both plugins may take, waits for a free sandbox included.
    const TIMEOUT: Duration = Duration::from_secs(120);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let Some((resume, parse)) = actions::begin(services, &caller, self.resume, self.parse).await? else {
            return Ok(());
        };
        match reading::read(services, &caller, &resume, &parse).await {
            Ok(read) => actions::succeed(services, &caller, resume.id, parse.id, read).await?,
            Err(reading::Unread::Defect(defect)) => {
                actions::fail(services, &caller, resume.id, parse.id, &defect).await?;
            }
            Err(reading::Unread::Busy(wait)) => return Err(Stop::Snooze(wait)),
            Err(reading::Unread::Error(error)) => return Err(error.into()),
        }
        Ok(())
    }

    async fn buried(self, services: &Services, attempt: Attempt, last_error: &str) -> Result<()> {
        tracing::error!(resume = %self.resume, last_error, "gave up reading a résumé");
        let defect = Defect {
            code: "reading_failed".into(),
            detail: "The résumé could not be read after several attempts; the server's log says why. Parse it again \
                     later."
                .into(),
        };
        actions::fail(services, &attempt.caller()?, self.resume, self.parse, &defect).await
    }
}
