//! Makes a tenant with everything it begins with: built-in roles, its first owner, a key or a password.

use crate::caller::{Actor, Caller, Origin};
use crate::clock::Clock;
use crate::config::Signup;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::grants::{Grants, Scope};
use crate::ids::{MemberId, TenantId};
use crate::permissions::Permissions;
use crate::resources::api_keys::{self, actions::NewKey};
use crate::resources::audit::{self, Change};
use crate::resources::members::{self, Member, Status, passwords};
use crate::resources::roles;
use crate::resources::sessions::{self, actions::Issued};
use crate::resources::tenants::{self, Tenant};
use crate::services::{Parts, Services};
use crate::token::Token;

/// A new tenant, its owner and the owner's key, to be shown once.
pub struct Founded {
    pub tenant: Tenant,
    pub owner: Member,
    pub key: Token,
}

/// Makes a tenant, its first owner and a key, all or nothing: what the command line does.
///
/// # Errors
/// `Invalid` name or address; `Conflict` when the slug is taken.
pub async fn found(db: &Db, clock: &Clock, name: &str, owner: &str) -> Result<Founded> {
    let owner = Member::new(MemberId::new(clock), owner, None, Status::Active, clock.now())?;
    let id = TenantId::new(clock);
    let (mut tx, tenant) = begin(db, clock, &Caller::operator(id), name, None, &owner).await?;
    let key = first_key(&mut tx, clock, &owner).await?;
    tx.commit().await?;
    Ok(Founded { tenant, owner, key })
}

/// Another member as an owner, with a key: for an operator whose tenant lost its owners.
///
/// # Errors
/// `NotFound` tenant; `Invalid` address; `Conflict` when a member has the address.
pub async fn add_owner(db: &Db, clock: &Clock, slug: &str, email: &str) -> Result<(TenantId, Member, Token)> {
    let owner = Member::new(MemberId::new(clock), email, None, Status::Active, clock.now())?;
    let mut tx = db.begin_system().await?;
    let tenant =
        tenants::store::find_by_slug(&mut tx, slug).await?.ok_or(Error::NotFound { what: "tenant" })?;
    let mut tx = tx.into_tenant(&Caller::operator(tenant)).await?;
    let role = roles::store::find_built_in(&mut tx, roles::BuiltIn::Owner.as_str()).await?;
    let role = role.ok_or_else(|| Error::internal("every tenant has its built-in roles"))?;
    insert_owner(&mut tx, clock, &owner, &role).await?;
    let key = first_key(&mut tx, clock, &owner).await?;
    tx.commit().await?;
    Ok((tenant, owner, key))
}

async fn first_key(tx: &mut Tx, clock: &Clock, owner: &Member) -> Result<Token> {
    let new = NewKey { name: "first key".into(), permissions: Permissions::ALL, expires_at: None };
    let (_, key) = api_keys::actions::insert(tx, clock, owner.id, new).await?;
    Ok(key)
}

async fn begin(
    db: &Db,
    clock: &Clock,
    caller: &Caller,
    name: &str,
    slug: Option<&str>,
    owner: &Member,
) -> Result<(Tx, Tenant)> {
    let mut tx = db.begin_system().await?;
    let tenant = tenants::actions::create(&mut tx, caller.tenant, name, slug, clock.now()).await?;
    let mut tx = tx.into_tenant(caller).await?;
    audit::record(&mut tx, clock, "tenant.created", tenant.id, Change::made(&tenant));
    let role = roles::actions::create_built_in(&mut tx, clock).await?;
    insert_owner(&mut tx, clock, owner, &role).await?;
    Ok((tx, tenant))
}

async fn insert_owner(tx: &mut Tx, clock: &Clock, owner: &Member, role: &roles::Role) -> Result<()> {
    if !members::store::insert(tx, owner).await? {
        let detail = "a member with this address is there already".into();
        return Err(Error::Conflict { code: "member_exists", detail });
    }
    audit::record(tx, clock, "member.created", owner.id, Change::made(owner));
    roles::actions::give(tx, clock, owner.id, role.id, Scope::Tenant).await?;
    Ok(())
}

/// Who signs up.
pub struct SignUp {
    pub name: String,
    pub slug: Option<String>,
    pub email: String,
    pub owner_name: Option<String>,
    pub password: String,
    pub user_agent: Option<String>,
}

/// Makes a tenant for anybody, where the operator allows it, and signs its owner in.
///
/// # Errors
/// `Refusal` unless sign-up is open; `Invalid`; `Conflict` when the slug is taken.
pub async fn sign_up(
    services: &Services,
    origin: Origin,
    sign_up: SignUp,
) -> Result<(Tenant, Member, Issued)> {
    if services.config.signup != Signup::Open {
        let detail = "this server makes tenants for nobody but its operator; ask them".into();
        return Err(Error::Refusal { code: "signup_closed", detail });
    }
    let SignUp { name, slug, email, owner_name, password, user_agent } = sign_up;
    let Parts { db, clock, .. } = &**services;
    let mut owner = Member::new(MemberId::new(clock), &email, owner_name, Status::Active, clock.now())
        .map_err(|error| error.below("#/owner"))?;
    let about = [owner.email.as_str(), owner.name.as_deref().unwrap_or_default(), &name];
    passwords::check("#/owner/password", &password, &about)?;
    owner.password_hash = Some(passwords::hash(password).await?);
    let actor = Actor::Member { member: owner.id, session: None };
    let caller = Caller::new(TenantId::new(clock), actor, Grants::default()).from(origin);
    let (tx, tenant) = begin(db, clock, &caller, &name, slug.as_deref(), &owner).await?;
    let issued = sessions::actions::open(services, tx, &owner, user_agent).await?;
    Ok((tenant, owner, issued))
}
