//! Requests over connections kept alive, one after the other on each: the least a client can do, so that the server is
//! measured; and the work of an import, done here. For benchmarks.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context;
use mortise_host::services::Services;
use mortise_host::{tasks, worker};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::actor::Actor;

/// What came of it.
#[derive(Debug)]
pub struct Load {
    /// How long each request took, the fastest first.
    pub times: Vec<Duration>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

impl Load {
    /// Requests a second, all connections together.
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time that this share of the requests took at most; zero when there was none.
    pub fn quantile(&self, share: f64) -> Duration {
        let last = self.times.len().saturating_sub(1);
        let rank = (self.times.len() as f64 * share).ceil() as usize;
        self.times.get(rank.saturating_sub(1).min(last)).copied().unwrap_or_default()
    }
}

/// Sends what `next` gives until it gives nothing; `next` gives whole requests of HTTP/1.1.
///
/// # Errors
/// The server hangs up, or answers with anything but a 2xx.
pub async fn drive(
    address: SocketAddr,
    connections: usize,
    next: impl FnMut() -> Option<String>,
) -> anyhow::Result<Load> {
    let next = Mutex::new(next);
    let began = Instant::now();
    let one = || async {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (mut buffer, mut times) = (vec![0; 64 << 10], Vec::new());
        loop {
            let request = next.lock().expect("nobody panics with it")();
            let Some(request) = request else { return anyhow::Ok(times) };
            let began = Instant::now();
            ask(&mut stream, &mut buffer, &request).await?;
            times.push(began.elapsed());
        }
    };
    let times = futures::future::try_join_all((0..connections).map(|_| one())).await?;
    let elapsed = began.elapsed();
    let mut times: Vec<_> = times.into_iter().flatten().collect();
    times.sort_unstable();
    Ok(Load { times, elapsed })
}

async fn ask(stream: &mut TcpStream, buffer: &mut Vec<u8>, request: &str) -> anyhow::Result<()> {
    stream.write_all(request.as_bytes()).await?;
    let mut read = 0;
    loop {
        if read == buffer.len() {
            buffer.resize(read * 2, 0);
        }
        let more = stream.read(&mut buffer[read..]).await?;
        anyhow::ensure!(more > 0, "the server hung up");
        read += more;
        if is_whole(&buffer[..read])? {
            return Ok(());
        }
    }
}

fn is_whole(answer: &[u8]) -> anyhow::Result<bool> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(false) };
    let head = std::str::from_utf8(&answer[..end])?;
    anyhow::ensure!(head.starts_with("HTTP/1.1 2"), "{head} {}", String::from_utf8_lossy(&answer[end..]));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).context("no length")?;
    Ok(answer.len() >= end + 4 + length.parse::<usize>()?)
}

/// Does the work of an import that was begun, of a node that leaves its tasks to others; the import as it ended.
///
/// # Errors
/// The database's.
pub async fn run_import(services: &Services, owner: &Actor, id: &str) -> anyhow::Result<Value> {
    let registry = Arc::new(worker::registry());
    loop {
        tasks::run_due(services, &registry).await?;
        let import = owner.get(&format!("/v1/imports/{id}")).await.expect(200).json();
        if !import["finished_at"].is_null() {
            return Ok(import);
        }
        // Between two stretches the task waits for others' turns.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
