//! Every setting, its default and its variable; read once, at start.
//! Order: defaults, then the TOML file, then `MORTISE_…` variables (the setting's name in capitals).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Settings of one node. The embedded default (SQLite and files in `data_dir`) needs none of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Folder of the embedded database, the files, the secret key and the plugin cache.
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://…`; SQLite in the data folder when unset.
    pub database_url: Option<String>,
    /// Connections to PostgreSQL at most; readers on SQLite.
    pub database_connections: u32,
    /// `full` makes SQLite survive a power cut with every acknowledged change, at a tenth of the write rate;
    /// `normal` survives any crash of the process.
    pub database_durability: Durability,
    /// Starts although the PostgreSQL role would bypass row-level security. For trials only.
    pub database_allow_superuser: bool,
    /// `file:///folder` or `s3://bucket/prefix`; the data folder when unset. S3 takes its credentials, region and
    /// endpoint from the usual AWS_… variables, and from the settings below where they are given.
    pub blob_url: Option<String>,
    /// `http://…` or `https://…` of S3-compatible storage; AWS itself when neither this nor AWS_ENDPOINT is set.
    pub s3_endpoint: Option<String>,
    pub s3_region: Option<String>,
    pub s3_access_key_id: Option<String>,
    pub s3_secret_access_key: Option<String>,
    /// Secret keys of 32 bytes, hexadecimal, separated by commas: the first one seals and signs, the others open what
    /// was sealed before a rotation. Instead of `secret_key_file`.
    pub secret_key: Option<String>,
    /// File with the same, one key a line. Made in the data folder at first start; with PostgreSQL it or `secret_key`
    /// must be set, because every node needs the same one.
    pub secret_key_file: Option<PathBuf>,
    /// Whether anybody may make a tenant by `POST /v1/tenants`.
    pub signup: Signup,
    /// What access tokens name as their issuer.
    pub token_issuer: String,
    /// Largest file accepted, in bytes.
    pub upload_max_bytes: u64,
    /// Largest file to import from, in bytes. It is never in memory as a whole.
    pub import_max_bytes: u64,
    /// Requests under way at once before the server answers 503.
    pub http_max_in_flight: usize,
    /// Seconds after which a request is given up; uploads get ten times as long.
    pub http_timeout_seconds: u64,
    /// Requests a second that one member or key may make on average, reading and writing; ten seconds' worth at once.
    /// A tenant may make ten times as many. 0: no limit.
    pub rate_reads_per_second: u32,
    pub rate_writes_per_second: u32,
    /// Requests a minute without a credential (sign-in, sign-up, invitations) that one address may make. 0: no limit.
    pub rate_anonymous_per_minute: u32,
    /// Address ranges of proxies in front of the server, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins of web pages that may call the API from a browser; none by default.
    pub cors_origins: Vec<String>,
    /// Address ranges that outgoing requests may go to although they are private or special.
    pub egress_allow: Vec<IpNet>,
    /// Lets outgoing requests go over plain http. For trials only.
    pub egress_allow_http: bool,
    /// `smtps://user:password@host:465`, or `smtp://host:587` with STARTTLS. Unset: no e-mail is written.
    pub smtp_url: Option<String>,
    /// Lets `smtp://` go on without TLS where the server offers none; then without a password.
    pub smtp_allow_plaintext: bool,
    /// Certificates of further authorities that may vouch for the SMTP server, as PEM.
    pub smtp_ca_file: Option<PathBuf>,
    /// Seconds after which an attempt to hand a message over is given up.
    pub smtp_timeout_seconds: u64,
    /// The address e-mails come from.
    pub email_from: Option<String>,
    /// Where the API is reached from outside, for e-mails that tell.
    pub public_url: Option<String>,
    /// Ports that outgoing requests may go to. Empty: any.
    pub egress_ports: Vec<u16>,
    /// `http://user:password@host:port` of a proxy that all outgoing requests go through; it looks names up.
    pub egress_proxy: Option<String>,
    /// `redis://user:password@host:port/0`, or `rediss://…` over TLS: wakes the other nodes sooner, and counts requests for
    /// all of them. Unset: the database wakes them, and each node counts its own.
    pub redis_url: Option<String>,
    /// What names in Redis begin with. Another one for every installation that shares a server.
    pub redis_prefix: String,
    /// PEM file with certificates of authorities that outgoing requests trust beside the system's own.
    pub egress_ca_file: Option<PathBuf>,
    /// Lets webhook endpoints be plain http. For trials, and for receivers on one's own network.
    pub webhooks_allow_http: bool,
    /// Seconds a webhook endpoint has to take a delivery, over connection, headers and body together.
    pub webhook_timeout_seconds: u64,
    /// Seconds that fetching one plugin from a registry may take, all requests together.
    pub registry_timeout_seconds: u64,
    /// Background tasks under way at once on this node; the number of cores when unset.
    pub worker_concurrency: Option<usize>,
    /// Requests to other servers under way at once on this node; they wait more than they work, and some wait in vain.
    pub outbound_concurrency: usize,
    /// Seconds a claimed task may go without a heartbeat before another node takes it.
    pub worker_lease_seconds: u64,
    /// Seconds to wait at shutdown for requests and tasks under way.
    pub shutdown_grace_seconds: u64,
    /// Compiled plugins; a folder in the data folder when unset. Nodes of one machine may share it.
    pub plugin_cache_dir: Option<PathBuf>,
    /// Sandboxes that can be open at once.
    pub plugin_slots: u32,
    /// Where language models answer that plugins may ask: the base of an API like OpenAI's, as in
    /// `https://api.openai.com/v1`. Unset: only tenants with an endpoint of their own have one.
    pub inference_url: Option<String>,
    /// The credential sent there.
    pub inference_key: Option<String>,
    /// Models that may be asked there; the first one where nobody names one.
    pub inference_models: Vec<String>,
    /// The model that makes vectors of texts there. Unset: none does.
    pub inference_embedding_model: Option<String>,
    /// Tokens, read and written, that a tenant may spend there in a calendar month (UTC). 0: no limit.
    pub inference_tokens_per_month: u64,
    /// Lets `inference_url` lie on one's own network and be plain http, for instance Ollama beside the server.
    pub inference_allow_private: bool,
    /// Seconds that a call of a parser may take which may ask a language model; other calls of parsers have ten.
    pub inference_timeout_seconds: u64,
    /// `text` or `json`.
    pub log_format: LogFormat,
    /// What is logged, as in `info,mortise_host=debug`.
    pub log: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    Normal,
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signup {
    Closed,
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data_dir: PathBuf::from("mortise-data"),
            database_url: None,
            database_connections: 16,
            database_durability: Durability::Normal,
            database_allow_superuser: false,
            blob_url: None,
            s3_endpoint: None,
            s3_region: None,
            s3_access_key_id: None,
            s3_secret_access_key: None,
            secret_key: None,
            secret_key_file: None,
            signup: Signup::Closed,
            token_issuer: "mortise".into(),
            upload_max_bytes: 20 << 20,
            import_max_bytes: 100 << 20,
            http_max_in_flight: 512,
            http_timeout_seconds: 30,
            rate_reads_per_second: 200,
            rate_writes_per_second: 50,
            rate_anonymous_per_minute: 60,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            egress_allow: Vec::new(),
            egress_allow_http: false,
            smtp_url: None,
            smtp_allow_plaintext: false,
            smtp_ca_file: None,
            smtp_timeout_seconds: 30,
            email_from: None,
            public_url: None,
            egress_ports: Vec::new(),
            egress_proxy: None,
            redis_url: None,
            redis_prefix: "mortise".into(),
            egress_ca_file: None,
            webhooks_allow_http: false,
            webhook_timeout_seconds: 15,
            registry_timeout_seconds: 20,
            worker_concurrency: None,
            outbound_concurrency: 256,
            worker_lease_seconds: 60,
            shutdown_grace_seconds: 20,
            plugin_cache_dir: None,
            plugin_slots: 200,
            inference_url: None,
            inference_key: None,
            inference_models: Vec::new(),
            inference_embedding_model: None,
            inference_tokens_per_month: 1_000_000,
            inference_allow_private: false,
            inference_timeout_seconds: 60,
            log_format: LogFormat::Text,
            log: "info,sqlx=warn,lopdf=error".into(),
        }
    }
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// A file that is not there or not TOML, an unknown setting, a value of the wrong kind: the message names the
    /// setting and where it came from.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Config::default()));
        if let Some(file) = file {
            anyhow::ensure!(file.is_file(), "the configuration file {} does not exist", file.display());
            figment = figment.merge(Toml::file_exact(file));
        }
        // Only known names: the environment holds MORTISE_ variables of the command line and of others, too.
        let known: Vec<String> = known_settings();
        let environment =
            Env::prefixed("MORTISE_").filter(move |name| known.iter().any(|k| name == k.as_str()));
        let config: Config = figment.merge(environment).extract()?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.database_connections > 0, "database_connections must be at least 1");
        anyhow::ensure!(self.worker_lease_seconds >= 3, "worker_lease_seconds must be at least 3");
        anyhow::ensure!(self.plugin_slots > 0, "plugin_slots must be at least 1");
        anyhow::ensure!(self.upload_max_bytes > 0, "upload_max_bytes must be at least 1");
        anyhow::ensure!(self.import_max_bytes > 0, "import_max_bytes must be at least 1");
        anyhow::ensure!(self.worker_concurrency != Some(0), "worker_concurrency must be at least 1");
        anyhow::ensure!(self.outbound_concurrency > 0, "outbound_concurrency must be at least 1");
        anyhow::ensure!(
            self.secret_key.is_none() || self.secret_key_file.is_none(),
            "set secret_key or secret_key_file, not both"
        );
        anyhow::ensure!(
            (1..=30).contains(&self.webhook_timeout_seconds),
            "webhook_timeout_seconds must be 1 to 30"
        );
        anyhow::ensure!(self.registry_timeout_seconds > 0, "registry_timeout_seconds must be at least 1");
        anyhow::ensure!(!self.token_issuer.is_empty(), "token_issuer must not be empty");
        anyhow::ensure!(self.smtp_timeout_seconds > 0, "smtp_timeout_seconds must be at least 1");
        anyhow::ensure!(
            (1..=300).contains(&self.inference_timeout_seconds),
            "inference_timeout_seconds must be 1 to 300"
        );
        anyhow::ensure!(
            self.inference_url.is_none() || !self.inference_models.is_empty(),
            "inference_models must name the models that may be asked at inference_url"
        );
        if let Some(url) = &self.public_url {
            let is_address = url.starts_with("http://") || url.starts_with("https://");
            anyhow::ensure!(is_address, "public_url must be an address like https://ats.example.com");
        }
        for origin in &self.cors_origins {
            let is_origin = origin.split_once("://").is_some_and(|(scheme, host)| {
                matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains(['/', '*', ' '])
            });
            anyhow::ensure!(
                is_origin,
                "cors_origins holds origins like https://careers.example.com, not {origin:?}"
            );
        }
        if let Some(url) = &self.database_url {
            anyhow::ensure!(
                url.starts_with("sqlite:") || self.is_postgres(),
                "database_url must start with sqlite: or postgres://"
            );
        }
        if self.is_postgres() {
            anyhow::ensure!(
                self.secret_key_file.is_some() || self.secret_key.is_some(),
                "with PostgreSQL secret_key_file (MORTISE_SECRET_KEY_FILE) must name a file with 64 hexadecimal \
                 digits, or secret_key (MORTISE_SECRET_KEY) hold them, the same on every node; \
                 `openssl rand -hex 32` makes some"
            );
        }
        Ok(())
    }

    pub fn is_postgres(&self) -> bool {
        self.database_url
            .as_deref()
            .is_some_and(|url| url.starts_with("postgres://") || url.starts_with("postgresql://"))
    }

    /// The database, with the embedded default filled in.
    pub fn database_url(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join("mortise.db").display()))
    }

    pub fn plugin_cache_dir(&self) -> PathBuf {
        self.plugin_cache_dir.clone().unwrap_or_else(|| self.data_dir.join("plugin-cache"))
    }

    pub fn worker_concurrency(&self) -> usize {
        self.worker_concurrency
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
    }
}

fn known_settings() -> Vec<String> {
    let defaults = serde_json::to_value(Config::default()).expect("settings are plain data");
    defaults.as_object().expect("a struct is an object").keys().cloned().collect()
}
