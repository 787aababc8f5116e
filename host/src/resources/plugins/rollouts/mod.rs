//! Rollouts: versions beside the one in use. A shadow is asked what was answered already, and only the difference counts; a
//! canary is asked in the place of the version in use about a share of what comes. Decides which share.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::ids::{MemberId, PluginId, PluginVersionId, RunId};
use crate::resources::events;

/// What a version is beside the one in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Role {
    /// Asked beside it; its answer is never used.
    Shadow,
    /// Asked in its place about a share of what comes.
    Canary,
}

/// A version beside the one in use.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Rollout {
    pub plugin_id: PluginId,
    pub role: Role,
    pub version_id: PluginVersionId,
    /// Of a canary: of a hundred things, how many meet it.
    pub share_percent: Option<i64>,
    /// Calls in a row that ended in a defect.
    pub strikes: i64,
    pub suspended_at: Option<Time>,
    /// When it is tried again.
    pub suspended_until: Option<Time>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
}

/// A version that is to be asked what another one has answered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Beside {
    pub version: PluginVersionId,
    /// The call whose answer was kept.
    pub run: RunId,
    pub asked_at: Time,
}

/// Whether something meets a canary with this share. It is not drawn: what a hash of both says is so every time, on every
/// node, and who meets a canary meets it still when its share grows. Another version meets others.
pub fn meets(version: PluginVersionId, share_percent: i64, subject: &str) -> bool {
    let digest = sha256(format!("{version} {subject}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    // Far from where a remainder of 2^64 would be felt.
    i64::try_from(u64::from_be_bytes(first) % 100).is_ok_and(|place| place < share_percent)
}

/// # Errors
/// `Invalid`: less than one percent is nobody, and all is what activating it is for.
pub fn share(percent: i64) -> Result<i64> {
    if (1..=99).contains(&percent) {
        return Ok(percent);
    }
    let detail = "a share is 1 to 99 percent; for all of it, activate the version";
    Err(Error::invalid("#/share_percent", "out_of_range", detail))
}

impl Role {
    fn began(self) -> (&'static str, events::Kind) {
        match self {
            Role::Shadow => ("plugin.shadow_started", events::Kind::PluginShadowStarted),
            Role::Canary => ("plugin.canary_started", events::Kind::PluginCanaryStarted),
        }
    }

    fn ended(self) -> (&'static str, events::Kind) {
        match self {
            Role::Shadow => ("plugin.shadow_ended", events::Kind::PluginShadowEnded),
            Role::Canary => ("plugin.canary_ended", events::Kind::PluginCanaryEnded),
        }
    }
}

/// Why a version is no shadow or canary any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Somebody ended it.
    Withdrawn,
    /// Another version took its place, or it became the other of the two.
    Replaced,
    /// It is the version in use now.
    Activated,
    /// No version is in use any more.
    Deactivated,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{meets, share};
    use crate::ids::PluginVersionId;

    fn version(number: u128) -> PluginVersionId {
        PluginVersionId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn about_as_many_meet_a_canary_as_its_share_says() {
        for percent in [1, 10, 50, 99] {
            let met = (0..10_000).filter(|n| meets(version(1), percent, &format!("resume_{n}"))).count();
            let off = met.abs_diff(usize::try_from(percent * 100).expect("it is a share"));
            assert!(off < 200, "{met} of 10000 at {percent} %");
        }
    }

    #[test]
    fn who_meets_a_canary_meets_it_again_when_its_share_grows_and_another_version_meets_others() {
        let subjects: Vec<_> = (0..1_000).map(|n| format!("app_{n}")).collect();
        let met =
            |of, percent| subjects.iter().filter(|s| meets(version(of), percent, s)).collect::<Vec<_>>();
        assert_eq!(met(1, 10), met(1, 10));
        assert!(met(1, 10).iter().all(|subject| met(1, 20).contains(subject)));
        assert_ne!(met(1, 10), met(2, 10));
        assert_eq!((met(1, 0).len(), met(1, 100).len()), (0, 1_000));
    }

    #[test]
    fn a_share_is_neither_nothing_nor_all() {
        assert!([1, 50, 99].into_iter().all(|percent| share(percent).is_ok()));
        assert!([i64::MIN, -1, 0, 100, i64::MAX].into_iter().all(|percent| share(percent).is_err()));
    }
}
