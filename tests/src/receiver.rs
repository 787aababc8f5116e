//! Somebody whom webhooks are sent to: keeps what comes, answers what it is told to, and in every wrong way there is.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

/// Something that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// In lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Received {
    /// # Panics
    /// When it has no such header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
    }

    /// # Panics
    /// When the body is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("it is JSON")
    }
}

/// How a receiver behaves.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// With a status, headers and a body.
    Answers(u16, Vec<(&'static str, String)>, String),
    /// The same, but only when it is told to go on.
    AnswersLater(u16),
    /// Reads the request, and that is all.
    SaysNothing,
    /// Promises a body and does not send it.
    StopsInBody,
    /// One byte after the other, without an end.
    Drips,
    /// More than anybody would read.
    Floods,
    /// Ends in the middle of its answer.
    BreaksOff,
    /// Ends instead of answering.
    HangsUp,
}

pub struct Receiver {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<State>,
    _server: AbortOnDropHandle<()>,
}

struct State {
    behaviour: Mutex<Behaviour>,
    /// Of the next ones, before it behaves like that.
    statuses: Mutex<VecDeque<u16>>,
    received: Mutex<Vec<Received>>,
    /// At once: now, and at most so far.
    under_way: Mutex<(usize, usize)>,
    go_on: tokio::sync::Semaphore,
    /// Bytes that a flood got rid of.
    flooded: Mutex<u64>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Receiver {
    /// Takes everything that comes.
    pub async fn start() -> Self {
        Self::start_with(Behaviour::Answers(204, Vec::new(), String::new())).await
    }

    pub async fn start_with(behaviour: Behaviour) -> Self {
        Self::listen(behaviour, None).await
    }

    /// Over TLS, by this certificate.
    pub async fn start_tls(tls: TlsAcceptor) -> Self {
        Self::listen(Behaviour::Answers(204, Vec::new(), String::new()), Some(tls)).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the server ends with the guard, and its connections with it"
    )]
    async fn listen(behaviour: Behaviour, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(State {
            behaviour: Mutex::new(behaviour),
            statuses: Mutex::default(),
            received: Mutex::default(),
            under_way: Mutex::default(),
            go_on: tokio::sync::Semaphore::new(0),
            flooded: Mutex::default(),
        });
        let (scheme, own) = (if tls.is_some() { "https" } else { "http" }, state.clone());
        let server = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let (state, tls) = (own.clone(), tls.clone());
                connections.spawn(async move { serve(socket, tls, &state).await });
            }
        });
        Self { address, scheme, state, _server: AbortOnDropHandle::new(server) }
    }

    pub fn url(&self) -> String {
        format!("{}://{}/hooks", self.scheme, self.address)
    }

    /// The same under a name.
    pub fn url_at(&self, host: &str) -> String {
        format!("{}://{host}:{}/hooks", self.scheme, self.address.port())
    }

    /// How it behaves from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        *lock(&self.state.behaviour) = behaviour;
    }

    /// What it answers from now on.
    pub fn say(&self, status: u16) {
        self.behave(Behaviour::Answers(status, Vec::new(), String::new()));
    }

    /// Answers the next ones with these, one each, and then as before.
    pub fn say_each(&self, statuses: &[u16]) {
        lock(&self.state.statuses).extend(statuses);
    }

    /// Lets so many that wait have their answer.
    pub fn go_on(&self, count: usize) {
        self.state.go_on.add_permits(count);
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.state.received).clone()
    }

    /// The `webhook-id`s of what came so far.
    pub fn ids(&self) -> Vec<String> {
        self.received().iter().map(|one| one.header("webhook-id").to_owned()).collect()
    }

    /// The types of the events that came so far.
    pub fn types(&self) -> Vec<String> {
        self.received().iter().map(|one| one.json()["type"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// How many were under way at once, at most.
    pub fn most_at_once(&self) -> usize {
        lock(&self.state.under_way).1
    }

    /// How many are under way.
    pub fn under_way(&self) -> usize {
        lock(&self.state.under_way).0
    }

    /// Bytes of a flood that somebody took.
    pub fn flooded(&self) -> u64 {
        *lock(&self.state.flooded)
    }
}

async fn serve(socket: TcpStream, tls: Option<TlsAcceptor>, state: &State) {
    // Who calls may hang up.
    let _ = match tls {
        None => answer(socket, state).await,
        Some(tls) => match tls.accept(socket).await {
            Ok(socket) => answer(socket, state).await,
            Err(error) => Err(error),
        },
    };
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(mut socket: S, state: &State) -> std::io::Result<()> {
    let received = read(&mut socket).await?;
    {
        let mut under_way = lock(&state.under_way);
        under_way.0 += 1;
        under_way.1 = under_way.1.max(under_way.0);
    }
    lock(&state.received).push(received);
    let next = lock(&state.statuses).pop_front();
    let behaviour = match next {
        Some(status) => Behaviour::Answers(status, Vec::new(), String::new()),
        None => lock(&state.behaviour).clone(),
    };
    match behaviour {
        Behaviour::AnswersLater(_) => {
            if let Ok(gone_on) = state.go_on.acquire().await {
                gone_on.forget();
            }
        }
        // Until whoever called hangs up.
        Behaviour::SaysNothing => drop(socket.read_u8().await),
        _ => {}
    }
    // Before the answer is there, as the next one may come as soon as it is.
    lock(&state.under_way).0 -= 1;
    behave(&mut socket, behaviour, state).await?;
    socket.shutdown().await
}

async fn read<S: AsyncRead + Unpin>(socket: &mut S) -> std::io::Result<Received> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let headers: BTreeMap<_, _> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await?;
    Ok(Received { headers, body })
}

async fn behave<S: AsyncWrite + Unpin>(
    socket: &mut S,
    behaviour: Behaviour,
    state: &State,
) -> std::io::Result<()> {
    let whole = |status: u16, headers: &[(&str, String)], body: &str| {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        format!(
            "HTTP/1.1 {status} Said\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    };
    match behaviour {
        Behaviour::Answers(status, headers, body) => {
            socket.write_all(whole(status, &headers, &body).as_bytes()).await
        }
        Behaviour::AnswersLater(status) => socket.write_all(whole(status, &[], "").as_bytes()).await,
        Behaviour::SaysNothing => Ok(()),
        Behaviour::StopsInBody => {
            socket.write_all(b"HTTP/1.1 200 Said\r\ncontent-length: 100\r\n\r\nhalf").await?;
            socket.flush().await?;
            std::future::pending().await
        }
        Behaviour::Drips => {
            socket.write_all(b"HTTP/1.1 200 Said\r\ncontent-length: 1000000\r\n\r\n").await?;
            loop {
                socket.write_all(b".").await?;
                socket.flush().await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Behaviour::Floods => {
            const GIGABYTES: u64 = 10_000_000_000;
            socket
                .write_all(format!("HTTP/1.1 200 Said\r\ncontent-length: {GIGABYTES}\r\n\r\n").as_bytes())
                .await?;
            let some = vec![b'x'; 64 << 10];
            while *lock(&state.flooded) < GIGABYTES {
                socket.write_all(&some).await?;
                *lock(&state.flooded) += some.len() as u64;
            }
            Ok(())
        }
        Behaviour::BreaksOff => {
            socket.write_all(b"HTTP/1.1 200 Said\r\ncontent-length: 100\r\n\r\nhalf").await?;
            socket.shutdown().await
        }
        Behaviour::HangsUp => socket.shutdown().await,
    }
}
