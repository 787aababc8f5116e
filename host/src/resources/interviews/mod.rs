//! Interviews: who talks with whom, when and where. Decides what an interview may be, and that what is cancelled stays so.

pub mod actions;
pub mod evaluations;
mod letters;
pub mod routes;
pub(crate) mod store;
pub mod wire;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{ApplicationId, InterviewId, MemberId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Interview {
    pub id: InterviewId,
    pub application_id: ApplicationId,
    pub kind: Kind,
    pub title: Option<String>,
    pub starts_at: Time,
    pub duration_minutes: i64,
    /// A room, an address, a number to call or a link.
    pub place: Option<String>,
    /// For the interviewers; never shown to the candidate.
    pub note: Option<String>,
    pub status: Status,
    pub cancel_reason: Option<String>,
    /// How often its time was changed.
    pub reschedules: i64,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
    /// In a table of their own; in the order of their ids.
    #[sqlx(skip)]
    pub interviewers: Vec<MemberId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = InterviewKind)]
pub enum Kind {
    Phone,
    Video,
    Onsite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = InterviewStatus)]
pub enum Status {
    Scheduled,
    /// For good; another interview takes its place.
    Cancelled,
}

/// Fields of an interview; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub kind: Option<Kind>,
    pub title: Option<Option<String>>,
    pub starts_at: Option<Time>,
    pub duration_minutes: Option<i64>,
    pub place: Option<Option<String>>,
    pub note: Option<Option<String>>,
    pub interviewers: Option<Vec<MemberId>>,
}

const LONGEST_MINUTES: i64 = 24 * 60;
const MOST_INTERVIEWERS: usize = 50;

impl Interview {
    /// One that nothing is said of yet.
    pub fn new(id: InterviewId, application: ApplicationId, created_by: Option<MemberId>, now: Time) -> Self {
        Self {
            id,
            application_id: application,
            kind: Kind::Onsite,
            title: None,
            starts_at: now,
            duration_minutes: 0,
            place: None,
            note: None,
            status: Status::Scheduled,
            cancel_reason: None,
            reschedules: 0,
            created_by,
            created_at: now,
            updated_at: now,
            version: 1,
            interviewers: Vec::new(),
        }
    }

    /// Who the interviewers are is the action's to look up.
    ///
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(kind) = details.kind {
            self.kind = kind;
        }
        if let Some(title) = details.title {
            self.title = fields::optional_line("#/title", title, 200)?;
        }
        if let Some(starts_at) = details.starts_at {
            self.starts_at = fields::instant("#/starts_at", starts_at)?;
        }
        if let Some(minutes) = details.duration_minutes {
            if !(1..=LONGEST_MINUTES).contains(&minutes) {
                let detail = format!("1 to {LONGEST_MINUTES} minutes");
                return Err(Error::invalid("#/duration_minutes", "out_of_range", detail));
            }
            self.duration_minutes = minutes;
        }
        if let Some(place) = details.place {
            self.place = fields::optional_line("#/place", place, 2_000)?;
        }
        if let Some(note) = details.note {
            self.note = fields::optional_text("#/note", note, 10_000)?;
        }
        if let Some(interviewers) = details.interviewers {
            self.interviewers = distinct(&interviewers)?;
        }
        Ok(())
    }

    /// # Errors
    /// `Conflict` when it is cancelled.
    pub fn require_scheduled(&self) -> Result<()> {
        match self.status {
            Status::Scheduled => Ok(()),
            Status::Cancelled => {
                let detail = "the interview is cancelled for good; schedule another one".into();
                Err(Error::Conflict { code: "interview_cancelled", detail })
            }
        }
    }

    /// # Errors
    /// `Conflict` when it is cancelled already; `Invalid` reason.
    pub fn cancel(&mut self, reason: Option<String>) -> Result<()> {
        self.require_scheduled()?;
        self.cancel_reason = fields::optional_text("#/reason", reason, 2_000)?;
        self.status = Status::Cancelled;
        Ok(())
    }

    pub fn is_over(&self, now: Time) -> bool {
        self.starts_at + chrono::Duration::minutes(self.duration_minutes) <= now
    }

    /// Whether it takes another time than before.
    pub fn moves_from(&self, before: &Interview) -> bool {
        (self.starts_at, self.duration_minutes) != (before.starts_at, before.duration_minutes)
    }
}

/// # Errors
/// `Invalid`: none, too many, or somebody twice.
fn distinct(members: &[MemberId]) -> Result<Vec<MemberId>> {
    let invalid = |pointer: &str, code, detail: &str| Err(Error::invalid(pointer, code, detail));
    if members.is_empty() {
        return invalid("#/interviewers", "missing", "name at least one member who interviews");
    }
    if members.len() > MOST_INTERVIEWERS {
        return invalid("#/interviewers", "too_many", "at most 50 members");
    }
    let mut seen = BTreeSet::new();
    for (index, member) in members.iter().enumerate() {
        if !seen.insert(*member) {
            return invalid(&format!("#/interviewers/{index}"), "given_twice", "the member is named before");
        }
    }
    Ok(seen.into_iter().collect())
}

impl Audited for Interview {
    /// What people write about people.
    const PERSONAL: &'static [&'static str] = &["title", "place", "note", "cancel_reason"];

    fn audited(&self) -> Value {
        json!({
            "application_id": self.application_id, "kind": self.kind, "title": self.title,
            "starts_at": self.starts_at, "duration_minutes": self.duration_minutes, "place": self.place,
            "note": self.note, "status": self.status, "cancel_reason": self.cancel_reason,
            "interviewers": self.interviewers,
        })
    }
}
