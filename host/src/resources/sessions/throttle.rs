//! Slows guessing down: failed sign-ins are counted per account and per address, and each further one costs a longer wait.
//! No account is locked: whoever waits may try again. The table names nobody, only keyed hashes.

use std::net::IpAddr;
use std::time::Duration;

use super::store;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::ids::MemberId;
use crate::keys::{Keys, Purpose};
use crate::services::Services;

/// Failures in a row without a wait: of one account, and from one address, behind which an office may sit.
const FREE_PER_ACCOUNT: i64 = 5;
const FREE_PER_ADDRESS: i64 = 30;

const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// Failures are forgotten after this long without another.
pub const FORGET_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Who is trying: keys into the table.
pub struct Attempt {
    account: String,
    address: Option<String>,
    /// Until when this attempt itself has the address wait, should it fail.
    waits_until: Option<Time>,
}

impl Attempt {
    /// At a sign-in.
    pub fn new(keys: &Keys, tenant: &str, email: &str, address: Option<IpAddr>) -> Self {
        Self::of(keys, "account", &[tenant.as_bytes(), email.as_bytes()], address)
    }

    /// At a change of the password. Apart from sign-ins, which anybody can fail at in a member's name.
    pub fn change(keys: &Keys, member: MemberId, address: Option<IpAddr>) -> Self {
        Self::of(keys, "change", &[member.uuid().as_bytes()], address)
    }

    fn of(keys: &Keys, kind: &str, account: &[&[u8]], address: Option<IpAddr>) -> Self {
        let hashed = |kind: &str, parts: &[&[u8]]| {
            let mac = keys.mac(Purpose::SignInFailure, parts);
            format!("{kind}:{}", crate::digest::hex(&mac[..16]))
        };
        // An IPv6 customer has at least a /64 to try from.
        let address = address.map(|address| match address {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets()[..8].to_vec(),
        });
        Self {
            account: hashed(kind, account),
            address: address.map(|octets| hashed("address", &[&octets])),
            waits_until: None,
        }
    }

    fn keys(&self) -> impl Iterator<Item = (&str, i64)> {
        let address = self.address.as_deref().map(|key| (key, FREE_PER_ADDRESS));
        std::iter::once((self.account.as_str(), FREE_PER_ACCOUNT)).chain(address)
    }

    /// Counts the attempt as a failure before the password is looked at: a thousand at once are not one.
    ///
    /// # Errors
    /// `TooMany`, with the seconds to wait; then it is not counted.
    pub async fn begin(&mut self, services: &Services) -> Result<()> {
        let now = services.clock.now();
        let mut tx = services.db.begin_system().await?;
        let mut waits_until = None;
        for (key, free) in self.keys() {
            // Counted before it is looked at: from here on the row is this transaction's, and those at once wait for it.
            let failures = store::count_failure(&mut tx, key, now, now - FORGET_AFTER).await?;
            let blocked = store::blocked_until(&mut tx, key).await?.filter(|until| now < *until);
            if let Some(until) = blocked {
                return Err(wait(until, now));
            }
            // That of the address, which comes last, is the one to keep.
            waits_until = wait_after(failures, free).map(|wait| now + wait);
            if let Some(until) = waits_until {
                store::block(&mut tx, key, until).await?;
            }
        }
        self.waits_until = waits_until;
        tx.commit().await
    }

    /// The password was right: the account's failures are forgotten, the address's go on but for this one. A wait that
    /// another attempt has brought about stays: one's own account is no means against it.
    ///
    /// # Errors
    /// The database's.
    pub async fn succeed(&self, services: &Services) -> Result<()> {
        let mut tx = services.db.begin_system().await?;
        store::forget_failures(&mut tx, &self.account).await?;
        if let Some(address) = &self.address {
            store::take_back_failure(&mut tx, address, self.waits_until).await?;
        }
        tx.commit().await
    }
}

/// What an unknown account costs instead of the entry a known one gets in its audit log: who waits with a watch in hand
/// must not see which it was.
///
/// # Errors
/// The database's.
pub async fn take_as_long(services: &Services, attempt: &Attempt) -> Result<()> {
    let mut tx = services.db.begin_system().await?;
    store::touch_failure(&mut tx, &attempt.account, services.clock.now()).await?;
    tx.commit().await
}

fn wait(until: Time, now: Time) -> Error {
    let seconds = u64::try_from((until - now).num_seconds()).unwrap_or(0) + 1;
    let detail = format!("too many failed sign-ins; try again in {seconds} seconds");
    Error::TooMany { detail, retry_after: seconds }
}

/// 1 s, 2 s, 4 s, … once the free ones are used up.
fn wait_after(failures: i64, free: i64) -> Option<Duration> {
    let beyond = u32::try_from(failures - free).ok()?;
    let seconds = 1_u64.checked_shl(beyond.min(20)).unwrap_or(u64::MAX);
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::wait_after;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let waits: Vec<_> =
            (4..=9).map(|failures| wait_after(failures, 5).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits, [None, Some(1), Some(2), Some(4), Some(8), Some(16)]);
        assert_eq!(wait_after(1_000_000, 5), Some(Duration::from_secs(900)));
    }
}
