//! API keys: what programs act with, each made by a member and never more than that member. Only a hash of the secret is
//! kept, so a key is shown once. Decides what a key may hold and when it counts.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde_json::{Value, json};
use sqlx::types::Json;

use super::audit::Audited;
use crate::clock::Time;
use crate::ids::{ApiKeyId, MemberId, TenantId};
use crate::permissions::Permissions;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApiKey {
    pub tenant_id: TenantId,
    pub id: ApiKeyId,
    pub member_id: MemberId,
    pub name: String,
    /// Finds the row; not secret.
    pub prefix: String,
    pub secret_hash: Vec<u8>,
    /// What the key may do, as words, as far as its member may.
    pub permissions: Json<Vec<String>>,
    pub created_at: Time,
    pub updated_at: Time,
    pub expires_at: Option<Time>,
    pub revoked_at: Option<Time>,
    pub version: i64,
}

impl ApiKey {
    pub fn is_valid(&self, now: Time) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expiry| now < expiry)
    }

    pub fn permissions(&self) -> Permissions {
        Permissions::from_words(self.permissions.iter().map(String::as_str))
    }
}

impl Audited for ApiKey {
    fn audited(&self) -> Value {
        json!({
            "name": self.name, "member_id": self.member_id, "permissions": self.permissions.0,
            "expires_at": self.expires_at, "revoked": self.revoked_at.is_some(),
        })
    }
}
