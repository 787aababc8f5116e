//! All SQL about consents.

use super::Consent;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::http::page::Position;
use crate::ids::CandidateId;

pub(crate) async fn insert(tx: &mut Tx, consent: &Consent) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into consents
            (tenant_id, id, candidate_id, purpose, is_given, evidence, decided_at, expires_at, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    )
    .bind(tenant)
    .bind(consent.id)
    .bind(consent.candidate_id)
    .bind(&consent.purpose)
    .bind(consent.is_given)
    .bind(&consent.evidence)
    .bind(consent.decided_at)
    .bind(consent.expires_at)
    .bind(consent.created_by)
    .bind(consent.created_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// The latest entry first.
pub(crate) async fn list(tx: &mut Tx, candidate: CandidateId, position: Position) -> Result<Vec<Consent>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Consent>(
        "select id, candidate_id, purpose, is_given, evidence, decided_at, expires_at, created_by, created_at
         from consents where tenant_id = $1 and candidate_id = $2 and id < $3 order by id desc limit $4"
    )
    .bind(tenant)
    .bind(candidate)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// Of each purpose the decision that counts.
pub(crate) async fn list_counting(tx: &mut Tx, candidate: CandidateId) -> Result<Vec<Consent>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Consent>(
        "select id, candidate_id, purpose, is_given, evidence, decided_at, expires_at, created_by, created_at
         from consents
         where tenant_id = $1 and candidate_id = $2
           and not exists (select 1 from consents later
                           where later.tenant_id = $1 and later.candidate_id = $2 and later.purpose = consents.purpose
                             and (later.decided_at, later.id) > (consents.decided_at, consents.id))
         order by purpose"
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(c)
    .await
    })?)
}
