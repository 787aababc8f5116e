//! Résumés: a file a candidate sent, its text, every reading of it and what people corrected. Decides the states and what
//! a file may be.

pub mod actions;
pub mod again;
pub mod content;
pub mod corrections;
pub mod listing;
pub mod media;
pub mod own;
pub mod reading;
pub mod routes;
pub mod shadows;
pub(crate) mod store;
pub mod tasks;
pub mod upload;
pub mod views;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::hooks::PluginRef;
use crate::ids::{CandidateId, FileId, MemberId, ParseId, ResumeId};
use crate::unified_resume::{Evidence, UnifiedResume};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Resume {
    pub id: ResumeId,
    pub candidate_id: Option<CandidateId>,
    pub file_id: FileId,
    pub file_name: String,
    pub media_type: String,
    pub size: i64,
    pub sha256: String,
    pub source: Option<String>,
    pub status: Status,
    pub error_code: Option<String>,
    pub error_detail: Option<String>,
    /// The reading whose result counts: the latest that succeeded.
    pub parse_id: Option<ParseId>,
    /// What people corrected, over whatever a reading says. Lists leave it out.
    pub corrections: Option<Json<Value>>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
    pub version: i64,
}

/// Of a résumé: how its latest reading stands. Of a reading: how it stands itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    /// Waits for a worker.
    Pending,
    /// A worker reads it.
    Processing,
    /// Read.
    Success,
    /// Could not be read; the error says why.
    Failed,
}

/// One reading of a résumé by an extractor and a parser.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Parse {
    pub id: ParseId,
    pub resume_id: ResumeId,
    pub status: Status,
    /// The parser asked for by id; the tenant's own choice when absent.
    pub wanted: Option<String>,
    pub parser: Option<Json<PluginRef>>,
    pub error_code: Option<String>,
    pub error_detail: Option<String>,
    pub language: Option<String>,
    pub unified: Option<Json<UnifiedResume>>,
    pub evidence: Option<Json<Vec<Evidence>>>,
    pub warnings: Option<Json<Vec<String>>>,
    /// Time in the plugins, in microseconds.
    pub wall_micros: Option<i64>,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

/// Why a résumé was not read: a stable word and a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    pub code: String,
    pub detail: String,
}

impl Resume {
    /// A new reading begins.
    ///
    /// # Errors
    /// `Conflict` while one is under way.
    pub fn begin_reading(&mut self, now: Time) -> Result<()> {
        if matches!(self.status, Status::Pending | Status::Processing) {
            let detail = "the résumé is being read; wait until its status is success or failed".into();
            return Err(Error::Conflict { code: "reading_under_way", detail });
        }
        self.status = Status::Pending;
        self.error_code = None;
        self.error_detail = None;
        self.updated_at = now;
        Ok(())
    }

    /// The reading whose result counts.
    ///
    /// # Errors
    /// `Conflict` while there is none.
    pub fn reading(&self) -> Result<ParseId> {
        self.parse_id.ok_or_else(|| match self.status {
            Status::Failed => {
                let why = self.error_detail.as_deref().unwrap_or("see the résumé's error");
                let detail = format!("the résumé could not be read: {why}");
                Error::Conflict { code: "reading_failed", detail }
            }
            Status::Pending | Status::Processing | Status::Success => {
                let detail = "the résumé is still being read; ask again in a moment".into();
                Error::Conflict { code: "not_read_yet", detail }
            }
        })
    }

    /// A reading with what people corrected on top.
    pub fn corrected(&self, reading: &UnifiedResume) -> UnifiedResume {
        corrections::applied(self.corrections.as_deref(), reading)
    }

    pub fn processing(&mut self, now: Time) {
        self.status = Status::Processing;
        self.updated_at = now;
    }

    pub fn succeed(&mut self, parse: ParseId, candidate: CandidateId, now: Time) {
        self.status = Status::Success;
        self.error_code = None;
        self.error_detail = None;
        self.parse_id = Some(parse);
        self.candidate_id = Some(candidate);
        self.updated_at = now;
    }

    /// An earlier reading's result, if there is one, stays.
    pub fn fail(&mut self, defect: &Defect, now: Time) {
        self.status = Status::Failed;
        self.error_code = Some(defect.code.clone());
        self.error_detail = Some(defect.detail.clone());
        self.updated_at = now;
    }
}

impl Parse {
    pub fn new(id: ParseId, resume: ResumeId, wanted: Option<String>, now: Time) -> Self {
        Self {
            id,
            resume_id: resume,
            status: Status::Pending,
            wanted,
            parser: None,
            error_code: None,
            error_detail: None,
            language: None,
            unified: None,
            evidence: None,
            warnings: None,
            wall_micros: None,
            created_at: now,
            finished_at: None,
        }
    }

    pub fn is_finished(&self) -> bool {
        matches!(self.status, Status::Success | Status::Failed)
    }

    pub fn fail(&mut self, defect: &Defect, now: Time) {
        self.status = Status::Failed;
        self.error_code = Some(defect.code.clone());
        self.error_detail = Some(defect.detail.clone());
        self.finished_at = Some(now);
    }
}

/// Characters of a file name that are kept.
const MAX_FILE_NAME: usize = 200;

/// The last part of whatever path a client sent, without characters that could harm a terminal or a header.
pub fn file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect();
    let kept = kept.trim().trim_matches('.').trim();
    match kept.char_indices().nth(MAX_FILE_NAME) {
        _ if kept.is_empty() => "resume".into(),
        None => kept.into(),
        // The ending says what it is, so the middle goes.
        Some(_) => {
            let ending: String = kept.chars().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect();
            let start: String = kept.chars().take(MAX_FILE_NAME - 21).collect();
            format!("{start}…{ending}")
        }
    }
}

/// Direction marks and their kin make `exe.pdf` out of `fdp.exe`.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_file_name_loses_folders_control_and_direction_characters() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("C:\\Users\\ada\\cv.pdf"), "cv.pdf");
        assert_eq!(file_name("cv\r\nSet-Cookie: a=b.pdf"), "cvSet-Cookie: a=b.pdf");
        assert_eq!(file_name("cv\u{202e}fdp.exe"), "cvfdp.exe");
        assert_eq!(file_name(".."), "resume");
        assert_eq!(file_name(""), "resume");
    }

    #[test]
    fn a_long_file_name_keeps_its_ending() {
        let name = file_name(&format!("{}.pdf", "ä".repeat(5000)));
        assert_eq!(name.chars().count(), 200);
        assert!(name.ends_with(".pdf"));
    }
}
