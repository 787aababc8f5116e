//! Somebody else's server: answers what it is told, over plain HTTP, and counts how often it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

pub struct Outside {
    address: SocketAddr,
    said: Arc<Mutex<Said>>,
    gate: Arc<tokio::sync::Mutex<()>>,
    _server: AbortOnDropHandle<()>,
}

struct Said {
    status: u16,
    /// Where it sends whoever asks.
    location: Option<String>,
    /// It listens and never answers.
    is_silent: bool,
    body: Vec<u8>,
    asked: usize,
    last: String,
}

impl Outside {
    /// Starts one that answers this document.
    ///
    /// # Panics
    /// When there is no free port.
    #[expect(clippy::disallowed_methods, reason = "the server ends with the guard")]
    pub async fn start(document: &Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let said = Arc::new(Mutex::new(Said {
            status: 200,
            location: None,
            is_silent: false,
            body: document.to_string().into(),
            asked: 0,
            last: String::new(),
        }));
        let gate = Arc::new(tokio::sync::Mutex::new(()));
        let (says, opens) = (said.clone(), gate.clone());
        let server = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // Who asks may hang up.
                let _ = answer(socket, &says, &opens).await;
            }
        });
        Self { address, said, gate, _server: AbortOnDropHandle::new(server) }
    }

    pub fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    /// What it answers from now on.
    pub fn say(&self, status: u16, document: &Value) {
        let mut said = lock(&self.said);
        said.status = status;
        said.body = document.to_string().into();
    }

    /// The same of something that is no JSON.
    pub fn say_bytes(&self, status: u16, body: Vec<u8>) {
        let mut said = lock(&self.said);
        said.status = status;
        said.body = body;
    }

    /// Sends whoever asks elsewhere.
    pub fn redirect(&self, status: u16, location: &str) {
        let mut said = lock(&self.said);
        (said.status, said.location) = (status, Some(location.into()));
    }

    /// From now on it listens and never answers, until whoever asks hangs up.
    pub fn fall_silent(&self) {
        lock(&self.said).is_silent = true;
    }

    /// Nobody is answered before this is dropped; who asks is counted.
    pub async fn hold(&self) -> tokio::sync::OwnedMutexGuard<()> {
        self.gate.clone().lock_owned().await
    }

    /// What the last request looked like, without its body.
    pub fn last_request(&self) -> String {
        lock(&self.said).last.clone()
    }

    /// How often it was asked so far.
    pub fn asked(&self) -> usize {
        lock(&self.said).asked
    }
}

fn lock(said: &Mutex<Said>) -> MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    mut socket: TcpStream,
    said: &Mutex<Said>,
    gate: &tokio::sync::Mutex<()>,
) -> std::io::Result<()> {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        asked.push(socket.read_u8().await?);
    }
    let answer = {
        let mut said = lock(said);
        said.asked += 1;
        said.last = String::from_utf8_lossy(&asked).into_owned();
        let location =
            said.location.as_ref().map(|location| format!("location: {location}\r\n")).unwrap_or_default();
        let head = format!(
            "HTTP/1.1 {} Said\r\n{location}content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            said.status,
            said.body.len()
        );
        (!said.is_silent).then(|| [head.as_bytes(), &said.body].concat())
    };
    let Some(answer) = answer else {
        // Ends when the other side does.
        return socket.read_u8().await.map(drop);
    };
    drop(gate.lock().await);
    socket.write_all(&answer).await?;
    socket.shutdown().await
}
