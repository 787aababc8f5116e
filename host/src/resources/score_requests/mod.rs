//! Asking for scores: whatever changes what a score rests on says so here, in its own transaction. How it is done stands in
//! `scores`, which comes after the nouns that ask.

pub(crate) mod store;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ApplicationId, CandidateId, JobId, TaskId};
use crate::tasks::{self, Priority, When};

/// Scores these applications.
#[derive(Debug, Serialize, Deserialize)]
pub struct ScoreApplications {
    pub applications: Vec<ApplicationId>,
    /// Also those whose input is what it was, and those that have ended.
    pub is_forced: bool,
}

/// Has the active applications of a job or of a candidate scored, or all of them, in batches.
#[derive(Debug, Serialize, Deserialize)]
pub struct SpreadScores {
    pub job: Option<JobId>,
    pub candidate: Option<CandidateId>,
    pub is_forced: bool,
}

/// A new application, or one that is in the running again.
///
/// # Errors
/// `Internal`.
pub(crate) fn of_application(tx: &mut Tx, clock: &Clock, id: ApplicationId) -> Result<()> {
    let task = ScoreApplications { applications: vec![id], is_forced: false };
    tasks::add(tx, clock, &task, When::now())
}

/// What is known of a candidate has changed; only who is in the running is scored again.
///
/// # Errors
/// The database's.
pub(crate) async fn of_candidate(tx: &mut Tx, clock: &Clock, id: CandidateId) -> Result<()> {
    spread(tx, clock, SpreadScores { job: None, candidate: Some(id), is_forced: false }).await
}

/// What a job asks for has changed, or which rules are asked about it.
///
/// # Errors
/// The database's.
pub(crate) async fn of_job(tx: &mut Tx, clock: &Clock, id: JobId) -> Result<()> {
    spread(tx, clock, SpreadScores { job: Some(id), candidate: None, is_forced: false }).await
}

/// Which rules are asked about every job has changed.
///
/// # Errors
/// The database's.
pub(crate) async fn of_tenant(tx: &mut Tx, clock: &Clock) -> Result<()> {
    spread(tx, clock, SpreadScores { job: None, candidate: None, is_forced: false }).await
}

async fn spread(tx: &mut Tx, clock: &Clock, task: SpreadScores) -> Result<()> {
    if !store::is_any_active(tx, task.job, task.candidate).await? {
        return Ok(());
    }
    tasks::add(tx, clock, &task, When::now().priority(Priority::Low))
}

/// Somebody waits for it.
///
/// # Errors
/// The database's.
pub(crate) async fn at_once<T: tasks::Task>(tx: &mut Tx, clock: &Clock, task: &T) -> Result<Option<TaskId>> {
    tasks::enqueue(tx, clock, task, When::now().priority(Priority::High)).await
}
