//! A node as an operator starts it: time from the start of the process to ready with a warm plugin cache, and memory
//! at rest.
//! Build the program first: `cargo build --release`.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use mortise_tests::binary;

const STARTS: usize = 11;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    // The first start compiles the plugins, so it is not one of those measured.
    drop(Node::start(folder.path(), &client).await?);
    let mut ready = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..STARTS {
        let (node, took) = Node::start(folder.path(), &client).await?;
        ready.push(took);
        tokio::time::sleep(Duration::from_millis(500)).await;
        memory.push(node.resident()?);
    }
    ready.sort();
    memory.sort_unstable();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{STARTS} starts on SQLite, warm plugin cache{:>11}{:>11}{:>11}{:>11}",
        "min", "median", "max", "goal"
    )?;
    let millis = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1000.0);
    let row = |name: &str, values: [String; 4]| {
        let [min, median, max, goal] = values;
        format!("{name:<38}{min:>11}{median:>11}{max:>11}{goal:>11}")
    };
    let middle = STARTS / 2;
    let times = [millis(ready[0]), millis(ready[middle]), millis(ready[STARTS - 1]), "< 300 ms".into()];
    writeln!(out, "{}", row("start to ready", times))?;
    let mib = |kib: u64| format!("{} MB", kib * 1024 / 1_000_000);
    let sizes = [mib(memory[0]), mib(memory[middle]), mib(memory[STARTS - 1]), "< 100 MB".into()];
    writeln!(out, "{}", row("resident memory at rest", sizes))?;
    Ok(())
}

struct Node {
    process: Child,
}

impl Node {
    async fn start(folder: &Path, client: &reqwest::Client) -> anyhow::Result<(Self, Duration)> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let began = Instant::now();
        let process = Command::new(binary::mortise())
            .arg("serve")
            .env("MORTISE_LISTEN", format!("127.0.0.1:{port}"))
            .env("MORTISE_DATA_DIR", folder)
            .env("MORTISE_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .context("starting mortise")?;
        let node = Self { process };
        let address = format!("http://127.0.0.1:{port}/readyz");
        loop {
            let is_ready = client.get(&address).send().await.is_ok_and(|answer| answer.status().is_success());
            if is_ready {
                return Ok((node, began.elapsed()));
            }
            anyhow::ensure!(began.elapsed() < Duration::from_secs(120), "mortise did not become ready");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// In KiB.
    fn resident(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        line.split_whitespace().nth(1).context("no number")?.parse().context("VmRSS is no number")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
