//! Webhooks to a receiver on this machine: deliveries a second, how soon after its commit an event is sent at 200 a second,
//! and what an endpoint that hangs does to the others. On SQLite, and on PostgreSQL with `MORTISE_TEST_DATABASE_URL`.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use mortise_host::caller::Caller;
use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::permissions::Permission;
use mortise_host::resources::access::founding;
use mortise_host::resources::events::{self, Kind};
use mortise_host::resources::webhooks::{self, Details};
use mortise_host::services::Services;
use mortise_host::tasks::{Options, Runner};
use mortise_host::{start, worker};
use mortise_tests::binary;
use mortise_tests::database::TestDatabase;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Takes everything and notes when each event came first.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<HashMap<String, Instant>>>);

impl Sink {
    fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

async fn take(State(sink): State<Sink>, headers: HeaderMap) -> StatusCode {
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    sink.0.lock().unwrap_or_else(PoisonError::into_inner).entry(id.to_owned()).or_insert_with(Instant::now);
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let count = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(30_000);
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{count} deliveries; then three times 10 s of 200 events a second without and 10 s with an endpoint that hangs"
    )?;
    writeln!(
        out,
        "{:<12}{:>11}{:>14}{:>11}{:>11}{:>11}",
        "database", "endpoints", "deliveries/s", "p50", "p99", "beside dead"
    )?;
    for embedded in [true, false] {
        if !embedded && std::env::var_os("MORTISE_TEST_DATABASE_URL").is_none() {
            continue;
        }
        for endpoints in [1, 10] {
            let rate = drained(embedded, count, endpoints).await?;
            let (mut alone, mut beside) = (Vec::new(), Vec::new());
            // In turns, so that a busy machine slows both alike.
            for _ in 0..ROUNDS {
                alone.extend(told(embedded, endpoints, false).await?);
                beside.extend(told(embedded, endpoints, true).await?);
            }
            alone.sort();
            beside.sort();
            let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
            writeln!(
                out,
                "{:<12}{endpoints:>11}{rate:>14.0}{:>11}{:>11}{:>11}",
                if embedded { "SQLite" } else { "PostgreSQL" },
                millis(alone[alone.len() / 2]),
                millis(alone[alone.len() * 99 / 100]),
                millis(beside[beside.len() * 99 / 100]),
            )?;
        }
    }
    Ok(())
}

/// A node with a tenant, and a sink that so many endpoints lead to.
struct Stage {
    services: Services,
    caller: Caller,
    sink: Sink,
    _server: AbortOnDropHandle<()>,
    _folder: tempfile::TempDir,
    _database: TestDatabase,
}

impl Stage {
    async fn set(embedded: bool, endpoints: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = TestDatabase::new().await;
        let config = Config {
            data_dir: folder.path().into(),
            database_url: if embedded { None } else { database.url(folder.path()) },
            secret_key: Some("5e".repeat(32)),
            egress_allow: vec!["127.0.0.0/8".parse()?],
            webhooks_allow_http: true,
            // So that the one that hangs is given up, and rests, while this goes on.
            webhook_timeout_seconds: 3,
            ..Config::default()
        };
        let services = start::open(&config, Clock::system(), Some(binary::mortise())).await?;
        services.db.migrate().await?;
        // The first start compiles the plugins, on all cores: none of this is about that.
        while services.hooks.ready().await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let founded = founding::found(&services.db, &services.clock, "bench", "owner@bench.example").await?;
        let caller = Caller::operator(founded.tenant.id);
        let sink = Sink::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let app = Router::new().fallback(take).with_state(sink.clone());
        #[expect(clippy::disallowed_methods, reason = "the sink ends with the guard")]
        let server = tokio::spawn(async move {
            // It ends when the guard is dropped, and not before.
            let _ = axum::serve(listener, app).await;
        });
        let stage = Self {
            services,
            caller,
            sink,
            _server: AbortOnDropHandle::new(server),
            _folder: folder,
            _database: database,
        };
        for number in 0..endpoints {
            // Each takes a share of the events, by their type.
            stage.endpoint(&url, Kind::EVERY[number].as_str(), Some(100)).await?;
        }
        Ok(stage)
    }

    async fn endpoint(&self, url: &str, kind: &str, most: Option<i64>) -> anyhow::Result<()> {
        let details = Details {
            url: Some(url.into()),
            event_types: Some(vec![kind.into()]),
            max_in_flight: most,
            ..Details::default()
        };
        webhooks::actions::create(&self.services, &self.caller, details, Default::default()).await?;
        Ok(())
    }

    /// Records one event, and answers when it was committed.
    async fn happen(&self, kind: Kind) -> anyhow::Result<Instant> {
        let mut tx = self.services.db.begin(&self.caller, Permission::CandidateWrite).await?;
        events::record(&mut tx, &self.services.clock, kind, "job_bench", json!({ "version": 1 })).await?;
        tx.commit().await?;
        Ok(Instant::now())
    }

    /// Works while this goes on.
    async fn work<T>(&self, doing: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let stop = CancellationToken::new();
        let options = Options::of(&self.services.config);
        let runner = Runner::new(self.services.clone(), Arc::new(worker::registry()), Vec::new(), options);
        let done = async {
            let done = doing.await;
            stop.cancel();
            done
        };
        tokio::join!(runner.run(stop.clone()), done).1
    }

    async fn until_taken(&self, count: usize) {
        while self.sink.count() < count {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Deliveries a second of what waits already.
async fn drained(embedded: bool, count: usize, endpoints: usize) -> anyhow::Result<f64> {
    let stage = Stage::set(embedded, endpoints).await?;
    for number in 0..count {
        stage.happen(Kind::EVERY[number % endpoints]).await?;
    }
    let began = Instant::now();
    stage
        .work(async {
            stage.until_taken(count).await;
            Ok(())
        })
        .await?;
    let rate = count as f64 / began.elapsed().as_secs_f64();
    stage.services.db.close().await;
    Ok(rate)
}

const ROUNDS: usize = 3;

/// Of the first second nothing is counted: connections are opened, and the database learns what it is asked.
const WARM_UP: usize = 200;

/// From the commit to the receiver, at 200 events a second.
async fn told(embedded: bool, endpoints: usize, beside_dead: bool) -> anyhow::Result<Vec<Duration>> {
    const EVENTS: usize = WARM_UP + 2_000;
    let stage = Stage::set(embedded, endpoints).await?;
    // Takes connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    if beside_dead {
        let url = format!("http://{}/", silent.local_addr()?);
        for kind in Kind::EVERY.iter().take(endpoints) {
            stage.endpoint(&url, kind.as_str(), None).await?;
        }
    }
    let mut committed = Vec::with_capacity(EVENTS);
    stage
        .work(async {
            let mut beat = tokio::time::interval(Duration::from_millis(5));
            for number in 0..EVENTS {
                beat.tick().await;
                committed.push(stage.happen(Kind::EVERY[number % endpoints]).await?);
            }
            stage.until_taken(EVENTS).await;
            Ok(())
        })
        .await?;
    let mut taken: Vec<_> =
        stage.sink.0.lock().unwrap_or_else(PoisonError::into_inner).clone().into_iter().collect();
    // Ids sort in the order in which the events were recorded.
    taken.sort();
    let waits = taken
        .iter()
        .zip(&committed)
        .skip(WARM_UP)
        .map(|((_, taken), committed)| taken.saturating_duration_since(*committed))
        .collect();
    stage.services.db.close().await;
    Ok(waits)
}
