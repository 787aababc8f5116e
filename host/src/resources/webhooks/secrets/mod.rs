//! What an endpoint's deliveries are signed with. A new one takes the place of the one of its kind before, which goes on
//! signing beside it for a while, so that the receiver can change over.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use super::signature::Kind;
use crate::clock::Time;
use crate::ids::{WebhookEndpointId, WebhookSecretId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Secret {
    pub id: WebhookSecretId,
    pub endpoint_id: WebhookEndpointId,
    pub kind: Kind,
    pub sealed: Vec<u8>,
    /// Of a pair.
    pub public_key: Option<String>,
    pub created_at: Time,
    /// None: not yet replaced.
    pub expires_at: Option<Time>,
}
