//! Somebody who speaks HTTP to a server: given a key, or nobody.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::redact::redact;

#[derive(Clone)]
pub struct Actor {
    client: Client,
    url: String,
    key: Option<String>,
    headers: HeaderMap,
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Actor {
    /// # Panics
    /// When no client can be built.
    pub fn new(url: String, key: Option<String>) -> Self {
        let client = Client::builder().no_proxy().build().expect("a client needs nothing");
        Self { client, url, key, headers: HeaderMap::new() }
    }

    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// The same person with another key.
    #[must_use]
    pub fn with_key(&self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self.clone() }
    }

    /// The same person, whose every request carries this header.
    ///
    /// # Panics
    /// When it is no header.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("it is a header's name");
        let mut headers = self.headers.clone();
        headers.insert(name, HeaderValue::from_str(value).expect("it is a header's value"));
        Self { headers, ..self.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request =
            self.client.request(method, format!("{}{path}", self.url)).headers(self.headers.clone());
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

    /// Changes what was read with this `ETag`; `*` for whichever version is there.
    pub async fn patch(&self, path: &str, body: Value, etag: &str) -> Answer {
        send(self.request(Method::PATCH, path).header(IF_MATCH, etag).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value, etag: Option<&str>) -> Answer {
        send(if_match(self.request(Method::PUT, path).json(&body), etag)).await
    }

    pub async fn delete(&self, path: &str, etag: Option<&str>) -> Answer {
        send(if_match(self.request(Method::DELETE, path), etag)).await
    }

    /// The present `ETag` of what can be read there.
    ///
    /// # Panics
    /// When it cannot be read, or has none.
    pub async fn etag(&self, path: &str) -> String {
        let answer = self.get(path).await.expect(200);
        answer.header("etag").unwrap_or_else(|| panic!("{path} has no ETag: {answer:?}")).to_owned()
    }

    /// The id of a built-in role, by its word.
    ///
    /// # Panics
    /// When this actor may not read roles, or there is none of that word.
    pub async fn role_id(&self, built_in: &str) -> String {
        let roles = self.get("/v1/roles?limit=200").await.expect(200).json();
        let mut roles = roles["data"].as_array().into_iter().flatten();
        let role = roles.find(|role| role["built_in"] == built_in);
        let id = role.and_then(|role| role["id"].as_str());
        id.unwrap_or_else(|| panic!("no built-in role {built_in}")).to_owned()
    }

    /// What this actor's tenant is named at sign-in.
    ///
    /// # Panics
    /// When this actor may not read the tenant.
    pub async fn slug(&self) -> String {
        self.get("/v1/tenant").await.expect(200).text("slug")
    }

    /// Uploads a résumé.
    ///
    /// # Panics
    /// When the media type is none.
    pub async fn upload(&self, file_name: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let part = Part::bytes(bytes.into()).file_name(file_name.to_owned());
        self.upload_form(Form::new().part("file", part)).await
    }

    /// Begins an import of a file, with these parts beside it.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn import(&self, file_name: &str, bytes: impl Into<Vec<u8>>, parts: &[(&str, &str)]) -> Answer {
        let form = Form::new().part("file", Part::bytes(bytes.into()).file_name(file_name.to_owned()));
        let with =
            |form: Form, (name, text): &(&str, &str)| form.text((*name).to_owned(), (*text).to_owned());
        let form = parts.iter().fold(form, with);
        send(self.request(Method::POST, "/v1/imports").multipart(form)).await
    }

    pub async fn upload_form(&self, form: Form) -> Answer {
        send(self.request(Method::POST, "/v1/resumes").multipart(form)).await
    }
}

fn if_match(request: RequestBuilder, etag: Option<&str>) -> RequestBuilder {
    match etag {
        Some(etag) => request.header(IF_MATCH, etag),
        None => request,
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

    /// The body's lines, each JSON.
    ///
    /// # Panics
    /// When one is not.
    pub fn lines(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.body).expect("the answer is text");
        assert!(text.is_empty() || text.ends_with('\n'), "the last line is whole: {text}");
        let line =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        text.lines().map(line).collect()
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

    /// Place and code of the first fault of a request that was invalid; empty when it names none.
    ///
    /// # Panics
    /// When the body is not JSON.
    pub fn fault(&self) -> (String, String) {
        let body = self.json();
        let text = |name: &str| body["errors"][0][name].as_str().unwrap_or_default().to_owned();
        (text("pointer"), text("code"))
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
