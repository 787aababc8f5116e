//! Members: people in a tenant, from their invitation to their removal. Decides what becomes of whom.

pub mod actions;
pub mod invitations;
pub mod passwords;
pub mod routes;
pub(crate) mod store;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::MemberId;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Member {
    pub id: MemberId,
    /// Lower case; unique among the tenant's members that are not removed.
    pub email: String,
    pub name: Option<String>,
    pub status: Status,
    /// A PHC string; none before an invitation was accepted, or for who signs in elsewhere.
    pub password_hash: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = MemberState)]
pub enum Status {
    /// Has not accepted the invitation yet.
    Invited,
    Active,
    /// Cannot act; everything they had is kept.
    Disabled,
    /// Gone for good; stays as the author of what they did.
    Removed,
}

impl Member {
    /// # Errors
    /// `Invalid` address or name.
    pub fn new(id: MemberId, email: &str, name: Option<String>, status: Status, now: Time) -> Result<Self> {
        Ok(Self {
            id,
            email: fields::email("#/email", email)?,
            name: fields::optional_line("#/name", name, 200)?,
            status,
            password_hash: None,
            created_at: now,
            updated_at: now,
            version: 1,
        })
    }

    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// # Errors
    /// `Conflict`: an invitation is accepted by the member, not by somebody else.
    pub fn set_enabled(&mut self, enabled: bool) -> Result<()> {
        self.status = match (self.status, enabled) {
            (Status::Invited, true) => {
                let detail =
                    "the member has not accepted the invitation yet; send it again if it was lost".into();
                return Err(Error::Conflict { code: "member_not_accepted", detail });
            }
            // Somebody who never accepted has no password: enabling again would leave them without a way in.
            (Status::Invited, false) => {
                let detail = "the member has not accepted the invitation yet; remove them instead".into();
                return Err(Error::Conflict { code: "member_not_accepted", detail });
            }
            (_, true) => Status::Active,
            (_, false) => Status::Disabled,
        };
        Ok(())
    }
}

impl Audited for Member {
    const PERSONAL: &'static [&'static str] = &["email", "name"];

    fn audited(&self) -> Value {
        json!({ "email": self.email, "name": self.name, "status": self.status })
    }
}
