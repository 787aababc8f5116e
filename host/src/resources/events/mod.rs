//! Events: facts, recorded in the transaction of the change they describe.

pub(crate) mod store;

use serde_json::{Value, json};

use crate::caller::{Actor, Caller};
use crate::clock::Clock;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::EventId;

/// What can happen. The words are API and never change meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    CandidateCreated,
    CandidateUpdated,
    ResumeReceived,
    ResumeParsed,
    ResumeParseFailed,
    CandidateMerged,
    CandidateDeleted,
    CandidateErased,
    ResumeCorrected,
    ResumeDeleted,
    JobCreated,
    JobUpdated,
    JobStatusChanged,
    JobDeleted,
    ApplicationCreated,
    ApplicationUpdated,
    ApplicationStageChanged,
    ApplicationRejected,
    ApplicationWithdrawn,
    ApplicationHired,
    ApplicationTransferred,
    ApplicationReopened,
    ApplicationCorrected,
    ApplicationDeleted,
    InterviewScheduled,
    InterviewRescheduled,
    InterviewUpdated,
    InterviewCancelled,
    InterviewEvaluated,
    OfferCreated,
    OfferUpdated,
    OfferSent,
    OfferAccepted,
    OfferDeclined,
    OfferRescinded,
    PluginInstalled,
    PluginActivated,
    PluginRolledBack,
    PluginDeactivated,
    PluginSuspended,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::CandidateCreated => "candidate.created",
            Kind::CandidateUpdated => "candidate.updated",
            Kind::ResumeReceived => "resume.received",
            Kind::ResumeParsed => "resume.parsed",
            Kind::ResumeParseFailed => "resume.parse_failed",
            Kind::CandidateMerged => "candidate.merged",
            Kind::CandidateDeleted => "candidate.deleted",
            Kind::CandidateErased => "candidate.erased",
            Kind::ResumeCorrected => "resume.corrected",
            Kind::ResumeDeleted => "resume.deleted",
            Kind::JobCreated => "job.created",
            Kind::JobUpdated => "job.updated",
            Kind::JobStatusChanged => "job.status_changed",
            Kind::JobDeleted => "job.deleted",
            Kind::ApplicationCreated => "application.created",
            Kind::ApplicationUpdated => "application.updated",
            Kind::ApplicationStageChanged => "application.stage_changed",
            Kind::ApplicationRejected => "application.rejected",
            Kind::ApplicationWithdrawn => "application.withdrawn",
            Kind::ApplicationHired => "application.hired",
            Kind::ApplicationTransferred => "application.transferred",
            Kind::ApplicationReopened => "application.reopened",
            Kind::ApplicationCorrected => "application.corrected",
            Kind::ApplicationDeleted => "application.deleted",
            Kind::InterviewScheduled => "interview.scheduled",
            Kind::InterviewRescheduled => "interview.rescheduled",
            Kind::InterviewUpdated => "interview.updated",
            Kind::InterviewCancelled => "interview.cancelled",
            Kind::InterviewEvaluated => "interview.evaluated",
            Kind::OfferCreated => "offer.created",
            Kind::OfferUpdated => "offer.updated",
            Kind::OfferSent => "offer.sent",
            Kind::OfferAccepted => "offer.accepted",
            Kind::OfferDeclined => "offer.declined",
            Kind::OfferRescinded => "offer.rescinded",
            Kind::PluginInstalled => "plugin.installed",
            Kind::PluginActivated => "plugin.activated",
            Kind::PluginRolledBack => "plugin.rolled_back",
            Kind::PluginDeactivated => "plugin.deactivated",
            Kind::PluginSuspended => "plugin.suspended",
        }
    }
}

/// Records a fact about `subject` (an id as it stands on the wire). The payload is thin: ids and states, no
/// personal data.
///
/// # Errors
/// Those of the database.
pub async fn record(
    tx: &mut Tx,
    clock: &Clock,
    kind: Kind,
    subject: impl ToString,
    payload: Value,
) -> Result<()> {
    let actor = actor(tx.caller());
    store::insert(tx, EventId::new(clock), kind, &subject.to_string(), &actor, &payload, clock.now()).await
}

/// The same of many subjects at once, in one statement.
///
/// # Errors
/// Those of the database.
pub async fn record_all(
    tx: &mut Tx,
    clock: &Clock,
    kind: Kind,
    facts: impl IntoIterator<Item = (String, Value)>,
) -> Result<()> {
    let actor = actor(tx.caller());
    let new =
        |(subject, payload): (String, Value)| store::NewEvent::new(EventId::new(clock), subject, payload);
    let facts: Vec<_> = facts.into_iter().map(new).collect();
    store::insert_all(tx, kind, &facts, &actor, clock.now()).await
}

fn actor(caller: &Caller) -> Value {
    let mut actor = json!({ "type": caller.actor.kind() });
    if let Some(id) = caller.actor.id() {
        actor["id"] = id.into();
    }
    if let (Actor::ApiKey { .. }, Some(member)) = (caller.actor, caller.member()) {
        actor["member_id"] = json!(member);
    }
    actor
}
