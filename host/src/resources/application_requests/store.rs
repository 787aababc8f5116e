//! All SQL about which job a résumé was uploaded for.

use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::{DepartmentId, JobId, ResumeId};

/// What is asked of a job.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Sought {
    pub(crate) department_id: Option<DepartmentId>,
    pub(crate) status: String,
}

pub(crate) async fn find_job(tx: &mut Tx, job: JobId) -> Result<Option<Sought>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Sought>(
        "select department_id, status from jobs where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(job)
    .fetch_optional(c)
    .await)?)
}

pub(crate) async fn insert(tx: &mut Tx, resume: ResumeId, job: JobId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("insert into resume_jobs (tenant_id, resume_id, job_id) values ($1, $2, $3)")
        .bind(tenant)
        .bind(resume)
        .bind(job)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The job a résumé was uploaded for, if it was for one.
pub(crate) async fn find(tx: &mut Tx, resume: ResumeId) -> Result<Option<JobId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select job_id from resume_jobs where tenant_id = $1 and resume_id = $2"
    )
    .bind(tenant)
    .bind(resume)
    .fetch_optional(c)
    .await)?)
}
