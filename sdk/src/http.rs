//! Outgoing HTTPS, to granted hosts and methods only, without redirects.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{HostError, PluginError, host};

/// A request, sent by [`fetch`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// For instance `POST`.
    pub method: String,
    /// An `https` address.
    pub url: String,
    /// Headers besides those the host sets.
    pub headers: Vec<(String, String)>,
    /// The body, if the method has one.
    pub body: Option<Vec<u8>>,
    /// How long to wait; the host's own limit when absent.
    pub timeout: Option<Duration>,
    /// Name of the secret the host sends as credential.
    pub auth: Option<String>,
}

impl Request {
    /// A request without a body.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: "GET".to_owned(), url: url.into(), ..Self::default() }
    }

    /// A request with a JSON body.
    pub fn post_json(url: impl Into<String>, value: &impl Serialize) -> Result<Self, PluginError> {
        let body = serde_json::to_vec(value).map_err(|error| {
            PluginError::internal("unwritable_json", format!("The body is not JSON: {error}."))
        })?;
        let request =
            Self { method: "POST".to_owned(), url: url.into(), body: Some(body), ..Self::default() };
        Ok(request.header("content-type", "application/json"))
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Has the host send the secret of this name as credential.
    #[must_use]
    pub fn auth(mut self, secret: impl Into<String>) -> Self {
        self.auth = Some(secret.into());
        self
    }
}

/// What came back, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// For instance 200.
    pub status: u16,
    /// As sent by the service.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, PluginError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            PluginError::upstream(
                "unexpected_response",
                format!("The service's answer has another shape: {error}."),
            )
        })
    }
}

/// Sends the request and waits for the whole response.
///
/// ```
/// use mortise_sdk::http::{Request, Response, fetch};
/// use mortise_sdk::testing::Host;
///
/// let host = Host::new()
///     .with_http(|_| Ok(Response { status: 200, body: b"[1, 2]".to_vec(), ..Response::default() }));
/// let numbers: Vec<u32> = host.run(|| fetch(Request::get("https://example.com/n"))?.json())?;
/// assert_eq!(numbers, [1, 2]);
/// # Ok::<(), mortise_sdk::PluginError>(())
/// ```
pub fn fetch(request: Request) -> Result<Response, HostError> {
    host::fetch(request)
}
