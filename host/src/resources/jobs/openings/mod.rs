//! Openings: heads to be hired for a job, one each. Decides how one stands and what it may become.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, ChangeId, JobId, MemberId, OpeningId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Opening {
    pub id: OpeningId,
    pub job_id: JobId,
    /// Since when somebody is sought for it; of the present period, if it was closed in between.
    pub opened_at: Option<Time>,
    pub filled_at: Option<Time>,
    pub closed_at: Option<Time>,
    pub close_reason: Option<String>,
    /// Whoever fills it.
    pub application_id: Option<ApplicationId>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// How an opening stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OpeningStatus)]
pub enum Status {
    /// Its job has not been opened yet.
    Planned,
    Open,
    Filled,
    /// Given up unfilled.
    Closed,
}

/// What can happen to an opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    Opened,
    Filled,
    /// The hire that filled it was undone: it is open again, since when it was before.
    Released,
    Closed,
}

/// One line of an opening's history.
#[derive(Clone, Debug)]
pub struct OpeningChange {
    pub id: ChangeId,
    pub opening_id: OpeningId,
    pub job_id: JobId,
    pub kind: Kind,
    pub application_id: Option<ApplicationId>,
    pub reason: Option<String>,
    pub occurred_at: Time,
}

impl Opening {
    pub fn planned(id: OpeningId, job: JobId, created_by: Option<MemberId>, now: Time) -> Self {
        Self {
            id,
            job_id: job,
            opened_at: None,
            filled_at: None,
            closed_at: None,
            close_reason: None,
            application_id: None,
            created_by,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    pub fn status(&self) -> Status {
        match (self.closed_at, self.filled_at, self.opened_at) {
            (Some(_), ..) => Status::Closed,
            (_, Some(_), _) => Status::Filled,
            (_, _, Some(_)) => Status::Open,
            _ => Status::Planned,
        }
    }

    /// A new period begins.
    pub fn open(&mut self, now: Time) {
        self.opened_at = Some(now);
        self.closed_at = None;
        self.close_reason = None;
        self.updated_at = now;
    }

    pub fn fill(&mut self, application: ApplicationId, now: Time) {
        self.filled_at = Some(now);
        self.application_id = Some(application);
        self.updated_at = now;
    }

    pub fn release(&mut self, now: Time) {
        self.filled_at = None;
        self.application_id = None;
        self.updated_at = now;
    }

    /// # Errors
    /// `Conflict`: it is filled, or closed already.
    pub fn close(&mut self, reason: Option<String>, now: Time) -> Result<()> {
        if matches!(self.status(), Status::Filled | Status::Closed) {
            let detail = "only an opening that is planned or open can be closed".into();
            return Err(Error::Conflict { code: "opening_status_transition", detail });
        }
        self.closed_at = Some(now);
        self.close_reason = reason;
        self.updated_at = now;
        Ok(())
    }
}
