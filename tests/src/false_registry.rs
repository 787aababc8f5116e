//! A registry that says what it is told to, true or not: answers by path, over plain HTTP, and keeps what it was asked.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Response, header};
use futures::stream;
use mortise_host::digest::sha256_hex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// What it answers.
#[derive(Clone, Debug)]
pub enum Says {
    /// Status, headers, body.
    This(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Nothing, for ever.
    Nothing,
    /// The beginning of a body, and no more of it.
    Half(Vec<u8>),
    /// Bytes without an end.
    Everything,
}

/// What it was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /v2/…?query`
    pub what: String,
    pub authorization: Option<String>,
}

#[derive(Default)]
struct Known {
    answers: HashMap<String, Says>,
    /// Without it nothing is answered but what this leads to.
    token: Option<(String, String)>,
    asked: Vec<Asked>,
}

pub struct FalseRegistry {
    address: SocketAddr,
    known: Arc<Mutex<Known>>,
    _server: AbortOnDropHandle<()>,
}

/// A component as registries have it.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub component: Vec<u8>,
    pub manifest: Value,
}

pub const CONFIG: &[u8] = b"{}";

impl Artifact {
    pub fn of(component: Vec<u8>) -> Self {
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.wasm.config.v0+json", "size": CONFIG.len(),
                "digest": format!("sha256:{}", sha256_hex(CONFIG)),
            },
            "layers": [{
                "mediaType": "application/wasm", "size": component.len(),
                "digest": format!("sha256:{}", sha256_hex(&component)),
            }],
            "annotations": {},
        });
        Self { component, manifest }
    }

    /// The same with something else in its manifest.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        *self.manifest.pointer_mut(pointer).expect("it is there") = value;
        self
    }

    /// Of the manifest.
    pub fn digest(&self) -> String {
        format!("sha256:{}", sha256_hex(self.manifest.to_string().as_bytes()))
    }

    /// Where the component is, in the repository.
    pub fn blob(&self) -> String {
        format!("blobs/{}", self.manifest["layers"][0]["digest"].as_str().unwrap_or_default())
    }
}

impl FalseRegistry {
    pub const REPOSITORY: &'static str = "acme/echo";

    /// Starts one that has nothing.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1").await
    }

    /// The same at another address of this machine.
    ///
    /// # Panics
    /// When there is no free port.
    #[expect(clippy::disallowed_methods, reason = "the server ends with the guard")]
    pub async fn start_at(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let known = Arc::new(Mutex::new(Known::default()));
        let app = Router::new().fallback(answer).with_state(known.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves until it is dropped");
        });
        Self { address, known, _server: AbortOnDropHandle::new(server) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the artifact under this tag or digest is called.
    pub fn reference(&self, suffix: &str) -> String {
        format!("oci://{}/{}{suffix}", self.address, Self::REPOSITORY)
    }

    /// Has an artifact from now on, under a tag and under its digest.
    pub fn keep(&self, tag: &str, artifact: &Artifact) {
        let kind = artifact.manifest["mediaType"].as_str().unwrap_or_default().to_owned();
        let manifest = Says::This(200, vec![("content-type", kind)], artifact.manifest.to_string().into());
        for reference in [tag.to_owned(), artifact.digest()] {
            self.say(&format!("manifests/{reference}"), manifest.clone());
        }
        self.say(&artifact.blob(), Says::This(200, Vec::new(), artifact.component.clone()));
    }

    /// What it answers for something in the repository.
    pub fn say(&self, place: &str, says: Says) {
        self.say_at(&format!("/v2/{}/{place}", Self::REPOSITORY), says);
    }

    /// What it answers at a path.
    pub fn say_at(&self, path: &str, says: Says) {
        lock(&self.known).answers.insert(path.to_owned(), says);
    }

    /// From now on it wants this `Authorization` in the repository, and says so by this challenge.
    pub fn lock(&self, authorization: &str, challenge: &str) {
        lock(&self.known).token = Some((authorization.to_owned(), challenge.to_owned()));
    }

    /// All it was asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.known).asked.clone()
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(known): State<Arc<Mutex<Known>>>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let says = {
        let mut known = lock(&known);
        let what = format!("{} {}", request.method(), request.uri());
        known.asked.push(Asked { what, authorization: authorization.clone() });
        let challenge = known.token.as_ref().filter(|(wanted, _)| Some(wanted) != authorization.as_ref());
        match challenge.filter(|_| path.starts_with("/v2/")) {
            Some((_, challenge)) => {
                Says::This(401, vec![("www-authenticate", challenge.clone())], problem("UNAUTHORIZED"))
            }
            None => known
                .answers
                .get(&path)
                .cloned()
                .unwrap_or_else(|| Says::This(404, Vec::new(), problem("MANIFEST_UNKNOWN"))),
        }
    };
    match says {
        Says::This(status, headers, body) => {
            let response = Response::builder().status(status);
            let response =
                headers.into_iter().fold(response, |response, (name, value)| response.header(name, value));
            response.body(Body::from(body)).expect("a test says what can be said")
        }
        Says::Nothing => std::future::pending().await,
        Says::Half(body) => {
            let beginning = stream::iter([Ok::<_, std::io::Error>(Bytes::from(body))]);
            let rest = stream::pending();
            Response::new(Body::from_stream(futures::StreamExt::chain(beginning, rest)))
        }
        Says::Everything => {
            let piece = Bytes::from(vec![0; 64 << 10]);
            let pieces = stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
            Response::new(Body::from_stream(pieces))
        }
    }
}

/// An error as registries word it.
pub fn problem(code: &str) -> Vec<u8> {
    json!({ "errors": [{ "code": code, "message": "as it was told" }] }).to_string().into()
}
