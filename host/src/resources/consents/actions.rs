//! Every write to consents.

use std::collections::BTreeSet;

use super::{Consent, Decision, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CandidateId, ConsentId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::candidates;
use crate::services::Services;

/// # Errors
/// `NotFound` where the permission does not reach; `Invalid`.
pub async fn create(
    services: &Services,
    caller: &Caller,
    candidate: CandidateId,
    decision: Decision,
) -> Result<Consent> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ConsentWrite).await?;
    candidates::actions::get_within(&mut tx, &reach, candidate).await?;
    candidates::actions::hold(&mut tx, candidate).await?;
    let consent = add(&mut tx, services, candidate, decision).await?;
    tx.commit().await?;
    Ok(consent)
}

/// What somebody agreed to by a form, inside a larger change.
///
/// # Errors
/// The database's.
pub(crate) async fn agree(
    tx: &mut Tx,
    services: &Services,
    candidate: CandidateId,
    purposes: BTreeSet<String>,
    evidence: &str,
) -> Result<()> {
    for purpose in purposes {
        let evidence = Some(evidence.to_owned());
        let decision = Decision { purpose, is_given: true, evidence, decided_at: None, expires_at: None };
        add(tx, services, candidate, decision).await?;
    }
    Ok(())
}

async fn add(
    tx: &mut Tx,
    services: &Services,
    candidate: CandidateId,
    decision: Decision,
) -> Result<Consent> {
    let (id, member) = (ConsentId::new(&services.clock), tx.caller().member());
    let consent = Consent::new(id, candidate, decision, member, services.clock.now())?;
    store::insert(tx, &consent).await?;
    audit::record(tx, &services.clock, "consent.recorded", id, Change::made(&consent));
    Ok(consent)
}
