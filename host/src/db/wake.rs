//! The signal that there is work: a `Notify` in this process, LISTEN/NOTIFY between processes on PostgreSQL.
//! Only a hint: the queue also polls, so a lost signal costs a moment, never a task.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const CHANNEL: &str = "mortise_tasks";

/// NOTIFY takes a lock over all commits of the database, so one stands for all of this long.
const DEBOUNCE: Duration = Duration::from_millis(20);

#[derive(Default)]
pub struct Wake {
    workers: Notify,
    outgoing: Notify,
    stop: CancellationToken,
}

impl Wake {
    /// There is new work.
    pub fn wake(&self) {
        self.workers.notify_one();
        self.outgoing.notify_one();
    }

    /// Waits until there may be new work.
    pub async fn woken(&self) {
        self.workers.notified().await;
    }

    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Passes signals on to other processes, and theirs to ours, until stopped.
    #[expect(
        clippy::disallowed_methods,
        reason = "the signal lives as long as the pool, outside any request or task"
    )]
    pub(super) fn connect(self: &std::sync::Arc<Self>, pool: &PgPool) {
        let (sender, receiver) = (self.clone(), self.clone());
        let (to, from) = (pool.clone(), pool.clone());
        tokio::spawn(async move {
            let stop = sender.stop.clone();
            stop.run_until_cancelled(sender.send(&to)).await;
        });
        tokio::spawn(async move {
            let stop = receiver.stop.clone();
            stop.run_until_cancelled(receiver.listen(&from)).await;
        });
    }

    async fn send(&self, pool: &PgPool) {
        loop {
            self.outgoing.notified().await;
            if let Err(error) = sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(pool).await {
                tracing::warn!(%error, "could not tell other nodes of new tasks; they will find them by polling");
            }
            tokio::time::sleep(DEBOUNCE).await;
        }
    }

    async fn listen(&self, pool: &PgPool) {
        loop {
            let heard = async {
                let mut listener = PgListener::connect_with(pool).await?;
                listener.listen(CHANNEL).await?;
                loop {
                    listener.recv().await?;
                    self.workers.notify_one();
                }
            };
            let Err::<std::convert::Infallible, sqlx::Error>(error) = heard.await;
            tracing::warn!(%error, "lost the database's notifications; polling until they are back");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}
