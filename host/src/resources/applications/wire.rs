//! What is sent and answered about applications.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::actions::{Changes, New};
use super::history::{ApplicationChange, Kind};
use super::listing::{Filter, Sort};
use super::{Application, Outcome, RejectionReason, Tracking, WithdrawalReason};
use crate::error::{Error, Result};
use crate::fields;
use crate::http::body::given;
use crate::ids::{ApplicationId, CandidateId, ChangeId, JobId, MemberId, OpeningId, ResumeId, StageId};
use crate::resources::jobs::stages;
use crate::resources::plugin_bindings::{from_millionths, millionths};

/// A candidate's application for a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationView {
    pub id: ApplicationId,
    pub candidate_id: CandidateId,
    pub job_id: JobId,
    /// Which of the candidate's applications for this job, from 1.
    pub attempt: i64,
    pub outcome: Outcome,
    /// Where it is, or was when it ended.
    pub stage_id: StageId,
    /// Since when.
    pub stage_since: DateTime<Utc>,
    #[schema(example = "careers page")]
    pub source: Option<String>,
    pub tracking: Option<Tracking>,
    pub credited_to: Option<MemberId>,
    pub resume_id: Option<ResumeId>,
    /// To the job's questions, by key.
    #[schema(example = json!({ "start": "2026-09-01" }))]
    pub answers: Map<String, Value>,
    pub tags: Vec<String>,
    pub custom_fields: Map<String, Value>,
    /// How well it fits, 0 to 100: the weighted mean of what the rules say that are asked. Null while none has said so. It
    /// changes without a new version; `/v1/applications/{id}/scores` says why.
    #[schema(example = 82.0, minimum = 0, maximum = 100)]
    pub score: Option<f64>,
    /// Why it ended, a word of the rejection or withdrawal reasons.
    pub reason: Option<String>,
    pub reason_detail: Option<String>,
    /// When it ended.
    pub decided_at: Option<DateTime<Utc>>,
    pub transferred_from: Option<ApplicationId>,
    pub transferred_to: Option<ApplicationId>,
    pub applied_at: DateTime<Utc>,
    /// `null`: it came in by the public form.
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// In lists with `include_deleted` only.
    pub deleted_at: Option<DateTime<Utc>>,
    pub version: i64,
}

impl ApplicationView {
    pub(crate) fn of(application: Application) -> Self {
        Self {
            id: application.id,
            candidate_id: application.candidate_id,
            job_id: application.job_id,
            attempt: application.attempt,
            outcome: application.outcome,
            stage_id: application.stage_id,
            stage_since: application.stage_since,
            source: application.source,
            tracking: application.tracking.map(|tracking| tracking.0),
            credited_to: application.credited_to,
            resume_id: application.resume_id,
            answers: application.answers.0,
            tags: application.tags.0,
            custom_fields: application.custom_fields.0,
            score: application.score.map(from_millionths),
            reason: application.reason,
            reason_detail: application.reason_detail,
            decided_at: application.decided_at,
            transferred_from: application.transferred_from,
            transferred_to: application.transferred_to,
            applied_at: application.applied_at,
            created_by: application.created_by,
            created_at: application.created_at,
            updated_at: application.updated_at,
            deleted_at: application.deleted_at,
            version: application.version,
        }
    }
}

/// One's own application, as a candidate sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnApplicationView {
    pub id: ApplicationId,
    pub job_id: JobId,
    #[schema(example = "Joiner")]
    pub job_title: String,
    pub outcome: Outcome,
    /// The name of the stage it is in.
    #[schema(example = "Interview")]
    pub stage: String,
    pub applied_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
}

/// Somebody applies for a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    candidate_id: CandidateId,
    job_id: JobId,
    /// Where it came from, in your words.
    #[schema(example = "referral")]
    source: Option<String>,
    tracking: Option<Tracking>,
    /// The member whose merit it is.
    credited_to: Option<MemberId>,
    /// One of the candidate's.
    resume_id: Option<ResumeId>,
    /// To the job's questions, by key.
    #[serde(default)]
    answers: Map<String, Value>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    custom_fields: Map<String, Value>,
    /// For another application after an earlier one for the same job has ended.
    #[serde(default)]
    again: bool,
}

impl NewApplication {
    pub(crate) fn wanted(self) -> New {
        New {
            candidate: self.candidate_id,
            job: self.job_id,
            source: self.source,
            tracking: self.tracking,
            credited_to: self.credited_to,
            resume: self.resume_id,
            answers: self.answers,
            tags: self.tags,
            custom_fields: self.custom_fields,
            again: self.again,
        }
    }
}

/// Changes to an application; what is absent stays, `null` clears. Stage and outcome have paths of their own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationChanges {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "referral")]
    source: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Tracking>)]
    tracking: Option<Option<Tracking>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<MemberId>)]
    credited_to: Option<Option<MemberId>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ResumeId>)]
    resume_id: Option<Option<ResumeId>>,
    answers: Option<Map<String, Value>>,
    tags: Option<Vec<String>>,
    custom_fields: Option<Map<String, Value>>,
}

impl ApplicationChanges {
    pub(crate) fn changes(self) -> Changes {
        Changes {
            source: self.source,
            tracking: self.tracking,
            credited_to: self.credited_to,
            resume: self.resume_id,
            answers: self.answers,
            tags: self.tags,
            custom_fields: self.custom_fields,
        }
    }
}

/// Where an application is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageWanted {
    /// Of the same job.
    pub(crate) stage_id: StageId,
}

/// Why the company turns somebody down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    pub(crate) reason: RejectionReason,
    #[schema(example = "Wanted twice the budget")]
    pub(crate) detail: Option<String>,
}

/// Why a candidate gives up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    pub(crate) reason: WithdrawalReason,
    #[schema(example = "Found something nearer home")]
    pub(crate) detail: Option<String>,
}

/// Whom a hire replaces.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hire {
    /// An open one of the job; the one open longest without.
    pub(crate) opening_id: Option<OpeningId>,
}

/// The job an application goes on for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransfer {
    pub(crate) job_id: JobId,
    #[schema(example = "Fits the other team better")]
    pub(crate) detail: Option<String>,
}

/// Where an application goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReopening {
    /// Where it was without one.
    pub(crate) stage_id: Option<StageId>,
}

/// Which change was a mistake.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCorrection {
    /// The latest that still counts.
    pub(crate) change_id: ChangeId,
    #[schema(example = "Wrong person")]
    pub(crate) reason: Option<String>,
}

/// One line of an application's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationChangeView {
    pub id: ChangeId,
    pub kind: Kind,
    /// The stage it entered, or where it was when it ended.
    pub stage_id: StageId,
    pub stage_kind: stages::Kind,
    /// Its place in the job's pipeline then, from 0.
    pub stage_rank: i64,
    pub reason: Option<String>,
    pub reason_detail: Option<String>,
    /// Of a correction: the change that counts as if it had never been.
    pub void_of: Option<ChangeId>,
    /// `member`, `api_key`, `task`, `visitor` or `operator`.
    #[schema(example = "member")]
    pub actor_kind: String,
    pub actor_id: Option<String>,
    /// The member whose doing it was.
    pub member_id: Option<MemberId>,
    pub occurred_at: DateTime<Utc>,
}

impl ApplicationChangeView {
    pub(crate) fn of(change: ApplicationChange) -> Self {
        Self {
            id: change.id,
            kind: change.kind,
            stage_id: change.stage_id,
            stage_kind: change.stage_kind,
            stage_rank: change.stage_rank,
            reason: change.reason,
            reason_detail: change.reason_detail,
            void_of: change.void_of,
            actor_kind: change.actor_kind,
            actor_id: change.actor_id,
            member_id: change.member_id,
            occurred_at: change.occurred_at,
        }
    }
}

/// An application's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationHistory {
    pub data: Vec<ApplicationChangeView>,
}

/// Which applications.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ApplicationParams {
    pub(crate) job_id: Option<JobId>,
    pub(crate) candidate_id: Option<CandidateId>,
    pub(crate) stage_id: Option<StageId>,
    /// In a stage of this kind, whatever the job.
    pub(crate) stage_kind: Option<stages::Kind>,
    pub(crate) outcome: Option<Outcome>,
    /// As it is written.
    pub(crate) source: Option<String>,
    pub(crate) credited_to: Option<MemberId>,
    pub(crate) tag: Option<String>,
    /// Applied at this time or later.
    pub(crate) applied_after: Option<DateTime<Utc>>,
    /// Applied before this time.
    pub(crate) applied_before: Option<DateTime<Utc>>,
    /// Made later than this.
    pub(crate) created_after: Option<DateTime<Utc>>,
    /// With this score or a higher one.
    #[param(minimum = 0, maximum = 100)]
    pub(crate) min_score: Option<f64>,
    /// With this score or a lower one.
    #[param(minimum = 0, maximum = 100)]
    pub(crate) max_score: Option<f64>,
    /// Newest first without it.
    #[param(inline)]
    pub(crate) sort: Option<Sort>,
    /// Changed later than this, in the order of their changes: for keeping a copy up to date.
    pub(crate) updated_after: Option<DateTime<Utc>>,
    /// With `updated_after`: also those that were deleted, with `deleted_at`.
    #[serde(default)]
    pub(crate) include_deleted: bool,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    pub(crate) cursor: Option<String>,
}

impl ApplicationParams {
    /// # Errors
    /// `Invalid`: a time that no database keeps, a score that there is not, or two orders at once.
    pub(crate) fn filter(&self) -> Result<Filter> {
        if self.sort.is_some() && self.updated_after.is_some() {
            let detail = "with updated_after a list is in the order of changes; leave one of them out";
            return Err(Error::invalid("sort", "two_orders", detail));
        }
        let score = |name: &str, score: Option<f64>| match score {
            Some(score) if !(0.0..=100.0).contains(&score) => {
                Err(Error::invalid(name, "out_of_range", "a score is 0 to 100"))
            }
            score => Ok(score.map(millionths)),
        };
        let instant = |name: &str, time: Option<DateTime<Utc>>| {
            time.map(|time| fields::instant(name, time)).transpose()
        };
        Ok(Filter {
            job: self.job_id,
            candidate: self.candidate_id,
            stage: self.stage_id,
            stage_kind: self.stage_kind,
            outcome: self.outcome,
            source: self.source.clone(),
            credited_to: self.credited_to,
            tag: self.tag.clone(),
            applied_after: instant("applied_after", self.applied_after)?,
            applied_before: instant("applied_before", self.applied_before)?,
            created_after: instant("created_after", self.created_after)?,
            min_score: score("min_score", self.min_score)?,
            max_score: score("max_score", self.max_score)?,
            is_unscored: false,
        })
    }
}
