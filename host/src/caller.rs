//! Who acts: people, keys, plugins and tasks all act as one `Caller`, for one tenant, with a set of permissions.
//! A `Tenant` comes only from here, so from a verified principal or a task's row.

use std::time::Duration;

use moka::sync::Cache;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::ids::{ApiKeyId, MemberId, TaskId, TenantId};

#[derive(Clone, Debug)]
pub struct Caller {
    pub tenant: TenantId,
    pub actor: Actor,
    pub permissions: Permissions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A key, and the member who made it.
    ApiKey { key: ApiKeyId, member: MemberId },
    /// Background work begun by an earlier action.
    Task(TaskId),
    /// The operator at the command line.
    Operator,
}

impl Actor {
    /// The member whose doing this is, if a person stands behind it.
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Actor::ApiKey { member, .. } => Some(*member),
            Actor::Task(_) | Actor::Operator => None,
        }
    }
}

impl Caller {
    /// Background work acts with every permission of its own tenant: what may be done was decided
    /// when it was enqueued.
    pub fn task(tenant: TenantId, task: TaskId) -> Self {
        Self { tenant, actor: Actor::Task(task), permissions: Permissions::ALL }
    }

    pub fn operator(tenant: TenantId) -> Self {
        Self { tenant, actor: Actor::Operator, permissions: Permissions::ALL }
    }

    /// # Errors
    /// `Forbidden`, naming what is missing.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.permissions.contains(permission) {
            Ok(())
        } else {
            Err(Error::Forbidden { permission: permission.as_str() })
        }
    }
}

macro_rules! permissions {
    ($($name:ident = $text:literal,)*) => {
        /// What may be done, a closed set, written `resource:action`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Permission {
            $($name,)*
        }

        impl Permission {
            pub const EVERY: &'static [Permission] = &[$(Permission::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Permission::$name => $text,)*
                }
            }
        }
    };
}

permissions! {
    CandidateRead = "candidate:read",
    CandidateWrite = "candidate:write",
    ResumeRead = "resume:read",
    ResumeCreate = "resume:create",
    ResumeParse = "resume:parse",
    TenantAdmin = "tenant:admin",
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u64);

impl Permissions {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = {
        assert!(Permission::EVERY.len() < 64, "the set is one word");
        Self((1 << Permission::EVERY.len()) - 1)
    };

    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u8)
    }

    #[must_use]
    pub const fn without(self, permission: Permission) -> Self {
        Self(self.0 & !(1 << permission as u8))
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// Reads the words a role or key is stored with; a word of a newer version grants nothing.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        words.into_iter().fold(Self::NONE, |set, word| {
            match Permission::EVERY.iter().find(|permission| permission.as_str() == word) {
                Some(permission) => set.with(*permission),
                None => set,
            }
        })
    }

    pub fn words(self) -> Vec<&'static str> {
        Permission::EVERY.iter().filter(|p| self.contains(**p)).map(|p| p.as_str()).collect()
    }
}

/// Callers verified in the last few seconds, by the hash of their credential, so that most requests need no
/// look-up. Only credentials that are valid get in: guesses cannot push them out.
#[derive(Clone)]
pub struct KnownCallers {
    cache: Cache<[u8; 32], KnownCaller>,
}

#[derive(Clone, Debug)]
pub struct KnownCaller {
    pub caller: Caller,
    pub expires_at: Option<Time>,
}

/// A revoked credential goes on at most this long.
const REMEMBERED: Duration = Duration::from_secs(4);

impl Default for KnownCallers {
    fn default() -> Self {
        Self { cache: Cache::builder().max_capacity(100_000).time_to_live(REMEMBERED).build() }
    }
}

impl KnownCallers {
    pub fn get(&self, credential: &[u8; 32]) -> Option<KnownCaller> {
        self.cache.get(credential)
    }

    pub fn insert(&self, credential: [u8; 32], known: KnownCaller) {
        self.cache.insert(credential, known);
    }
}
