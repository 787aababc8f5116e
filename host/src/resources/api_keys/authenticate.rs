//! Turns the bearer of a request into a `Caller`.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use subtle::ConstantTimeEq;

use super::{Token, store};
use crate::caller::{Actor, Caller, KnownCaller, Permissions};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::services::Services;

impl FromRequestParts<Services> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self> {
        let header = parts.headers.get(header::AUTHORIZATION).ok_or(Error::Unauthenticated)?;
        let (scheme, bearer) =
            header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Error::Unauthenticated)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Error::Unauthenticated);
        }
        let token = Token::parse(bearer.trim()).ok_or(Error::Unauthenticated)?;
        authenticate(services, &token).await
    }
}

async fn authenticate(services: &Services, token: &Token) -> Result<Caller> {
    let now = services.clock.now();
    let credential = token.credential();
    let known = match services.known_callers.get(&credential) {
        Some(known) => known,
        None => {
            let known = look_up(services, token, now).await?;
            services.known_callers.insert(credential, known.clone());
            known
        }
    };
    if known.expires_at.is_some_and(|expiry| expiry <= now) {
        return Err(Error::Unauthenticated);
    }
    Ok(known.caller)
}

async fn look_up(services: &Services, token: &Token, now: Time) -> Result<KnownCaller> {
    let mut tx = services.db.read_system().await?;
    let key = store::find_by_prefix(&mut tx, token.prefix()).await?;
    tx.commit().await?;
    let key = key.ok_or(Error::Unauthenticated)?;
    let is_same = bool::from(key.secret_hash.ct_eq(&token.hash()));
    if !is_same || !key.is_valid(now) {
        return Err(Error::Unauthenticated);
    }
    let caller = Caller {
        tenant: key.tenant_id,
        actor: Actor::ApiKey { key: key.id, member: key.member_id },
        permissions: Permissions::from_words(key.permissions.iter().map(String::as_str)),
    };
    Ok(KnownCaller { caller, expires_at: key.expires_at })
}
