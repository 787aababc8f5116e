//! The one connection that writes to SQLite, and whose turn it is. Not a pool: that would hand the connection on in two turns of
//! the scheduler, for which everybody waits.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::tx::soon;

/// How long a transaction waits for those before it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer(Arc<Mutex<Held>>);

struct Held {
    options: SqliteConnectOptions,
    connection: SqliteConnection,
    /// A transaction was begun and not committed, or perhaps it was.
    is_open: bool,
}

impl Writer {
    pub(super) async fn open(options: SqliteConnectOptions) -> sqlx::Result<Self> {
        let connection = options.connect().await?;
        Ok(Self(Arc::new(Mutex::new(Held { options, connection, is_open: false }))))
    }

    /// The connection, with nothing left open by whoever had it before.
    async fn turn(&self) -> sqlx::Result<OwnedMutexGuard<Held>> {
        let turn = tokio::time::timeout(PATIENCE, self.0.clone().lock_owned()).await;
        let mut turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        if turn.is_open {
            // It fails when there is nothing to roll back, and then that is well.
            if let Err(error) = sqlx::query("rollback").execute(&mut turn.connection).await {
                tracing::debug!(%error, "nothing was rolled back");
            }
            turn.is_open = false;
        }
        Ok(turn)
    }

    /// Begins a transaction that has the right to write: one that turned from reading to writing would fail when another wrote in
    /// between.
    pub(super) async fn begin(&self) -> sqlx::Result<Writing> {
        let mut turn = self.turn().await?;
        // Before it is: nobody may be there any more when it has begun.
        turn.is_open = true;
        let mut writing = Writing { turn, writer: self.clone() };
        match soon(true, begin(&mut writing)).await {
            Err(sqlx::Error::WorkerCrashed) => {
                writing.turn.connection = writing.turn.options.connect().await?;
                begin(&mut writing).await?;
            }
            begun => begun?,
        }
        Ok(writing)
    }

    /// Brings the schema up to date, which has transactions of its own.
    pub(super) async fn migrate(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        migrator.run(&mut self.turn().await?.connection).await
    }

    /// Waits for the transaction under way, leaves what the next start plans its queries by, and folds the log into the file.
    pub(super) async fn close(&self) -> sqlx::Result<()> {
        let mut turn = self.turn().await?;
        sqlx::query("pragma optimize").execute(&mut turn.connection).await?;
        sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut turn.connection).await.map(drop)
    }
}

async fn begin(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("begin immediate").execute(connection).await.map(drop)
}

/// A transaction that may write. Dropped before it is committed, it has not happened.
pub(crate) struct Writing {
    turn: OwnedMutexGuard<Held>,
    writer: Writer,
}

impl Writing {
    pub(super) async fn commit(mut self) -> sqlx::Result<()> {
        soon(true, sqlx::query("commit").execute(&mut *self)).await?;
        self.turn.is_open = false;
        Ok(())
    }
}

impl Drop for Writing {
    /// Whoever comes next rolls back what is left, and so that others need not wait for that, somebody comes.
    fn drop(&mut self) {
        if self.turn.is_open
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let writer = self.writer.clone();
            runtime.spawn(async move { writer.turn().await.map(drop) });
        }
    }
}

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.turn.connection
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.turn.connection
    }
}
