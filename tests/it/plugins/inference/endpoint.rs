//! A server that speaks as OpenAI's does: holds every request against the published shape, and answers as it is told to, rightly
//! and in every wrong way there is.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use jsonschema::Validator;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// What it costs to ask it, whatever is asked.
const PROMPT_TOKENS: i64 = 700;
const COMPLETION_TOKENS: i64 = 300;
pub(super) const TOKENS: i64 = PROMPT_TOKENS + COMPLETION_TOKENS;

/// How it behaves.
#[derive(Clone, Debug)]
pub(super) enum Says {
    /// This, as a model does.
    Content(String),
    /// The same, cut off.
    Cut(String),
    /// That it would rather not.
    Refusal,
    /// A body with a status and headers.
    Status(u16, Vec<(&'static str, String)>, String),
    /// Nothing, ever.
    Nothing,
    /// The beginning of an answer.
    HalfAnAnswer,
    /// More than anybody would read.
    TooMuch,
    /// What it was asked.
    ThePrompt,
    /// What it was asked with.
    TheKey,
    /// That it does not know this parameter, when it is there; and this otherwise.
    Unknown(&'static str, String),
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) authorization: Option<String>,
    pub(super) body: Value,
}

pub(super) struct Endpoint {
    address: SocketAddr,
    state: Arc<Told>,
    _server: AbortOnDropHandle<()>,
}

struct Told {
    says: Mutex<Says>,
    /// The next ones, before it behaves like that.
    first: Mutex<VecDeque<Says>>,
    asked: Mutex<Vec<Asked>>,
    /// What was wrong with requests.
    faults: Mutex<Vec<String>>,
    chat: Validator,
    embedding: Validator,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).expect("it is JSON");
    jsonschema::validator_for(&schema).expect("it is a JSON Schema")
}

impl Endpoint {
    #[expect(clippy::disallowed_methods, reason = "the server ends with the guard")]
    pub(super) async fn start(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(Told {
            says: Mutex::new(says),
            first: Mutex::default(),
            asked: Mutex::default(),
            faults: Mutex::default(),
            chat: validator(include_str!("schemas/chat_completion_request.json")),
            embedding: validator(include_str!("schemas/embedding_request.json")),
        });
        let app = Router::new().fallback(answer).with_state(state.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves until it is dropped");
        });
        Self { address, state, _server: AbortOnDropHandle::new(server) }
    }

    /// What a client is set up with.
    pub(super) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// How it behaves from now on.
    pub(super) fn say(&self, says: Says) {
        *lock(&self.state.says) = says;
    }

    /// How it behaves to the next one, and only to it.
    pub(super) fn say_first(&self, says: Says) {
        lock(&self.state.first).push_back(says);
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        lock(&self.state.asked).clone()
    }

    pub(super) fn count(&self) -> usize {
        lock(&self.state.asked).len()
    }

    pub(super) fn last(&self) -> Asked {
        self.asked().pop().expect("it was asked")
    }
}

impl Drop for Endpoint {
    /// Whatever else a test is about: nobody may ask what the published shape does not have.
    fn drop(&mut self) {
        let faults = std::mem::take(&mut *lock(&self.state.faults));
        if !std::thread::panicking() {
            assert_eq!(faults, [""; 0], "requests of another shape");
        }
    }
}

fn is_right(told: &Told, asked: &Asked, headers: &HeaderMap) -> Result<(), String> {
    let validator = match asked.path.as_str() {
        "/v1/chat/completions" => &told.chat,
        "/v1/embeddings" => &told.embedding,
        other => return Err(format!("there is no {other}")),
    };
    if headers.get(header::CONTENT_TYPE).is_none_or(|media_type| media_type != "application/json") {
        return Err("not announced as JSON".to_owned());
    }
    validator.validate(&asked.body).map_err(|error| format!("{}: {error}", asked.path))
}

async fn answer(State(told): State<Arc<Told>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let asked = Asked {
        path: uri.path().to_owned(),
        authorization: authorization.map(str::to_owned),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    lock(&told.asked).push(asked.clone());
    if let Err(fault) = is_right(&told, &asked, &headers) {
        lock(&told.faults).push(fault);
        return StatusCode::BAD_REQUEST.into_response();
    }
    let first = lock(&told.first).pop_front();
    let says = first.unwrap_or_else(|| lock(&told.says).clone());
    if asked.path == "/v1/embeddings" && matches!(says, Says::Content(_)) {
        return embeddings(&asked.body);
    }
    speak(says, &asked).await
}

async fn speak(says: Says, asked: &Asked) -> Response {
    let message = |content: &str| json!({ "role": "assistant", "content": content, "refusal": null });
    match says {
        Says::Content(content) => chat(asked, message(&content), "stop"),
        Says::Cut(content) => chat(asked, message(&content), "length"),
        Says::Refusal => chat(
            asked,
            json!({ "role": "assistant", "content": null, "refusal": "I would rather not." }),
            "stop",
        ),
        Says::Status(status, headers, body) => {
            let mut response = body.into_response();
            *response.status_mut() = StatusCode::from_u16(status).expect("it is a status");
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().expect("it is a header"));
            }
            response
        }
        Says::Nothing => std::future::pending().await,
        Says::HalfAnAnswer => {
            let half = Bytes::from_static(b"{\"choices\": [{\"message\": {\"content\": \"{");
            let parts = futures::stream::once(async { Ok(half) });
            let end = futures::stream::once(async { Err(std::io::Error::other("it broke off")) });
            Body::from_stream(parts.chain(end)).into_response()
        }
        Says::TooMuch => {
            let part = Bytes::from(vec![b' '; 64 << 10]);
            let parts = futures::stream::repeat_with(move || Ok::<_, Infallible>(part.clone()));
            Body::from_stream(parts).into_response()
        }
        Says::ThePrompt => {
            let all: Vec<&str> = asked.body["messages"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| one["content"].as_str())
                .collect();
            chat(asked, message(&super::whole(json!({ "name": all.join("\n") }))), "stop")
        }
        Says::TheKey => {
            let key = asked.authorization.clone().unwrap_or_default();
            let told = super::whole(json!({ "name": "Ada Lovelace", "label": key }));
            let mut body = completion(asked, message(&told), "stop");
            body["model"] = key.into();
            axum::Json(body).into_response()
        }
        Says::Unknown(parameter, _) if asked.body.get(parameter).is_some() => {
            let complaint = json!({ "error": {
                "message": "not with this model", "type": "invalid_request_error", "param": parameter,
                "code": "unsupported_parameter",
            } });
            (StatusCode::BAD_REQUEST, axum::Json(complaint)).into_response()
        }
        Says::Unknown(_, content) => chat(asked, message(&content), "stop"),
    }
}

fn completion(asked: &Asked, message: Value, finish_reason: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_772_442_000, "model": asked.body["model"],
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason }],
        "usage": { "prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS, "total_tokens": TOKENS },
    })
}

fn chat(asked: &Asked, message: Value, finish_reason: &str) -> Response {
    axum::Json(completion(asked, message, finish_reason)).into_response()
}

/// The length of each text, and one; the last text first, as no order is promised.
fn embeddings(body: &Value) -> Response {
    let texts = body["input"].as_array().into_iter().flatten().enumerate();
    let mut data: Vec<Value> = texts
        .map(|(index, text)| {
            let length = text.as_str().unwrap_or_default().len();
            json!({ "object": "embedding", "index": index, "embedding": [length, 1.0] })
        })
        .collect();
    data.reverse();
    let usage = json!({ "prompt_tokens": 10, "total_tokens": 10 });
    axum::Json(json!({ "object": "list", "data": data, "model": body["model"], "usage": usage }))
        .into_response()
}
