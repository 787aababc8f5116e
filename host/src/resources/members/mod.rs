//! Members: people in a tenant. Decides what an address looks like and what a role may do.

pub(crate) mod store;

use crate::caller::Permissions;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::ids::MemberId;

#[derive(Clone, Debug)]
pub struct Member {
    pub id: MemberId,
    /// Lower case.
    pub email: String,
    pub name: Option<String>,
    pub role: Role,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Role {
    Owner,
}

impl Role {
    pub fn permissions(self) -> Permissions {
        match self {
            Role::Owner => Permissions::ALL,
        }
    }
}

impl Member {
    /// # Errors
    /// `Invalid`: not an e-mail address.
    pub fn new(id: MemberId, email: &str, role: Role, now: Time) -> Result<Self> {
        let email = normalise_email(email).ok_or_else(|| {
            Error::invalid("email", "invalid_email", "an e-mail address looks like ada@example.com")
        })?;
        Ok(Self { id, email, name: None, role, created_at: now, updated_at: now, version: 1 })
    }
}

/// An address as it is compared: trimmed, lower case. Nothing when it is not an address.
pub fn normalise_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let plain = email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    let has_dot = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    (plain && !local.is_empty() && has_dot).then_some(email)
}
