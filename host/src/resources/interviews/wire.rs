//! An interview as it is sent.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Interview, Kind, Status};
use crate::ids::{ApplicationId, InterviewId, MemberId};

/// An interview of a candidate for a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct InterviewView {
    pub id: InterviewId,
    pub application_id: ApplicationId,
    pub kind: Kind,
    #[schema(example = "Technical interview")]
    pub title: Option<String>,
    pub starts_at: DateTime<Utc>,
    #[schema(example = 45)]
    pub duration_minutes: i64,
    /// A room, an address, a number to call or a link.
    #[schema(example = "Room 3")]
    pub place: Option<String>,
    /// For the interviewers; never shown to the candidate.
    pub note: Option<String>,
    pub status: Status,
    pub cancel_reason: Option<String>,
    /// How often its time was changed.
    pub reschedules: i64,
    pub interviewers: Vec<MemberId>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl InterviewView {
    pub(crate) fn of(interview: Interview) -> Self {
        Self {
            id: interview.id,
            application_id: interview.application_id,
            kind: interview.kind,
            title: interview.title,
            starts_at: interview.starts_at,
            duration_minutes: interview.duration_minutes,
            place: interview.place,
            note: interview.note,
            status: interview.status,
            cancel_reason: interview.cancel_reason,
            reschedules: interview.reschedules,
            interviewers: interview.interviewers,
            created_by: interview.created_by,
            created_at: interview.created_at,
            updated_at: interview.updated_at,
            version: interview.version,
        }
    }
}
