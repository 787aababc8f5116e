//! Which résumés a list holds.

pub(crate) mod store;

use super::Status;
use crate::ids::CandidateId;

/// What a list is narrowed to; what is absent does not matter.
#[derive(Debug, Default)]
pub struct Filter {
    pub candidate_id: Option<CandidateId>,
    pub status: Option<Status>,
    pub include_deleted: bool,
}
