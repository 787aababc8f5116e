//! Making, changing and deleting applications. What moves them through a job's stages stands in `moves`.

use serde_json::{Map, Value, json};
use sqlx::types::Json;

use super::history::{self, Kind, Why};
use super::{Application, Outcome, Tracking, letters, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::grants::Reach;
use crate::http::etag::IfMatch;
use crate::ids::{ApplicationId, CandidateId, JobId, MemberId, ResumeId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::custom_fields::{self, Subject};
use crate::resources::jobs::{self, Job};
use crate::resources::{candidates, emails, events, members, resumes, score_requests};
use crate::services::Services;

const MAX_SOURCE: usize = 200;

/// The application, if the permission reaches its job.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn get_within(tx: &mut Tx, reach: &Reach, id: ApplicationId) -> Result<Application> {
    let application = store::get(tx, id).await?;
    if *reach != Reach::Everywhere {
        let job = jobs::actions::get_within(tx, reach, application.job_id).await;
        job.map_err(|error| error.missing_as("application"))?;
    }
    Ok(application)
}

/// Records the event of a change of the application.
///
/// # Errors
/// The database's.
pub(crate) async fn announce(
    tx: &mut Tx,
    services: &Services,
    kind: events::Kind,
    application: &Application,
    beside: Value,
) -> Result<()> {
    let mut payload = json!({
        "application_id": application.id, "candidate_id": application.candidate_id, "job_id": application.job_id,
        "stage_id": application.stage_id, "outcome": application.outcome, "version": application.version,
    });
    if let (Value::Object(payload), Value::Object(beside)) = (&mut payload, beside) {
        payload.extend(beside);
    }
    events::record(tx, &services.clock, kind, application.id, payload).await
}

/// Who applies for what.
#[derive(Debug)]
pub struct New {
    pub candidate: CandidateId,
    pub job: JobId,
    pub source: Option<String>,
    pub tracking: Option<Tracking>,
    pub credited_to: Option<MemberId>,
    pub resume: Option<ResumeId>,
    pub answers: Map<String, Value>,
    pub tags: Vec<String>,
    pub custom_fields: Map<String, Value>,
    /// Although an earlier application of the candidate for the job has ended.
    pub again: bool,
}

/// # Errors
/// `NotFound` job or candidate; `Invalid`; `Conflict` when the job takes no applications, the candidate has an active one
/// for it, or had one and is not said to apply again.
pub async fn create(services: &Services, caller: &Caller, new: New) -> Result<Application> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ApplicationWrite).await?;
    let application = make(&mut tx, services, &reach, new).await?;
    letters::tell(&mut tx, services, emails::Kind::ApplicationCreated, &application, None).await?;
    tx.commit().await?;
    Ok(application)
}

/// The same inside a larger change, where the permission to write applications reaches so far.
///
/// # Errors
/// As [`create`].
pub(crate) async fn make(tx: &mut Tx, services: &Services, reach: &Reach, new: New) -> Result<Application> {
    let job = jobs::actions::get_within(tx, reach, new.job).await?;
    // Whoever applies becomes visible to the job's team, so only somebody the caller can see may be put there.
    let visible = tx.caller().reach(Permission::CandidateRead);
    let visible = visible.map_err(|_| Error::NotFound { what: "candidate that you may read" })?;
    candidates::actions::hold_within(tx, &visible, new.candidate).await?;
    if let Some(member) = new.credited_to {
        require_active(tx, member).await?;
    }
    let answers =
        jobs::actions::checked_answers(&job, new.answers, jobs::actions::Answers::SomeMayBeMissing)?;
    let custom_fields = custom_fields::actions::checked(tx, Subject::Application, new.custom_fields).await?;
    let beginning = Beginning {
        candidate: new.candidate,
        source: fields::optional_line("#/source", new.source, MAX_SOURCE)?,
        tracking: new.tracking.map(Tracking::checked).transpose()?,
        credited_to: new.credited_to,
        resume: new.resume,
        answers,
        tags: fields::tags("#/tags", new.tags)?,
        custom_fields,
        transferred_from: None,
    };
    begin(tx, services, &job, beginning, new.again).await
}

async fn require_active(tx: &mut Tx, id: MemberId) -> Result<()> {
    let member = members::store::find(tx, id).await?;
    let is_active = member.is_some_and(|member| member.is_active());
    is_active.then_some(()).ok_or(Error::NotFound { what: "active member to credit" })
}

/// What an application begins with, checked.
pub(crate) struct Beginning {
    pub(crate) candidate: CandidateId,
    pub(crate) source: Option<String>,
    pub(crate) tracking: Option<Tracking>,
    pub(crate) credited_to: Option<MemberId>,
    pub(crate) resume: Option<ResumeId>,
    pub(crate) answers: Map<String, Value>,
    pub(crate) tags: Vec<String>,
    pub(crate) custom_fields: Map<String, Value>,
    pub(crate) transferred_from: Option<ApplicationId>,
}

/// Begins an application of a candidate who is held, inside a larger change, in the job's first stage. It is inserted with the
/// rest of that, so what refers to it comes after [`Tx::write_inserts`].
///
/// # Errors
/// As [`create`].
pub(crate) async fn begin(
    tx: &mut Tx,
    services: &Services,
    job: &Job,
    beginning: Beginning,
    again: bool,
) -> Result<Application> {
    if !job.status.takes_applications() {
        let detail =
            format!("the job is {}; only an open or paused one takes applications", job.status.as_str());
        return Err(Error::Conflict { code: "job_not_open", detail });
    }
    if let Some(resume) = beginning.resume {
        require_own_resume(tx, resume, beginning.candidate).await?;
    }
    let grounds = store::list_grounds(tx, beginning.candidate, job.id).await?;
    let earlier: Vec<Earlier> = grounds.iter().filter_map(Earlier::of).collect();
    refuse_second(&earlier, again)?;
    let first = grounds.first().map(|ground| &ground.stage);
    let first = first.ok_or_else(|| Error::internal("a job's pipeline is not whole"))?;
    let now = services.clock.now();
    let application = Application {
        id: ApplicationId::new(&services.clock),
        candidate_id: beginning.candidate,
        job_id: job.id,
        attempt: earlier.first().map_or(1, |latest| latest.attempt + 1),
        outcome: Outcome::Active,
        stage_id: first.id,
        source: beginning.source,
        tracking: beginning.tracking.map(Json),
        credited_to: beginning.credited_to,
        resume_id: beginning.resume,
        answers: Json(beginning.answers),
        tags: Json(beginning.tags),
        custom_fields: Json(beginning.custom_fields),
        score: None,
        reason: None,
        reason_detail: None,
        decided_at: None,
        transferred_from: beginning.transferred_from,
        transferred_to: None,
        applied_at: now,
        stage_since: now,
        created_by: tx.caller().member(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
        version: 1,
    };
    store::add(tx, &application);
    history::record(tx, &services.clock, &application, Kind::Applied, first, Why::default());
    let made = Change::made(&application);
    audit::record(tx, &services.clock, "application.created", application.id, made);
    announce(tx, services, events::Kind::ApplicationCreated, &application, Value::Null).await?;
    score_requests::of_application(tx, &services.clock, application.id)?;
    Ok(application)
}

fn exists_already(id: ApplicationId) -> Error {
    let detail = format!("the candidate has an active application for this job already: {id}");
    Error::Conflict { code: "application_exists", detail }
}

/// An application of the same candidate for the same job.
struct Earlier {
    id: ApplicationId,
    attempt: i64,
    outcome: Outcome,
}

impl Earlier {
    fn of(ground: &store::Ground) -> Option<Self> {
        let store::Ground { earlier_id, earlier_attempt, earlier_outcome, .. } = ground;
        Some(Self { id: (*earlier_id)?, attempt: (*earlier_attempt)?, outcome: (*earlier_outcome)? })
    }
}

/// Of those earlier, the latest first.
fn refuse_second(earlier: &[Earlier], again: bool) -> Result<()> {
    if let Some(active) = earlier.iter().find(|application| application.outcome == Outcome::Active) {
        return Err(exists_already(active.id));
    }
    match earlier.first() {
        Some(latest) if !again => {
            let detail = format!(
                "the candidate applied for this job before ({}, {}); send `again: true` for another application",
                latest.id,
                latest.outcome.as_str()
            );
            Err(Error::Conflict { code: "applied_before", detail })
        }
        _ => Ok(()),
    }
}

async fn require_own_resume(tx: &mut Tx, id: ResumeId, candidate: CandidateId) -> Result<()> {
    let resume = resumes::store::find(tx, id).await?;
    let is_own = resume.is_some_and(|resume| resume.candidate_id == Some(candidate));
    is_own.then_some(()).ok_or(Error::NotFound { what: "résumé of this candidate" })
}

/// What may be changed without moving it; what is absent stays.
#[derive(Debug, Default)]
pub struct Changes {
    pub source: Option<Option<String>>,
    pub tracking: Option<Option<Tracking>>,
    pub credited_to: Option<Option<MemberId>>,
    pub resume: Option<Option<ResumeId>>,
    pub answers: Option<Map<String, Value>>,
    pub tags: Option<Vec<String>>,
    pub custom_fields: Option<Map<String, Value>>,
}

/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: ApplicationId,
    if_match: &IfMatch,
    changes: Changes,
) -> Result<Application> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ApplicationWrite).await?;
    let before = get_within(&mut tx, &reach, id).await?;
    if_match.require(before.version)?;
    let mut application = before.clone();
    set(&mut tx, &mut application, changes).await?;
    application.updated_at = services.clock.now();
    store::update(&mut tx, &mut application).await?;
    let change = Change::between(&before, &application);
    audit::record(&mut tx, &services.clock, "application.updated", id, change);
    announce(&mut tx, services, events::Kind::ApplicationUpdated, &application, Value::Null).await?;
    let is_scored_by = (before.resume_id, &before.answers) != (application.resume_id, &application.answers);
    if is_scored_by && application.outcome == Outcome::Active {
        score_requests::of_application(&mut tx, &services.clock, id)?;
    }
    tx.commit().await?;
    Ok(application)
}

async fn set(tx: &mut Tx, application: &mut Application, changes: Changes) -> Result<()> {
    if let Some(source) = changes.source {
        application.source = fields::optional_line("#/source", source, MAX_SOURCE)?;
    }
    if let Some(tracking) = changes.tracking {
        application.tracking = tracking.map(Tracking::checked).transpose()?.map(Json);
    }
    if let Some(member) = changes.credited_to {
        if let Some(member) = member {
            require_active(tx, member).await?;
        }
        application.credited_to = member;
    }
    if let Some(resume) = changes.resume {
        if let Some(resume) = resume {
            require_own_resume(tx, resume, application.candidate_id).await?;
        }
        application.resume_id = resume;
    }
    if let Some(answers) = changes.answers {
        let job = jobs::store::get(tx, application.job_id).await?;
        application.answers.0 =
            jobs::actions::checked_answers(&job, answers, jobs::actions::Answers::SomeMayBeMissing)?;
    }
    if let Some(tags) = changes.tags {
        application.tags.0 = fields::tags("#/tags", tags)?;
    }
    if let Some(given) = changes.custom_fields {
        application.custom_fields.0 =
            custom_fields::actions::checked(tx, Subject::Application, given).await?;
    }
    Ok(())
}

/// One that was made by mistake; whoever was hired stays.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`, `Conflict`: it ended with a hire.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    id: ApplicationId,
    if_match: &IfMatch,
) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ApplicationWrite).await?;
    let mut application = get_within(&mut tx, &reach, id).await?;
    if_match.require(application.version)?;
    if application.outcome == Outcome::Hired {
        let detail = "it fills an opening; correct the hire first".into();
        return Err(Error::Conflict { code: "application_hired", detail });
    }
    let now = services.clock.now();
    application.deleted_at = Some(now);
    application.updated_at = now;
    store::update(&mut tx, &mut application).await?;
    audit::record(&mut tx, &services.clock, "application.deleted", id, Change::gone(&application));
    announce(&mut tx, services, events::Kind::ApplicationDeleted, &application, Value::Null).await?;
    tx.commit().await
}
