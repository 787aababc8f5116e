//! Opens either engine with the settings it needs on every connection, and refuses a PostgreSQL role
//! that row-level security would not bind.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Executor, PgPool};
use tokio_util::sync::CancellationToken;

use super::checkpoints::Committed;
use super::wake::Between;
use super::writer::Writer;
use super::{Db, Pools, Wake, checkpoints, dialect, statistics};
use crate::broker::Broker;
use crate::config::{Config, Durability};

/// How long a request waits for a connection before it is told to come back.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Statements a connection keeps prepared: what a node does all day are some hundreds.
const STATEMENTS: usize = 512;

/// What SQLite's writing connection keeps of the file in memory, in KiB, as SQLite wants it negative: a change touches the ends
/// of some thirty indexes, which have to stay there.
const WRITER_CACHE: &str = "-65536";

/// The same of each connection that reads: the inner pages of the larger indexes, and what a search goes back to.
const READER_CACHE: &str = "-16384";

/// Pages of its log that SQLite lets gather before a change has to fold them into the file, and wait for the disk: 32 MiB. Beside
/// the work it is done all the time.
const CHECKPOINT: &str = "8192";

impl Db {
    /// Opens the configured database.
    ///
    /// # Errors
    /// It cannot be reached or opened, or its role would bypass row-level security.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let url = config.database_url();
        let wake = Arc::new(Wake::default());
        let pools = if config.is_postgres() {
            Pools::Postgres(open_postgres(&url, config).await?)
        } else {
            open_sqlite(&url, config, wake.stop_token()).await?
        };
        match (Broker::open(config)?, &pools) {
            (Some(broker), _) => wake.connect(Between::Redis(broker)),
            (None, Pools::Postgres(pool)) => wake.connect(Between::Postgres(pool.clone())),
            // One process has it to itself.
            (None, Pools::Sqlite { .. }) => {}
        }
        if let Pools::Postgres(pool) = &pools {
            statistics::keep(pool.clone(), wake.stop_token());
        }
        Ok(Self { pools, wake })
    }
}

async fn open_postgres(url: &str, config: &Config) -> anyhow::Result<PgPool> {
    let options = PgConnectOptions::from_str(url)
        .context("reading database_url")?
        .application_name("mortise")
        .statement_cache_capacity(STATEMENTS)
        .log_slow_statements(log::LevelFilter::Warn, Duration::from_secs(1));
    let pool = PgPoolOptions::new()
        .max_connections(config.database_connections)
        // What begins a transaction finds out by itself.
        .test_before_acquire(false)
        .acquire_timeout(ACQUIRE)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(dialect::ON_CONNECT).await.map(drop) })
        })
        .connect_with(options)
        .await
        .context("connecting to PostgreSQL (database_url)")?;
    let (role, unbound): (String, bool) = sqlx::query_as(
        "select rolname::text, rolsuper or rolbypassrls from pg_roles where rolname = current_user",
    )
    .fetch_one(&pool)
    .await?;
    if unbound && !config.database_allow_superuser {
        anyhow::bail!(
            "the PostgreSQL role {role} is a superuser or has BYPASSRLS, so the database would not keep tenants apart; \
             connect as a plain role that owns the schema, or set database_allow_superuser = true for a trial"
        );
    }
    Ok(pool)
}

async fn open_sqlite(url: &str, config: &Config, stop: CancellationToken) -> anyhow::Result<Pools> {
    let options = SqliteConnectOptions::from_str(url)
        .context("reading database_url")?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match config.database_durability {
            Durability::Normal => SqliteSynchronous::Normal,
            Durability::Full => SqliteSynchronous::Full,
        })
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(STATEMENTS)
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .pragma("journal_size_limit", "67108864")
        .log_slow_statements(log::LevelFilter::Warn, Duration::from_secs(1));
    if let Some(folder) = options.get_filename().parent().filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    let file = options.get_filename().display().to_string();
    let committed = Committed::default();
    let writing = options.clone().pragma("cache_size", WRITER_CACHE);
    let write = Writer::open(writing, committed.clone()).await;
    let write = write.with_context(|| format!("opening the database {file}"))?;
    checkpoints::keep(options.clone(), committed, stop);
    let read = SqlitePoolOptions::new()
        .max_connections(config.database_connections)
        // Behind a connection is a file, not a server that may be gone.
        .test_before_acquire(false)
        .acquire_timeout(ACQUIRE)
        .connect_lazy_with(options.read_only(true).pragma("cache_size", READER_CACHE));
    Ok(Pools::Sqlite { read, write })
}
