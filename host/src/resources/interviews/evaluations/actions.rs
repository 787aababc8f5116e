//! Every write to evaluations.

use serde_json::json;
use sqlx::types::Json;

use super::{Details, Evaluation, Sight, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::ids::{EvaluationId, InterviewId, MemberId};
use crate::permissions::Permission;
use crate::resources::applications::Application;
use crate::resources::audit::{self, Change};
use crate::resources::interviews::{self, Interview};
use crate::resources::{events, jobs};
use crate::services::Services;

/// Whose evaluations of the application's interviews the caller sees.
///
/// # Errors
/// The database's.
pub(crate) async fn sight(tx: &mut Tx, application: &Application) -> Result<Sight> {
    let job = jobs::store::get(tx, application.job_id).await?;
    Ok(Sight::of(tx.caller(), job.scope()))
}

/// The caller's own, of an interview they hold.
///
/// # Errors
/// `NotFound` interview; `Invalid`; `Refusal` when they do not hold it; `Conflict` when they evaluated it before, or it is
/// cancelled.
pub async fn create(
    services: &Services,
    caller: &Caller,
    interview: InterviewId,
    details: Details,
) -> Result<Evaluation> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::EvaluationWrite).await?;
    let (interview, application) = interviews::actions::get_within(&mut tx, &reach, interview).await?;
    let now = services.clock.now();
    let mut evaluation = Evaluation {
        id: EvaluationId::new(&services.clock),
        interview_id: interview.id,
        member_id: holder(caller, &interview)?,
        rating: None,
        recommendation: None,
        attributes: Json(Vec::new()),
        feedback: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    evaluation.set(details)?;
    interview.require_scheduled()?;
    if !store::insert(&mut tx, &evaluation).await? {
        let detail = "you evaluated this interview before; change that evaluation instead".into();
        return Err(Error::Conflict { code: "evaluated_already", detail });
    }
    let change = Change::made(&evaluation);
    audit::record(&mut tx, &services.clock, "interview.evaluated", evaluation.id, change);
    announce(&mut tx, services, &evaluation, &application).await?;
    tx.commit().await?;
    Ok(evaluation)
}

fn holder(caller: &Caller, interview: &Interview) -> Result<MemberId> {
    caller.member().filter(|member| interview.interviewers.contains(member)).ok_or_else(|| {
        let detail =
            "only who interviews evaluates; have yourself added to the interview's interviewers".into();
        Error::Refusal { code: "not_an_interviewer", detail }
    })
}

/// One's own, even after one was taken off the interview.
///
/// # Errors
/// `NotFound`; `Refusal` when it is another's; `PreconditionFailed`; `Invalid`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: EvaluationId,
    if_match: &IfMatch,
    details: Details,
) -> Result<Evaluation> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::EvaluationWrite).await?;
    let before = store::get(&mut tx, id).await?;
    let found = interviews::actions::get_within(&mut tx, &reach, before.interview_id).await;
    let (_, application) = found.map_err(hidden)?;
    sight(&mut tx, &application).await?.require(&before)?;
    if caller.member() != Some(before.member_id) {
        let detail = "an evaluation is changed by whoever made it".into();
        return Err(Error::Refusal { code: "not_your_evaluation", detail });
    }
    if_match.require(before.version)?;
    let mut evaluation = before.clone();
    evaluation.set(details)?;
    evaluation.updated_at = services.clock.now();
    store::update(&mut tx, &mut evaluation).await?;
    let change = Change::between(&before, &evaluation);
    audit::record(&mut tx, &services.clock, "evaluation.updated", id, change);
    announce(&mut tx, services, &evaluation, &application).await?;
    tx.commit().await?;
    Ok(evaluation)
}

/// An evaluation of an interview out of reach is as far away.
pub(super) fn hidden(error: Error) -> Error {
    match error {
        Error::NotFound { .. } => Error::NotFound { what: "evaluation" },
        other => other,
    }
}

async fn announce(
    tx: &mut Tx,
    services: &Services,
    evaluation: &Evaluation,
    application: &Application,
) -> Result<()> {
    let payload = json!({
        "evaluation_id": evaluation.id, "interview_id": evaluation.interview_id, "application_id": application.id,
        "candidate_id": application.candidate_id, "job_id": application.job_id, "member_id": evaluation.member_id,
        "version": evaluation.version,
    });
    let kind = events::Kind::InterviewEvaluated;
    events::record(tx, &services.clock, kind, evaluation.interview_id, payload).await
}
