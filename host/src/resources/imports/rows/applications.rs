//! Rows of applications: each begins in its job's first stage, as if it were made by hand. Candidates and jobs may be named by
//! e-mail address and reference.

use serde_json::{Map, Value};

use super::{Desk, Fields};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields::normalise_email;
use crate::http::body;
use crate::permissions::Permission;
use crate::resources::applications::wire::NewApplication;
use crate::resources::candidates::importing;
use crate::resources::imports::{Line, Outcome};
use crate::resources::{applications, jobs};

/// Whose application for what, as the row names both.
pub fn name(fields: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(|text| text.trim().to_lowercase());
    let candidate = text("candidate_id").or_else(|| text("candidate_email"))?;
    let job = text("job_id").or_else(|| text("job_reference"))?;
    Some(format!("{candidate} for {job}"))
}

pub(super) async fn make(
    tx: &mut Tx,
    desk: &mut Desk<'_>,
    row: &Fields,
    mut fields: Map<String, Value>,
) -> Result<Line> {
    let reach = desk.importer.reach(Permission::ApplicationWrite)?;
    let name = name(&fields);
    if desk.import.is_dry_run() && name.as_ref().is_some_and(|name| desk.seen.contains(name)) {
        return Ok(row.skipped(None, "application_exists", "an earlier row is the same application"));
    }
    by_email(tx, &mut fields).await?;
    by_reference(tx, &mut fields).await?;
    let new: NewApplication = body::read_value(Value::Object(fields))?;
    let made = applications::actions::make(tx, desk.services, &reach, new.wanted()).await;
    match made {
        Ok(application) => {
            if let Some(name) = name.filter(|_| desk.import.is_dry_run()) {
                desk.seen.add(&name);
            }
            Ok(row.became(Outcome::Created, Some(application.id.to_string())))
        }
        Err(Error::Conflict { code: code @ ("application_exists" | "applied_before"), detail }) => {
            Ok(row.skipped(None, code, &detail))
        }
        Err(other) => Err(other),
    }
}

/// One name or the other, not both.
fn taken(fields: &mut Map<String, Value>, name: &str, instead_of: &str) -> Result<Option<String>> {
    let Some(given) = fields.remove(name).filter(|given| !given.is_null()) else { return Ok(None) };
    let at = format!("#/{name}");
    if fields.get(instead_of).is_some_and(|id| !id.is_null()) {
        return Err(Error::invalid(at, "one_of_both", format!("name this or {instead_of}, not both")));
    }
    let text = given.as_str().map(|text| text.trim().to_owned());
    text.map(Some).ok_or_else(|| Error::invalid(at, "invalid_value", "a text"))
}

async fn by_email(tx: &mut Tx, fields: &mut Map<String, Value>) -> Result<()> {
    let Some(email) = taken(fields, "candidate_email", "candidate_id")? else { return Ok(()) };
    let key = normalise_email(&email).unwrap_or_default();
    let found = importing::store::find_by_emails(tx, &[&key]).await?;
    let missing = || Error::invalid("#/candidate_email", "not_found", "no candidate has this e-mail address");
    let (_, id) = found.into_iter().next().ok_or_else(missing)?;
    fields.insert("candidate_id".into(), id.to_string().into());
    Ok(())
}

async fn by_reference(tx: &mut Tx, fields: &mut Map<String, Value>) -> Result<()> {
    let Some(reference) = taken(fields, "job_reference", "job_id")? else { return Ok(()) };
    let found = jobs::store::find_by_reference(tx, &reference).await?;
    let missing = || Error::invalid("#/job_reference", "not_found", "no job has this reference");
    fields.insert("job_id".into(), found.ok_or_else(missing)?.to_string().into());
    Ok(())
}
