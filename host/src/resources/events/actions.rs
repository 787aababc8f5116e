//! Reads the log. An event gets its place in it only after its transaction has committed, when somebody reads on: so
//! whatever commits late comes behind all that was read before, no writer waits for another, and both databases do the
//! same.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::Event;
use super::store::{self, Filter, Placed};
use crate::caller::Caller;
use crate::error::Result;
use crate::permissions::Permission;
use crate::services::Services;

/// Events given a place in one transaction.
const AT_ONCE: i64 = 1_000;

/// Transactions of one request that give places: a log that nobody has read for long is read in several requests.
const ROUNDS: usize = 10;

/// How often a waiting reader looks for what other nodes recorded.
const LOOK: Duration = Duration::from_secs(1);

/// Readers that wait at once on this node, well below the requests it takes; further ones are answered at once.
static WAITING: Semaphore = Semaphore::const_new(128);

/// A part of the log.
pub(crate) struct Part {
    pub(crate) events: Vec<Event>,
    /// Read on after this place.
    pub(crate) end: i64,
    pub(crate) has_more: bool,
}

/// What comes after a place in the log, at most `limit` events. Waits for one at most so long.
///
/// # Errors
/// `Forbidden`; the database's.
pub(crate) async fn read(
    services: &Services,
    caller: &Caller,
    filter: &Filter,
    after: i64,
    limit: usize,
    wait: Duration,
) -> Result<Part> {
    let until = Instant::now() + wait;
    let may_wait = WAITING.try_acquire();
    let mut after = after;
    loop {
        let recorded = services.db.wake().recorded();
        tokio::pin!(recorded);
        recorded.as_mut().enable();
        let part = look(services, caller, filter, after, limit).await?;
        if !part.events.is_empty() || part.has_more || may_wait.is_err() || Instant::now() >= until {
            return Ok(part);
        }
        after = part.end;
        // That nobody told of anything is no reason not to look.
        let _ = timeout_at(until.min(Instant::now() + LOOK), recorded).await;
    }
}

async fn look(
    services: &Services,
    caller: &Caller,
    filter: &Filter,
    after: i64,
    limit: usize,
) -> Result<Part> {
    let mut rounds = 0;
    loop {
        let mut tx = services.db.read(caller, Permission::EventRead).await?;
        // Asked first: what another reader gives a place to meanwhile is below the last place then.
        let is_behind = store::is_behind(&mut tx).await?;
        let last = store::last_position(&mut tx).await?;
        let fetch = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut rows = store::list(&mut tx, filter, (after, last), fetch).await?;
        tx.commit().await?;
        if is_behind && rows.len() <= limit && rounds < ROUNDS {
            rounds += 1;
            place(services, caller).await?;
            continue;
        }
        let is_cut = rows.len() > limit;
        rows.truncate(limit);
        // What the filter leaves out is not looked at again.
        let end = if is_cut { rows.last().map_or(after, |row| row.position) } else { last.max(after) };
        let events = rows.into_iter().map(|Placed { event, .. }| event).collect();
        return Ok(Part { events, end, has_more: is_cut || is_behind });
    }
}

async fn place(services: &Services, caller: &Caller) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::EventRead).await?;
    let last = store::hold_log(&mut tx).await?;
    store::place(&mut tx, last, AT_ONCE).await?;
    tx.commit().await
}
