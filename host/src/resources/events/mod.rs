//! Events: facts, recorded in the transaction of the change they describe.

pub(crate) mod store;

use serde_json::{Value, json};

use crate::caller::Actor;
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
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::CandidateCreated => "candidate.created",
            Kind::CandidateUpdated => "candidate.updated",
            Kind::ResumeReceived => "resume.received",
            Kind::ResumeParsed => "resume.parsed",
            Kind::ResumeParseFailed => "resume.parse_failed",
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
    let caller = tx.caller();
    let mut actor = json!({ "type": caller.actor.kind() });
    if let Some(id) = caller.actor.id() {
        actor["id"] = id.into();
    }
    if let (Actor::ApiKey { .. }, Some(member)) = (caller.actor, caller.member()) {
        actor["member_id"] = json!(member);
    }
    store::insert(tx, EventId::new(clock), kind, &subject.to_string(), &actor, &payload, clock.now()).await
}
