//! The handles everyone is given: database, files, clock, plugins, settings. The axum state.

use std::ops::Deref;
use std::sync::Arc;

use crate::access_token::AccessTokens;
use crate::blobs::Blobs;
use crate::caller::KnownCallers;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::hooks::Hooks;
use crate::keys::Keys;
use crate::mailer::Mailer;
use crate::outbound::Outbound;
use crate::rate_limits::RateLimits;

/// Cheap to clone: every request has copies of its own.
#[derive(Clone)]
pub struct Services(Arc<Parts>);

impl Services {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Services {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The handles themselves.
#[derive(Clone)]
pub struct Parts {
    pub config: Arc<Config>,
    pub clock: Clock,
    pub db: Db,
    pub blobs: Blobs,
    pub hooks: Arc<dyn Hooks>,
    pub outbound: Outbound,
    /// None: no SMTP server is configured, and no e-mail written.
    pub mailer: Option<Mailer>,
    pub keys: Keys,
    pub known_callers: KnownCallers,
    pub access_tokens: AccessTokens,
    pub rate_limits: RateLimits,
}
