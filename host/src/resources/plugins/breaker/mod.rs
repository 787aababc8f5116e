//! The breaker: what the end of a call says about its plugin. After three defects in a row a plugin is left alone for a while,
//! and then tried again once.

pub(crate) mod store;

use chrono::Duration;
use serde_json::json;

use super::{Version, rollouts};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::hooks::{Outcome, Ran};
use crate::permissions::Permission;
use crate::resources::events;
use crate::services::Services;

/// Defects in a row after which a plugin is left alone.
pub const STRIKES: i64 = 3;

/// How long, at first; twice as long after each further one.
const PAUSE: Duration = Duration::minutes(5);
const LONGEST_PAUSE: Duration = Duration::hours(1);

/// Whoever tries a plugin again has this long before somebody else does.
const PROBE: Duration = Duration::minutes(2);

/// Whether a call's end speaks against its plugin. One that says why it has no answer has done what it should.
pub fn is_strike(outcome: Outcome, is_retryable: bool) -> bool {
    match outcome {
        Outcome::Ok | Outcome::Error => false,
        Outcome::Trap | Outcome::Timeout | Outcome::Memory => true,
        // A full server is not the plugin's fault.
        Outcome::Refused => !is_retryable,
    }
}

/// How long a plugin with so many strikes is left alone; not at all with few.
pub fn pause(strikes: i64) -> Option<Duration> {
    let beyond = u32::try_from(strikes.saturating_sub(STRIKES).min(16)).ok()?;
    let factor = 2_i32.saturating_pow(beyond);
    Some(PAUSE.checked_mul(factor).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE))
}

/// What a version was when it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedAs {
    /// The version in use.
    Active,
    /// A canary: what it does is not held against the version in use.
    Canary,
}

/// Of all that come upon a suspended version when its time is over, one tries it.
pub(super) async fn probe(
    services: &Services,
    caller: &Caller,
    version: &Version,
    asked_as: AskedAs,
) -> Result<bool> {
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    let is_mine = match asked_as {
        AskedAs::Active => store::probe(&mut tx, version.plugin_id, now, now + PROBE).await?,
        AskedAs::Canary => rollouts::store::probe(&mut tx, version.id, now, now + PROBE).await?,
    };
    tx.commit().await?;
    Ok(is_mine)
}

/// Counts the end of a call; `is_doubtful` when something has spoken against the version lately.
pub(super) async fn settle<T>(
    services: &Services,
    caller: &Caller,
    version: &Version,
    (asked_as, is_doubtful): (AskedAs, bool),
    ran: &Ran<T>,
) -> Result<()> {
    let outcome = ran.record.outcome;
    let is_retryable = ran.result.as_ref().is_err_and(|failure| failure.retryable);
    let speaks_against = is_strike(outcome, is_retryable);
    if !speaks_against && !is_doubtful {
        return Ok(());
    }
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    if speaks_against {
        strike(&mut tx, services, version, asked_as, outcome).await?;
    } else if !is_retryable {
        match asked_as {
            AskedAs::Active => store::acquit(&mut tx, version.plugin_id).await?,
            AskedAs::Canary => rollouts::store::acquit(&mut tx, version.id).await?,
        }
    }
    // Nothing is known after a call that found no room.
    tx.commit().await
}

async fn strike(
    tx: &mut Tx,
    services: &Services,
    version: &Version,
    asked_as: AskedAs,
    outcome: Outcome,
) -> Result<()> {
    let struck = match asked_as {
        AskedAs::Active => store::strike(tx, version.plugin_id, version.id).await?,
        AskedAs::Canary => rollouts::store::strike(tx, version.id).await?,
    };
    let Some((strikes, suspended_at)) = struck else { return Ok(()) };
    let Some(pause) = pause(strikes) else { return Ok(()) };
    let now = services.clock.now();
    let kind = match asked_as {
        AskedAs::Active => {
            store::suspend(tx, version.plugin_id, now, now + pause).await?;
            events::Kind::PluginSuspended
        }
        AskedAs::Canary => {
            rollouts::store::suspend(tx, version.id, now, now + pause).await?;
            events::Kind::PluginCanarySuspended
        }
    };
    if suspended_at.is_some() {
        return Ok(());
    }
    let payload = json!({
        "plugin_id": version.plugin_id, "plugin": version.manifest.id, "version_id": version.id,
        "release": version.release, "outcome": outcome, "until": now + pause,
    });
    events::record(tx, &services.clock, kind, version.plugin_id, payload).await
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::{is_strike, pause};
    use crate::hooks::Outcome;

    #[test]
    fn the_pause_grows_from_the_third_defect_on() {
        let minutes = |strikes| pause(strikes).map(|pause| pause.num_minutes());
        assert_eq!([0, 1, 2].map(minutes), [None; 3]);
        assert_eq!([3, 4, 5, 6, 7, 100].map(minutes), [5, 10, 20, 40, 60, 60].map(Some));
        assert_eq!(pause(i64::MAX), Some(Duration::hours(1)));
    }

    #[test]
    fn a_polite_answer_and_a_full_server_are_no_strikes() {
        assert!(!is_strike(Outcome::Ok, false) && !is_strike(Outcome::Error, false));
        assert!(!is_strike(Outcome::Refused, true) && is_strike(Outcome::Refused, false));
        assert!(is_strike(Outcome::Trap, false) && is_strike(Outcome::Timeout, false));
    }
}
