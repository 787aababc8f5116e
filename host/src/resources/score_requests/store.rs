//! The SQL that tells whether anybody is to be scored at all.

use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::{CandidateId, JobId};

/// Whether there is an active application, for this job and of this candidate where they are named.
pub(crate) async fn is_any_active(
    tx: &mut Tx,
    job: Option<JobId>,
    candidate: Option<CandidateId>,
) -> Result<bool> {
    let tenant = tx.tenant();
    let found: i64 = on!(tx, |c| {
        sqlx::query_scalar(
            "select count(*) from (
             select 1 from applications
             where tenant_id = $1 and outcome = 'active' and deleted_at is null
               and (cast($2 as uuid) is null or job_id = $2) and (cast($3 as uuid) is null or candidate_id = $3)
             limit 1) as found",
        )
        .bind(tenant)
        .bind(job)
        .bind(candidate)
        .fetch_one(c)
        .await
    })?;
    Ok(found > 0)
}
