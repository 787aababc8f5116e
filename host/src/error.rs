//! What went wrong, as the caller sees it. `http/problem.rs` alone turns it into a status.
//! Foreign errors become `Internal`: logged whole, shown to nobody.

use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    /// No such thing in this tenant; also what another tenant's thing looks like.
    NotFound {
        what: &'static str,
    },
    /// It goes on as another thing, at this path.
    Moved {
        to: String,
    },
    /// The request says something that cannot be; one fault per place.
    Invalid(Vec<Fault>),
    /// The request cannot be read at all.
    Malformed {
        detail: String,
    },
    /// The request is sound, but not in the present state.
    Conflict {
        code: &'static str,
        detail: String,
    },
    /// More than the server takes.
    TooLarge {
        detail: String,
    },
    /// A file of a kind no installed plugin reads.
    UnsupportedMedia {
        detail: String,
    },
    Forbidden {
        permission: &'static str,
    },
    /// More than the caller may do or hand on, for another reason than one missing permission.
    Refusal {
        code: &'static str,
        detail: String,
    },
    Unauthenticated,
    /// A password, refresh token or the like is not right; never says which part.
    SignInFailed,
    /// A change without `If-Match`.
    PreconditionRequired,
    /// `If-Match` names another version than the present one.
    PreconditionFailed {
        present: i64,
    },
    /// Too often; seconds to wait.
    TooMany {
        detail: String,
        retry_after: u64,
    },
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The request took longer than it may.
    Timeout,
    /// More requests at once than the server takes.
    Overloaded,
    /// A plugin did not answer, or the host did not accept its answer.
    Refused {
        plugin: String,
        code: String,
        reason: String,
    },
    /// Something we depend on is away for now.
    Unavailable {
        detail: String,
    },
    Internal(anyhow::Error),
}

/// One thing wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON Pointer into the body, or the parameter's name.
    pub pointer: String,
    pub code: &'static str,
    pub detail: String,
}

impl Error {
    pub fn invalid(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Error::Invalid(vec![Fault { pointer: pointer.into(), code, detail: detail.into() }])
    }

    /// The same faults, in a part of the body.
    #[must_use]
    pub fn below(self, part: &str) -> Self {
        match self {
            Error::Invalid(faults) => Error::Invalid(
                faults
                    .into_iter()
                    .map(|fault| Fault { pointer: fault.pointer.replacen('#', part, 1), ..fault })
                    .collect(),
            ),
            other => other,
        }
    }

    /// What is missing belongs to something else, and that is what was asked for.
    #[must_use]
    pub fn missing_as(self, what: &'static str) -> Self {
        match self {
            Error::NotFound { .. } => Error::NotFound { what },
            other => other,
        }
    }

    /// Another transaction changed the row between our reading and our writing it.
    pub fn changed() -> Self {
        let detail = "it was changed at the same moment; read it again".into();
        Error::Conflict { code: "changed_meanwhile", detail }
    }

    /// The same request, by its `Idempotency-Key`, is under way or was done meanwhile.
    pub fn done_elsewhere() -> Self {
        let detail = "the first request with this key is still under way; ask again in a moment".into();
        Error::Conflict { code: "idempotency_in_progress", detail }
    }

    /// An error only we can mend; `detail` says what we were doing.
    pub fn internal(detail: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Error::Internal(anyhow::Error::msg(detail))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotFound { what } => write!(f, "there is no such {what}"),
            Error::Moved { to } => write!(f, "it is part of another one now; go on at {to}"),
            Error::Invalid(faults) => {
                let faults: Vec<_> = faults.iter().map(|f| format!("{}: {}", f.pointer, f.detail)).collect();
                write!(f, "invalid request: {}", faults.join("; "))
            }
            Error::Conflict { detail, .. }
            | Error::Malformed { detail }
            | Error::TooLarge { detail }
            | Error::UnsupportedMedia { detail }
            | Error::Refusal { detail, .. }
            | Error::TooMany { detail, .. }
            | Error::Unavailable { detail } => f.write_str(detail),
            Error::PreconditionRequired => f.write_str(
                "send the version you read as `If-Match: \"<version>\"`, so that nobody else's change is lost",
            ),
            Error::PreconditionFailed { present } => {
                write!(f, "it was changed meanwhile and is at version {present}; read it again")
            }
            Error::Forbidden { permission } => write!(f, "this needs the permission {permission}"),
            Error::Unauthenticated => f.write_str("no valid credential"),
            Error::SignInFailed => f.write_str(
                "what was presented does not open a session: check tenant, e-mail address and password, or sign in again",
            ),
            Error::MethodNotAllowed => f.write_str("this path does not take that method; see /docs"),
            Error::Timeout => f.write_str("the request took too long and was given up"),
            Error::Overloaded => f.write_str("too many requests at once; try again in a moment"),
            Error::Refused { plugin, reason, .. } => write!(f, "plugin {plugin}: {reason}"),
            Error::Internal(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Error::Internal(error)
    }
}

impl From<sqlx::Error> for Error {
    /// A pool that gives no connection and a server that is gone are not our defect: the caller may try again.
    fn from(error: sqlx::Error) -> Self {
        let is_away = match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_) => true,
            // It is told to stop, or not up yet: class 57P of PostgreSQL's codes.
            sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
            _ => false,
        };
        if is_away {
            return Error::Unavailable { detail: "the database does not answer; try again shortly".into() };
        }
        Error::Internal(error.into())
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Error::NotFound { what: "file" },
            other => {
                tracing::warn!(error = %other, "the file store failed");
                Error::Unavailable { detail: "the file store does not answer; try again shortly".into() }
            }
        }
    }
}
