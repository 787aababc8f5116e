//! Every write to interviews.

use serde_json::json;

use super::{Details, Interview, letters, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Fault, Result};
use crate::grants::Reach;
use crate::http::etag::IfMatch;
use crate::ids::{ApplicationId, InterviewId, MemberId};
use crate::permissions::Permission;
use crate::resources::applications::{self, Application, Outcome};
use crate::resources::audit::{self, Change};
use crate::resources::events::{self, Kind};
use crate::resources::members;
use crate::services::Services;

/// The interview and its application, if the permission reaches the job.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn get_within(
    tx: &mut Tx,
    reach: &Reach,
    id: InterviewId,
) -> Result<(Interview, Application)> {
    let interview = store::get(tx, id).await?;
    let application = applications::actions::get_within(tx, reach, interview.application_id).await;
    let application = application.map_err(|error| error.missing_as("interview"))?;
    Ok((interview, application))
}

/// # Errors
/// `Invalid`; `NotFound` application or interviewer; `Conflict` when the application is not active.
pub async fn create(
    services: &Services,
    caller: &Caller,
    application: ApplicationId,
    details: Details,
) -> Result<Interview> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::InterviewWrite).await?;
    let application = applications::actions::get_within(&mut tx, &reach, application).await?;
    let id = InterviewId::new(&services.clock);
    let mut interview = Interview::new(id, application.id, caller.member(), services.clock.now());
    let given = details.interviewers.clone().unwrap_or_default();
    interview.set(details)?;
    require_active(&mut tx, &given).await?;
    if application.outcome != Outcome::Active {
        let outcome = application.outcome.as_str();
        let detail = format!("the application is {outcome}; only an active one gets interviews");
        return Err(Error::Conflict { code: "application_not_active", detail });
    }
    store::insert(&mut tx, &interview).await?;
    store::set_interviewers(&mut tx, &interview).await?;
    audit::record(&mut tx, &services.clock, "interview.scheduled", id, Change::made(&interview));
    announce(&mut tx, services, Kind::InterviewScheduled, &interview, &application).await?;
    letters::tell(&mut tx, services, None, &interview, &application).await?;
    tx.commit().await?;
    Ok(interview)
}

/// Interviewers are members who can act; who is none of the tenant's is not there at all.
async fn require_active(tx: &mut Tx, given: &[MemberId]) -> Result<()> {
    let mut faults = Vec::new();
    for (index, id) in given.iter().enumerate() {
        let member = members::store::find(tx, *id).await?.ok_or(Error::NotFound { what: "member" })?;
        if !member.is_active() {
            let detail = "the member is invited, disabled or removed; interviewers are active members".into();
            let pointer = format!("#/interviewers/{index}");
            faults.push(Fault { pointer, code: "member_not_active", detail });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Another time is another event than other changes, and is counted.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid`; `Conflict` when it is cancelled.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: InterviewId,
    if_match: &IfMatch,
    details: Details,
) -> Result<Interview> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::InterviewWrite).await?;
    let (before, application) = get_within(&mut tx, &reach, id).await?;
    if_match.require(before.version)?;
    before.require_scheduled()?;
    let mut interview = before.clone();
    let given = details.interviewers.clone();
    interview.set(details)?;
    if let Some(given) = given {
        require_active(&mut tx, &given).await?;
    }
    let moves = interview.moves_from(&before);
    interview.reschedules += i64::from(moves);
    interview.updated_at = services.clock.now();
    store::update(&mut tx, &mut interview).await?;
    if interview.interviewers != before.interviewers {
        store::set_interviewers(&mut tx, &interview).await?;
    }
    let (action, kind) = if moves {
        ("interview.rescheduled", Kind::InterviewRescheduled)
    } else {
        ("interview.updated", Kind::InterviewUpdated)
    };
    audit::record(&mut tx, &services.clock, action, id, Change::between(&before, &interview));
    announce(&mut tx, services, kind, &interview, &application).await?;
    letters::tell(&mut tx, services, Some(&before), &interview, &application).await?;
    tx.commit().await?;
    Ok(interview)
}

/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid`; `Conflict` when it is cancelled already.
pub async fn cancel(
    services: &Services,
    caller: &Caller,
    id: InterviewId,
    if_match: &IfMatch,
    reason: Option<String>,
) -> Result<Interview> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::InterviewWrite).await?;
    let (before, application) = get_within(&mut tx, &reach, id).await?;
    if_match.require(before.version)?;
    let mut interview = before.clone();
    interview.cancel(reason)?;
    interview.updated_at = services.clock.now();
    store::update(&mut tx, &mut interview).await?;
    let change = Change::between(&before, &interview);
    audit::record(&mut tx, &services.clock, "interview.cancelled", id, change);
    announce(&mut tx, services, Kind::InterviewCancelled, &interview, &application).await?;
    letters::tell(&mut tx, services, Some(&before), &interview, &application).await?;
    tx.commit().await?;
    Ok(interview)
}

async fn announce(
    tx: &mut Tx,
    services: &Services,
    kind: Kind,
    interview: &Interview,
    application: &Application,
) -> Result<()> {
    let payload = json!({
        "interview_id": interview.id, "application_id": application.id, "candidate_id": application.candidate_id,
        "job_id": application.job_id, "status": interview.status, "starts_at": interview.starts_at,
        "duration_minutes": interview.duration_minutes, "interviewers": interview.interviewers,
        "version": interview.version,
    });
    events::record(tx, &services.clock, kind, interview.id, payload).await
}
