//! How often somebody may ask: the generic cell rate algorithm (governor), keyed by principal, tenant and class of request,
//! or by address for whoever shows no credential. Counted for all nodes together where there is a broker, by each node for
//! itself otherwise.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use crate::broker::{Broker, Counter};
use crate::caller::{Actor, Caller};
use crate::config::Config;
use crate::ids::TenantId;

/// Requests are counted apart by what they cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    Read,
    Write,
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Class::Read => "reads",
            Class::Write => "writes",
        }
    }
}

/// So much may come at once: this many seconds' worth.
const BURST_SECONDS: u32 = 10;

/// A tenant may ask this many times as often as one of its members or keys.
const TENANT_FACTOR: u32 = 10;

/// Entries nobody has used for a while are dropped after this many checks.
const TIDY_EVERY: u32 = 1 << 16;

/// Whether a request may go on, and what is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub policy: String,
    /// Requests that may follow at once.
    pub remaining: u32,
    /// Seconds to wait, if it may not go on.
    pub wait: Option<u64>,
}

/// Who is counted, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who(Counted);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    Known(Principal, Class),
    Address(IpAddr),
}

impl Who {
    /// Somebody known.
    pub fn known(caller: &Caller, class: Class) -> Self {
        Self(Counted::Known(principal(caller), class))
    }

    /// Nobody in particular.
    pub fn at(address: IpAddr) -> Self {
        Self(Counted::Address(match address {
            IpAddr::V4(_) => address,
            // One customer has a /64 at least.
            IpAddr::V6(v6) => {
                let mut octets = v6.octets();
                octets[8..].fill(0);
                IpAddr::from(octets)
            }
        }))
    }
}

struct Limit<K: Hash + Eq + Clone> {
    name: &'static str,
    limiter: RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>,
    burst: u32,
    window: u32,
    checks: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    /// `burst` requests in every `window` seconds; none for no limit.
    fn new(name: &'static str, burst: u32, window: u32) -> Option<Self> {
        let most = NonZeroU32::new(burst)?;
        let each = Duration::from_secs(window.into()) / burst;
        let quota = Quota::with_period(each)?.allow_burst(most);
        let limiter = RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>();
        Some(Self { name, limiter, burst, window, checks: AtomicU32::new(0) })
    }

    fn check(&self, key: &K) -> Verdict {
        if self.checks.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.limiter.retain_recent();
        }
        match self.limiter.check_key(key) {
            Ok(state) => self.verdict(state.remaining_burst_capacity(), None),
            Err(until) => self.verdict(0, Some(until.wait_time_from(DefaultClock::default().now()))),
        }
    }

    fn verdict(&self, remaining: u32, wait: Option<Duration>) -> Verdict {
        let policy = format!("\"{}\";q={};w={}", self.name, self.burst, self.window);
        Verdict { policy, remaining, wait: wait.map(|wait| wait.as_secs() + 1) }
    }

    /// The same limit where all nodes count together; `whose` in braces keeps those of one tenant together.
    fn counter(&self, whose: &str) -> Counter {
        let each = Duration::from_secs(self.window.into()) / self.burst.max(1);
        Counter { key: format!("{whose}:{}", self.name), each, burst: self.burst }
    }
}

/// A tenant's member, in whichever session, or key.
type Principal = (TenantId, Uuid);

fn principal(caller: &Caller) -> Principal {
    let id = match caller.actor {
        Actor::Member { member, .. } => member.uuid(),
        Actor::ApiKey { key, .. } => key.uuid(),
        Actor::Task(task) => task.uuid(),
        Actor::Visitor | Actor::Operator => Uuid::nil(),
    };
    (caller.tenant, id)
}

/// All limits. Cheap to clone.
#[derive(Clone)]
pub struct RateLimits {
    limits: Arc<Limits>,
    broker: Option<Broker>,
}

struct Limits {
    reads: Option<Limit<Principal>>,
    writes: Option<Limit<Principal>>,
    tenant_reads: Option<Limit<TenantId>>,
    tenant_writes: Option<Limit<TenantId>>,
    anonymous: Option<Limit<IpAddr>>,
}

impl RateLimits {
    /// # Errors
    /// As [`Broker::open`].
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let burst = |per_second: u32| per_second.saturating_mul(BURST_SECONDS);
        let (reads, writes) = (burst(config.rate_reads_per_second), burst(config.rate_writes_per_second));
        let limits = Limits {
            reads: Limit::new(Class::Read.name(), reads, BURST_SECONDS),
            writes: Limit::new(Class::Write.name(), writes, BURST_SECONDS),
            tenant_reads: Limit::new("tenant-reads", reads.saturating_mul(TENANT_FACTOR), BURST_SECONDS),
            tenant_writes: Limit::new("tenant-writes", writes.saturating_mul(TENANT_FACTOR), BURST_SECONDS),
            anonymous: Limit::new("anonymous", config.rate_anonymous_per_minute, 60),
        };
        Ok(Self { limits: Arc::new(limits), broker: Broker::open(config)? })
    }

    /// Counts a request; nothing when there is no limit.
    pub async fn check(&self, who: Who) -> Option<Verdict> {
        let shared = match &self.broker {
            Some(broker) => self.check_with(broker, who).await,
            None => None,
        };
        shared.or_else(|| self.check_here(who))
    }

    fn of(&self, class: Class) -> (Option<&Limit<Principal>>, Option<&Limit<TenantId>>) {
        let limits = &self.limits;
        let (own, tenant) = match class {
            Class::Read => (&limits.reads, &limits.tenant_reads),
            Class::Write => (&limits.writes, &limits.tenant_writes),
        };
        (own.as_ref(), tenant.as_ref())
    }

    fn check_here(&self, who: Who) -> Option<Verdict> {
        match who.0 {
            Counted::Address(address) => self.limits.anonymous.as_ref().map(|limit| limit.check(&address)),
            Counted::Known(principal, class) => {
                let (own, tenant) = self.of(class);
                let own = own?.check(&principal);
                if own.wait.is_some() {
                    return Some(own);
                }
                let tenant = tenant.map(|limit| limit.check(&principal.0));
                tenant.filter(|tenant| tenant.wait.is_some()).or(Some(own))
            }
        }
    }

    /// Nothing when there is no limit, or the broker does not say.
    async fn check_with(&self, broker: &Broker, who: Who) -> Option<Verdict> {
        match who.0 {
            Counted::Address(address) => {
                let limit = self.limits.anonymous.as_ref()?;
                let count = broker.count(&[limit.counter(&format!("{{{address}}}"))]).await?;
                Some(limit.verdict(count.remaining, Some(count.wait).filter(|wait| !wait.is_zero())))
            }
            Counted::Known((tenant, id), class) => {
                let (own, all) = self.of(class);
                let own = own?;
                let mut counters = vec![own.counter(&format!("{{{tenant}}}:{id}"))];
                counters.extend(all.map(|limit| limit.counter(&format!("{{{tenant}}}"))));
                let count = broker.count(&counters).await?;
                let wait = Some(count.wait).filter(|wait| !wait.is_zero());
                Some(match all.filter(|_| count.index == 1) {
                    Some(all) => all.verdict(count.remaining, wait),
                    None => own.verdict(count.remaining, wait),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Config, RateLimits, Verdict, Who};
    use crate::caller::Caller;
    use crate::clock::Clock;
    use crate::ids::TenantId;

    fn limits(config: &Config) -> RateLimits {
        RateLimits::open(config).expect("there is no broker")
    }

    fn check(limits: &RateLimits, caller: &Caller, class: Class) -> Option<Verdict> {
        limits.check_here(Who::known(caller, class))
    }

    #[test]
    fn a_burst_is_let_through_and_what_comes_after_is_told_to_wait() {
        let config = Config { rate_reads_per_second: 1, rate_writes_per_second: 0, ..Config::default() };
        let limits = limits(&config);
        let caller = Caller::operator(TenantId::new(&Clock::system()));

        for left in (0..10).rev() {
            let verdict = check(&limits, &caller, Class::Read).expect("there is a limit");
            assert_eq!((verdict.remaining, verdict.wait), (left, None));
            assert_eq!(verdict.policy, "\"reads\";q=10;w=10");
        }
        assert_eq!(check(&limits, &caller, Class::Read).and_then(|verdict| verdict.wait), Some(1));
        assert_eq!(check(&limits, &caller, Class::Write), None);
        let other = Caller::operator(TenantId::new(&Clock::system()));
        assert_eq!(check(&limits, &other, Class::Read).and_then(|verdict| verdict.wait), None);
    }

    #[test]
    fn addresses_of_one_network_are_counted_together() {
        let limits = limits(&Config { rate_anonymous_per_minute: 1, ..Config::default() });
        let check = |address: &str| {
            limits.check_here(Who::at(address.parse().expect("it is one"))).expect("limited").wait
        };

        assert_eq!(check("2001:db8::1"), None);
        assert!(check("2001:db8::2").is_some());
        assert_eq!(check("2001:db8:0:1::1"), None);
        assert_eq!(check("203.0.113.1"), None);
        assert!(check("203.0.113.1").is_some());
    }
}
