//! Asking for applications: a résumé that is uploaded for a job makes its candidate apply for it, as soon as it is known who
//! that is. How it is done stands in `applications`, which comes after the nouns that ask.

pub(crate) mod store;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Scope;
use crate::ids::{CandidateId, JobId, ResumeId};
use crate::permissions::Permission;
use crate::tasks::{self, When};

/// Makes the résumé's candidate apply for the job. Run twice, they have applied once.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApplyWithResume {
    pub resume: ResumeId,
    pub job: JobId,
}

/// What a job has to be for somebody to apply for it.
const TAKES_APPLICATIONS: [&str; 2] = ["open", "paused"];

/// Whether the caller may have somebody apply for the job.
///
/// # Errors
/// `Refusal` without the permission to make applications; `NotFound` where it does not reach; `Conflict` when the job takes
/// none.
pub(crate) async fn require(tx: &mut Tx, job: JobId) -> Result<()> {
    let reach = tx.caller().reach(Permission::ApplicationWrite).map_err(|_| Error::Refusal {
        code: "not_for_a_job",
        detail: "with job_id this needs the permission application:write as well".into(),
    })?;
    let missing = Error::NotFound { what: "job" };
    let store::Sought { department_id, status } = store::find_job(tx, job).await?.ok_or(missing)?;
    if !reach.includes(Scope::Job(job, department_id)) {
        return Err(Error::NotFound { what: "job" });
    }
    if !TAKES_APPLICATIONS.contains(&status.as_str()) {
        let detail = format!("the job is {status}; only an open or paused one takes applications");
        return Err(Error::Conflict { code: "job_not_open", detail });
    }
    Ok(())
}

/// Somebody uploaded a résumé for a job. Whose it is may be known by then.
///
/// # Errors
/// As [`require`].
pub(crate) async fn of_upload(
    tx: &mut Tx,
    clock: &Clock,
    resume: ResumeId,
    job: JobId,
    candidate: Option<CandidateId>,
) -> Result<()> {
    require(tx, job).await?;
    store::insert(tx, resume, job).await?;
    match candidate {
        Some(_) => tasks::add(tx, clock, &ApplyWithResume { resume, job }, When::now()),
        None => Ok(()),
    }
}

/// It has become known whose a résumé is.
///
/// # Errors
/// The database's.
pub(crate) async fn of_candidate(tx: &mut Tx, clock: &Clock, resume: ResumeId) -> Result<()> {
    match store::find(tx, resume).await? {
        Some(job) => tasks::add(tx, clock, &ApplyWithResume { resume, job }, When::now()),
        None => Ok(()),
    }
}
