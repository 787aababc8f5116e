//! Every write to jobs.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sqlx::types::Json;

use super::{Details, Job, Status, history, openings, stages, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::grants::{Reach, Scope};
use crate::http::etag::IfMatch;
use crate::ids::{DepartmentId, JobId, MemberId, OfficeId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::custom_fields::{self, Subject};
use crate::resources::roles::{self, Authority};
use crate::resources::{departments, events, members, offices, score_requests};
use crate::services::Services;
use crate::typed_values;

const MAX_REASON: usize = 1_000;
const MAX_OFFICES: usize = 50;

/// The job, if the permission reaches it.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn get_within(tx: &mut Tx, reach: &Reach, id: JobId) -> Result<Job> {
    let job = store::get(tx, id).await?;
    reach.includes(job.scope()).then_some(job).ok_or(Error::NotFound { what: "job" })
}

/// Records the event of a change of the job.
///
/// # Errors
/// The database's.
pub(crate) async fn announce(tx: &mut Tx, services: &Services, kind: events::Kind, job: &Job) -> Result<()> {
    let payload = json!({ "job_id": job.id, "status": job.status, "version": job.version });
    events::record(tx, &services.clock, kind, job.id, payload).await
}

fn taken(reference: &str) -> Error {
    let detail = format!("there is a job with the reference {reference} already");
    Error::Conflict { code: "job_reference_taken", detail }
}

/// Makes a draft with the tenant's stages and this many openings.
///
/// # Errors
/// `Forbidden` where the caller's permission does not reach, `Invalid`, `NotFound` department or hiring manager,
/// `Conflict` when the reference is taken.
pub async fn create(services: &Services, caller: &Caller, details: Details, openings: u32) -> Result<Job> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::JobWrite).await?;
    let job = make(&mut tx, services, &reach, details, openings).await?;
    tx.commit().await?;
    Ok(job)
}

/// The same inside a larger change, where the permission to write jobs reaches so far.
///
/// # Errors
/// As [`create`].
pub(crate) async fn make(
    tx: &mut Tx,
    services: &Services,
    reach: &Reach,
    details: Details,
    openings: u32,
) -> Result<Job> {
    let now = services.clock.now();
    let mut job = Job::new(JobId::new(&services.clock), tx.caller().member(), now);
    let department = details.department.flatten();
    place(tx, reach, department).await?;
    job.department_id = department;
    let custom_fields = details.custom_fields.clone().unwrap_or_default();
    set(tx, &mut job, Details { custom_fields: Some(custom_fields), ..details }).await?;
    if !store::insert(tx, &job).await? {
        return Err(taken(job.reference.as_deref().unwrap_or_default()));
    }
    history::record(tx, &services.clock, &job, None, None).await?;
    stages::actions::copy(tx, services, job.id, now).await?;
    openings::actions::plan(tx, &services.clock, &job, openings).await?;
    audit::record(tx, &services.clock, "job.created", job.id, Change::made(&job));
    announce(tx, services, events::Kind::JobCreated, &job).await?;
    Ok(job)
}

/// Whether the caller may put a job there. What their permission does not reach is not there for them.
async fn place(tx: &mut Tx, reach: &Reach, department: Option<DepartmentId>) -> Result<()> {
    match department {
        Some(id) if !reach.includes(Scope::Department(id)) => Err(Error::NotFound { what: "department" }),
        Some(id) => departments::store::get(tx, id).await.map(drop),
        None if !reach.includes(Scope::Tenant) => {
            Err(Error::Forbidden { permission: Permission::JobWrite.as_str() })
        }
        None => Ok(()),
    }
}

/// Everything but where it belongs.
async fn set(tx: &mut Tx, job: &mut Job, mut details: Details) -> Result<()> {
    if let Some(given) = details.custom_fields.take() {
        job.custom_fields = Json(custom_fields::actions::checked(tx, Subject::Job, given).await?);
    }
    if let Some(offices) = details.offices.take() {
        job.office_ids = Some(Json(held(tx, offices).await?));
    }
    if let Some(manager) = details.hiring_manager {
        if let Some(id) = manager {
            require_active(tx, id).await?;
        }
        job.hiring_manager_id = manager;
    }
    job.set(details)
}

/// Offices that stay there until the transaction ends.
async fn held(tx: &mut Tx, named: Vec<OfficeId>) -> Result<Vec<OfficeId>> {
    if named.len() > MAX_OFFICES {
        return Err(Error::invalid("#/office_ids", "too_many", format!("at most {MAX_OFFICES} offices")));
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = named.iter().position(|id| !seen.insert(*id)) {
        let at = format!("#/office_ids/{twice}");
        return Err(Error::invalid(at, "given_twice", "it is there more than once"));
    }
    if named.is_empty() {
        return Ok(named);
    }
    let there = offices::store::hold(tx, &named).await?;
    let is_whole = there.len() == named.len();
    is_whole.then_some(named).ok_or(Error::NotFound { what: "office" })
}

async fn require_active(tx: &mut Tx, id: MemberId) -> Result<()> {
    let member = members::store::find(tx, id).await?;
    let is_active = member.is_some_and(|member| member.is_active());
    is_active.then_some(()).ok_or(Error::NotFound { what: "active member to manage it" })
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid`, `Conflict` when the reference is taken, `Refusal` when a role for the new
/// department holds more than the caller does for the job.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: JobId,
    if_match: &IfMatch,
    details: Details,
) -> Result<Job> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::JobWrite).await?;
    let moves = details.department.is_some();
    if moves {
        tx.take_turn().await?;
    }
    let before = get_within(&mut tx, &reach, id).await?;
    if_match.require(before.version)?;
    let mut job = before.clone();
    if let Some(department) = details.department.filter(|department| *department != before.department_id) {
        move_to(&mut tx, &reach, &before, department).await?;
        job.department_id = department;
    }
    set(&mut tx, &mut job, details).await?;
    if let Some(reference) = &job.reference
        && store::is_taken(&mut tx, reference, id).await?
    {
        return Err(taken(reference));
    }
    job.updated_at = services.clock.now();
    store::update(&mut tx, &mut job).await?;
    audit::record(&mut tx, &services.clock, "job.updated", id, Change::between(&before, &job));
    announce(&mut tx, services, events::Kind::JobUpdated, &job).await?;
    if job.asks_something_else(&before) {
        score_requests::of_job(&mut tx, &services.clock, id).await?;
    }
    tx.commit().await?;
    if moves {
        // Where a job belongs decides who reaches it.
        services.known_callers.forget();
    }
    Ok(job)
}

/// Whoever has a role for the new department or above gets it for the job, too: that is handing on.
async fn move_to(tx: &mut Tx, reach: &Reach, job: &Job, department: Option<DepartmentId>) -> Result<()> {
    place(tx, reach, department).await?;
    let Some(department) = department else { return Ok(()) };
    let given = roles::store::permissions_given_at(tx, department).await?;
    Authority::read(tx).await?.hand_on(job.scope(), given)
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid` reason, `Conflict` when the status may not follow, nothing is left to open,
/// or openings are left to fill.
pub async fn set_status(
    services: &Services,
    caller: &Caller,
    id: JobId,
    if_match: &IfMatch,
    status: Status,
    reason: Option<String>,
) -> Result<Job> {
    let reason = fields::optional_text("#/reason", reason, MAX_REASON)?;
    let (mut tx, reach) = services.db.begin_within(caller, Permission::JobWrite).await?;
    let mut job = get_within(&mut tx, &reach, id).await?;
    if_match.require(job.version)?;
    job.status.allow(status)?;
    let now = services.clock.now();
    match status {
        Status::Open => openings::actions::open_planned(&mut tx, &services.clock, id, now).await?,
        Status::Closed => {
            openings::actions::close_all(&mut tx, &services.clock, id, reason.as_deref(), now).await?;
        }
        Status::Filled if openings::actions::is_any_open(&mut tx, id).await? => {
            let detail = "openings are left to fill; close them first, or close the job".into();
            return Err(Error::Conflict { code: "openings_left", detail });
        }
        Status::Filled | Status::Paused | Status::Draft => {}
    }
    change_status(&mut tx, services, &mut job, status, reason).await?;
    tx.commit().await?;
    Ok(job)
}

/// The same inside a larger change, which has seen to it that the status may follow.
///
/// # Errors
/// `Conflict` when somebody else changed the job meanwhile.
pub(crate) async fn change_status(
    tx: &mut Tx,
    services: &Services,
    job: &mut Job,
    status: Status,
    reason: Option<String>,
) -> Result<()> {
    let before = job.clone();
    let now = services.clock.now();
    job.status = status;
    job.updated_at = now;
    if status == Status::Open {
        job.opened_at = job.opened_at.or(Some(now));
    }
    store::update(tx, job).await?;
    history::record(tx, &services.clock, job, Some(before.status), reason).await?;
    audit::record(tx, &services.clock, "job.status_changed", job.id, Change::between(&before, job));
    announce(tx, services, events::Kind::JobStatusChanged, job).await
}

/// A draft that nobody applied for. Whatever has a history is closed instead.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`, `Conflict` when there are applications.
pub async fn delete(services: &Services, caller: &Caller, id: JobId, if_match: &IfMatch) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::JobWrite).await?;
    let mut job = get_within(&mut tx, &reach, id).await?;
    if_match.require(job.version)?;
    if store::count_applications(&mut tx, id).await? > 0 {
        let detail = "people have applied for this job; close it instead, so that their history stays".into();
        return Err(Error::Conflict { code: "job_has_applications", detail });
    }
    let now = services.clock.now();
    job.deleted_at = Some(now);
    job.updated_at = now;
    store::update(&mut tx, &mut job).await?;
    audit::record(&mut tx, &services.clock, "job.deleted", id, Change::gone(&job));
    announce(&mut tx, services, events::Kind::JobDeleted, &job).await?;
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}

/// Whether what has to be answered may be left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    Complete,
    SomeMayBeMissing,
}

/// Answers to a job's questions, of the right kind.
///
/// # Errors
/// `Invalid`, naming the answer.
pub(crate) fn checked_answers(
    job: &Job,
    mut given: Map<String, Value>,
    wanted: Answers,
) -> Result<Map<String, Value>> {
    let mut answers = Map::new();
    for question in &job.questions.0 {
        let at = format!("#/answers/{}", question.key);
        match given.remove(&question.key).filter(|answer| !answer.is_null()) {
            Some(answer) => {
                let answer = typed_values::checked(&at, question.kind, &question.options, answer)?;
                answers.insert(question.key.clone(), answer);
            }
            None if question.is_required && wanted == Answers::Complete => {
                return Err(Error::invalid(at, "missing", format!("please answer: {}", question.label)));
            }
            None => {}
        }
    }
    match given.keys().next() {
        Some(key) => {
            Err(Error::invalid(format!("#/answers/{key}"), "unknown_question", "the job does not ask this"))
        }
        None => Ok(answers),
    }
}
