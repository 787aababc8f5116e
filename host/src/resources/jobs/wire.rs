//! A job as it is sent, and a new one as it is received.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::content::{
    Compensation, Description, EmploymentType, InterviewStep, JobLevel, JobLocation, JobSkill, Question,
};
use super::{Details, Job, Status};
use crate::ids::{DepartmentId, JobId, MemberId, OfficeId};

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobView {
    pub id: JobId,
    /// Your own name for it, for instance a requisition number.
    #[schema(example = "REQ-12")]
    pub reference: Option<String>,
    #[schema(example = "Joiner")]
    pub title: String,
    pub department_id: Option<DepartmentId>,
    /// Where one may work for it; its posting shows their addresses when it has none of its own.
    pub office_ids: Vec<OfficeId>,
    pub status: Status,
    pub employment_type: Option<EmploymentType>,
    pub experience_level: Option<JobLevel>,
    pub location: Option<JobLocation>,
    pub descriptions: Vec<Description>,
    #[schema(example = json!(["Cut mortises"]))]
    pub responsibilities: Vec<String>,
    pub skills: Vec<JobSkill>,
    pub compensation: Option<Compensation>,
    pub interview_process: Vec<InterviewStep>,
    /// What whoever applies is asked.
    pub questions: Vec<Question>,
    #[schema(example = json!(["urgent"]))]
    pub tags: Vec<String>,
    pub custom_fields: Map<String, Value>,
    pub hiring_manager_id: Option<MemberId>,
    /// Where to apply, if not here.
    pub apply_url: Option<String>,
    /// Always hiring: left out of the times to fill.
    pub is_evergreen: bool,
    /// When it was opened first.
    pub opened_at: Option<DateTime<Utc>>,
    /// Until when people may apply.
    pub closes_at: Option<DateTime<Utc>>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// In lists with `include_deleted` only.
    pub deleted_at: Option<DateTime<Utc>>,
    pub version: i64,
}

impl JobView {
    pub(crate) fn of(job: Job) -> Self {
        Self {
            id: job.id,
            reference: job.reference,
            title: job.title,
            department_id: job.department_id,
            office_ids: job.office_ids.map(|offices| offices.0).unwrap_or_default(),
            status: job.status,
            employment_type: job.employment_type,
            experience_level: job.experience_level,
            location: job.location.map(|location| location.0),
            descriptions: job.descriptions.0,
            responsibilities: job.responsibilities.0,
            skills: job.skills.0,
            compensation: job.compensation.map(|compensation| compensation.0),
            interview_process: job.interview_process.0,
            questions: job.questions.0,
            tags: job.tags.0,
            custom_fields: job.custom_fields.0,
            hiring_manager_id: job.hiring_manager_id,
            apply_url: job.apply_url,
            is_evergreen: job.is_evergreen == 1,
            opened_at: job.opened_at,
            closes_at: job.closes_at,
            created_by: job.created_by,
            created_at: job.created_at,
            updated_at: job.updated_at,
            deleted_at: job.deleted_at,
            version: job.version,
        }
    }
}

/// A new job, a draft at first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJob {
    #[schema(example = "Joiner")]
    title: String,
    #[schema(example = "REQ-12")]
    reference: Option<String>,
    department_id: Option<DepartmentId>,
    /// Where one may work for it; see `/v1/offices`.
    #[serde(default)]
    office_ids: Vec<OfficeId>,
    employment_type: Option<EmploymentType>,
    experience_level: Option<JobLevel>,
    location: Option<JobLocation>,
    #[serde(default)]
    descriptions: Vec<Description>,
    #[serde(default)]
    responsibilities: Vec<String>,
    #[serde(default)]
    skills: Vec<JobSkill>,
    compensation: Option<Compensation>,
    #[serde(default)]
    interview_process: Vec<InterviewStep>,
    #[serde(default)]
    questions: Vec<Question>,
    #[serde(default)]
    tags: Vec<String>,
    /// By key; see `/v1/custom-fields`.
    #[serde(default)]
    custom_fields: Map<String, Value>,
    /// An active member.
    hiring_manager_id: Option<MemberId>,
    apply_url: Option<String>,
    #[serde(default)]
    is_evergreen: bool,
    closes_at: Option<DateTime<Utc>>,
    /// How many people are sought.
    #[serde(default = "one")]
    #[schema(minimum = 0, maximum = 1000, default = 1)]
    openings: u32,
}

fn one() -> u32 {
    1
}

impl NewJob {
    /// What is said of it, and how many people are sought.
    pub(crate) fn parts(self) -> (Details, u32) {
        let details = Details {
            reference: Some(self.reference),
            title: Some(self.title),
            department: Some(self.department_id),
            offices: Some(self.office_ids),
            employment_type: Some(self.employment_type),
            experience_level: Some(self.experience_level),
            location: Some(self.location),
            descriptions: Some(self.descriptions),
            responsibilities: Some(self.responsibilities),
            skills: Some(self.skills),
            compensation: Some(self.compensation),
            interview_process: Some(self.interview_process),
            questions: Some(self.questions),
            tags: Some(self.tags),
            custom_fields: Some(self.custom_fields),
            hiring_manager: Some(self.hiring_manager_id),
            apply_url: Some(self.apply_url),
            is_evergreen: Some(self.is_evergreen),
            closes_at: Some(self.closes_at),
        };
        (details, self.openings)
    }
}
