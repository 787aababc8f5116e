//! What a request carries, read strictly: unknown fields are refused, and every fault names its place.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// A JSON body. An absent one reads as `{}`, so that bodies of optional fields may be left out.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let bytes = bytes::Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                Error::TooLarge { detail: "the JSON body is larger than 1 MiB".into() }
            } else {
                Error::Malformed { detail: "the body broke off".into() }
            }
        })?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let mut reader = serde_json::Deserializer::from_slice(text);
        let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let pointer = pointer(error.path());
            let inner = error.into_inner();
            match inner.classify() {
                serde_json::error::Category::Data => {
                    Error::invalid(pointer, "invalid_value", inner.to_string())
                }
                _ => Error::Malformed { detail: format!("the body is not JSON: {inner}") },
            }
        })?;
        reader
            .end()
            .map_err(|error| Error::Malformed { detail: format!("the body is not JSON: {error}") })?;
        Ok(Self(read))
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::from("#"), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { variant } => format!("{pointer}/{variant}"),
        Segment::Unknown => pointer,
    })
}

/// An id in the path. One that cannot be an id names nothing, so it is not found rather than invalid.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: std::str::FromStr + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let missing = Error::NotFound { what: "resource" };
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| missing)?;
        text.parse().map(Self).map_err(|_| Error::NotFound { what: "resource" })
    }
}

/// The query string.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Query(read) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Error::invalid("query", "invalid_parameter", rejection.body_text()))?;
        Ok(Self(read))
    }
}
