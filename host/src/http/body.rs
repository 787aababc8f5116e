//! What a request carries, read strictly: unknown fields are refused, and every fault names its place.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result};

/// A JSON body. An absent one reads as `{}`, so that bodies of optional fields may be left out.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Error::TooLarge { detail: "the JSON body is larger than 1 MiB".into() }
            } else {
                Error::Malformed { detail: "the body broke off".into() }
            }
        })?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        refuse_nulls(text)?;
        read_json(text).map(Self)
    }
}

/// What a text of JSON says.
///
/// # Errors
/// `Malformed` when it is not JSON; `Invalid`, naming the place, when it is not what belongs there.
fn read_json<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => Error::invalid(pointer, "invalid_value", inner.to_string()),
            _ => Error::Malformed { detail: format!("the body is not JSON: {inner}") },
        }
    })?;
    reader.end().map_err(|error| Error::Malformed { detail: format!("the body is not JSON: {error}") })?;
    Ok(read)
}

/// The same of JSON that has been read already, as of one of many rows.
///
/// # Errors
/// `Invalid`, naming the place.
pub fn read_value<T: DeserializeOwned>(value: serde_json::Value) -> Result<T> {
    if let Some(place) = find_null(&value, "#") {
        return Err(null_at(place));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        Error::invalid(pointer(error.path()), "invalid_value", error.into_inner().to_string())
    })
}

/// U+0000 can be written in JSON, but not kept by PostgreSQL, and means nothing to anybody.
fn refuse_nulls(text: &[u8]) -> Result<()> {
    // A backslash may itself be escaped, so finding the letters is only a reason to look closer.
    if memchr::memmem::find(text, b"\\u0000").is_none() {
        return Ok(());
    }
    let value: serde_json::Value = match serde_json::from_slice(text) {
        Ok(value) => value,
        // What is wrong with it is said by whoever reads it for good.
        Err(_) => return Ok(()),
    };
    match find_null(&value, "#") {
        Some(place) => Err(null_at(place)),
        None => Ok(()),
    }
}

fn null_at(place: String) -> Error {
    Error::invalid(place, "null_character", "a text cannot hold the character U+0000")
}

fn find_null(value: &serde_json::Value, place: &str) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0').then(|| place.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| find_null(item, &format!("{place}/{index}")))
        }
        Value::Object(fields) => fields.iter().find_map(|(key, field)| {
            if key.contains('\0') {
                Some(place.to_owned())
            } else {
                find_null(field, &format!("{place}/{key}"))
            }
        }),
        _ => None,
    }
}

/// A JSON Pointer to where reading stopped.
pub fn pointer(path: &serde_path_to_error::Path) -> String {
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

/// Two ids in the path, the outer one first.
pub struct Ids<A, B>(pub A, pub B);

impl<S, A, B> FromRequestParts<S> for Ids<A, B>
where
    S: Send + Sync,
    A: std::str::FromStr + Send,
    B: std::str::FromStr + Send,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let missing = || Error::NotFound { what: "resource" };
        let Path((outer, inner)) =
            Path::<(String, String)>::from_request_parts(parts, state).await.map_err(|_| missing())?;
        let outer = outer.parse().map_err(|_| missing())?;
        Ok(Self(outer, inner.parse().map_err(|_| missing())?))
    }
}

/// The query string. A parameter that takes several values is repeated.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            let detail = "a parameter cannot hold the character U+0000";
            return Err(Error::invalid("query", "null_character", detail));
        }
        Self::read(parts.uri.query().unwrap_or_default())
    }
}

impl<T: DeserializeOwned> Params<T> {
    /// Reads a query string, or what is left of one.
    ///
    /// # Errors
    /// `Invalid`, naming the parameter.
    pub fn read(query: &str) -> Result<Self> {
        let reader = serde_html_form::Deserializer::from_bytes(query.as_bytes());
        let read = serde_path_to_error::deserialize(reader).map_err(|error| {
            let place = error.path().iter().next().map(ToString::to_string);
            let place = place.filter(|place| place != "?").unwrap_or_else(|| "query".into());
            Error::invalid(place, "invalid_parameter", error.into_inner().to_string())
        })?;
        Ok(Self(read))
    }
}

/// A part of a form, counted as it comes.
///
/// # Errors
/// `TooLarge` beyond so many bytes; `Malformed` when it broke off.
pub async fn limited(mut field: Field<'_>, max_bytes: u64) -> Result<Bytes> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        if (bytes.len() + chunk.len()) as u64 > max_bytes {
            let detail = format!("the file is larger than the {max_bytes} bytes this server takes");
            return Err(Error::TooLarge { detail });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Why a form could not be read.
pub fn unreadable(error: MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::TooLarge { detail: "the upload is larger than this server takes".into() };
    }
    Error::Malformed { detail: format!("the form cannot be read: {}", error.body_text()) }
}

/// For a field that may be cleared: absent leaves it as it is, `null` clears it. Use with `#[serde(default)]` on an
/// `Option<Option<T>>`.
///
/// # Errors
/// The value is neither null nor a `T`.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
