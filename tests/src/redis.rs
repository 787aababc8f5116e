//! A real Redis that can be killed and started again.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::node::until;

pub struct Redis {
    process: Option<Child>,
    port: u16,
    folder: TempDir,
}

impl Redis {
    /// Starts one on a port that is free; it keeps nothing.
    ///
    /// # Panics
    /// When it does not start: `tests/run` installs it.
    pub async fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = port.expect("there is a free port").port();
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let mut redis = Self { process: None, port, folder };
        redis.revive().await;
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it as a power cut would.
    ///
    /// # Panics
    /// When it is not running.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().expect("it is our child");
        process.wait().expect("it is our child");
    }

    /// Stops it in the middle of whatever it does: it takes connections and says nothing.
    ///
    /// # Panics
    /// When it is not running.
    pub fn freeze(&self) {
        let process = self.process.as_ref().expect("it runs");
        let id = i32::try_from(process.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.expect("a child has an id"), rustix::process::Signal::STOP)
            .expect("it is our child");
    }

    /// Starts it again at the same address, with nothing in it.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn revive(&mut self) {
        let port = self.port.to_string();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
        let process = command.arg(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.process = Some(process.expect("redis-server is installed; tests/run does that"));
        let address = format!("127.0.0.1:{port}");
        until("Redis answers", async || tokio::net::TcpStream::connect(&address).await.ok()).await;
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may be frozen, or gone.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
