//! Empty background tasks a second, from the row to its end: on SQLite, and on PostgreSQL with
//! `MORTISE_TEST_DATABASE_URL`. Prints a table; `-- 200000` for another number of tasks than 50,000.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use mortise_host::caller::Caller;
use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::error::Result;
use mortise_host::ids::TenantId;
use mortise_host::permissions::Permission;
use mortise_host::resources::access::founding;
use mortise_host::services::Services;
use mortise_host::start;
use mortise_host::tasks::{self, Attempt, Options, Registry, Runner, Stop, Task, When};
use mortise_tests::binary;
use mortise_tests::database::TestDatabase;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Tasks enqueued together.
const BATCH: usize = 100;

static LEFT: AtomicUsize = AtomicUsize::new(0);
static DONE: Notify = Notify::const_new();

#[derive(Serialize, Deserialize)]
struct Nothing {
    number: usize,
}

impl Task for Nothing {
    const KIND: &'static str = "bench.nothing";
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, _: &Services, _: Attempt) -> Result<(), Stop> {
        if LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
            DONE.notify_one();
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let count = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(50_000);
    let mut out = std::io::stdout();
    writeln!(out, "{count} empty tasks, tasks/s")?;
    writeln!(
        out,
        "{:<12}{:>9}{:>13}{:>12}{:>12}{:>12}",
        "database", "tenants", "concurrency", "enqueue", "claim-ack", "whole"
    )?;
    // The database of the variable, then the embedded one.
    for embedded in [true, false] {
        if !embedded && std::env::var_os("MORTISE_TEST_DATABASE_URL").is_none() {
            continue;
        }
        for (tenants, concurrency) in [(1, 256), (1, 16), (100, 256)] {
            let (enqueued, ran) = measure(embedded, count, tenants, concurrency).await?;
            let rate = |time: Duration| format!("{:.0}", count as f64 / time.as_secs_f64());
            writeln!(
                out,
                "{:<12}{tenants:>9}{concurrency:>13}{:>12}{:>12}{:>12}",
                if embedded { "SQLite" } else { "PostgreSQL" },
                rate(enqueued),
                rate(ran),
                rate(enqueued + ran)
            )?;
        }
    }
    Ok(())
}

async fn measure(
    embedded: bool,
    count: usize,
    tenants: usize,
    concurrency: usize,
) -> anyhow::Result<(Duration, Duration)> {
    let folder = tempfile::tempdir()?;
    let database = TestDatabase::new().await;
    let database_url = if embedded { None } else { database.url(folder.path()) };
    let config = Config { data_dir: folder.path().into(), database_url, ..Config::default() };
    let services = start::open(&config, Clock::system(), Some(binary::mortise())).await?;
    services.db.migrate().await?;
    let mut owners = Vec::new();
    for number in 0..tenants {
        let founded =
            founding::found(&services.db, &services.clock, &format!("t{number}"), "owner@bench.example")
                .await?;
        owners.push(founded.tenant.id);
    }

    let began = Instant::now();
    for batch in 0..count.div_ceil(BATCH) {
        let numbers = batch * BATCH..count.min((batch + 1) * BATCH);
        enqueue(&services, owners[batch % owners.len()], numbers).await?;
    }
    let enqueued = began.elapsed();

    LEFT.store(count, Ordering::Relaxed);
    let registry = Arc::new(Registry::new().with::<Nothing>());
    let options = Options { compute: concurrency, ..Options::of(&config) };
    let stop = CancellationToken::new();
    let runner = Runner::new(services.clone(), registry, Vec::new(), options);
    let began = Instant::now();
    // Until the last acknowledgement, which the runner writes before it ends.
    tokio::join!(runner.run(stop.clone()), async {
        DONE.notified().await;
        stop.cancel();
    });
    let ran = began.elapsed();

    let left = tasks::run_due(&services, &Registry::new()).await.context("looking for what is left")?;
    anyhow::ensure!(left.is_empty(), "tasks were left over");
    services.db.close().await;
    Ok((enqueued, ran))
}

async fn enqueue(services: &Services, tenant: TenantId, numbers: std::ops::Range<usize>) -> Result<()> {
    let mut tx = services.db.begin(&Caller::operator(tenant), Permission::TenantOwn).await?;
    let batch = numbers.map(|number| (Nothing { number }, When::now()));
    tasks::enqueue_all(&mut tx, &services.clock, batch).await?;
    tx.commit().await
}
