//! Versions on the wire: a strong `ETag` on what is read, `If-Match` on what is changed, so that no change is lost to
//! somebody who read an older version.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::{Error, Result};

/// A body and the version it shows.
pub struct Versioned<T>(pub i64, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, tag(self.0))], Json(self.1)).into_response()
    }
}

/// `"3"`.
pub fn tag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits and quotes fit a header")
}

/// The version a change is made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfMatch(Expected);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expected {
    /// `*`: whichever is there.
    Any,
    /// One of these.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// This version alone.
    pub fn version(version: i64) -> Self {
        Self(Expected::Versions(vec![version]))
    }

    /// # Errors
    /// `PreconditionFailed` when somebody changed it meanwhile.
    pub fn require(&self, present: i64) -> Result<()> {
        match &self.0 {
            Expected::Any => Ok(()),
            Expected::Versions(versions) if versions.contains(&present) => Ok(()),
            Expected::Versions(_) => Err(Error::PreconditionFailed { present }),
        }
    }

    /// A weak or foreign tag matches nothing, as RFC 9110 (13.1.1) has it.
    fn parse(text: &str) -> Self {
        if text.trim() == "*" {
            return Self(Expected::Any);
        }
        let version = |tag: &str| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok();
        Self(Expected::Versions(text.split(',').filter_map(version).collect()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let header = parts.headers.get(header::IF_MATCH).ok_or(Error::PreconditionRequired)?;
        Ok(Self::parse(header.to_str().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::IfMatch;

    #[test]
    fn only_strong_tags_of_the_present_version_match() {
        for (header, matches) in [
            ("\"3\"", true),
            ("*", true),
            ("\"2\", \"3\"", true),
            ("\"2\"", false),
            ("W/\"3\"", false),
            ("3", false),
            ("", false),
        ] {
            assert_eq!(IfMatch::parse(header).require(3).is_ok(), matches, "{header}");
        }
    }
}
