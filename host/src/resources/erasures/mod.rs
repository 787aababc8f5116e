//! Erasures: what is known of a person goes for good, part by part, because somebody asked or the tenant's policy says so.
//! What happened stays, without the person. Decides which parts go together, and who is held.

pub mod actions;
pub mod holds;
pub mod routes;
pub(crate) mod store;
pub mod tasks;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::ids::{CandidateId, ErasureId, MemberId};

/// A part of what is known of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ErasedPart)]
pub enum Part {
    /// Names. Takes `resumes` with it, which say them.
    Identity,
    /// E-mail addresses, telephone numbers and links. Takes `resumes` with it.
    Contacts,
    /// Headline, place, tags and custom fields. Takes with it why applications were scored as they were, as do `resumes` and
    /// `applications`; the numbers stay.
    Details,
    /// Résumés with their files and texts, everything read from them, and the profile made of that.
    Resumes,
    /// Answers, tags, custom fields, tracking and what was written about decisions, of all applications.
    Applications,
    /// What was written about interviews and in evaluations; ratings stay.
    Interviews,
    /// The terms of offers, and what was written about them.
    Offers,
    /// Notes on the candidate and their applications.
    Notes,
}

impl Part {
    pub const EVERY: [Part; 8] = [
        Part::Identity,
        Part::Contacts,
        Part::Details,
        Part::Resumes,
        Part::Applications,
        Part::Interviews,
        Part::Offers,
        Part::Notes,
    ];
}

/// Some of them.
pub type Parts = BTreeSet<Part>;

/// What has to go for what is named to be gone; nothing named is everything.
pub fn together(named: &[Part]) -> Parts {
    if named.is_empty() {
        return Part::EVERY.into();
    }
    let mut parts: Parts = named.iter().copied().collect();
    if parts.contains(&Part::Identity) || parts.contains(&Part::Contacts) {
        parts.insert(Part::Resumes);
    }
    parts
}

/// Why somebody is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ErasureCause)]
pub enum Cause {
    /// Somebody asked for it.
    Request,
    /// The policy: nothing has happened for long enough.
    Inactive,
    /// The policy: deleted long enough ago.
    Deleted,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Erasure {
    pub id: ErasureId,
    pub candidate_id: CandidateId,
    pub parts: Json<Parts>,
    /// 1: everything, and the candidate is deleted.
    pub is_complete: i64,
    pub cause: Cause,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
}

/// A candidate as far as it matters here; also one that is deleted.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Person {
    pub id: CandidateId,
    pub merged_into: Option<CandidateId>,
    pub deleted_at: Option<Time>,
    pub version: i64,
}

/// Who is to be erased by the policy.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Due {
    pub candidate_id: CandidateId,
    pub cause: Cause,
}

/// # Errors
/// `Conflict` while somebody is held.
pub fn require_free(hold: Option<&holds::Hold>, now: Time) -> Result<()> {
    match hold.filter(|hold| hold.is_in_force(now)) {
        None => Ok(()),
        Some(hold) => {
            let end = hold.until.map_or("somebody lifts it".into(), |until| until.to_rfc3339());
            let detail = format!("the candidate is held until {end}; nothing of them is erased before");
            Err(Error::Conflict { code: "candidate_held", detail })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Parts, together};

    #[test]
    fn whoever_takes_a_name_away_takes_away_what_says_it() {
        assert_eq!(together(&[]), Part::EVERY.into());
        assert_eq!(together(&[Part::Notes]), Parts::from([Part::Notes]));
        assert_eq!(together(&[Part::Contacts]), Parts::from([Part::Contacts, Part::Resumes]));
        assert_eq!(together(&[Part::Identity]), Parts::from([Part::Identity, Part::Resumes]));
    }
}
