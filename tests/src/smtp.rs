//! Somebody else's SMTP server: a real one (aiosmtpd), told how to behave, in a process that ends with the test.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use mortise_host::config::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary;

/// Far longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct SmtpServer {
    process: Child,
    /// It ends when this is closed.
    _input: Option<ChildStdin>,
    lines: Mutex<Receiver<Value>>,
    port: u64,
    folder: TempDir,
    tls: Option<&'static str>,
    login: Option<(&'static str, &'static str)>,
}

/// How a server behaves.
#[derive(Default)]
pub struct Behaviour {
    /// `starttls`, which it insists on, or `wrapped`; without one it knows no TLS.
    pub tls: Option<&'static str>,
    /// Who may send, and the password; without one everybody.
    pub login: Option<(&'static str, &'static str)>,
    /// What it says to each message in turn; the last one ever after. Without any it takes them over.
    pub answers: &'static [&'static str],
    /// Recipients it refuses with 550.
    pub unknown: &'static [&'static str],
    /// Takes a message and never answers.
    pub hangs: bool,
}

impl SmtpServer {
    /// One that takes everything over, without TLS.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start() -> Self {
        Self::start_with(&Behaviour::default())
    }

    /// # Panics
    /// When it does not start; `tests/run` installs what it needs.
    pub fn start_with(behaviour: &Behaviour) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let Behaviour { tls, login, answers, unknown, hangs } = behaviour;
        let told = json!({
            "tls": tls, "login": login, "answers": answers, "unknown": unknown, "hangs": hangs,
            "ca_file": folder.path().join("ca.pem"),
        });
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("smtp_server.py");
        let mut process = Command::new(binary::python())
            .arg(script)
            .arg(told.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let output = BufReader::new(process.stdout.take().expect("it was piped"));
        let (sender, lines) = mpsc::channel();
        // Ends with the process, whose output it reads.
        std::thread::spawn(move || {
            for line in output.lines() {
                let line = line.expect("it says text");
                let said = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
                if sender.send(said).is_err() {
                    return;
                }
            }
        });
        let input = process.stdin.take();
        let mut server = Self {
            process,
            _input: input,
            lines: Mutex::new(lines),
            port: 0,
            folder,
            tls: *tls,
            login: *login,
        };
        server.port = server.next()["port"].as_u64().expect("it says its port first");
        server
    }

    /// Has a node send through it.
    pub fn configure(&self, config: &mut Config) {
        let scheme = if self.tls == Some("wrapped") { "smtps" } else { "smtp" };
        let login = self.login.map(|(user, password)| format!("{user}:{password}@")).unwrap_or_default();
        config.smtp_url = Some(format!("{scheme}://{login}localhost:{}", self.port));
        config.smtp_allow_plaintext = self.tls.is_none();
        config.smtp_ca_file = self.tls.map(|_| self.folder.path().join("ca.pem"));
        config.email_from = Some("jobs@mail.example.com".into());
    }

    /// The next message it was given; waits for it. `raw`, `headers`, `parts` as they were read by Python's own parser;
    /// `answer` as it was answered.
    ///
    /// # Panics
    /// When none comes.
    pub fn next(&self) -> Value {
        let lines = self.lines.lock().expect("nobody panicked with it");
        lines.recv_timeout(PATIENCE).expect("it says something")
    }

    /// The next messages, by their recipient: those sent together come in any order.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn next_ones(&self, count: usize) -> Vec<Value> {
        let mut messages: Vec<_> = (0..count).map(|_| self.next()).collect();
        messages.sort_by_key(|message| message["to"].to_string());
        messages
    }

    /// Whether nothing came beside what was read. What was sent before a task ended is there when it has ended.
    ///
    /// # Panics
    /// When another test panicked with it.
    pub fn has_no_more(&self) -> bool {
        self.lines.lock().expect("nobody panicked with it").try_recv().is_err()
    }

    /// Ends it; nobody listens where it was.
    ///
    /// # Panics
    /// When it is not our child.
    pub fn stop(&mut self) {
        self.process.kill().expect("it is our child");
        self.process.wait().expect("it is our child");
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
