//! Somebody who speaks HTTP to a server: given a key, or nobody.

use std::fmt;

use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::redact::redact;

#[derive(Clone)]
pub struct Actor {
    client: Client,
    url: String,
    key: Option<String>,
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

impl Actor {
    /// # Panics
    /// When no client can be built.
    pub fn new(url: String, key: Option<String>) -> Self {
        let client = Client::builder().no_proxy().build().expect("a client needs nothing");
        Self { client, url, key }
    }

    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// The same person with another key.
    #[must_use]
    pub fn with_key(&self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    /// Uploads a résumé.
    ///
    /// # Panics
    /// When the media type is none.
    pub async fn upload(&self, file_name: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let part = Part::bytes(bytes.into()).file_name(file_name.to_owned());
        self.upload_form(Form::new().part("file", part)).await
    }

    pub async fn upload_form(&self, form: Form) -> Answer {
        send(self.request(Method::POST, "/v1/resumes").multipart(form)).await
    }
}

/// # Panics
/// When the server does not answer.
pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.expect("the answer is whole").to_vec();
    Answer { status, headers, body }
}

impl Answer {
    /// # Panics
    /// When the body is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }

    /// Without what differs from run to run.
    pub fn redacted(&self) -> Value {
        redact(self.json())
    }

    /// The answer, if it has this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// A field of the body that is a text.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn text(&self, field: &str) -> String {
        let body = self.json();
        body[field].as_str().unwrap_or_else(|| panic!("no text {field} in {body:#}")).to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}
