//! Turns the credential of a request into a `Caller`: an API key, an access token of ours, or a token of the tenant's own
//! identity provider. Every look-up reads what is true now; its result is kept for a few seconds.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

use super::standing::{self, require_active};
use crate::access_token::{AccessTokens, Claims, Rejected};
use crate::caller::{Actor, Caller, KnownCaller, Origin};
use crate::clock::Time;
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::http::client;
use crate::ids::{ApiKeyId, MemberId};
use crate::permissions::Permission;
use crate::resources::api_keys::{self, ApiKey};
use crate::resources::sessions::{self, signing};
use crate::resources::{identity_providers, roles};
use crate::services::Services;
use crate::token::{Kind, Token};

/// Names the member an API key acts for.
const ON_BEHALF_OF: HeaderName = HeaderName::from_static("on-behalf-of");

/// Names the tenant, by slug, whose identity provider has issued the token. It only says where to look: what counts is
/// that provider's signature.
const TENANT: HeaderName = HeaderName::from_static("mortise-tenant");

impl FromRequestParts<Services> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Services) -> Result<Self> {
        parts.extensions.get::<Caller>().cloned().ok_or(Error::Unauthenticated)
    }
}

/// Finds out whose request it is, and lets its handlers know. Whoever shows nothing that is known may still knock: what is
/// there for somebody known refuses them.
///
/// # Errors
/// Whatever is wrong with a credential beside being unknown; `Unavailable`.
pub(super) async fn identify(services: &Services, request: &mut Request) -> Result<()> {
    let origin = client::origin(request.extensions(), request.headers(), services);
    match authenticate(services, request.headers(), origin).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            Ok(())
        }
        Err(Error::Unauthenticated) => Ok(()),
        Err(other) => Err(other),
    }
}

async fn authenticate(services: &Services, headers: &HeaderMap, origin: Origin) -> Result<Caller> {
    let bearer = bearer(headers).ok_or(Error::Unauthenticated)?;
    let acting_for = headers.get(ON_BEHALF_OF).map(|id| id.to_str().unwrap_or_default());
    let tenant = headers.get(TENANT).and_then(|slug| slug.to_str().ok()).unwrap_or_default();
    let now = services.clock.now();
    let credential = sha256(format!("{bearer} {acting_for:?} {tenant}").as_bytes());
    let known = match services.known_callers.get(&credential) {
        Some(known) => known,
        None => {
            let known = look_up(services, bearer, acting_for, tenant, now).await?;
            services.known_callers.insert(credential, known.clone());
            known
        }
    };
    if known.expires_at.is_some_and(|expiry| expiry <= now) {
        return Err(Error::Unauthenticated);
    }
    Ok(known.caller.from(origin))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, bearer) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| bearer.trim())
}

async fn look_up(
    services: &Services,
    bearer: &str,
    acting_for: Option<&str>,
    tenant: &str,
    now: Time,
) -> Result<KnownCaller> {
    if let Some(token) = Token::parse(Kind::ApiKey, bearer) {
        return by_key(services, &token, acting_for, now).await;
    }
    if !AccessTokens::is_token(bearer) {
        return Err(Error::Unauthenticated);
    }
    let known = if services.access_tokens.claims_to_be_ours(bearer) {
        by_session(services, &verify(services, bearer, now).await?, now).await?
    } else {
        let outsider = identity_providers::actions::authenticate(services, tenant, bearer, now).await?;
        let actor = Actor::Member { member: outsider.member, session: None };
        let caller = Caller::new(outsider.tenant, actor, outsider.grants);
        KnownCaller { caller, expires_at: Some(outsider.expires_at) }
    };
    if acting_for.is_some() { Err(cannot_act_for()) } else { Ok(known) }
}

async fn by_key(
    services: &Services,
    token: &Token,
    acting_for: Option<&str>,
    now: Time,
) -> Result<KnownCaller> {
    let mut tx = services.db.read_system().await?;
    let key =
        api_keys::store::find_by_prefix(&mut tx, token.prefix()).await?.ok_or(Error::Unauthenticated)?;
    if !token.matches(&key.secret_hash) || !key.is_valid(now) {
        return Err(Error::Unauthenticated);
    }
    let actor = Actor::ApiKey { key: key.id, member: key.member_id };
    let nobody = Caller::new(key.tenant_id, actor, Grants::default());
    let mut tx = tx.into_tenant(&nobody).await?;
    require_active(&mut tx, key.member_id).await?;
    let acting_for: Option<MemberId> =
        acting_for.map(str::parse).transpose().map_err(|_| cannot_act_for())?;
    let mut grants = standing::of_key(&mut tx, &key, None).await?;
    if let Some(member) = acting_for {
        // Only for the whole tenant: acting for somebody is not a matter of departments.
        if !grants.everywhere().contains(Permission::MemberActFor) {
            return Err(Error::Forbidden { permission: Permission::MemberActFor.as_str() });
        }
        require_active(&mut tx, member).await.map_err(|_| cannot_act_for())?;
        grants = standing::of_key(&mut tx, &key, Some(member)).await?;
    }
    tx.commit().await?;
    note_use(services, &nobody, key.id, now).await;
    let ApiKey { expires_at, .. } = key;
    let caller = Caller { on_behalf_of: acting_for, ..Caller::new(key.tenant_id, actor, grants) };
    Ok(KnownCaller { caller, expires_at })
}

/// Says nothing of whether there is such a member.
fn cannot_act_for() -> Error {
    let detail =
        "only an API key can act for somebody, and only for an active member of its own tenant, named by id"
            .into();
    Error::Refusal { code: "cannot_act_for", detail }
}

/// Once a minute and key. That a key was used is worth knowing, not worth failing for.
async fn note_use(services: &Services, caller: &Caller, key: ApiKeyId, now: Time) {
    if !services.known_callers.is_first_use(key) {
        return;
    }
    let noted = async {
        let mut tx = services.db.begin_system().await?.into_tenant(caller).await?;
        api_keys::store::record_use(&mut tx, key, now).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%key, %error, "could not note the use of an API key");
    }
}

/// A key that another node has made since is loaded, but only now and then: anybody can name an unknown one.
async fn verify(services: &Services, bearer: &str, now: Time) -> Result<Claims> {
    let verified = services.access_tokens.verify(bearer, now);
    let verified = match verified {
        Err(Rejected::UnknownKey) if services.known_callers.may_reload_keys() => {
            signing::reload(services).await?;
            services.access_tokens.verify(bearer, now)
        }
        verified => verified,
    };
    verified.map_err(|_| Error::Unauthenticated)
}

async fn by_session(services: &Services, claims: &Claims, now: Time) -> Result<KnownCaller> {
    let actor = Actor::Member { member: claims.sub, session: Some(claims.sid) };
    let nobody = Caller::new(claims.tenant, actor, Grants::default());
    let mut tx = services.db.read_system().await?.into_tenant(&nobody).await?;
    let session = sessions::store::find(&mut tx, claims.sid).await?;
    let is_open = session.is_some_and(|session| session.member_id == claims.sub && session.is_open(now));
    if !is_open {
        return Err(Error::Unauthenticated);
    }
    require_active(&mut tx, claims.sub).await?;
    let grants = roles::store::grants_of(&mut tx, claims.sub).await?;
    tx.commit().await?;
    let expires_at = Time::from_timestamp(claims.exp, 0);
    Ok(KnownCaller { caller: Caller::new(claims.tenant, actor, grants), expires_at })
}
