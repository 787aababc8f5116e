//! Merges: two candidates who are one person become one. Decides which two may, and what the one that stays takes over.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use crate::error::{Error, Result};
use crate::ids::CandidateId;

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Merge {
    /// Who stays.
    pub candidate_id: CandidateId,
    /// Who turned out to be the same person.
    pub merged_candidate_id: CandidateId,
    pub moved: Moved,
}

/// How much changed hands.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    pub resumes: u64,
    pub applications: u64,
    pub notes: u64,
}

/// What stands in the way of making one of two.
#[derive(Clone, Copy, Debug)]
pub struct Obstacles {
    /// Jobs for which both are in the running.
    pub shared_jobs: i64,
    /// Members that either of both is.
    pub members: i64,
}

impl Obstacles {
    /// # Errors
    /// `Conflict`, saying what to do first.
    pub fn require_none(self) -> Result<()> {
        if self.shared_jobs > 0 {
            let detail =
                "both have an active application for the same job; reject or withdraw one of them first"
                    .into();
            return Err(Error::Conflict { code: "both_in_the_running", detail });
        }
        if self.members > 1 {
            let detail = "both are members; unlink one of them first".into();
            return Err(Error::Conflict { code: "both_are_members", detail });
        }
        Ok(())
    }
}
