//! Jobs: vacancies, with what they say of themselves, their stages and openings. Decides what a job may be and become.

pub mod actions;
pub mod content;
pub mod history;
pub mod listing;
pub mod openings;
pub mod posting;
pub(crate) mod public;
pub mod routes;
pub mod searching;
pub mod stages;
pub mod status;
pub(crate) mod store;
pub mod tasks;
pub mod terms;
pub mod wire;

use serde_json::{Map, Value, json};
use sqlx::types::Json;

use self::content::{
    Compensation, Description, EmploymentType, InterviewStep, JobLevel, JobLocation, JobSkill, Question,
};
pub use self::status::Status;
use super::audit::Audited;
use crate::clock::Time;
use crate::error::Result;
use crate::fields;
use crate::grants::Scope;
use crate::ids::{DepartmentId, JobId, MemberId, OfficeId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Job {
    pub id: JobId,
    /// The tenant's own name for it, for instance a requisition number.
    pub reference: Option<String>,
    pub title: String,
    pub department_id: Option<DepartmentId>,
    /// Null for jobs that an earlier version wrote: none.
    pub office_ids: Option<Json<Vec<OfficeId>>>,
    pub status: Status,
    pub employment_type: Option<EmploymentType>,
    pub experience_level: Option<JobLevel>,
    pub location: Option<Json<JobLocation>>,
    pub descriptions: Json<Vec<Description>>,
    pub responsibilities: Json<Vec<String>>,
    pub skills: Json<Vec<JobSkill>>,
    pub compensation: Option<Json<Compensation>>,
    pub interview_process: Json<Vec<InterviewStep>>,
    pub questions: Json<Vec<Question>>,
    pub tags: Json<Vec<String>>,
    pub custom_fields: Json<Map<String, Value>>,
    pub hiring_manager_id: Option<MemberId>,
    pub apply_url: Option<String>,
    /// Always hiring: left out of how long it takes to fill an opening. 0 or 1.
    pub is_evergreen: i64,
    /// When it was opened first.
    pub opened_at: Option<Time>,
    /// Until when people may apply.
    pub closes_at: Option<Time>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
    pub version: i64,
}

/// What may be said of a job; what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub reference: Option<Option<String>>,
    pub title: Option<String>,
    pub department: Option<Option<DepartmentId>>,
    pub offices: Option<Vec<OfficeId>>,
    pub employment_type: Option<Option<EmploymentType>>,
    pub experience_level: Option<Option<JobLevel>>,
    pub location: Option<Option<JobLocation>>,
    pub descriptions: Option<Vec<Description>>,
    pub responsibilities: Option<Vec<String>>,
    pub skills: Option<Vec<JobSkill>>,
    pub compensation: Option<Option<Compensation>>,
    pub interview_process: Option<Vec<InterviewStep>>,
    pub questions: Option<Vec<Question>>,
    pub tags: Option<Vec<String>>,
    pub custom_fields: Option<Map<String, Value>>,
    pub hiring_manager: Option<Option<MemberId>>,
    pub apply_url: Option<Option<String>>,
    pub is_evergreen: Option<bool>,
    pub closes_at: Option<Option<Time>>,
}

const MAX_NAME: usize = 200;

impl Job {
    /// A draft nothing is said of yet.
    pub fn new(id: JobId, created_by: Option<MemberId>, now: Time) -> Self {
        Self {
            id,
            reference: None,
            title: String::new(),
            department_id: None,
            office_ids: Some(Json(Vec::new())),
            status: Status::Draft,
            employment_type: None,
            experience_level: None,
            location: None,
            descriptions: Json(Vec::new()),
            responsibilities: Json(Vec::new()),
            skills: Json(Vec::new()),
            compensation: None,
            interview_process: Json(Vec::new()),
            questions: Json(Vec::new()),
            tags: Json(Vec::new()),
            custom_fields: Json(Map::new()),
            hiring_manager_id: None,
            apply_url: None,
            is_evergreen: 0,
            opened_at: None,
            closes_at: None,
            created_by,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            version: 1,
        }
    }

    /// Whether what applications are scored by has changed.
    pub fn asks_something_else(&self, before: &Self) -> bool {
        (&self.title, &self.skills, self.experience_level, &self.location, self.employment_type)
            != (
                &before.title,
                &before.skills,
                before.experience_level,
                &before.location,
                before.employment_type,
            )
            || (&self.descriptions, &self.questions, &self.custom_fields)
                != (&before.descriptions, &before.questions, &before.custom_fields)
    }

    /// Where it belongs: what holds there holds for the job.
    pub fn scope(&self) -> Scope {
        Scope::Job(self.id, self.department_id)
    }

    /// Where one may work for it.
    pub fn offices(&self) -> &[OfficeId] {
        self.office_ids.as_ref().map_or(&[], |offices| &offices.0)
    }

    /// Takes over what is said; department, offices, hiring manager and custom fields are the action's, which can look
    /// them up.
    ///
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(reference) = details.reference {
            self.reference = fields::optional_line("#/reference", reference, MAX_NAME)?;
        }
        if let Some(title) = details.title {
            self.title = fields::line("#/title", &title, MAX_NAME)?;
        }
        if let Some(kind) = details.employment_type {
            self.employment_type = kind;
        }
        if let Some(level) = details.experience_level {
            self.experience_level = level;
        }
        if let Some(location) = details.location {
            self.location = location.map(JobLocation::checked).transpose()?.map(Json);
        }
        if let Some(parts) = details.descriptions {
            self.descriptions.0 = content::descriptions(parts)?;
        }
        if let Some(parts) = details.responsibilities {
            self.responsibilities.0 = content::responsibilities(parts)?;
        }
        if let Some(parts) = details.skills {
            self.skills.0 = content::skills(parts)?;
        }
        if let Some(compensation) = details.compensation {
            self.compensation = compensation.map(Compensation::checked).transpose()?.map(Json);
        }
        if let Some(parts) = details.interview_process {
            self.interview_process.0 = content::interview_process(parts)?;
        }
        if let Some(parts) = details.questions {
            self.questions.0 = content::questions(parts)?;
        }
        if let Some(tags) = details.tags {
            self.tags.0 = fields::tags("#/tags", tags)?;
        }
        if let Some(url) = details.apply_url {
            self.apply_url = fields::optional_url("#/apply_url", url)?;
        }
        if let Some(is_evergreen) = details.is_evergreen {
            self.is_evergreen = i64::from(is_evergreen);
        }
        if let Some(closes_at) = details.closes_at {
            self.closes_at = closes_at.map(|time| fields::instant("#/closes_at", time)).transpose()?;
        }
        Ok(())
    }
}

impl Audited for Job {
    fn audited(&self) -> Value {
        json!({
            "reference": self.reference, "title": self.title, "department_id": self.department_id,
            "office_ids": self.offices(),
            "status": self.status, "employment_type": self.employment_type,
            "experience_level": self.experience_level, "location": self.location, "descriptions": self.descriptions,
            "responsibilities": self.responsibilities, "skills": self.skills, "compensation": self.compensation,
            "interview_process": self.interview_process, "questions": self.questions, "tags": self.tags,
            "custom_fields": self.custom_fields, "hiring_manager_id": self.hiring_manager_id,
            "apply_url": self.apply_url, "is_evergreen": self.is_evergreen == 1, "closes_at": self.closes_at,
        })
    }
}
