//! Table of contents of background work: every task, every schedule.

use std::time::Duration;

use crate::error::Result;
use crate::resources::{files, plugin_runs, resumes};
use crate::tasks::{PruneTasks, Registry, Schedule};

/// Every kind of task this version can run.
pub fn registry() -> Registry {
    Registry::new()
        .with::<resumes::tasks::ReadResume>()
        .with::<files::tasks::SweepFiles>()
        .with::<plugin_runs::tasks::ForgetRuns>()
        .with::<PruneTasks>()
}

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Every task that comes up by itself.
///
/// # Errors
/// A pattern or interval that is none.
pub fn schedules() -> Result<Vec<Schedule>> {
    Ok(vec![
        Schedule::every("files.sweep", HOUR, &files::tasks::SweepFiles {})?,
        Schedule::cron("plugin_runs.forget", "20 3 * * *", &plugin_runs::tasks::ForgetRuns {})?,
        Schedule::cron("tasks.prune", "40 3 * * *", &PruneTasks {})?,
    ])
}
