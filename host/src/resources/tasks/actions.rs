//! The one write an admin makes to tasks.

use serde_json::json;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::ids::TaskId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;
use crate::tasks::{self, Record};

/// Gives a task that failed for good all its attempts again.
///
/// # Errors
/// `NotFound`; `Conflict` when it has not failed for good, or an equal one waits already.
pub async fn retry(services: &Services, caller: &Caller, id: TaskId) -> Result<Record> {
    let mut tx = services.db.begin(caller, Permission::TaskWrite).await?;
    tasks::retry(&mut tx, &services.clock, id).await?;
    let record = tasks::find(&mut tx, id).await?.ok_or(Error::NotFound { what: "task" })?;
    let what = Change::noted(json!({ "kind": record.kind }));
    audit::record(&mut tx, &services.clock, "task.retried", id, what);
    tx.commit().await?;
    Ok(record)
}
