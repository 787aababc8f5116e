//! Plugins in OCI registries: the distribution protocol, as far as one component is fetched or published by it, and the
//! layout of WebAssembly artifacts. Every request leaves through [`crate::outbound`] and is checked there; a reference is
//! resolved once, and what comes is held against its digests before anybody looks at it.

mod artifact;
mod challenge;
mod pull;
mod push;
mod reference;
mod session;

use std::time::Duration;

pub use self::pull::{Pulled, pull};
pub use self::push::{Publication, push};
pub use self::reference::Reference;

/// How a registry is asked.
pub struct Access {
    pub credentials: Option<Credentials>,
    /// Without TLS. The outbound client has the last word.
    pub plain_http: bool,
    /// Over all requests together.
    pub deadline: Duration,
}

/// Who asks. Not to be printed, so it says nothing of itself.
pub struct Credentials {
    pub username: String,
    pub password: String,
}
