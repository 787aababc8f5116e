//! Consents: what a candidate agreed to, until when, and what they took back. Nothing here is ever changed: of a purpose
//! the latest decision counts.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde_json::{Value, json};

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{CandidateId, ConsentId, MemberId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Consent {
    pub id: ConsentId,
    pub candidate_id: CandidateId,
    /// To what, in the tenant's words.
    pub purpose: String,
    /// 1: given; 0: refused, or taken back.
    pub is_given: i64,
    /// How that is known.
    pub evidence: Option<String>,
    pub decided_at: Time,
    pub expires_at: Option<Time>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
}

/// What somebody decided.
#[derive(Debug)]
pub struct Decision {
    pub purpose: String,
    pub is_given: bool,
    pub evidence: Option<String>,
    /// Now, without one.
    pub decided_at: Option<Time>,
    pub expires_at: Option<Time>,
}

impl Consent {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn new(
        id: ConsentId,
        candidate_id: CandidateId,
        decision: Decision,
        created_by: Option<MemberId>,
        now: Time,
    ) -> Result<Self> {
        let decided_at = match decision.decided_at {
            Some(time) => fields::instant("#/decided_at", time)?,
            None => now,
        };
        if decided_at > now {
            let detail = "nobody has decided in the future; it is now, or was earlier";
            return Err(Error::invalid("#/decided_at", "in_the_future", detail));
        }
        let expires_at = decision.expires_at.map(|time| fields::instant("#/expires_at", time)).transpose()?;
        if expires_at.is_some_and(|expires_at| !decision.is_given || expires_at <= decided_at) {
            let detail = "what was given ends after it was given; what was refused has no end";
            return Err(Error::invalid("#/expires_at", "out_of_range", detail));
        }
        Ok(Self {
            id,
            candidate_id,
            purpose: fields::key("#/purpose", &decision.purpose)?,
            is_given: i64::from(decision.is_given),
            evidence: fields::optional_text("#/evidence", decision.evidence, 2_000)?,
            decided_at,
            expires_at,
            created_by,
            created_at: now,
        })
    }

    /// Whether it would allow anything now, if no later decision of the purpose does otherwise.
    pub fn holds(&self, now: Time) -> bool {
        self.is_given == 1 && self.expires_at.is_none_or(|expires_at| expires_at > now)
    }
}

impl Audited for Consent {
    const PERSONAL: &'static [&'static str] = &["evidence"];

    fn audited(&self) -> Value {
        json!({
            "candidate_id": self.candidate_id, "purpose": self.purpose, "is_given": self.is_given == 1,
            "evidence": self.evidence, "decided_at": self.decided_at, "expires_at": self.expires_at,
        })
    }
}
