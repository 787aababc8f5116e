//! What a plugin answers when it cannot answer.

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
