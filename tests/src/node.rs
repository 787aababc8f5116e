//! A `mortise serve` process that can be killed. Waiting for one is the only waiting tests do.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use mortise_host::config::Config;

use crate::actor::Actor;
use crate::binary;

/// Far longer than anything takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

const PAUSE: Duration = Duration::from_millis(50);

pub struct Node {
    process: Child,
    address: String,
}

impl Node {
    /// Starts a server with these settings on a port that is free, and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub async fn start(config: &Config) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let address = port.expect("there is a free port").to_string();
        let mut command = Command::new(binary::mortise());
        command.arg("serve").env("MORTISE_LISTEN", &address).env("MORTISE_LOG", "error");
        let settings = [
            ("DATA_DIR", Some(config.data_dir.display().to_string())),
            ("DATABASE_URL", config.database_url.clone()),
            ("SECRET_KEY_FILE", config.secret_key_file.as_ref().map(|file| file.display().to_string())),
            ("PLUGIN_CACHE_DIR", config.plugin_cache_dir.as_ref().map(|folder| folder.display().to_string())),
            ("WORKER_LEASE_SECONDS", Some(config.worker_lease_seconds.to_string())),
            ("EGRESS_ALLOW", (!config.egress_allow.is_empty()).then(|| format!("{:?}", ranges(config)))),
            ("WEBHOOKS_ALLOW_HTTP", Some(config.webhooks_allow_http.to_string())),
            ("RATE_READS_PER_SECOND", Some(config.rate_reads_per_second.to_string())),
            ("RATE_WRITES_PER_SECOND", Some(config.rate_writes_per_second.to_string())),
            ("RATE_ANONYMOUS_PER_MINUTE", Some(config.rate_anonymous_per_minute.to_string())),
        ];
        for (name, value) in settings {
            if let Some(value) = value {
                command.env(format!("MORTISE_{name}"), value);
            }
        }
        let process =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut node = Self { process, address };
        node.until_it_answers().await;
        node
    }

    async fn until_it_answers(&mut self) {
        let start = Instant::now();
        while tokio::net::TcpStream::connect(&self.address).await.is_err() {
            if let Some(status) = self.process.try_wait().expect("it is our child") {
                let mut said = String::new();
                let stderr = self.process.stderr.as_mut().expect("it was piped");
                stderr.read_to_string(&mut said).expect("it says text");
                panic!("the server ended ({status}): {said}");
            }
            assert!(start.elapsed() < PATIENCE, "the server does not answer");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// `http://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whoever holds this key, speaking to this server.
    pub fn actor(&self, key: &str) -> Actor {
        Actor::new(self.url(), Some(key.into()))
    }

    /// Ends it as a power cut would: no signal handler, no farewell.
    ///
    /// # Panics
    /// When it is not our child.
    pub fn kill(mut self) {
        self.process.kill().expect("it is our child");
        self.process.wait().expect("it is our child");
    }
}

/// As the variable has them: a list of texts.
fn ranges(config: &Config) -> Vec<String> {
    config.egress_allow.iter().map(ToString::to_string).collect()
}

impl Node {
    /// How much memory it holds.
    ///
    /// # Panics
    /// When the system does not tell.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("the system tells of its processes");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it runs");
        let kib = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok());
        kib.expect("it is a number") << 10
    }

    /// Tells it to stop and waits until it has.
    ///
    /// # Panics
    /// When it does not.
    pub async fn terminate(mut self) -> ExitStatus {
        let id = i32::try_from(self.process.id()).ok().and_then(rustix::process::Pid::from_raw);
        let id = id.expect("a child has an id");
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("it is our child");
        until("the server has stopped", async || self.process.try_wait().expect("it is our child")).await
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks again until the answer is there.
///
/// # Panics
/// When it never is.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited too long until {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
