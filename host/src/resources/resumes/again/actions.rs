//! Begins many readings.

use serde_json::json;

use super::tasks::ReadAllAgain;
use super::{Which, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::ids::TaskId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::resumes;
use crate::services::Services;
use crate::tasks::{Priority, When, enqueue};

/// Readings begun in one transaction, so that others get their turn to write.
const AT_ONCE: i64 = 50;

/// Has résumés read again in the background, by the named parser or the tenant's own; the task that begins it.
///
/// # Errors
/// `Forbidden` without the permission for the whole tenant; `Invalid` when no such parser is installed.
pub async fn begin(
    services: &Services,
    caller: &Caller,
    which: Which,
    parser: Option<String>,
) -> Result<TaskId> {
    caller.reach(Permission::ResumeParse)?;
    resumes::actions::require_parser(services, caller, parser.as_deref()).await?;
    let mut tx = services.db.begin(caller, Permission::ResumeParse).await?;
    let what = Change::noted(json!({ "which": which, "parser": parser }));
    let task = ReadAllAgain { which, parser, before: services.clock.now() };
    let id = enqueue(&mut tx, &services.clock, &task, When::now()).await?;
    let id = id.ok_or_else(|| Error::internal("a task without a key of its own was there already"))?;
    audit::record(&mut tx, &services.clock, "resume.all_read_again", id, what);
    tx.commit().await?;
    Ok(id)
}

/// Begins some of the readings a task is to begin; false when there are no more.
///
/// # Errors
/// The database's.
pub(crate) async fn go_on(services: &Services, caller: &Caller, task: &ReadAllAgain) -> Result<bool> {
    let mut tx = services.db.begin(caller, Permission::ResumeParse).await?;
    let some = store::list(&mut tx, task.which, task.before, AT_ONCE).await?;
    let is_last = some.is_empty();
    for resume in some {
        // Whoever asks for a single one does not wait behind all these.
        resumes::actions::begin_again(&mut tx, services, resume, task.parser.clone(), Priority::Low).await?;
    }
    tx.commit().await?;
    Ok(!is_last)
}
