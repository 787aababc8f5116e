//! What somebody may do now who began something earlier: for whatever goes on when the request is over.

use std::sync::Arc;

use crate::caller::{Actor, Caller};
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::ids::MemberId;
use crate::permissions::{Permission, Permissions};
use crate::resources::api_keys::{self, ApiKey};
use crate::resources::{members, roles, sessions};

/// What a key grants: what it was given of what its member holds, and acting for somebody only what both hold.
///
/// # Errors
/// The database's.
pub(super) async fn of_key(tx: &mut Tx, key: &ApiKey, acting_for: Option<MemberId>) -> Result<Grants> {
    let grants = roles::store::grants_of(tx, key.member_id).await?.narrowed(key.permissions());
    let Some(member) = acting_for else { return Ok(grants) };
    let both = grants.and(&roles::store::grants_of(tx, member).await?);
    // What is one's own stays one's own: nobody changes another's record or ends their sessions in their name.
    Ok(both.narrowed(Permissions::ALL.without(Permission::MeWrite)))
}

/// # Errors
/// `Unauthenticated` when the member is disabled or gone.
pub(super) async fn require_active(tx: &mut Tx, member: MemberId) -> Result<()> {
    let member = members::store::find(tx, member).await?;
    member.filter(members::Member::is_active).map(drop).ok_or(Error::Unauthenticated)
}

/// The same caller with what is granted to them now; who came by the token of an outside identity provider keeps what it
/// granted.
///
/// # Errors
/// `Unauthenticated` when the member is disabled, or the key or the session they came with has ended.
pub async fn again(tx: &mut Tx, caller: &Caller, now: Time) -> Result<Caller> {
    match caller.actor {
        Actor::Member { member, session: None } => {
            require_active(tx, member).await?;
            Ok(caller.clone())
        }
        _ => anew(tx, caller, now).await,
    }
}

/// The same with what their roles here grant, whatever they came by.
///
/// # Errors
/// As [`again`].
pub async fn anew(tx: &mut Tx, caller: &Caller, now: Time) -> Result<Caller> {
    let grants = match caller.actor {
        Actor::Member { member, session } => {
            require_active(tx, member).await?;
            if let Some(session) = session {
                let session = sessions::store::find(tx, session).await?;
                session.filter(|session| session.is_open(now)).ok_or(Error::Unauthenticated)?;
            }
            roles::store::grants_of(tx, member).await?
        }
        Actor::ApiKey { key, member } => {
            require_active(tx, member).await?;
            let found = api_keys::store::get(tx, key).await;
            let key = found.map_err(|error| match error {
                Error::NotFound { .. } => Error::Unauthenticated,
                other => other,
            })?;
            if !key.is_valid(now) {
                return Err(Error::Unauthenticated);
            }
            if let Some(other) = caller.on_behalf_of {
                require_active(tx, other).await?;
            }
            of_key(tx, &key, caller.on_behalf_of).await?
        }
        Actor::Task(_) | Actor::Visitor | Actor::Operator => return Ok(caller.clone()),
    };
    Ok(Caller { grants: Arc::new(grants), ..caller.clone() })
}
