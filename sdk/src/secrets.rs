//! Secrets stay with the host: a plugin names one, and the host puts the value into the request.

use crate::host;

/// Whether the admin has set a secret of this name.
pub fn exists(name: &str) -> bool {
    host::has_secret(name)
}
