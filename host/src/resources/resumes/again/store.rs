//! The résumés that are to be read again.

use super::Which;
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::resources::resumes::Resume;

/// Some of those that have not changed since, so that one whose reading was begun is not found again.
pub(crate) async fn list(tx: &mut Tx, which: Which, before: Time, limit: i64) -> Result<Vec<Resume>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Resume>(
        "select id, candidate_id, file_id, file_name, media_type, size, sha256, source, status, error_code, error_detail,
                parse_id, corrections, created_by, created_at, updated_at, deleted_at, version
         from resumes
         where tenant_id = $1 and deleted_at is null and updated_at < $2
           and (status = 'failed' or (status = 'success' and $3 = 0))
         order by id limit $4"
    )
    .bind(tenant)
    .bind(before)
    .bind(i64::from(which == Which::Failed))
    .bind(limit)
    .fetch_all(c)
    .await
    })?)
}
