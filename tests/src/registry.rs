//! A real OCI registry, Debian's `docker-registry`, with a folder of its own.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::node::until;

pub struct Registry {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Registry {
    pub const USERNAME: &'static str = "ada";
    pub const PASSWORD: &'static str = "a password for tests";

    /// What `htpasswd -B` makes of the two.
    const KNOWN: &'static str = "ada:$2b$04$pOD5bOc2s4BzgAkrlvZ1KuCK6zk/zCvYjLU6.c5zGvXUFdKJUhjLi\n";

    /// Starts one that lets everybody in, on a port that is free.
    ///
    /// # Panics
    /// When it does not start: `tests/run` installs it.
    pub async fn start() -> Self {
        Self::begin(false).await
    }

    /// The same, for whoever knows the password.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_locked() -> Self {
        Self::begin(true).await
    }

    async fn begin(is_locked: bool) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = port.expect("there is a free port").port();
        let (known, settings) = (folder.path().join("known"), folder.path().join("settings.yml"));
        let lock = if is_locked {
            format!("auth:\n  htpasswd:\n    realm: tests\n    path: {}\n", known.display())
        } else {
            String::new()
        };
        let text = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\n\
             http:\n  addr: 127.0.0.1:{port}\n{lock}",
            folder.path().join("blobs").display()
        );
        std::fs::write(&known, Self::KNOWN).expect("there is room for a file");
        std::fs::write(&settings, text).expect("there is room for a file");
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&settings).env_clear().stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("docker-registry is installed; tests/run does that");
        let registry = Self { process, port, _folder: folder };
        let address = registry.host();
        until("the registry answers", async || tokio::net::TcpStream::connect(&address).await.ok()).await;
        registry
    }

    /// As references begin with it.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
