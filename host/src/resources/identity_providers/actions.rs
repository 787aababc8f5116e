//! Every write to identity providers, and to the members they bring.

use sqlx::types::Json;

use super::tasks::FetchKeys;
use super::token::{self, Rejected, Verified};
use super::{Algorithm, Details, IdentityProvider, store};
use crate::caller::{Actor, Caller};
use crate::clock::Time;
use crate::db::Tx;
use crate::digest::sha256_hex;
use crate::error::{Error, Result};
use crate::grants::{Grants, Scope};
use crate::http::etag::IfMatch;
use crate::ids::{IdentityProviderId, MemberId, TenantId};
use crate::permissions::{Permission, Permissions};
use crate::resources::audit::{self, Change};
use crate::resources::members::{self, Member, Status};
use crate::resources::roles::{self, Authority};
use crate::resources::tenants;
use crate::services::Services;
use crate::tasks::{When, enqueue};

/// Tokens that name an unknown key make us ask the provider this often at most.
const ASK_EVERY: chrono::Duration = chrono::Duration::seconds(60);

/// Through a provider one can be any member, so it takes somebody who holds everything.
async fn require_all(tx: &mut Tx) -> Result<()> {
    Authority::read(tx).await?.hand_on(Scope::Tenant, Permissions::ALL)
}

fn taken() -> Error {
    let detail = "the tenant has a provider with this issuer and audience already".into();
    Error::Conflict { code: "identity_provider_exists", detail }
}

async fn check(services: &Services, tx: &mut Tx, provider: &IdentityProvider) -> Result<()> {
    if let Err(failed) = services.outbound.check(&provider.jwks_url) {
        return Err(Error::invalid("#/jwks_url", failed.code, failed.detail));
    }
    if provider.issuer == services.config.token_issuer {
        return Err(Error::invalid("#/issuer", "own_issuer", "this is how the server names itself"));
    }
    for mapping in &provider.role_mappings.0 {
        roles::store::get(tx, mapping.role_id).await?;
    }
    Ok(())
}

/// # Errors
/// `Forbidden`; `Refusal` unless the caller holds everything; `Invalid`; `Conflict` for a second one with the same issuer
/// and audience; `NotFound` role.
pub async fn create(services: &Services, caller: &Caller, details: Details) -> Result<IdentityProvider> {
    let now = services.clock.now();
    let mut provider = IdentityProvider {
        tenant_id: caller.tenant,
        id: IdentityProviderId::new(&services.clock),
        name: String::new(),
        issuer: String::new(),
        audience: String::new(),
        jwks_url: String::new(),
        algorithms: Json(vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA]),
        email_claim: "email".into(),
        role_claim: None,
        role_mappings: Json(Vec::new()),
        makes_members: 0,
        is_enabled: 1,
        jwks: None,
        jwks_fetched_at: None,
        jwks_asked_at: None,
        jwks_error: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    provider.set(details)?;
    let mut tx = services.db.begin(caller, Permission::IdentityProviderWrite).await?;
    require_all(&mut tx).await?;
    check(services, &mut tx, &provider).await?;
    if !store::insert(&mut tx, &provider).await? {
        return Err(taken());
    }
    fetch_keys(services, &mut tx, &provider).await?;
    let change = Change::made(&provider);
    audit::record(&mut tx, &services.clock, "identity_provider.created", provider.id, change);
    tx.commit().await?;
    Ok(provider)
}

/// One that waits to try an address again does not stand in the way of another address.
async fn fetch_keys(services: &Services, tx: &mut Tx, provider: &IdentityProvider) -> Result<()> {
    let when = When::now().unique(format!("{} {}", provider.id, sha256_hex(provider.jwks_url.as_bytes())));
    enqueue(tx, &services.clock, &FetchKeys { provider: provider.id }, when).await.map(drop)
}

/// # Errors
/// As [`create`]; `NotFound`; `PreconditionFailed`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: IdentityProviderId,
    if_match: &IfMatch,
    details: Details,
) -> Result<IdentityProvider> {
    let mut tx = services.db.begin(caller, Permission::IdentityProviderWrite).await?;
    let before = store::get(&mut tx, id).await?;
    require_all(&mut tx).await?;
    if_match.require(before.version)?;
    let mut provider = before.clone();
    provider.set(details)?;
    check(services, &mut tx, &provider).await?;
    if store::is_taken(&mut tx, &provider).await? {
        return Err(taken());
    }
    provider.updated_at = services.clock.now();
    store::update(&mut tx, &mut provider).await?;
    if provider.jwks.is_none() {
        fetch_keys(services, &mut tx, &provider).await?;
    }
    let change = Change::between(&before, &provider);
    audit::record(&mut tx, &services.clock, "identity_provider.updated", id, change);
    tx.commit().await?;
    services.known_callers.forget();
    Ok(provider)
}

/// # Errors
/// As [`update`].
pub async fn delete(
    services: &Services,
    caller: &Caller,
    id: IdentityProviderId,
    if_match: &IfMatch,
) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::IdentityProviderWrite).await?;
    let provider = store::get(&mut tx, id).await?;
    require_all(&mut tx).await?;
    if_match.require(provider.version)?;
    store::delete(&mut tx, id, services.clock.now()).await?;
    let change = Change::gone(&provider);
    audit::record(&mut tx, &services.clock, "identity_provider.deleted", id, change);
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}

/// Who a provider's token is, in the tenant that its bearer names, and what that allows.
pub struct Outsider {
    pub tenant: TenantId,
    pub member: MemberId,
    pub grants: Grants,
    pub expires_at: Time,
}

/// # Errors
/// `Unauthenticated` for any fault.
pub async fn authenticate(services: &Services, slug: &str, bearer: &str, now: Time) -> Result<Outsider> {
    let (issuer, audiences) = token::peek(bearer).ok_or(Error::Unauthenticated)?;
    let mut tx = services.db.read_system().await?;
    let tenant = tenants::store::find_by_slug(&mut tx, slug).await?.ok_or(Error::Unauthenticated)?;
    let system = Caller::new(tenant, Actor::Operator, Grants::default());
    let mut tx = tx.into_tenant(&system).await?;
    let mut provider = None;
    for audience in audiences.iter().take(8) {
        provider = provider.or(store::find_by_issuer(&mut tx, &issuer, audience).await?);
    }
    tx.commit().await?;
    let provider = provider.ok_or(Error::Unauthenticated)?;
    let verified = match token::verify(&provider, bearer, now) {
        Ok(verified) => verified,
        Err(Rejected::UnknownKey) => {
            ask_again(services, &system, &provider, now).await?;
            return Err(Error::Unauthenticated);
        }
        Err(Rejected::Invalid) => return Err(Error::Unauthenticated),
    };
    let mut tx = services.db.begin_system().await?.into_tenant(&system).await?;
    let member = member_of(services, &mut tx, &provider, &verified).await?;
    let mut grants = roles::store::grants_of(&mut tx, member).await?;
    let mapped = provider.role_mappings.iter().filter(|mapping| verified.roles.contains(&mapping.value));
    for mapping in mapped {
        // A role that was deleted since grants nothing.
        if let Ok(role) = roles::store::get(&mut tx, mapping.role_id).await {
            grants.add(Scope::Tenant, role.permissions());
        }
    }
    tx.commit().await?;
    Ok(Outsider { tenant, member, grants, expires_at: verified.expires_at })
}

/// Nothing leaves the process inside a request: the keys are fetched by a task, and the bearer tries again.
async fn ask_again(
    services: &Services,
    system: &Caller,
    provider: &IdentityProvider,
    now: Time,
) -> Result<()> {
    let mut tx = services.db.begin_system().await?.into_tenant(system).await?;
    if store::ask(&mut tx, provider.id, now - ASK_EVERY, now).await? {
        fetch_keys(services, &mut tx, provider).await?;
    }
    tx.commit().await
}

/// The member known by this subject, else by e-mail address, else a new one where the provider may make some.
async fn member_of(
    services: &Services,
    tx: &mut Tx,
    provider: &IdentityProvider,
    verified: &Verified,
) -> Result<MemberId> {
    if let Some(id) = store::find_member(tx, provider.id, &verified.subject).await? {
        let member = members::store::find(tx, id).await?;
        match member {
            Some(member) if member.is_active() => return Ok(id),
            // One that was removed may come back as somebody new; one that is disabled may not.
            Some(member) if member.status == Status::Removed => {}
            _ => return Err(Error::Unauthenticated),
        }
    }
    let email = verified.email.as_deref().ok_or(Error::Unauthenticated)?;
    let now = services.clock.now();
    let id = match members::store::find_by_email(tx, email).await? {
        Some(member) if member.is_active() => member.id,
        Some(_) => return Err(Error::Unauthenticated),
        None if provider.makes_members == 1 => {
            let name = verified.name.clone().filter(|name| name.chars().count() <= 200);
            let new = Member::new(MemberId::new(&services.clock), email, name, Status::Active, now);
            let member = new.map_err(|_| Error::Unauthenticated)?;
            members::store::insert(tx, &member).await?;
            audit::record(tx, &services.clock, "member.created", member.id, Change::made(&member));
            member.id
        }
        None => return Err(Error::Unauthenticated),
    };
    store::link(tx, provider.id, &verified.subject, id, now).await?;
    let what = serde_json::json!({ "identity_provider_id": provider.id });
    audit::record(tx, &services.clock, "member.linked", id, Change::noted(what));
    Ok(id)
}
