//! Folds SQLite's log into the file beside the work. Left to the writer, it is done at the end of some change, for which that one
//! and all behind it wait for the disk.

use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How much is gathered, as several changes of a page are one in the file.
const PAUSE: Duration = Duration::from_millis(250);

/// Tells of commits.
#[derive(Clone, Default)]
pub(super) struct Committed(Arc<Notify>);

impl Committed {
    pub(super) fn tell(&self) {
        self.0.notify_one();
    }
}

/// On a connection of its own until stopped.
#[expect(
    clippy::disallowed_methods,
    reason = "it lives as long as the database, outside any request or task"
)]
pub(super) fn keep(options: SqliteConnectOptions, committed: Committed, stop: CancellationToken) {
    tokio::spawn(async move {
        stop.run_until_cancelled(async {
            loop {
                if let Err(error) = fold(&options, &committed).await {
                    tracing::warn!(%error, "the log of the database was not folded; the next change does it");
                }
                tokio::time::sleep(PAUSE).await;
            }
        })
        .await;
    });
}

async fn fold(options: &SqliteConnectOptions, committed: &Committed) -> sqlx::Result<()> {
    let mut connection: SqliteConnection = options.connect().await?;
    loop {
        committed.0.notified().await;
        tokio::time::sleep(PAUSE).await;
        // Waits for nobody, and nobody for it.
        sqlx::query("pragma wal_checkpoint(passive)").execute(&mut connection).await?;
    }
}
