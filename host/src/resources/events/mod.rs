//! Events: facts, recorded in the transaction of the change they describe, with a delivery for every endpoint that wants to
//! know. Read back as a log in which nothing ever comes in behind a reader.

pub mod actions;
pub mod catalogue;
mod fan_out;
pub mod routes;
pub(crate) mod store;
pub mod wire;

use serde_json::{Value, json};
use sqlx::types::Json;

use crate::caller::{Actor, Caller};
use crate::clock::{Clock, Time};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CandidateId, EventId};

pub use fan_out::Deliver;
pub(crate) use fan_out::{put_on_their_way, wants};
pub(crate) use store::NewDelivery;

macro_rules! kinds {
    ($($name:ident = $word:literal;)*) => {
        /// What can happen. The words are API and never change meaning; `catalogue.rs` says what they mean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $($name,)*
        }

        impl Kind {
            pub const EVERY: &'static [Kind] = &[$(Kind::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Kind::$name => $word,)*
                }
            }
        }
    };
}

kinds! {
    CandidateCreated = "candidate.created";
    CandidateUpdated = "candidate.updated";
    ResumeReceived = "resume.received";
    ResumeParsed = "resume.parsed";
    ResumeParseFailed = "resume.parse_failed";
    CandidateMerged = "candidate.merged";
    CandidateDeleted = "candidate.deleted";
    CandidateErased = "candidate.erased";
    ResumeCorrected = "resume.corrected";
    ResumeDeleted = "resume.deleted";
    JobCreated = "job.created";
    JobUpdated = "job.updated";
    JobStatusChanged = "job.status_changed";
    JobDeleted = "job.deleted";
    ApplicationCreated = "application.created";
    ApplicationUpdated = "application.updated";
    ApplicationStageChanged = "application.stage_changed";
    ApplicationRejected = "application.rejected";
    ApplicationWithdrawn = "application.withdrawn";
    ApplicationHired = "application.hired";
    ApplicationTransferred = "application.transferred";
    ApplicationReopened = "application.reopened";
    ApplicationCorrected = "application.corrected";
    ApplicationDeleted = "application.deleted";
    ApplicationScored = "application.scored";
    InterviewScheduled = "interview.scheduled";
    InterviewRescheduled = "interview.rescheduled";
    InterviewUpdated = "interview.updated";
    InterviewCancelled = "interview.cancelled";
    InterviewEvaluated = "interview.evaluated";
    OfferCreated = "offer.created";
    OfferUpdated = "offer.updated";
    OfferSent = "offer.sent";
    OfferAccepted = "offer.accepted";
    OfferDeclined = "offer.declined";
    OfferRescinded = "offer.rescinded";
    PluginInstalled = "plugin.installed";
    PluginActivated = "plugin.activated";
    PluginRolledBack = "plugin.rolled_back";
    PluginDeactivated = "plugin.deactivated";
    PluginSuspended = "plugin.suspended";
    PluginShadowStarted = "plugin.shadow_started";
    PluginShadowEnded = "plugin.shadow_ended";
    PluginCanaryStarted = "plugin.canary_started";
    PluginCanaryEnded = "plugin.canary_ended";
    PluginCanarySuspended = "plugin.canary_suspended";
    WebhookEndpointDisabled = "webhook_endpoint.disabled";
}

impl Kind {
    /// The kind of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Kind::EVERY.iter().copied().find(|kind| kind.as_str() == word)
    }
}

/// A fact as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Event {
    pub id: EventId,
    /// A word of [`Kind`], or of a newer version's.
    #[sqlx(rename = "type")]
    pub kind: String,
    /// What it is about, as its id stands on the wire.
    pub subject_id: String,
    pub actor: Json<Value>,
    pub payload: Json<Value>,
    pub occurred_at: Time,
}

impl Event {
    /// Which candidate it tells of.
    pub(crate) fn candidate(&self) -> Option<CandidateId> {
        self.payload["candidate_id"].as_str().and_then(|id| id.parse().ok())
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
    record_all(tx, clock, kind, [(subject.to_string(), payload)]).await
}

/// The same of many subjects at once.
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
    let event = |(subject_id, payload): (String, Value)| Event {
        id: EventId::new(clock),
        kind: kind.as_str().into(),
        subject_id,
        actor: Json(actor.clone()),
        payload: Json(payload),
        occurred_at: clock.now(),
    };
    let events: Vec<_> = facts.into_iter().map(event).collect();
    store::add(tx, &events);
    tx.tell_on_commit();
    fan_out::fan_out(tx, clock, kind, &events).await
}

/// Who does what a transaction does, as events say it.
pub(crate) fn actor(caller: &Caller) -> Value {
    let mut actor = json!({ "type": caller.actor.kind() });
    if let Some(id) = caller.actor.id() {
        actor["id"] = id.into();
    }
    if let (Actor::ApiKey { .. }, Some(member)) = (caller.actor, caller.member()) {
        actor["member_id"] = json!(member);
    }
    actor
}
