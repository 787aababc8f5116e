//! Notes: what members write about a candidate, a job or an application, each about exactly one. Decides what a note may be
//! and whose it is; a private one is there for its author alone.

pub mod actions;
pub mod routes;
pub(crate) mod store;
pub mod wire;

use serde_json::{Value, json};

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{ApplicationId, CandidateId, JobId, MemberId, NoteId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Note {
    pub id: NoteId,
    pub candidate_id: Option<CandidateId>,
    pub job_id: Option<JobId>,
    pub application_id: Option<ApplicationId>,
    pub body: String,
    /// 1: there for its author alone.
    pub is_private: i64,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Candidate(CandidateId),
    Job(JobId),
    Application(ApplicationId),
}

impl Subject {
    /// Everything that is named.
    pub fn named(
        candidate: Option<CandidateId>,
        job: Option<JobId>,
        application: Option<ApplicationId>,
    ) -> Vec<Self> {
        let candidate = candidate.map(Subject::Candidate);
        candidate
            .into_iter()
            .chain(job.map(Subject::Job))
            .chain(application.map(Subject::Application))
            .collect()
    }

    /// # Errors
    /// `Invalid` at the pointer: none or several are named.
    pub fn only(pointer: &str, named: &[Self]) -> Result<Self> {
        match named {
            [subject] => Ok(*subject),
            _ => {
                let detail = "name one of candidate_id, job_id and application_id";
                Err(Error::invalid(pointer, "one_subject", detail))
            }
        }
    }

    /// What a note of this subject keeps.
    pub fn ids(self) -> (Option<CandidateId>, Option<JobId>, Option<ApplicationId>) {
        match self {
            Subject::Candidate(id) => (Some(id), None, None),
            Subject::Job(id) => (None, Some(id), None),
            Subject::Application(id) => (None, None, Some(id)),
        }
    }
}

/// Fields of a note; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub body: Option<String>,
    pub is_private: Option<bool>,
}

impl Note {
    /// What it is about: one thing.
    pub fn subjects(&self) -> Vec<Subject> {
        Subject::named(self.candidate_id, self.job_id, self.application_id)
    }

    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(body) = details.body {
            let body = fields::optional_text("#/body", Some(body), 50_000)?;
            let missing = || Error::invalid("#/body", "invalid_text", "a note has a text");
            self.body = body.ok_or_else(missing)?;
        }
        if let Some(is_private) = details.is_private {
            self.is_private = i64::from(is_private);
        }
        Ok(())
    }

    /// # Errors
    /// `NotFound`: what is private is there for nobody else.
    pub fn require_visible(&self, reader: Option<MemberId>) -> Result<()> {
        let is_visible = self.is_private == 0 || (reader.is_some() && self.created_by == reader);
        is_visible.then_some(()).ok_or(Error::NotFound { what: "note" })
    }

    /// # Errors
    /// `Refusal` when it is another's.
    pub fn require_own(&self, writer: Option<MemberId>) -> Result<()> {
        if writer.is_some() && self.created_by == writer {
            return Ok(());
        }
        let detail = "a note is changed and deleted by whoever wrote it; write one of your own".into();
        Err(Error::Refusal { code: "not_your_note", detail })
    }
}

impl Audited for Note {
    /// What somebody writes about somebody.
    const PERSONAL: &'static [&'static str] = &["body"];

    fn audited(&self) -> Value {
        json!({
            "candidate_id": self.candidate_id, "job_id": self.job_id, "application_id": self.application_id,
            "body": self.body, "is_private": self.is_private == 1,
        })
    }
}
