//! The handles everyone is given: database, files, clock, plugins, settings. The axum state.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use crate::access_token::AccessTokens;
use crate::blobs::Blobs;
use crate::caller::KnownCallers;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::hooks::Hooks;
use crate::inference::Provision;
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
    /// The operator's language models. None: only tenants with an endpoint of their own have any.
    pub inference: Option<Arc<Provision>>,
    /// None: no SMTP server is configured, and no e-mail written.
    pub mailer: Option<Mailer>,
    pub keys: Keys,
    pub known_callers: KnownCallers,
    pub access_tokens: AccessTokens,
    pub rate_limits: RateLimits,
    pub memory: Memory,
}

/// What nouns keep in this node's memory, each under a type of its own. Nothing that must outlive the node or that others must
/// agree with.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl Memory {
    /// The noun's own, empty at first.
    pub fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        // Under its type there is nothing else.
        entry.clone().downcast().unwrap_or_default()
    }
}
