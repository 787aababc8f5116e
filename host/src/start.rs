//! Starts a node, for `main` and for tests alike, and stops it without losing anything.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::access_token::AccessTokens;
use crate::blobs::Blobs;
use crate::caller::KnownCallers;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::hooks::Hooks;
use crate::inference::Provision;
use crate::keys::{Keys, Purpose};
use crate::mailer::Mailer;
use crate::outbound::Outbound;
use crate::rate_limits::RateLimits;
use crate::resources::sessions::signing;
use crate::services::{Memory, Parts, Services};
use crate::tasks::{Options, Runner};
use crate::wasm::{self, Plugins};
use crate::{router, worker};

/// What a node does, and with what it can be replaced in tests.
pub struct Node {
    pub config: Config,
    pub clock: Clock,
    /// Answers requests.
    pub serves: bool,
    /// Does background work.
    pub works: bool,
    /// The program that compiles plugins; this one when unset. Tests are not this one.
    pub compiler: Option<std::path::PathBuf>,
}

impl Node {
    /// A node as operators run it.
    pub fn new(config: Config) -> Self {
        Self { config, clock: Clock::system(), serves: true, works: true, compiler: None }
    }

    /// Starts it: the schema brought up to date, plugins loading, requests answered when this returns.
    ///
    /// # Errors
    /// A setting, the database, the file store or the address: the message says which and what to do.
    pub async fn start(self) -> anyhow::Result<Running> {
        let services = open(&self.config, self.clock.clone(), self.compiler.clone()).await?;
        services.db.migrate().await?;
        signing::refresh(&services).await.context("preparing the keys that sign access tokens")?;
        let stop = CancellationToken::new();
        let mut parts = Vec::new();
        let mut address = None;
        if self.serves {
            let listener = TcpListener::bind(self.config.listen)
                .await
                .with_context(|| format!("listening on {} (listen, MORTISE_LISTEN)", self.config.listen))?;
            address = Some(listener.local_addr()?);
            parts.push(serve(listener, services.clone(), stop.clone()));
        }
        if self.works {
            parts.push(work(&services, stop.clone())?);
        }
        let grace = Duration::from_secs(self.config.shutdown_grace_seconds);
        Ok(Running { services, address, stop, parts, grace })
    }
}

/// Opens everything a node or a command needs; changes nothing but the data folder and the plugin cache.
///
/// # Errors
/// As [`Node::start`].
pub async fn open(
    config: &Config,
    clock: Clock,
    compiler: Option<std::path::PathBuf>,
) -> anyhow::Result<Services> {
    let keys = Keys::open(config)?;
    let blobs = Blobs::open(config)?;
    let hooks = open_plugins(config, &keys, &blobs, clock.clone(), compiler)?;
    Ok(Services::new(Parts {
        db: Db::open(config).await?,
        blobs,
        config: Arc::new(config.clone()),
        hooks,
        keys,
        known_callers: KnownCallers::default(),
        access_tokens: AccessTokens::new(&config.token_issuer),
        rate_limits: RateLimits::open(config)?,
        outbound: Outbound::new(config)?,
        inference: Provision::of_operator(config)?.map(Arc::new),
        mailer: Mailer::open(config)?,
        memory: Memory::default(),
        clock,
    }))
}

fn open_plugins(
    config: &Config,
    keys: &Keys,
    blobs: &Blobs,
    clock: Clock,
    compiler: Option<std::path::PathBuf>,
) -> anyhow::Result<Arc<dyn Hooks>> {
    let settings = wasm::Settings {
        cache_dir: config.plugin_cache_dir(),
        artifact_key: keys.derive(Purpose::PluginArtifact),
        // The data folder is this node's alone.
        remote_cache: config.blob_url.is_some().then(|| blobs.clone()),
        slots: config.plugin_slots,
        budgets: wasm::Budgets::of_config(config),
        compiler,
        clock,
        ..wasm::Settings::default()
    };
    Ok(Plugins::open(settings)?)
}

#[expect(clippy::disallowed_methods, reason = "the server is one of the parts a node waits for")]
fn serve(listener: TcpListener, services: Services, stop: CancellationToken) -> JoinHandle<()> {
    let app = router::router(services);
    tokio::spawn(async move {
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let server = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = server.await {
            tracing::error!(%error, "the server ended");
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "the runner is one of the parts a node waits for")]
fn work(services: &Services, stop: CancellationToken) -> anyhow::Result<JoinHandle<()>> {
    let options = Options::of(&services.config);
    let runner = Runner::new(services.clone(), Arc::new(worker::registry()), worker::schedules()?, options);
    Ok(tokio::spawn(runner.run(stop)))
}

/// A node that runs.
pub struct Running {
    pub services: Services,
    address: Option<SocketAddr>,
    stop: CancellationToken,
    parts: Vec<JoinHandle<()>>,
    grace: Duration,
}

impl Running {
    /// Where it listens, if it serves.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Takes no new requests and tasks, waits for those under way (for a bounded time), closes the database.
    pub async fn stop(self) {
        self.stop.cancel();
        // A client that never reads its answer must not keep the node from stopping.
        let all = futures::future::join_all(self.parts);
        if tokio::time::timeout(self.grace + Duration::from_secs(5), all).await.is_err() {
            tracing::warn!(
                "stopped with requests or tasks still under way; the tasks will be taken up again"
            );
        }
        self.services.db.close().await;
    }

    /// Runs until the process is told to end (SIGINT, SIGTERM), then stops.
    ///
    /// # Errors
    /// Signals cannot be listened for.
    pub async fn until_told(self) -> anyhow::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        self.stop().await;
        Ok(())
    }
}
