//! Rows of jobs: drafts, as if each were made by hand. A reference that another job has is not made again.

use serde_json::{Map, Value};

use super::{Desk, Fields, without};
use crate::db::Tx;
use crate::error::Result;
use crate::http::body;
use crate::permissions::Permission;
use crate::resources::imports::{Line, Outcome};
use crate::resources::jobs;
use crate::resources::jobs::wire::NewJob;

const OF_THE_SERVER: [&str; 8] =
    ["id", "status", "opened_at", "created_by", "created_at", "updated_at", "deleted_at", "version"];

/// The reference a row names.
pub fn name(fields: &Map<String, Value>) -> Option<String> {
    let reference = fields.get("reference").and_then(Value::as_str)?.trim();
    Some(reference.to_owned()).filter(|reference| !reference.is_empty())
}

pub(super) async fn make(
    tx: &mut Tx,
    desk: &mut Desk<'_>,
    row: &Fields,
    fields: Map<String, Value>,
) -> Result<Line> {
    let reach = desk.importer.reach(Permission::JobWrite)?;
    if fields.get("deleted_at").is_some_and(|time| !time.is_null()) {
        return Ok(row.skipped(None, "deleted", "the row stands for a job that was deleted"));
    }
    let reference = name(&fields);
    let new: NewJob = body::read_value(Value::Object(without(fields, &OF_THE_SERVER)))?;
    if let Some(reference) = &reference {
        let known = jobs::store::find_by_reference(tx, reference).await?;
        let is_seen = desk.import.is_dry_run() && desk.seen.contains(reference);
        if known.is_some() || is_seen {
            let reads = desk.importer.require(Permission::JobRead).is_ok();
            let object = known.filter(|_| reads).map(|id| id.to_string());
            return Ok(row.skipped(object, "job_reference_taken", "another job has the reference"));
        }
    }
    let (details, openings) = new.parts();
    let job = jobs::actions::make(tx, desk.services, &reach, details, openings).await?;
    if let Some(reference) = reference.filter(|_| desk.import.is_dry_run()) {
        desk.seen.add(&reference);
    }
    Ok(row.became(Outcome::Created, Some(job.id.to_string())))
}
