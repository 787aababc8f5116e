//! The escalation rule: nobody hands on, takes away or takes over more than they hold themselves, there.
//! Decided on what is true inside the writing transaction, not on what the credential was last known to allow.

use super::store;
use crate::caller::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::{Grants, Scope};
use crate::ids::MemberId;
use crate::permissions::Permissions;

/// What the transaction's caller holds now.
pub struct Authority {
    grants: Grants,
}

impl Authority {
    /// Takes its turn among the tenant's transactions of this kind, then reads. Never more than the credential allows.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(tx: &mut Tx) -> Result<Self> {
        tx.take_turn().await?;
        let caller = tx.caller().clone();
        let mut grants = (*caller.grants).clone();
        // What the roles of an outside token allow stands in no row of the member's: these are as they were verified.
        let is_stored = !matches!(caller.actor, Actor::Member { session: None, .. });
        for member in caller.actor.member().filter(|_| is_stored).into_iter().chain(caller.on_behalf_of) {
            grants = grants.and(&store::grants_of(tx, member).await?);
        }
        Ok(Self { grants })
    }

    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// May the caller hand these on, at this scope?
    ///
    /// # Errors
    /// `Refusal`, naming what is missing.
    pub fn hand_on(&self, scope: Scope, permissions: Permissions) -> Result<()> {
        let missing = permissions.and(self.grants.at(scope).complement());
        if missing.is_empty() {
            return Ok(());
        }
        let detail =
            format!("you cannot hand on what you do not hold there yourself: {}", missing.words().join(", "));
        Err(Error::Refusal { code: "escalation", detail })
    }

    /// May the caller change what this member can do, or take over their credentials?
    ///
    /// # Errors
    /// `Refusal` when the member holds more than the caller anywhere, or will once they are active.
    pub async fn over(&self, tx: &mut Tx, member: MemberId) -> Result<()> {
        self.over_part(tx, member, Permissions::ALL).await
    }

    /// The same for a credential that allows no more than these.
    ///
    /// # Errors
    /// As [`Authority::over`].
    pub async fn over_part(&self, tx: &mut Tx, member: MemberId, part: Permissions) -> Result<()> {
        for held in store::list_held(tx, member).await? {
            let role = store::get(tx, held.role_id).await?;
            if self.hand_on(held.scope(), role.permissions().and(part)).is_err() {
                let detail =
                    "this member holds permissions that you do not; somebody who holds them all has to do it";
                return Err(Error::Refusal { code: "member_above", detail: detail.into() });
            }
        }
        Ok(())
    }
}
