//! Every write to roles, and giving and taking them.

use super::{Assignment, Authority, BuiltIn, Place, Role, store};
use crate::caller::Caller;
use crate::clock::Clock;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Scope;
use crate::http::etag::IfMatch;
use crate::ids::{AssignmentId, MemberId, RoleId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;

/// Gives a new tenant its built-in roles, inside a larger change; answers the owners'.
///
/// # Errors
/// The database's.
pub async fn create_built_in(tx: &mut Tx, clock: &Clock) -> Result<Role> {
    let mut owner = None;
    // Lists begin with the newest: the last one made comes first.
    for built_in in BuiltIn::EVERY.into_iter().rev() {
        let role = Role::of_built_in(clock, built_in);
        store::insert(tx, &role).await?;
        owner = Some(role);
    }
    owner.ok_or_else(|| Error::internal("there are built-in roles"))
}

fn taken(name: &str) -> Error {
    Error::Conflict { code: "role_name_taken", detail: format!("there is a role named {name} already") }
}

/// # Errors
/// `Forbidden`; `Invalid`; `Refusal` when the role would hold more than the caller; `Conflict` when the name is taken.
pub async fn create(
    services: &Services,
    caller: &Caller,
    name: &str,
    permissions: &[String],
) -> Result<Role> {
    let role = Role::new(&services.clock, name, permissions)?;
    let mut tx = services.db.begin(caller, Permission::RoleWrite).await?;
    Authority::read(&mut tx).await?.hand_on(Scope::Tenant, role.permissions())?;
    if !store::insert(&mut tx, &role).await? {
        return Err(taken(&role.name));
    }
    audit::record(&mut tx, &services.clock, "role.created", role.id, Change::made(&role));
    tx.commit().await?;
    Ok(role)
}

/// # Errors
/// `NotFound`; `PreconditionFailed`; `Conflict` for a built-in role or a taken name; `Refusal` when the role, before or
/// after, or somebody who has it, holds more than the caller.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: RoleId,
    if_match: &IfMatch,
    name: Option<&str>,
    permissions: Option<&[String]>,
) -> Result<Role> {
    let mut tx = services.db.begin(caller, Permission::RoleWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    let before = editable(&mut tx, &authority, id, if_match).await?;
    let mut role = before.clone();
    if let Some(name) = name {
        role.rename(name)?;
    }
    if let Some(permissions) = permissions {
        role.set_permissions(permissions)?;
        authority.hand_on(Scope::Tenant, role.permissions())?;
    }
    if store::is_taken(&mut tx, &role.name, id).await? {
        return Err(taken(&role.name));
    }
    role.updated_at = services.clock.now();
    store::update(&mut tx, &mut role).await?;
    audit::record(&mut tx, &services.clock, "role.updated", id, Change::between(&before, &role));
    tx.commit().await?;
    services.known_callers.forget();
    Ok(role)
}

/// # Errors
/// As [`update`], and `Conflict` while members have it.
pub async fn delete(services: &Services, caller: &Caller, id: RoleId, if_match: &IfMatch) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::RoleWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    let role = editable(&mut tx, &authority, id, if_match).await?;
    if !store::list_holders(&mut tx, id).await?.is_empty() {
        let detail = "members have this role; take it from them first".into();
        return Err(Error::Conflict { code: "role_in_use", detail });
    }
    store::delete(&mut tx, id, services.clock.now()).await?;
    audit::record(&mut tx, &services.clock, "role.deleted", id, Change::gone(&role));
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}

async fn editable(tx: &mut Tx, authority: &Authority, id: RoleId, if_match: &IfMatch) -> Result<Role> {
    let role = store::get(tx, id).await?;
    role.require_own()?;
    if_match.require(role.version)?;
    authority.hand_on(Scope::Tenant, role.permissions())?;
    for holder in store::list_holders(tx, id).await? {
        authority.over(tx, holder).await?;
    }
    Ok(role)
}

/// Which role, where.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub role: RoleId,
    pub place: Place,
}

/// Gives a role inside a larger change, which has seen to it that the member is there.
///
/// # Errors
/// `NotFound` role, department or job; `Refusal` when it holds more than the authority; `Conflict` when the member has it there already.
pub async fn assign(
    tx: &mut Tx,
    clock: &Clock,
    authority: &Authority,
    member: MemberId,
    wanted: Wanted,
) -> Result<Assignment> {
    let role = store::get(tx, wanted.role).await?;
    let scope = store::scope_of(tx, wanted.place).await?;
    authority.hand_on(scope, role.permissions())?;
    give(tx, clock, member, wanted.role, scope).await
}

/// As [`assign`], where nobody's authority is asked: the first owner of a tenant, a member an identity provider vouches for.
///
/// # Errors
/// `Conflict` when the member has it there already.
pub async fn give(
    tx: &mut Tx,
    clock: &Clock,
    member: MemberId,
    role: RoleId,
    scope: Scope,
) -> Result<Assignment> {
    let (department_id, job_id, job_department_id) = match scope {
        Scope::Tenant => (None, None, None),
        Scope::Department(department) => (Some(department), None, None),
        Scope::Job(job, department) => (None, Some(job), department),
    };
    let assignment = Assignment {
        id: AssignmentId::new(clock),
        member_id: member,
        role_id: role,
        department_id,
        job_id,
        job_department_id,
        created_by: tx.caller().member(),
        created_at: clock.now(),
    };
    if !store::assign(tx, &assignment).await? {
        let detail = "the member has this role there already".into();
        return Err(Error::Conflict { code: "role_given_already", detail });
    }
    audit::record(tx, clock, "member.role_given", member, Change::made(&assignment));
    Ok(assignment)
}

/// Takes a role from a member.
///
/// # Errors
/// `NotFound`; `Refusal` when the member holds more than the caller; `Conflict` when the last owner would go.
pub async fn unassign(
    services: &Services,
    caller: &Caller,
    member: MemberId,
    id: AssignmentId,
) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::MemberWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    let assignment = store::get_assignment(&mut tx, member, id).await?;
    if !reach.includes(assignment.scope()) {
        return Err(Error::NotFound { what: "role of this member" });
    }
    let role = store::get(&mut tx, assignment.role_id).await?;
    authority.hand_on(assignment.scope(), role.permissions())?;
    authority.over(&mut tx, member).await?;
    if role.built_in.as_deref() == Some(BuiltIn::Owner.as_str()) && assignment.scope() == Scope::Tenant {
        keep_an_owner(&mut tx, member).await?;
    }
    store::unassign(&mut tx, id).await?;
    audit::record(&mut tx, &services.clock, "member.role_taken", member, Change::gone(&assignment));
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}

/// # Errors
/// `Conflict` when no active owner would be left without this member.
pub async fn keep_an_owner(tx: &mut Tx, without: MemberId) -> Result<()> {
    if store::count_others_with(tx, BuiltIn::Owner.as_str(), without).await? > 0 {
        return Ok(());
    }
    let detail = "a tenant needs an active owner; make another member owner first".into();
    Err(Error::Conflict { code: "last_owner", detail })
}
