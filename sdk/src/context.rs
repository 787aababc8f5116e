//! What a plugin may know about the call it serves.

use std::time::Duration;

/// The circumstances of one call. It never says which tenant calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallContext {
    /// Unique per call; it names the run record.
    pub invocation_id: String,
    /// Wall time left at the start of the call.
    pub deadline: Duration,
    /// BCP 47 tag of the tenant's language, if set.
    pub locale: Option<String>,
    /// True in trials: the result is shown and thrown away.
    pub dry_run: bool,
}
