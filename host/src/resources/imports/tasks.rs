//! Imports, as background work, and the forgetting of their reports.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::faults::RowFault;
use super::run::Progress;
use super::{actions, run, store};
use crate::error::Result;
use crate::ids::ImportId;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

/// Goes on with an import until it is over. May run twice: rows are taken by one at a time.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunImport {
    pub import: ImportId,
}

/// Others have a turn before the next stretch.
const PAUSE: Duration = Duration::from_millis(100);

impl Task for RunImport {
    const KIND: &'static str = "imports.run";
    const MAX_ATTEMPTS: u32 = 10;
    /// A stretch, and the file looked through before it.
    const TIMEOUT: Duration = Duration::from_secs(900);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        match run::go_on(services, &attempt.caller()?, self.import).await? {
            Progress::Over => Ok(()),
            Progress::MoreToDo => Err(Stop::Snooze(PAUSE)),
        }
    }

    async fn buried(self, services: &Services, attempt: Attempt, last_error: &str) -> Result<()> {
        tracing::error!(import = %self.import, last_error, "gave up an import");
        let detail = "the import failed after several attempts; the server's log says why. What was made until then stays";
        let faults = vec![RowFault::new("file", "import_failed", detail)];
        actions::finish(services, &attempt.caller()?, self.import, Some(faults)).await
    }
}

const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const AT_ONCE: i64 = 5_000;

/// Deletes what is known of imports that ended more than a month ago.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetImports {}

impl Task for ForgetImports {
    const KIND: &'static str = "imports.forget";
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, _attempt: Attempt) -> Result<(), Stop> {
        let before = services.clock.now() - KEPT;
        loop {
            let mut tx = services.db.begin_system().await?;
            let mut deleted = store::delete_rows_before(&mut tx, before, AT_ONCE).await?;
            if deleted == 0 {
                deleted = store::delete_before(&mut tx, before, AT_ONCE).await?;
            }
            tx.commit().await?;
            if deleted == 0 {
                return Ok(());
            }
        }
    }
}
