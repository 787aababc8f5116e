//! Redis between the nodes of an installation, where there is one: it passes hints on and counts requests for all of them.
//! Nothing is kept there that may not be lost, and whoever asks it goes on without it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use futures::StreamExt;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Script};

use crate::config::Config;

/// Nobody waits longer for it.
const PATIENCE: Duration = Duration::from_millis(100);

/// After it did not answer, nobody asks it for so long.
const REST: Duration = Duration::from_secs(1);

/// The generic cell rate algorithm over several keys, one after the other until one refuses. A key holds the time, in
/// microseconds of the server's clock, at which all that was let through has had its time. ARGV: for each key the
/// microseconds a request takes, and how many may come at once.
/// Answers which key it speaks of (from 1), how many may follow at once, and the microseconds to wait (0: let through).
const COUNT: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local first = {1, 0, 0}
for i, key in ipairs(KEYS) do
    local each, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local free = math.max(tonumber(redis.call('GET', key) or '0'), now) + each
    local allowed = free - each * burst
    if allowed > now then
        return {i, 0, allowed - now}
    end
    redis.call('SET', key, string.format('%.0f', free), 'PX', math.ceil((free - now) / 1000) + 1000)
    if i == 1 then
        first[2] = math.floor((now - allowed) / each)
    end
end
return first
";

/// A limit as it is counted for all nodes.
#[derive(Clone, Debug)]
pub struct Counter {
    /// Of whom; those of one call begin alike in braces, so that a cluster keeps them together.
    pub key: String,
    /// What one request takes.
    pub each: Duration,
    /// How many may come at once.
    pub burst: u32,
}

/// How a request stands to the first counter, or to the one that refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Of the counters that were asked.
    pub index: usize,
    pub remaining: u32,
    /// Zero: let through.
    pub wait: Duration,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Broker(Arc<Inner>);

struct Inner {
    client: Client,
    connection: ConnectionManager,
    prefix: String,
    count: Script,
    since: Instant,
    /// Milliseconds since then, until which nobody asks.
    rests_until: AtomicU64,
}

impl Broker {
    /// The one that is configured, if any. Does not connect yet, as the server starts without it, too.
    ///
    /// # Errors
    /// `redis_url` is no address of one.
    pub fn open(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(url) = config.redis_url.as_deref() else { return Ok(None) };
        // Not the text itself: there may be a password in it.
        let wrong = "redis_url (MORTISE_REDIS_URL) is no address like redis://user:password@host:6379/0";
        let client = Client::open(url).context(wrong)?;
        let settings = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(Duration::from_secs(2)));
        let connection = ConnectionManager::new_lazy_with_config(client.clone(), settings).context(wrong)?;
        Ok(Some(Self(Arc::new(Inner {
            client,
            connection,
            prefix: config.redis_prefix.clone(),
            count: Script::new(COUNT),
            since: Instant::now(),
            rests_until: AtomicU64::new(0),
        }))))
    }

    fn channel(&self) -> String {
        format!("{}:tasks", self.0.prefix)
    }

    /// Tells all nodes that there is work.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn publish(&self) -> anyhow::Result<()> {
        let mut connection = self.0.connection.clone();
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(self.channel()).arg("");
        Ok(tokio::time::timeout(PATIENCE * 10, publish.query_async(&mut connection)).await??)
    }

    /// Calls for every such hint of any node, this one's too, as long as the connection lives.
    ///
    /// # Errors
    /// Always in the end: why there are no more.
    pub async fn listen(&self, heard: impl Fn()) -> anyhow::Result<Infallible> {
        let mut hints = self.0.client.get_async_pubsub().await?;
        hints.subscribe(self.channel()).await?;
        // What was told before it listened.
        heard();
        let mut hints = hints.into_on_message();
        while hints.next().await.is_some() {
            heard();
        }
        anyhow::bail!("the connection ended")
    }

    /// Counts a request against limits that all nodes share; nothing while it cannot be asked.
    pub async fn count(&self, counters: &[Counter]) -> Option<Count> {
        let inner = &self.0;
        let now = || u64::try_from(inner.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        if inner.rests_until.load(Ordering::Relaxed) > now() {
            return None;
        }
        let mut call = inner.count.prepare_invoke();
        for counter in counters {
            let each = u64::try_from(counter.each.as_micros()).unwrap_or(u64::MAX);
            call.key(format!("{}:rate:{}", inner.prefix, counter.key)).arg(each).arg(counter.burst);
        }
        let mut connection = inner.connection.clone();
        let answer = tokio::time::timeout(PATIENCE, call.invoke_async::<(usize, u32, u64)>(&mut connection));
        let answer = answer.await.map_err(anyhow::Error::new).and_then(|read| Ok(read?));
        match answer {
            Ok((index, remaining, wait)) => {
                let wait = Duration::from_micros(wait);
                Some(Count { index: index.saturating_sub(1), remaining, wait })
            }
            Err(error) => {
                let rest = u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
                inner.rests_until.store(now().saturating_add(rest), Ordering::Relaxed);
                tracing::warn!(%error, "could not count requests in Redis; this node counts them by itself until it can");
                None
            }
        }
    }
}
