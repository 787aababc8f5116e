//! Every write to members.

use super::invitations::{self, Issued};
use super::{Member, Status, passwords, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::grants::Scope;
use crate::http::etag::IfMatch;
use crate::ids::MemberId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::roles::{self, Assignment, Authority};
use crate::services::Services;

/// Who is invited, and with which roles.
#[derive(Debug)]
pub struct NewMember {
    pub email: String,
    pub name: Option<String>,
    pub roles: Vec<roles::actions::Wanted>,
}

const MOST_ROLES: usize = 50;

/// # Errors
/// `Forbidden`; `Invalid`; `Conflict` when the address is a member's already; `NotFound` role or department; `Refusal` when
/// a role holds more than the caller.
pub async fn invite(services: &Services, caller: &Caller, new: NewMember) -> Result<(Member, Issued)> {
    let now = services.clock.now();
    let member = Member::new(MemberId::new(&services.clock), &new.email, new.name, Status::Invited, now)?;
    if new.roles.len() > MOST_ROLES {
        return Err(Error::invalid("#/roles", "too_many", format!("at most {MOST_ROLES} roles")));
    }
    let mut tx = services.db.begin(caller, Permission::MemberWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    if !store::insert(&mut tx, &member).await? {
        let detail = "a member with this address is there already".into();
        return Err(Error::Conflict { code: "member_exists", detail });
    }
    audit::record(&mut tx, &services.clock, "member.created", member.id, Change::made(&member));
    for wanted in new.roles {
        roles::actions::assign(&mut tx, &services.clock, &authority, member.id, wanted).await?;
    }
    let issued = invitations::issue(&mut tx, &services.clock, member.id).await?;
    invitations::tell(&mut tx, services, &member, &issued).await?;
    tx.commit().await?;
    Ok((member, issued))
}

/// A new invitation for somebody who lost theirs, or forgot their password.
///
/// # Errors
/// `NotFound`; `Refusal` when the member holds more than the caller; `Conflict` when the member is disabled.
pub async fn invite_again(services: &Services, caller: &Caller, id: MemberId) -> Result<(Member, Issued)> {
    let mut tx = services.db.begin(caller, Permission::MemberWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    let member = store::get(&mut tx, id).await?;
    if member.status == Status::Disabled {
        let detail = "the member is disabled; enable them first".into();
        return Err(Error::Conflict { code: "member_disabled", detail });
    }
    // Whoever holds the invitation can set the password and be the member. An invited one holds nothing until active,
    // but will.
    authority.over(&mut tx, id).await?;
    let issued = invitations::issue(&mut tx, &services.clock, id).await?;
    invitations::tell(&mut tx, services, &member, &issued).await?;
    tx.commit().await?;
    Ok((member, issued))
}

/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid`; `Refusal` when the member holds more than the caller.
pub async fn rename(
    services: &Services,
    caller: &Caller,
    id: MemberId,
    if_match: &IfMatch,
    name: Option<String>,
) -> Result<Member> {
    let mut tx = services.db.begin(caller, Permission::MemberWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    authority.over(&mut tx, id).await?;
    let mut member = before.clone();
    member.name = fields::optional_line("#/name", name, 200)?;
    save(services, &mut tx, &before, &mut member, "member.updated").await?;
    tx.commit().await?;
    Ok(member)
}

/// Disables or enables a member. Their sessions and keys stop or go on with them.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Refusal` when the member holds more than the caller; `Conflict` for the last owner.
pub async fn set_enabled(
    services: &Services,
    caller: &Caller,
    id: MemberId,
    if_match: &IfMatch,
    enabled: bool,
) -> Result<Member> {
    let mut tx = services.db.begin(caller, Permission::MemberWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    authority.over(&mut tx, id).await?;
    let mut member = before.clone();
    member.set_enabled(enabled)?;
    if !enabled {
        keep_an_owner(&mut tx, &before).await?;
    }
    let action = if enabled { "member.enabled" } else { "member.disabled" };
    save(services, &mut tx, &before, &mut member, action).await?;
    tx.commit().await?;
    services.known_callers.forget();
    Ok(member)
}

/// Removes a member for good. What they did stays theirs; the address may be invited anew, as somebody else.
///
/// # Errors
/// As [`set_enabled`].
pub async fn remove(services: &Services, caller: &Caller, id: MemberId, if_match: &IfMatch) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::MemberWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    authority.over(&mut tx, id).await?;
    keep_an_owner(&mut tx, &before).await?;
    let mut member = before.clone();
    member.status = Status::Removed;
    member.password_hash = None;
    store::end_invitations(&mut tx, id, services.clock.now()).await?;
    for held in roles::store::list_held(&mut tx, id).await? {
        roles::store::unassign(&mut tx, held.id).await?;
    }
    save(services, &mut tx, &before, &mut member, "member.removed").await?;
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}

async fn keep_an_owner(tx: &mut Tx, member: &Member) -> Result<()> {
    let held = roles::store::list_held(tx, member.id).await?;
    let owner = |held: &roles::store::Held| {
        held.built_in.as_deref() == Some(roles::BuiltIn::Owner.as_str()) && held.scope() == Scope::Tenant
    };
    if member.is_active() && held.iter().any(owner) {
        roles::actions::keep_an_owner(tx, member.id).await?;
    }
    Ok(())
}

async fn save(
    services: &Services,
    tx: &mut Tx,
    before: &Member,
    member: &mut Member,
    action: &'static str,
) -> Result<()> {
    member.updated_at = services.clock.now();
    store::update(tx, member).await?;
    audit::record(tx, &services.clock, action, member.id, Change::between(before, member));
    Ok(())
}

/// Gives a member a role, for the tenant, a department or a job.
///
/// # Errors
/// `Forbidden` where the caller's permission does not reach; `NotFound`; `Refusal` when the role holds more than the
/// caller there; `Conflict` when the member has it there already.
pub async fn give_role(
    services: &Services,
    caller: &Caller,
    id: MemberId,
    wanted: roles::actions::Wanted,
) -> Result<Assignment> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::MemberWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    store::get(&mut tx, id).await?;
    let scope = roles::store::scope_of(&mut tx, wanted.place).await?;
    if !reach.includes(scope) {
        // What the permission does not reach is not there.
        return Err(match scope {
            Scope::Tenant => Error::Forbidden { permission: Permission::MemberWrite.as_str() },
            Scope::Department(_) => Error::NotFound { what: "department" },
            Scope::Job(..) => Error::NotFound { what: "job" },
        });
    }
    let assignment = roles::actions::assign(&mut tx, &services.clock, &authority, id, wanted).await?;
    tx.commit().await?;
    services.known_callers.forget();
    Ok(assignment)
}

/// The member behind a request; nobody else's record is within reach of `me:read` and `me:write`.
///
/// # Errors
/// `Forbidden` when no member stands behind it.
pub fn oneself(caller: &Caller) -> Result<MemberId> {
    caller.member().ok_or(Error::Forbidden { permission: Permission::MeRead.as_str() })
}

/// # Errors
/// `PreconditionFailed`; `Invalid`.
pub async fn rename_oneself(
    services: &Services,
    caller: &Caller,
    if_match: &IfMatch,
    name: Option<String>,
) -> Result<Member> {
    let id = oneself(caller)?;
    let (mut tx, _) = services.db.begin_within(caller, Permission::MeWrite).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    let mut member = before.clone();
    member.name = fields::optional_line("#/name", name, 200)?;
    save(services, &mut tx, &before, &mut member, "member.updated").await?;
    tx.commit().await?;
    Ok(member)
}

/// Takes over a new hash of the same password, or a new password's.
///
/// # Errors
/// `Conflict` when the member was changed meanwhile.
pub async fn keep_hash(services: &Services, tx: &mut Tx, member: &mut Member, hash: String) -> Result<()> {
    member.password_hash = Some(hash);
    member.updated_at = services.clock.now();
    store::update(tx, member).await
}

/// Whether a new password is good enough for the caller; before any is compared, so that a weak one is no attempt.
///
/// # Errors
/// `Invalid`.
pub async fn check_new_password(services: &Services, caller: &Caller, new: &str) -> Result<Member> {
    let id = oneself(caller)?;
    let (mut tx, _) = services.db.read_within(caller, Permission::MeWrite).await?;
    let member = store::get(&mut tx, id).await?;
    tx.commit().await?;
    passwords::check("#/password", new, &[&member.email, member.name.as_deref().unwrap_or_default()])?;
    Ok(member)
}

/// Compares the present password of a member and hashes the new one, before any transaction.
///
/// # Errors
/// `Invalid` when the present one is wrong; `Overloaded`.
pub async fn new_hash(member: &Member, present: String, new: String) -> Result<String> {
    if passwords::verify(present, member.password_hash.clone()).await? == passwords::Verdict::Wrong {
        return Err(Error::invalid(
            "#/present_password",
            "wrong_password",
            "this is not your present password",
        ));
    }
    passwords::hash(new).await
}
