//! Who acts: people, keys, plugins and tasks all act as one `Caller`, for one tenant, with what was granted to them.
//! A `Tenant` comes only from here, so from a verified principal or a task's row.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use uuid::Uuid;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::grants::{Grants, Reach};
use crate::ids::{ApiKeyId, MemberId, RequestId, SessionId, TaskId, TenantId};
use crate::permissions::{Permission, Permissions};

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Caller {
    pub tenant: TenantId,
    pub actor: Actor,
    /// The member an API key acts for (`On-Behalf-Of`).
    pub on_behalf_of: Option<MemberId>,
    pub grants: Arc<Grants>,
    pub origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person: by a session of ours, or without one by a token of the tenant's identity provider.
    Member { member: MemberId, session: Option<SessionId> },
    /// A key, and the member who made it.
    ApiKey { key: ApiKeyId, member: MemberId },
    /// Background work begun by an earlier action.
    Task(TaskId),
    /// Somebody from outside without a credential, at what a tenant shows to everybody.
    Visitor,
    /// The operator at the command line.
    Operator,
}

impl Actor {
    /// The member who stands behind it, if a person does.
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Actor::Member { member, .. } | Actor::ApiKey { member, .. } => Some(*member),
            Actor::Task(_) | Actor::Visitor | Actor::Operator => None,
        }
    }

    /// The word events and the audit log use.
    pub fn kind(&self) -> &'static str {
        match self {
            Actor::Member { .. } => "member",
            Actor::ApiKey { .. } => "api_key",
            Actor::Task(_) => "task",
            Actor::Visitor => "visitor",
            Actor::Operator => "operator",
        }
    }

    /// The id on the wire; visitors and the operator have none.
    pub fn id(&self) -> Option<String> {
        match self {
            Actor::Member { member, .. } => Some(member.to_string()),
            Actor::ApiKey { key, .. } => Some(key.to_string()),
            Actor::Task(task) => Some(task.to_string()),
            Actor::Visitor | Actor::Operator => None,
        }
    }
}

/// Where a request came from; nothing in background work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub request: Option<RequestId>,
    pub address: Option<IpAddr>,
    /// Its `Idempotency-Key`: whatever commits a change of the request notes it there.
    pub idempotency: Option<Arc<Once>>,
}

/// A request that is done once, however often it is sent: whose, of what, by which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The principal, with whom it acts for.
    pub principal: String,
    /// Method and path.
    pub operation: String,
    pub key: String,
    /// The hash of what was sent.
    pub fingerprint: [u8; 32],
    /// Names this run of the request.
    pub token: Uuid,
    pub created_at: Time,
    pub expires_at: Time,
}

impl Caller {
    pub fn new(tenant: TenantId, actor: Actor, grants: Grants) -> Self {
        Self { tenant, actor, on_behalf_of: None, grants: Arc::new(grants), origin: Origin::default() }
    }

    /// Background work acts with every permission of its own tenant: what may be done was decided
    /// when it was enqueued.
    pub fn task(tenant: TenantId, task: TaskId) -> Self {
        Self::new(tenant, Actor::Task(task), Grants::all())
    }

    pub fn operator(tenant: TenantId) -> Self {
        Self::new(tenant, Actor::Operator, Grants::all())
    }

    #[must_use]
    pub fn from(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// For preparations that commit before the change itself: a request that broke off after one may be repeated.
    #[must_use]
    pub fn preparing(&self) -> Self {
        Self { origin: Origin { idempotency: None, ..self.origin.clone() }, ..self.clone() }
    }

    /// The member whose doing this is: the one acted for, else the one behind the session or key.
    pub fn member(&self) -> Option<MemberId> {
        self.on_behalf_of.or(self.actor.member())
    }

    /// For what belongs to the tenant as a whole.
    ///
    /// # Errors
    /// `Forbidden`, naming what is missing.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.grants.everywhere().contains(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden { permission: permission.as_str() })
        }
    }

    /// Where all of these hold, for what asks for several.
    pub fn reach_of_all(&self, permissions: &[Permission]) -> Option<Reach> {
        self.grants.reach_of_all(Permissions::of(permissions))
    }

    /// For what belongs to a department: where the permission holds.
    ///
    /// # Errors
    /// `Forbidden` when it holds nowhere.
    pub fn reach(&self, permission: Permission) -> Result<Reach> {
        self.grants.reach(permission).ok_or(Error::Forbidden { permission: permission.as_str() })
    }
}

/// Callers verified in the last few seconds, by the hash of their credential, so that most requests need no
/// look-up. Only credentials that are valid get in: guesses cannot push them out.
#[derive(Clone)]
pub struct KnownCallers {
    cache: Cache<[u8; 32], KnownCaller>,
    used_keys: Cache<ApiKeyId, ()>,
    reloaded_keys: Cache<(), ()>,
}

#[derive(Clone, Debug)]
pub struct KnownCaller {
    pub caller: Caller,
    pub expires_at: Option<Time>,
}

/// A revoked credential, or a permission taken away, goes on at most this long.
const REMEMBERED: Duration = Duration::from_secs(4);

/// When a key was last used is kept to this precision.
const USE_NOTED_EVERY: Duration = Duration::from_secs(60);

/// Tokens that name unknown signing keys make a node look for new ones this often at most.
const KEYS_RELOADED_EVERY: Duration = Duration::from_secs(2);

impl Default for KnownCallers {
    fn default() -> Self {
        Self {
            cache: Cache::builder().max_capacity(100_000).time_to_live(REMEMBERED).build(),
            used_keys: Cache::builder().max_capacity(100_000).time_to_live(USE_NOTED_EVERY).build(),
            reloaded_keys: Cache::builder().max_capacity(1).time_to_live(KEYS_RELOADED_EVERY).build(),
        }
    }
}

impl KnownCallers {
    pub fn get(&self, credential: &[u8; 32]) -> Option<KnownCaller> {
        self.cache.get(credential)
    }

    pub fn insert(&self, credential: [u8; 32], known: KnownCaller) {
        self.cache.insert(credential, known);
    }

    /// Whether this node has not noted a use of the key for a while.
    pub fn is_first_use(&self, key: ApiKeyId) -> bool {
        self.used_keys.entry(key).or_insert(()).is_fresh()
    }

    /// Whether it is time again to look for new signing keys.
    pub fn may_reload_keys(&self) -> bool {
        self.reloaded_keys.entry(()).or_insert(()).is_fresh()
    }

    /// This node sees changes at once; the others within seconds. After a change of who may do what.
    pub fn forget(&self) {
        self.cache.invalidate_all();
    }
}
