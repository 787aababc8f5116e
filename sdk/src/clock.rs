//! The time, coarse. Needs a grant.

use crate::host;

/// Whole milliseconds since 1970-01-01T00:00:00Z.
pub fn now_unix_ms() -> u64 {
    host::now_unix_ms()
}
