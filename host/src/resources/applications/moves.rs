//! What moves applications: stages, rejection, withdrawal, hire, transfer, and taking any of these back. Every move writes
//! a line of history, in the same transaction.

use serde_json::json;

use super::actions::{Beginning, announce, begin, get_within};
use super::history::{self, Kind, Standing, Why};
use super::{Application, Outcome, RejectionReason, WithdrawalReason, letters, store};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::http::etag::IfMatch;
use crate::ids::{ApplicationId, ChangeId, JobId, OpeningId, StageId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::jobs::{self, openings, stages, stages::Stage};
use crate::resources::{candidates, emails, events, score_requests};
use crate::services::Services;

const MAX_DETAIL: usize = 5_000;

/// An application that is about to move.
struct Move {
    tx: Tx,
    before: Application,
    stages: Vec<Stage>,
    now: Time,
}

impl Move {
    /// Loads what the caller may move, if its state allows the action.
    async fn begin(
        services: &Services,
        caller: &Caller,
        permission: Permission,
        id: ApplicationId,
        if_match: &IfMatch,
        action: &str,
    ) -> Result<Self> {
        let (mut tx, reach) = services.db.begin_within(caller, permission).await?;
        let before = get_within(&mut tx, &reach, id).await?;
        if_match.require(before.version)?;
        before.outcome.allow(action)?;
        let stages = stages::store::list(&mut tx, before.job_id).await?;
        Ok(Self { tx, before, stages, now: services.clock.now() })
    }

    /// The stage the application is in, which may have been taken out of the pipeline since.
    async fn present(&mut self) -> Result<Stage> {
        stages::store::get(&mut self.tx, self.before.stage_id).await
    }

    /// The stage of its job by this id.
    fn wanted(&self, id: StageId) -> Result<&Stage> {
        let found = self.stages.iter().find(|stage| stage.id == id);
        found.ok_or(Error::NotFound { what: "stage of this job" })
    }

    /// Saves what became of it: row, history, audit log and event.
    async fn finish(
        &mut self,
        services: &Services,
        mut after: Application,
        what: (Kind, &'static str, events::Kind),
        stage: &Stage,
        why: Why,
    ) -> Result<Application> {
        let (kind, action, event) = what;
        after.updated_at = self.now;
        let reason = why.reason.clone();
        store::update(&mut self.tx, &mut after).await?;
        history::record(&mut self.tx, &services.clock, &after, kind, stage, why);
        let change = Change::between(&self.before, &after);
        audit::record(&mut self.tx, &services.clock, action, after.id, change);
        let beside = json!({ "from_stage_id": self.before.stage_id, "reason": reason });
        announce(&mut self.tx, services, event, &after, beside).await?;
        Ok(after)
    }
}

/// To another stage of its job, forward or back.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`, `Conflict` when it is not active, is there already, or the stage is the
/// last one, which only a hire reaches.
pub async fn set_stage(
    services: &Services,
    caller: &Caller,
    id: ApplicationId,
    if_match: &IfMatch,
    stage: StageId,
) -> Result<Application> {
    let mut moving =
        Move::begin(services, caller, Permission::ApplicationWrite, id, if_match, "stage").await?;
    let stage = moving.wanted(stage)?.clone();
    if stage.kind == stages::Kind::Hired || stage.id == moving.before.stage_id {
        let others = moving.stages.iter();
        let others = others.filter(|s| s.kind != stages::Kind::Hired && s.id != moving.before.stage_id);
        let others: Vec<_> = others.map(|stage| format!("{} ({})", stage.id, stage.name)).collect();
        let what = match stage.kind {
            stages::Kind::Hired => "an application gets there by PUT /v1/applications/{id}/hire",
            _ => "the application is in this stage",
        };
        let detail = format!("{what}; it can be moved to {}", others.join(", "));
        return Err(Error::Conflict { code: "application_transition", detail });
    }
    let mut after = moving.before.clone();
    after.stage_id = stage.id;
    after.stage_since = moving.now;
    let what = (Kind::Moved, "application.moved", events::Kind::ApplicationStageChanged);
    let after = moving.finish(services, after, what, &stage, Why::default()).await?;
    moving.tx.commit().await?;
    Ok(after)
}

/// The company turns the candidate down.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid` detail, `Conflict` when it is not active.
pub async fn reject(
    services: &Services,
    caller: &Caller,
    id: ApplicationId,
    if_match: &IfMatch,
    reason: RejectionReason,
    detail: Option<String>,
) -> Result<Application> {
    let detail = fields::optional_text("#/detail", detail, MAX_DETAIL)?;
    let moving =
        Move::begin(services, caller, Permission::ApplicationWrite, id, if_match, "rejection").await?;
    let what = (Kind::Rejected, "application.rejected", events::Kind::ApplicationRejected);
    end(services, moving, Outcome::Rejected, what, Some(fields::word(reason)), detail).await
}

/// The candidate gives up.
///
/// # Errors
/// As [`reject`].
pub async fn withdraw(
    services: &Services,
    caller: &Caller,
    id: ApplicationId,
    if_match: &IfMatch,
    reason: WithdrawalReason,
    detail: Option<String>,
) -> Result<Application> {
    let detail = fields::optional_text("#/detail", detail, MAX_DETAIL)?;
    let moving =
        Move::begin(services, caller, Permission::ApplicationWrite, id, if_match, "withdrawal").await?;
    let what = (Kind::Withdrawn, "application.withdrawn", events::Kind::ApplicationWithdrawn);
    end(services, moving, Outcome::Withdrawn, what, Some(fields::word(reason)), detail).await
}

async fn end(
    services: &Services,
    mut moving: Move,
    outcome: Outcome,
    what: (Kind, &'static str, events::Kind),
    reason: Option<String>,
    detail: Option<String>,
) -> Result<Application> {
    let stage = moving.present().await?;
    let mut after = moving.before.clone();
    after.outcome = outcome;
    after.reason.clone_from(&reason);
    after.reason_detail.clone_from(&detail);
    after.decided_at = Some(moving.now);
    let why = Why { reason, detail, void_of: None };
    let after = moving.finish(services, after, what, &stage, why).await?;
    if outcome == Outcome::Rejected {
        letters::tell(&mut moving.tx, services, emails::Kind::ApplicationRejected, &after, None).await?;
    }
    moving.tx.commit().await?;
    Ok(after)
}

/// Moves it to the last stage and fills the named opening, or the one open longest. The job is filled with its last
/// opening.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`, `Conflict` when it is not active or nobody is sought any more.
pub async fn hire(
    services: &Services,
    caller: &Caller,
    id: ApplicationId,
    if_match: &IfMatch,
    opening: Option<OpeningId>,
) -> Result<Application> {
    let mut moving = Move::begin(services, caller, Permission::ApplicationHire, id, if_match, "hire").await?;
    let stage = stages::actions::first_of(&moving.stages, stages::Kind::Hired)?.clone();
    let mut job = jobs::store::get(&mut moving.tx, moving.before.job_id).await?;
    let (filled, was_last) =
        openings::actions::fill(&mut moving.tx, &services.clock, job.id, opening, id, moving.now).await?;
    let mut after = moving.before.clone();
    after.outcome = Outcome::Hired;
    after.stage_id = stage.id;
    after.stage_since = moving.now;
    after.decided_at = Some(moving.now);
    let what = (Kind::Hired, "application.hired", events::Kind::ApplicationHired);
    let after = moving.finish(services, after, what, &stage, Why::default()).await?;
    let noted = Change::noted(json!({ "opening_id": filled.id, "application_id": id }));
    audit::record(&mut moving.tx, &services.clock, "job.opening_filled", job.id, noted);
    if was_last && job.is_evergreen == 0 && job.status.takes_applications() {
        let reason = Some("every opening is filled".into());
        jobs::actions::change_status(&mut moving.tx, services, &mut job, jobs::Status::Filled, reason)
            .await?;
    }
    moving.tx.commit().await?;
    Ok(after)
}

/// Ends it and begins another one of the candidate's, for another job. Answers that one.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid` job, `Conflict` when it is not active, the other job takes no applications,
/// or the candidate has an active one there.
pub async fn transfer(
    services: &Services,
    caller: &Caller,
    id: ApplicationId,
    if_match: &IfMatch,
    to: JobId,
    detail: Option<String>,
) -> Result<Application> {
    let detail = fields::optional_text("#/detail", detail, MAX_DETAIL)?;
    let mut moving =
        Move::begin(services, caller, Permission::ApplicationWrite, id, if_match, "transfers").await?;
    let reach = caller.reach(Permission::ApplicationWrite)?;
    let job = jobs::actions::get_within(&mut moving.tx, &reach, to).await?;
    if job.id == moving.before.job_id {
        return Err(Error::invalid(
            "#/job_id",
            "same_job",
            "the application is for this job; name another one",
        ));
    }
    let before = moving.before.clone();
    let beginning = Beginning {
        candidate: before.candidate_id,
        source: before.source.clone(),
        tracking: before.tracking.clone().map(|tracking| tracking.0),
        credited_to: before.credited_to,
        resume: before.resume_id,
        // They answer the other job's questions.
        answers: serde_json::Map::new(),
        tags: before.tags.0.clone(),
        custom_fields: before.custom_fields.0.clone(),
        transferred_from: Some(id),
    };
    candidates::actions::hold(&mut moving.tx, beginning.candidate).await?;
    let begun = begin(&mut moving.tx, services, &job, beginning, true).await?;
    // The one that ends will name it.
    moving.tx.write_inserts().await?;
    let stage = moving.present().await?;
    let mut after = before;
    after.outcome = Outcome::Transferred;
    after.transferred_to = Some(begun.id);
    after.reason_detail.clone_from(&detail);
    after.decided_at = Some(moving.now);
    let what = (Kind::Transferred, "application.transferred", events::Kind::ApplicationTransferred);
    let why = Why { reason: None, detail, void_of: None };
    moving.finish(services, after, what, &stage, why).await?;
    moving.tx.commit().await?;
    Ok(begun)
}

/// Takes a rejected or withdrawn application back into the pipeline, in the stage it was in or another one.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`, `Conflict` when it has not ended so, or the candidate has an active
/// application for the job meanwhile.
pub async fn reopen(
    services: &Services,
    caller: &Caller,
    id: ApplicationId,
    if_match: &IfMatch,
    stage: Option<StageId>,
) -> Result<Application> {
    let mut moving =
        Move::begin(services, caller, Permission::ApplicationWrite, id, if_match, "reopenings").await?;
    let stage = moving.wanted(stage.unwrap_or(moving.before.stage_id))?.clone();
    if stage.kind == stages::Kind::Hired {
        let detail = "an application gets there by PUT /v1/applications/{id}/hire".into();
        return Err(Error::Conflict { code: "application_transition", detail });
    }
    refuse_beside_active(&mut moving).await?;
    let mut after = moving.before.clone();
    after.outcome = Outcome::Active;
    after.stage_id = stage.id;
    after.stage_since = moving.now;
    (after.reason, after.reason_detail, after.decided_at) = (None, None, None);
    let what = (Kind::Reopened, "application.reopened", events::Kind::ApplicationReopened);
    let after = moving.finish(services, after, what, &stage, Why::default()).await?;
    score_requests::of_application(&mut moving.tx, &services.clock, id)?;
    moving.tx.commit().await?;
    Ok(after)
}

async fn refuse_beside_active(moving: &mut Move) -> Result<()> {
    let others = store::list_of(&mut moving.tx, moving.before.candidate_id, moving.before.job_id).await?;
    match others.iter().find(|other| other.outcome == Outcome::Active && other.id != moving.before.id) {
        Some(active) => {
            let detail =
                format!("the candidate has an active application for this job already: {}", active.id);
            Err(Error::Conflict { code: "application_exists", detail })
        }
        None => Ok(()),
    }
}

/// Takes back the latest change as a mistake: it counts as if it had never been, and stays in the history with its
/// correction. A hire gives its opening back.
///
/// # Errors
/// `NotFound`, `PreconditionFailed`, `Invalid` reason, `Conflict` when nothing is left to take back, the named change is not
/// the latest, or the candidate has another active application for the job meanwhile.
pub async fn correct(
    services: &Services,
    caller: &Caller,
    id: ApplicationId,
    if_match: &IfMatch,
    change: ChangeId,
    reason: Option<String>,
) -> Result<Application> {
    let detail = fields::optional_text("#/reason", reason, MAX_DETAIL)?;
    let mut moving =
        Move::begin(services, caller, Permission::ApplicationWrite, id, if_match, "corrections").await?;
    let changes = store::list_changes(&mut moving.tx, id).await?;
    if !changes.iter().any(|line| line.id == change) {
        return Err(Error::NotFound { what: "change of this application" });
    }
    let latest = history::standing(&changes).last().copied().cloned();
    let latest = latest.filter(|latest| latest.kind != Kind::Applied).ok_or_else(|| {
        let detail = "nothing is left to take back: an application that should not be is deleted".into();
        Error::Conflict { code: "nothing_to_correct", detail }
    })?;
    if latest.id != change {
        let detail = format!("only the latest change can be taken back: {}", latest.id);
        return Err(Error::Conflict { code: "not_the_latest_change", detail });
    }
    let left: Vec<_> = changes.into_iter().filter(|line| line.id != latest.id).collect();
    let stands = Standing::of(&left)?;
    let mut after = moving.before.clone();
    stands.apply(&mut after);
    if after.outcome == Outcome::Active {
        refuse_beside_active(&mut moving).await?;
    }
    if latest.kind == Kind::Hired {
        undo_hire(services, caller, &mut moving).await?;
    }
    let stage = stages::store::get(&mut moving.tx, after.stage_id).await?;
    let what = (Kind::Voided, "application.corrected", events::Kind::ApplicationCorrected);
    let why = Why { reason: None, detail, void_of: Some(latest.id) };
    let after = moving.finish(services, after, what, &stage, why).await?;
    moving.tx.commit().await?;
    Ok(after)
}

/// Its opening is open again, and so is a job that had been filled.
async fn undo_hire(services: &Services, caller: &Caller, moving: &mut Move) -> Result<()> {
    let mut job = jobs::store::get(&mut moving.tx, moving.before.job_id).await?;
    let may_hire = caller.reach(Permission::ApplicationHire)?.includes(job.scope());
    if !may_hire {
        return Err(Error::Forbidden { permission: Permission::ApplicationHire.as_str() });
    }
    openings::actions::release(&mut moving.tx, &services.clock, job.id, moving.before.id, moving.now).await?;
    if job.status == jobs::Status::Filled {
        let reason = Some("a hire was taken back".into());
        jobs::actions::change_status(&mut moving.tx, services, &mut job, jobs::Status::Open, reason).await?;
    }
    Ok(())
}
