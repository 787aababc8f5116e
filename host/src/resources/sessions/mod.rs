//! Sessions: one sign-in each, with the refresh tokens that go on from it. Decides when a session ends, and that a spent
//! refresh token used again ends it (RFC 9700, 4.14).

pub mod actions;
pub mod routes;
pub mod signing;
pub(crate) mod store;
pub mod tasks;
pub mod throttle;

use std::time::Duration;

use serde_json::{Value, json};

use super::audit::Audited;
use crate::clock::Time;
use crate::ids::{MemberId, RefreshTokenId, SessionId, TenantId};

/// However often it is refreshed, a session ends this long after the sign-in.
pub const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A client that lost the answer to its refresh may ask again this soon.
const GRACE: chrono::Duration = chrono::Duration::seconds(10);

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    pub id: SessionId,
    pub member_id: MemberId,
    pub user_agent: Option<String>,
    pub address: Option<String>,
    pub created_at: Time,
    pub last_used_at: Time,
    pub expires_at: Time,
    pub revoked_at: Option<Time>,
    /// `signed_out`, `revoked`, `refresh_token_reused`, `password_changed`.
    pub revoked_reason: Option<String>,
}

impl Session {
    pub fn is_open(&self, now: Time) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

impl Audited for Session {
    fn audited(&self) -> Value {
        json!({ "member_id": self.member_id, "revoked_reason": self.revoked_reason })
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RefreshToken {
    pub tenant_id: TenantId,
    pub id: RefreshTokenId,
    pub session_id: SessionId,
    pub prefix: String,
    pub secret_hash: Vec<u8>,
    pub created_at: Time,
    pub spent_at: Option<Time>,
}

/// What to make of a refresh token that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// Never used before, or just now: its answer may have been lost on the way.
    Fresh,
    /// Used before: one of the two who used it is a thief.
    Reused,
}

impl RefreshToken {
    pub fn presented(&self, now: Time) -> Presented {
        match self.spent_at {
            Some(spent) if now - spent > GRACE => Presented::Reused,
            _ => Presented::Fresh,
        }
    }
}
