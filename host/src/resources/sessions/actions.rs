//! Every write to sessions: signing in, going on, signing out.

use super::throttle::{self, Attempt};
use super::{LONGEST, Presented, RefreshToken, Session, signing, store};
use crate::access_token;
use crate::caller::{Actor, Caller, Origin};
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields::normalise_email;
use crate::grants::Grants;
use crate::ids::{MemberId, RefreshTokenId, SessionId, TenantId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::members::passwords::{self, Verdict};
use crate::resources::members::{self, Member};
use crate::resources::roles::Authority;
use crate::resources::tenants;
use crate::services::Services;
use crate::token::{Kind, Token};

/// What a sign-in brings, to be shown once.
pub struct Issued {
    pub tenant: TenantId,
    pub member: MemberId,
    pub session: SessionId,
    pub access_token: String,
    pub refresh_token: Token,
    pub refresh_expires_at: Time,
}

/// Who signs in, from where.
pub struct SignIn {
    /// The tenant's slug.
    pub tenant: String,
    pub email: String,
    pub password: String,
    pub user_agent: Option<String>,
}

/// # Errors
/// `SignInFailed`, the same whatever was wrong; `TooMany` after too many of these; `Overloaded`.
pub async fn sign_in(services: &Services, origin: Origin, sign_in: SignIn) -> Result<Issued> {
    let SignIn { tenant: slug, email, password, user_agent } = sign_in;
    let email = normalise_email(&email).unwrap_or(email);
    let mut attempt = Attempt::new(&services.keys, &slug, &email, origin.address);
    attempt.begin(services).await?;
    let known = find(services, &slug, &email).await?;
    let hash = known.as_ref().filter(|(_, m)| m.is_active()).and_then(|(_, m)| m.password_hash.clone());
    let verdict = passwords::verify(password.clone(), hash).await?;
    let (tenant, member) = match (known, verdict) {
        (Some((tenant, member)), Verdict::Wrong) => {
            refused(services, origin, tenant, &member).await?;
            return Err(Error::SignInFailed);
        }
        (None, _) => {
            tracing::info!(tenant = slug, "a sign-in for an unknown account failed");
            throttle::take_as_long(services, &attempt).await?;
            return Err(Error::SignInFailed);
        }
        (Some(known), _) => known,
    };
    attempt.succeed(services).await?;
    let new_hash = match verdict {
        Verdict::RightButOld => Some(passwords::hash(password).await?),
        Verdict::Right | Verdict::Wrong => None,
    };
    let mut tx = begin_as(services, origin, tenant, member.id).await?;
    // What the look at the password took may have changed it.
    let mut member = members::store::get(&mut tx, member.id).await.map_err(|_| Error::SignInFailed)?;
    if !member.is_active() {
        return Err(Error::SignInFailed);
    }
    if let Some(hash) = new_hash {
        members::actions::keep_hash(services, &mut tx, &mut member, hash).await?;
    }
    open(services, tx, &member, user_agent).await
}

async fn find(services: &Services, slug: &str, email: &str) -> Result<Option<(TenantId, Member)>> {
    let mut tx = services.db.read_system().await?;
    let Some(tenant) = tenants::store::find_by_slug(&mut tx, slug).await? else { return Ok(None) };
    let mut tx = tx.into_tenant(&Caller::new(tenant, Actor::Operator, Grants::default())).await?;
    let member = members::store::find_by_email(&mut tx, email).await?;
    tx.commit().await?;
    Ok(member.map(|member| (tenant, member)))
}

/// A transaction of somebody who has just shown who they are.
async fn begin_as(services: &Services, origin: Origin, tenant: TenantId, member: MemberId) -> Result<Tx> {
    let caller = Caller::new(tenant, Actor::Member { member, session: None }, Grants::default()).from(origin);
    services.db.begin_system().await?.into_tenant(&caller).await
}

async fn refused(services: &Services, origin: Origin, tenant: TenantId, member: &Member) -> Result<()> {
    tracing::info!(%tenant, member = %member.id, "a sign-in failed");
    let mut tx = begin_as(services, origin, tenant, member.id).await?;
    audit::record(&mut tx, &services.clock, "session.refused", member.id, Change::none());
    tx.commit().await
}

/// Opens a session in a transaction of the member's own, which is committed.
///
/// # Errors
/// The database's.
pub async fn open(
    services: &Services,
    mut tx: Tx,
    member: &Member,
    user_agent: Option<String>,
) -> Result<Issued> {
    let now = services.clock.now();
    let session = Session {
        id: SessionId::new(&services.clock),
        member_id: member.id,
        user_agent: user_agent.map(|agent| agent.chars().filter(|c| !c.is_control()).take(300).collect()),
        address: tx.caller().origin.address.map(|address| address.to_string()),
        created_at: now,
        last_used_at: now,
        expires_at: now + LONGEST,
        revoked_at: None,
        revoked_reason: None,
    };
    store::insert(&mut tx, &session).await?;
    let refresh_token = insert_token(services, &mut tx, session.id).await?;
    audit::record(&mut tx, &services.clock, "session.opened", session.id, Change::made(&session));
    let tenant = tx.tenant();
    tx.commit().await?;
    issue(services, tenant, &session, refresh_token).await
}

async fn insert_token(services: &Services, tx: &mut Tx, session: SessionId) -> Result<Token> {
    let token = Token::draw(Kind::Refresh);
    let row = RefreshToken {
        tenant_id: tx.tenant(),
        id: RefreshTokenId::new(&services.clock),
        session_id: session,
        prefix: token.prefix().into(),
        secret_hash: token.hash().to_vec(),
        created_at: services.clock.now(),
        spent_at: None,
    };
    store::insert_token(tx, &row).await?;
    Ok(token)
}

async fn issue(
    services: &Services,
    tenant: TenantId,
    session: &Session,
    refresh_token: Token,
) -> Result<Issued> {
    let sign = || {
        let jti = services.clock.uuid().simple().to_string();
        services.access_tokens.issue(tenant, session.member_id, session.id, jti, services.clock.now())
    };
    let access_token = match sign() {
        Some(token) => token,
        None => {
            signing::refresh(services).await?;
            sign().ok_or_else(|| Error::internal("no key signs access tokens"))?
        }
    };
    Ok(Issued {
        tenant,
        member: session.member_id,
        session: session.id,
        access_token,
        refresh_token,
        refresh_expires_at: session.expires_at,
    })
}

/// Seconds an access token is good for.
pub fn access_seconds() -> u64 {
    access_token::VALID.as_secs()
}

/// Goes on with a session: the refresh token is spent, a new one issued.
///
/// # Errors
/// `SignInFailed`: no such token, its session ended, or it had been spent, which ends the session.
pub async fn refresh(services: &Services, origin: Origin, token: &str) -> Result<Issued> {
    let token = Token::parse(Kind::Refresh, token).ok_or(Error::SignInFailed)?;
    let now = services.clock.now();
    let mut tx = services.db.read_system().await?;
    let row = store::find_token(&mut tx, token.prefix()).await?.ok_or(Error::SignInFailed)?;
    let caller = Caller::new(row.tenant_id, Actor::Operator, Grants::default());
    let mut tx = tx.into_tenant(&caller).await?;
    let session = store::find(&mut tx, row.session_id).await?.ok_or(Error::SignInFailed)?;
    tx.commit().await?;
    if !token.matches(&row.secret_hash) || !session.is_open(now) {
        return Err(Error::SignInFailed);
    }
    let mut tx = begin_as(services, origin, row.tenant_id, session.member_id).await?;
    let spent_at = store::spend_token(&mut tx, row.id, now).await?;
    if (RefreshToken { spent_at, ..row }).presented(now) == Presented::Reused {
        return reused(services, tx, &session, now).await;
    }
    let member = members::store::get(&mut tx, session.member_id).await.map_err(|_| Error::SignInFailed)?;
    let session = store::find(&mut tx, session.id).await?.filter(|session| session.is_open(now));
    let session = session.filter(|_| member.is_active()).ok_or(Error::SignInFailed)?;
    let refresh_token = insert_token(services, &mut tx, session.id).await?;
    store::touch(&mut tx, session.id, now).await?;
    let tenant = tx.tenant();
    tx.commit().await?;
    issue(services, tenant, &session, refresh_token).await
}

async fn reused(services: &Services, mut tx: Tx, session: &Session, now: Time) -> Result<Issued> {
    tracing::warn!(session = %session.id, "a spent refresh token was used again; its session is revoked");
    revoke_one(services, &mut tx, session, "refresh_token_reused", now).await?;
    tx.commit().await?;
    services.known_callers.forget();
    Err(Error::SignInFailed)
}

async fn revoke_one(
    services: &Services,
    tx: &mut Tx,
    session: &Session,
    reason: &str,
    now: Time,
) -> Result<()> {
    if store::revoke(tx, session.id, reason, now).await? {
        let after = Session { revoked_reason: Some(reason.into()), revoked_at: Some(now), ..session.clone() };
        audit::record(tx, &services.clock, "session.revoked", session.id, Change::between(session, &after));
    }
    Ok(())
}

/// Ends the session of the caller's own access token.
///
/// # Errors
/// `Conflict` for a credential without a session.
pub async fn sign_out(services: &Services, caller: &Caller) -> Result<()> {
    let Actor::Member { session: Some(session), .. } = caller.actor else {
        let detail =
            "this credential is no session; an API key is revoked with DELETE /v1/api-keys/{id}".into();
        return Err(Error::Conflict { code: "no_session", detail });
    };
    revoke_own(services, caller, session, "signed_out").await
}

/// Ends one of the caller's own sessions.
///
/// # Errors
/// `NotFound`: no open session of the caller's.
pub async fn revoke_own(services: &Services, caller: &Caller, id: SessionId, reason: &str) -> Result<()> {
    let own = members::actions::oneself(caller)?;
    let now = services.clock.now();
    let (mut tx, _) = services.db.begin_within(caller, Permission::MeWrite).await?;
    let session = store::find(&mut tx, id).await?.filter(|s| s.member_id == own && s.is_open(now));
    let session = session.ok_or(Error::NotFound { what: "session" })?;
    revoke_one(services, &mut tx, &session, reason, now).await?;
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}

/// Ends all sessions of a member.
///
/// # Errors
/// `NotFound`; `Refusal` when the member holds more than the caller.
pub async fn revoke_all(services: &Services, caller: &Caller, member: MemberId) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::SessionWrite).await?;
    let authority = Authority::read(&mut tx).await?;
    members::store::get(&mut tx, member).await?;
    authority.over(&mut tx, member).await?;
    end_all(services, &mut tx, member, None, "revoked").await?;
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}

async fn end_all(
    services: &Services,
    tx: &mut Tx,
    member: MemberId,
    but: Option<SessionId>,
    reason: &str,
) -> Result<()> {
    let ended = store::revoke_all(tx, member, but, reason, services.clock.now()).await?;
    let what = serde_json::json!({ "sessions": ended, "revoked_reason": reason });
    audit::record(tx, &services.clock, "member.sessions_revoked", member, Change::noted(what));
    Ok(())
}

/// Changes the caller's own password; their other sessions end.
///
/// # Errors
/// `Invalid`: the present one is wrong, or the new one too weak; `TooMany` after too many wrong ones.
pub async fn change_password(
    services: &Services,
    caller: &Caller,
    present: String,
    new: String,
) -> Result<()> {
    let mut member = members::actions::check_new_password(services, caller, &new).await?;
    // A stolen credential must not be a way to try passwords without a wait.
    let mut attempt = Attempt::change(&services.keys, member.id, caller.origin.address);
    attempt.begin(services).await?;
    let hash = members::actions::new_hash(&member, present, new).await?;
    attempt.succeed(services).await?;
    let (mut tx, _) = services.db.begin_within(caller, Permission::MeWrite).await?;
    members::actions::keep_hash(services, &mut tx, &mut member, hash).await?;
    audit::record(&mut tx, &services.clock, "member.password_changed", member.id, Change::none());
    let own = match caller.actor {
        Actor::Member { session, .. } => session,
        _ => None,
    };
    end_all(services, &mut tx, member.id, own, "password_changed").await?;
    tx.commit().await?;
    services.known_callers.forget();
    Ok(())
}

/// Accepts an invitation and signs in. Sessions from before end: their password was another.
///
/// # Errors
/// As [`members::invitations::accept`].
pub async fn accept_invitation(
    services: &Services,
    origin: Origin,
    token: &str,
    password: String,
    name: Option<String>,
    user_agent: Option<String>,
) -> Result<Issued> {
    let (mut tx, member) = members::invitations::accept(services, origin, token, password, name).await?;
    store::revoke_all(&mut tx, member.id, None, "password_changed", services.clock.now()).await?;
    let issued = open(services, tx, &member, user_agent).await?;
    services.known_callers.forget();
    Ok(issued)
}
