//! Invitations: a token, shown once, with which a member sets a password and becomes active, or sets a new one when the
//! old was forgotten. One is open per member; it ends when it is used, replaced or too old.

use std::time::Duration;

use super::{Member, Status, passwords, store};
use crate::caller::{Actor, Caller, Origin};
use crate::clock::{Clock, Time};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::ids::{InvitationId, MemberId, TenantId};
use crate::resources::audit::{self, Change};
use crate::resources::emails::{self, About, Letter, Recipient};
use crate::services::Services;
use crate::token::{Kind, Token};

const VALID: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Invitation {
    pub tenant_id: TenantId,
    pub id: InvitationId,
    pub member_id: MemberId,
    pub prefix: String,
    pub secret_hash: Vec<u8>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub expires_at: Time,
    pub ended_at: Option<Time>,
}

/// A new invitation, and the token to be shown once.
pub struct Issued {
    pub token: Token,
    pub expires_at: Time,
}

/// Replaces a member's open invitation, inside a larger change that has seen to it that the caller is not below the
/// member.
///
/// # Errors
/// The database's.
pub async fn issue(tx: &mut Tx, clock: &Clock, member: MemberId) -> Result<Issued> {
    let now = clock.now();
    let token = Token::draw(Kind::Invitation);
    let invitation = Invitation {
        tenant_id: tx.tenant(),
        id: InvitationId::new(clock),
        member_id: member,
        prefix: token.prefix().into(),
        secret_hash: token.hash().to_vec(),
        created_by: tx.caller().member(),
        created_at: now,
        expires_at: now + VALID,
        ended_at: None,
    };
    store::end_invitations(tx, member, now).await?;
    store::insert_invitation(tx, &invitation).await?;
    audit::record(tx, clock, "member.invited", member, Change::none());
    Ok(Issued { token, expires_at: invitation.expires_at })
}

/// Has the member told by e-mail, inside the same change, if e-mails are sent at all.
///
/// # Errors
/// When the letter cannot be written or sealed.
pub async fn tell(tx: &mut Tx, services: &Services, member: &Member, issued: &Issued) -> Result<()> {
    let letter = Letter {
        kind: emails::Kind::MemberInvited,
        to: Recipient { name: member.name.clone(), address: member.email.clone() },
        about: About { member: Some(member.id), ..About::default() },
        values: vec![("token", issued.token.reveal())],
        when: Some(issued.expires_at),
        appointment: None,
    };
    emails::actions::queue(tx, services, vec![letter]).await
}

fn invalid() -> Error {
    let detail = "the invitation was used, replaced or is too old; ask for a new one";
    Error::invalid("#/token", "invalid_invitation", detail)
}

/// Accepts an invitation: the member sets a password and is active from now on. The transaction goes on, as the member,
/// for whatever belongs to it.
///
/// # Errors
/// `Invalid` token or password; `Overloaded`.
pub async fn accept(
    services: &Services,
    origin: Origin,
    token: &str,
    password: String,
    name: Option<String>,
) -> Result<(Tx, Member)> {
    let token = Token::parse(Kind::Invitation, token).ok_or_else(invalid)?;
    let now = services.clock.now();
    let mut tx = services.db.read_system().await?;
    let invitation = store::find_invitation(&mut tx, token.prefix()).await?.ok_or_else(invalid)?;
    if !token.matches(&invitation.secret_hash)
        || invitation.ended_at.is_some()
        || invitation.expires_at <= now
    {
        return Err(invalid());
    }
    let actor = Actor::Member { member: invitation.member_id, session: None };
    let caller = Caller::new(invitation.tenant_id, actor, Grants::default()).from(origin);
    let mut tx = tx.into_tenant(&caller).await?;
    let invited = store::get(&mut tx, invitation.member_id).await.map_err(|_| invalid())?;
    tx.commit().await?;
    let names = [invited.name, name.clone()].map(Option::unwrap_or_default);
    passwords::check("#/password", &password, &[&invited.email, &names[0], &names[1]])?;
    // Hashed before the transaction that writes: SQLite has one of these at a time.
    let hash = passwords::hash(password).await?;

    let mut tx = services.db.begin_system().await?.into_tenant(&caller).await?;
    if !store::end_invitation(&mut tx, invitation.id, now).await? {
        return Err(invalid());
    }
    let before = store::get(&mut tx, invitation.member_id).await.map_err(|_| invalid())?;
    if before.status == Status::Disabled {
        return Err(invalid());
    }
    let mut member = before.clone();
    if name.is_some() {
        member.name = crate::fields::optional_line("#/name", name, 200)?;
    }
    member.status = Status::Active;
    member.password_hash = Some(hash);
    member.updated_at = now;
    store::update(&mut tx, &mut member).await?;
    let change = Change::between(&before, &member);
    audit::record(&mut tx, &services.clock, "member.accepted", member.id, change);
    Ok((tx, member))
}
