//! The SQL that finds candidates who share something.

use super::MOST_SHARING;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::CandidateId;
use crate::resources::candidates::ContactKind;

/// Who has one of the candidate's phone numbers or links, and of which kind it is.
pub(crate) async fn list_sharing_contact(
    tx: &mut Tx,
    id: CandidateId,
) -> Result<Vec<(CandidateId, ContactKind)>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "select distinct other.candidate_id, other.kind
         from candidate_contacts own
         join candidate_contacts other on other.tenant_id = $1 and other.kind = own.kind and other.key = own.key
         where own.tenant_id = $1 and own.candidate_id = $2 and own.kind <> 'email' and other.candidate_id <> $2
         order by other.candidate_id desc limit $3"
    )
    .bind(tenant)
    .bind(id)
    .bind(MOST_SHARING)
    .fetch_all(c)
    .await
    })?)
}

/// Who else is called so.
pub(crate) async fn list_named(tx: &mut Tx, id: CandidateId, key: &str) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select id from candidates
         where tenant_id = $1 and name_key = $2 and id <> $3 and deleted_at is null
         order by id desc limit $4"
    )
    .bind(tenant)
    .bind(key)
    .bind(id)
    .bind(MOST_SHARING)
    .fetch_all(c)
    .await)?)
}
