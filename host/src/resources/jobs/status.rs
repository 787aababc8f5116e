//! The states of a job, and which may follow which.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = JobStatus)]
pub enum Status {
    /// Being written; nobody can apply.
    Draft,
    /// People can apply and be hired.
    Open,
    /// On hold: who is in the pipeline goes on, nobody new can apply by the public form.
    Paused,
    /// Every opening is filled.
    Filled,
    /// Ended without being filled, or put away.
    Closed,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Open => "open",
            Status::Paused => "paused",
            Status::Filled => "filled",
            Status::Closed => "closed",
        }
    }

    /// The states that may follow.
    pub fn next(self) -> &'static [Status] {
        match self {
            Status::Draft => &[Status::Open, Status::Closed],
            Status::Open => &[Status::Paused, Status::Filled, Status::Closed],
            Status::Paused => &[Status::Open, Status::Filled, Status::Closed],
            Status::Filled | Status::Closed => &[Status::Open],
        }
    }

    /// # Errors
    /// `Conflict`, naming the states that may follow.
    pub fn allow(self, next: Status) -> Result<()> {
        if self.next().contains(&next) {
            return Ok(());
        }
        let allowed: Vec<_> = self.next().iter().map(|status| status.as_str()).collect();
        let (from, to) = (self.as_str(), next.as_str());
        let detail = format!("a job that is {from} cannot become {to}; it can become {}", allowed.join(", "));
        Err(Error::Conflict { code: "job_status_transition", detail })
    }

    /// Whether somebody may apply, be moved and be hired.
    pub fn takes_applications(self) -> bool {
        matches!(self, Status::Open | Status::Paused)
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn a_job_that_ended_can_only_be_opened_again() {
        assert!(Status::Draft.allow(Status::Open).is_ok());
        assert!(Status::Closed.allow(Status::Open).is_ok());
        for (from, to) in [
            (Status::Draft, Status::Paused),
            (Status::Draft, Status::Draft),
            (Status::Closed, Status::Filled),
            (Status::Filled, Status::Paused),
            (Status::Open, Status::Draft),
        ] {
            let error = from.allow(to).expect_err("it may not follow");
            assert!(error.to_string().contains("it can become open") || from == Status::Open, "{error}");
        }
    }
}
