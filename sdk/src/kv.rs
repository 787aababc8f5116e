//! A small store of this tenant's and this plugin's own, with a quota. Needs a grant.

use std::time::Duration;

use crate::{HostError, host};

/// The value under `key`, if there is one.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, HostError> {
    host::get_value(key)
}

/// Keeps `value` under `key`, for ever or until `ttl` (whole seconds, rounded up) has passed.
///
/// ```
/// use mortise_sdk::{kv, testing::Host};
///
/// Host::new().run(|| {
///     kv::set("seen", b"1", None)?;
///     assert_eq!(kv::get("seen")?.as_deref(), Some(b"1".as_slice()));
///     Ok::<(), mortise_sdk::HostError>(())
/// })?;
/// # Ok::<(), mortise_sdk::HostError>(())
/// ```
pub fn set(key: &str, value: &[u8], ttl: Option<Duration>) -> Result<(), HostError> {
    let seconds = ttl.map(|ttl| {
        let whole = ttl.as_secs().saturating_add(u64::from(ttl.subsec_nanos() > 0));
        u32::try_from(whole).unwrap_or(u32::MAX)
    });
    host::set_value(key, value, seconds)
}

/// Forgets `key`.
pub fn delete(key: &str) -> Result<(), HostError> {
    host::delete_value(key)
}

/// Keys that start with `prefix`, in byte order, at most 1,000.
pub fn list_keys(prefix: &str) -> Result<Vec<String>, HostError> {
    host::list_keys(prefix)
}
