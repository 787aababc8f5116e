//! Trusted keys: whose signatures on plugins a tenant believes. A key that is revoked stays on record for what it signed,
//! which is not run any more.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde_json::{Value, json};

use super::audit::Audited;
use crate::clock::Time;
use crate::ids::{MemberId, TrustedKeyId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TrustedKey {
    pub id: TrustedKeyId,
    pub name: String,
    /// 32 bytes of ed25519.
    pub public_key: Vec<u8>,
    /// SHA-256 of it, lower-case hexadecimal: what signatures name.
    pub key_id: String,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub revoked_at: Option<Time>,
    pub version: i64,
}

impl Audited for TrustedKey {
    fn audited(&self) -> Value {
        json!({ "name": self.name, "key_id": self.key_id, "is_revoked": self.revoked_at.is_some() })
    }
}
