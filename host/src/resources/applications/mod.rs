//! Applications: a candidate for a job, how far they got, how it ended. Decides what may follow what, and what a history
//! adds up to.

pub mod actions;
pub mod apply;
pub mod history;
pub(crate) mod letters;
pub(crate) mod listing;
pub mod moves;
pub mod public_form;
pub mod routes;
pub(crate) mod store;
pub mod tasks;
pub mod wire;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, CandidateId, JobId, MemberId, ResumeId, StageId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Application {
    pub id: ApplicationId,
    pub candidate_id: CandidateId,
    pub job_id: JobId,
    /// Which of the candidate's applications for this job, from 1.
    pub attempt: i64,
    pub outcome: Outcome,
    /// Where it is, or was when it ended.
    pub stage_id: StageId,
    /// Where it came from, in the tenant's words.
    pub source: Option<String>,
    pub tracking: Option<Json<Tracking>>,
    /// The member whose merit it is.
    pub credited_to: Option<MemberId>,
    /// The résumé it was made with.
    pub resume_id: Option<ResumeId>,
    /// To the job's questions, by key.
    pub answers: Json<Map<String, Value>>,
    pub tags: Json<Vec<String>>,
    pub custom_fields: Json<Map<String, Value>>,
    /// How well it fits, by the rules that are asked: in millionths of a point, of which there are 100.
    pub score: Option<i64>,
    /// Why it ended: a word of the reasons for that outcome.
    pub reason: Option<String>,
    pub reason_detail: Option<String>,
    /// When it ended.
    pub decided_at: Option<Time>,
    pub transferred_from: Option<ApplicationId>,
    pub transferred_to: Option<ApplicationId>,
    pub applied_at: Time,
    /// Since when it is in its stage.
    pub stage_since: Time,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
    pub version: i64,
}

/// How an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Outcome {
    /// In the pipeline.
    Active,
    Hired,
    /// Turned down by the company.
    Rejected,
    /// Given up by the candidate.
    Withdrawn,
    /// Goes on as another application, for another job.
    Transferred,
}

/// Why the company turned somebody down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RejectionReason {
    NotQualified,
    MissingSkills,
    TooLittleExperience,
    Overqualified,
    FailedAssessment,
    AnotherCandidate,
    SalaryExpectation,
    WorkPermit,
    Location,
    Availability,
    NoShow,
    Unresponsive,
    PositionFilled,
    PositionClosed,
    Duplicate,
    Spam,
    Other,
}

/// Why a candidate gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalReason {
    AnotherOffer,
    StayedWithEmployer,
    Compensation,
    Location,
    PositionChanged,
    ProcessTooLong,
    Personal,
    NoReason,
    Other,
}

/// What brought a candidate here, as links on the web say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tracking {
    #[schema(example = "newsletter")]
    pub utm_source: Option<String>,
    #[schema(example = "email")]
    pub utm_medium: Option<String>,
    #[schema(example = "spring")]
    pub utm_campaign: Option<String>,
    pub utm_term: Option<String>,
    pub utm_content: Option<String>,
    /// The page before.
    #[schema(example = "https://jobs.example")]
    pub referrer: Option<String>,
}

impl Tracking {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn checked(self) -> Result<Self> {
        let line =
            |field: &str, text| crate::fields::optional_line(&format!("#/tracking/{field}"), text, 200);
        Ok(Self {
            utm_source: line("utm_source", self.utm_source)?,
            utm_medium: line("utm_medium", self.utm_medium)?,
            utm_campaign: line("utm_campaign", self.utm_campaign)?,
            utm_term: line("utm_term", self.utm_term)?,
            utm_content: line("utm_content", self.utm_content)?,
            referrer: crate::fields::optional_url("#/tracking/referrer", self.referrer)?,
        })
    }
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Active => "active",
            Outcome::Hired => "hired",
            Outcome::Rejected => "rejected",
            Outcome::Withdrawn => "withdrawn",
            Outcome::Transferred => "transferred",
        }
    }

    /// What may be done with an application that stands so.
    pub fn allowed(self) -> &'static [&'static str] {
        match self {
            Outcome::Active => &["stage", "rejection", "withdrawal", "hire", "transfers", "corrections"],
            Outcome::Rejected | Outcome::Withdrawn => &["reopenings", "corrections"],
            Outcome::Hired => &["corrections"],
            Outcome::Transferred => &[],
        }
    }

    /// # Errors
    /// `Conflict`, naming what may be done.
    pub fn allow(self, action: &str) -> Result<()> {
        if self.allowed().contains(&action) {
            return Ok(());
        }
        let allowed = match self.allowed() {
            [] => "it goes on as another one".to_owned(),
            some => format!("what can be done: {}", some.join(", ")),
        };
        let detail = format!("the application is {}; {allowed}", self.as_str());
        Err(Error::Conflict { code: "application_transition", detail })
    }
}

impl Audited for Application {
    /// What somebody answered is theirs, and by which links they came.
    const PERSONAL: &'static [&'static str] =
        &["answers", "tracking", "tags", "custom_fields", "reason_detail"];

    fn audited(&self) -> Value {
        json!({
            "candidate_id": self.candidate_id, "job_id": self.job_id, "attempt": self.attempt, "outcome": self.outcome,
            "stage_id": self.stage_id, "source": self.source, "tracking": self.tracking,
            "credited_to": self.credited_to, "resume_id": self.resume_id, "answers": self.answers, "tags": self.tags,
            "custom_fields": self.custom_fields, "reason": self.reason, "reason_detail": self.reason_detail,
            "transferred_from": self.transferred_from, "transferred_to": self.transferred_to,
        })
    }
}
