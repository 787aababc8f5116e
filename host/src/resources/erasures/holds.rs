//! Holds: somebody who may not be erased for now, because a court, an auditor or a dispute needs what is known.

use serde_json::{Value, json};

use super::store;
use crate::caller::Caller;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::http::etag::IfMatch;
use crate::ids::{CandidateId, MemberId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Audited, Change};
use crate::services::Services;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Hold {
    pub candidate_id: CandidateId,
    pub reason: String,
    /// None: until somebody lifts it.
    pub until: Option<Time>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl Hold {
    pub fn is_in_force(&self, now: Time) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

impl Audited for Hold {
    const PERSONAL: &'static [&'static str] = &["reason"];

    fn audited(&self) -> Value {
        json!({ "candidate_id": self.candidate_id, "reason": self.reason, "until": self.until })
    }
}

/// Holds a candidate, or changes why and how long.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid`.
pub async fn set(
    services: &Services,
    caller: &Caller,
    id: CandidateId,
    if_match: &IfMatch,
    reason: &str,
    until: Option<Time>,
) -> Result<Hold> {
    let now = services.clock.now();
    let missing = || Error::invalid("#/reason", "invalid_text", "say why, in at most 2,000 characters");
    let reason = fields::optional_text("#/reason", Some(reason.into()), 2_000)?.ok_or_else(missing)?;
    let until = until.map(|until| fields::instant("#/until", until)).transpose()?;
    if until.is_some_and(|until| until <= now) {
        return Err(Error::invalid(
            "#/until",
            "in_the_past",
            "a hold ends in the future, or by being lifted",
        ));
    }
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ErasureWrite).await?;
    super::actions::get_within(&mut tx, &reach, id, "hold").await?;
    let before = store::find_hold(&mut tx, id).await?;
    if_match.require(before.as_ref().map_or(0, |hold| hold.version))?;
    let mut hold = before.clone().unwrap_or(Hold {
        candidate_id: id,
        reason: String::new(),
        until: None,
        created_by: caller.member(),
        created_at: now,
        updated_at: now,
        version: 0,
    });
    (hold.reason, hold.until, hold.updated_at) = (reason, until, now);
    store::save_hold(&mut tx, &mut hold).await?;
    let change = match &before {
        Some(before) => Change::between(before, &hold),
        None => Change::made(&hold),
    };
    audit::record(&mut tx, &services.clock, "candidate.held", id, change);
    tx.commit().await?;
    Ok(hold)
}

/// # Errors
/// `NotFound` without one; `PreconditionFailed`.
pub async fn lift(services: &Services, caller: &Caller, id: CandidateId, if_match: &IfMatch) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ErasureWrite).await?;
    super::actions::get_within(&mut tx, &reach, id, "hold").await?;
    let hold = store::find_hold(&mut tx, id).await?.ok_or(Error::NotFound { what: "hold" })?;
    if_match.require(hold.version)?;
    store::delete_hold(&mut tx, id).await?;
    audit::record(&mut tx, &services.clock, "candidate.released", id, Change::gone(&hold));
    tx.commit().await
}
