//! Imports: many candidates, jobs, applications or résumés from one file, row by row, in the background. Decides what a file
//! may be and when an import is over; what a row may say is decided by what it makes.

pub mod actions;
pub mod columns;
pub mod faults;
pub mod form;
pub mod routes;
pub mod rows;
pub mod run;
pub mod source;
pub(crate) mod store;
pub mod tasks;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

pub use faults::RowFault;

use super::audit::Audited;
use crate::caller::{Actor, Caller};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::ids::{ApiKeyId, FileId, ImportId, MemberId, TenantId};
use crate::permissions::Permission;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Import {
    pub id: ImportId,
    pub kind: Kind,
    pub format: Format,
    /// 1: nothing is kept but what would become of each row.
    pub is_dry_run: i64,
    pub on_duplicate: OnDuplicate,
    /// What columns of a table mean, by their heading; null leaves one out.
    pub columns: Option<Json<BTreeMap<String, Option<String>>>>,
    /// Of a text that is not UTF-8 and does not say so itself.
    pub encoding: Option<String>,
    /// Where résumés came from, in the tenant's words.
    pub source: Option<String>,
    pub file_id: FileId,
    /// Of the file, in bytes.
    pub size: i64,
    pub state: State,
    /// Why it failed.
    pub faults: Option<Json<Vec<RowFault>>>,
    /// Known once the file was looked through.
    pub rows_total: Option<i64>,
    pub rows_read: i64,
    pub rows_created: i64,
    pub rows_updated: i64,
    pub rows_skipped: i64,
    pub rows_failed: i64,
    pub member_id: MemberId,
    pub api_key_id: Option<ApiKeyId>,
    pub on_behalf_of: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub finished_at: Option<Time>,
    pub version: i64,
}

/// What the rows of an import are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ImportKind)]
pub enum Kind {
    Candidates,
    Jobs,
    Applications,
    Resumes,
}

/// How a file to import from is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ImportFormat)]
pub enum Format {
    /// A JSON object a line.
    Ndjson,
    /// A table with a heading.
    Csv,
    /// An archive of files.
    Zip,
}

/// What becomes of a row whose candidate is there already, by an e-mail address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum OnDuplicate {
    #[default]
    Skip,
    /// What the row says is added to what is there.
    Update,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ImportState)]
pub enum State {
    /// Waits for a worker.
    Pending,
    Processing,
    /// Every row was looked at.
    Done,
    /// Nothing, or nothing more, could be read.
    Failed,
    /// By somebody; what was made until then stays.
    Cancelled,
}

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = RowOutcome)]
pub enum Outcome {
    Created,
    Updated,
    /// It is there already, or not wanted.
    Skipped,
    Failed,
}

/// A row of the report.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// From 1.
    pub number: i64,
    /// Where it begins in a text, from 1.
    pub line: Option<i64>,
    pub outcome: Outcome,
    /// What was made, changed or found, as its id on the wire.
    pub object_id: Option<String>,
    pub faults: Option<Json<Vec<RowFault>>>,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Candidates => "candidates",
            Kind::Jobs => "jobs",
            Kind::Applications => "applications",
            Kind::Resumes => "resumes",
        }
    }

    /// What whoever makes one of these by hand has to hold.
    pub fn permission(self) -> Permission {
        match self {
            Kind::Candidates => Permission::CandidateWrite,
            Kind::Jobs => Permission::JobWrite,
            Kind::Applications => Permission::ApplicationWrite,
            Kind::Resumes => Permission::ResumeCreate,
        }
    }

    /// Whether these come in a file of this format.
    pub fn comes_as(self, format: Format) -> bool {
        (self == Kind::Resumes) == (format == Format::Zip)
    }
}

impl State {
    pub fn is_over(self) -> bool {
        matches!(self, State::Done | State::Failed | State::Cancelled)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Processing => "processing",
            State::Done => "done",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
        }
    }
}

impl Import {
    /// Whoever imports, as they came; granted nothing yet.
    pub fn importer(&self, tenant: TenantId) -> Caller {
        let actor = match self.api_key_id {
            Some(key) => Actor::ApiKey { key, member: self.member_id },
            // Signing out ends no import.
            None => Actor::Member { member: self.member_id, session: None },
        };
        Caller { on_behalf_of: self.on_behalf_of, ..Caller::new(tenant, actor, Grants::default()) }
    }

    pub fn is_dry_run(&self) -> bool {
        self.is_dry_run == 1
    }

    /// # Errors
    /// `Conflict` when it is over already.
    pub fn cancel(&mut self, now: Time) -> Result<()> {
        if self.state.is_over() {
            let detail = format!("the import is {} already", self.state.as_str());
            return Err(Error::Conflict { code: "import_over", detail });
        }
        self.end(State::Cancelled, now);
        Ok(())
    }

    pub fn end(&mut self, state: State, now: Time) {
        self.state = state;
        self.finished_at = Some(now);
        self.updated_at = now;
    }

    /// Counts rows of which this became.
    pub fn count(&mut self, lines: &[Line], now: Time) {
        for line in lines {
            self.rows_read += 1;
            match line.outcome {
                Outcome::Created => self.rows_created += 1,
                Outcome::Updated => self.rows_updated += 1,
                Outcome::Skipped => self.rows_skipped += 1,
                Outcome::Failed => self.rows_failed += 1,
            }
        }
        self.updated_at = now;
    }
}

impl Audited for Import {
    fn audited(&self) -> Value {
        json!({
            "kind": self.kind, "format": self.format, "is_dry_run": self.is_dry_run(), "size": self.size,
            "on_duplicate": self.on_duplicate, "state": self.state, "rows_total": self.rows_total,
            "rows_created": self.rows_created, "rows_updated": self.rows_updated,
            "rows_skipped": self.rows_skipped, "rows_failed": self.rows_failed,
        })
    }
}
