//! What a plugin answers when it cannot answer, and what the host answers when it will not.

use std::fmt;

/// Why an export could not answer: closed and coarse; the `code` is the open part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The document, application or event itself is at fault.
    InvalidInput,
    /// Sound, but this plugin does not read its kind.
    Unsupported,
    /// The plugin's configuration does not allow an answer.
    Config,
    /// Larger than the plugin is willing to handle.
    Limit,
    /// A service the plugin asked through the host failed.
    Upstream,
    /// A defect of the plugin.
    Internal,
}

/// The error of every plugin call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginError {
    /// The coarse reason.
    pub kind: ErrorKind,
    /// A stable snake_case word that programs may compare, for instance `encrypted`.
    pub code: String,
    /// One sentence for a person, without personal data.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Further facts, for instance `("page", "3")`.
    pub details: Vec<(String, String)>,
}

impl PluginError {
    /// An error that will not go away by trying again.
    pub fn new(kind: ErrorKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, code: code.into(), message: message.into(), retryable: false, details: Vec::new() }
    }

    /// The input is at fault.
    pub fn invalid_input(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, code, message)
    }

    /// The input is of a kind this plugin does not read.
    pub fn unsupported(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, code, message)
    }

    /// The tenant's settings do not allow an answer.
    pub fn config(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, code, message)
    }

    /// A service asked through the host failed; the same call may succeed later.
    pub fn upstream(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { retryable: true, ..Self::new(ErrorKind::Upstream, code, message) }
    }

    /// The plugin itself is at fault.
    pub fn internal(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, code, message)
    }

    /// The input is too large.
    pub fn limit(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, code, message)
    }

    /// Adds a fact.
    #[must_use]
    pub fn detail(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.details.push((key.into(), value.into()));
        self
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for PluginError {}

/// Why a host function did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostErrorKind {
    /// The plugin was not granted this.
    Denied,
    /// There is no such thing.
    NotFound,
    /// Larger than the host allows.
    TooLarge,
    /// It took too long.
    Timeout,
    /// Asked too often.
    RateLimited,
    /// The service behind it does not answer.
    Unavailable,
    /// The plugin asked for something impossible.
    InvalidArgument,
}

/// The error of every host function. `?` turns it into a [`PluginError`] that says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError {
    /// The coarse reason.
    pub kind: HostErrorKind,
    /// A stable snake_case word that programs may compare.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
}

impl HostError {
    /// An error as the host would answer it.
    pub fn new(kind: HostErrorKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, code: code.into(), message: message.into() }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for HostError {}

impl From<HostError> for PluginError {
    fn from(error: HostError) -> Self {
        let HostError { kind, code, message } = error;
        let (kind, retryable) = match kind {
            HostErrorKind::Denied => (ErrorKind::Config, false),
            HostErrorKind::TooLarge => (ErrorKind::Limit, false),
            HostErrorKind::Timeout | HostErrorKind::RateLimited | HostErrorKind::Unavailable => {
                (ErrorKind::Upstream, true)
            }
            HostErrorKind::NotFound | HostErrorKind::InvalidArgument => (ErrorKind::Internal, false),
        };
        Self { kind, code, message, retryable, details: Vec::new() }
    }
}
