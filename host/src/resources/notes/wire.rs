//! A note as it is sent.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Note;
use crate::ids::{ApplicationId, CandidateId, JobId, MemberId, NoteId};

/// What a member wrote about a candidate, a job or an application.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteView {
    pub id: NoteId,
    pub candidate_id: Option<CandidateId>,
    pub job_id: Option<JobId>,
    pub application_id: Option<ApplicationId>,
    #[schema(example = "Called; can start in June.")]
    pub body: String,
    /// There for its author alone.
    pub is_private: bool,
    /// Its author.
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl NoteView {
    pub(crate) fn of(note: Note) -> Self {
        let Note {
            id,
            candidate_id,
            job_id,
            application_id,
            body,
            is_private,
            created_by,
            created_at,
            updated_at,
            version,
        } = note;
        Self {
            id,
            candidate_id,
            job_id,
            application_id,
            body,
            is_private: is_private == 1,
            created_by,
            created_at,
            updated_at,
            version,
        }
    }
}
