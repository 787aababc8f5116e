//! The signal that there is work: a `Notify` in this process; between processes Redis, or LISTEN/NOTIFY on PostgreSQL.
//! Only a hint: the queue also polls, so a lost signal costs a moment, never a task.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio_util::sync::CancellationToken;

use crate::broker::Broker;

const CHANNEL: &str = "mortise_tasks";

/// NOTIFY takes a lock over all commits of the database, so one stands for all of this long.
const DEBOUNCE: Duration = Duration::from_millis(20);

#[derive(Default)]
pub struct Wake {
    workers: Notify,
    outgoing: Notify,
    recorded: Notify,
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

    /// Events were recorded.
    pub(super) fn tell_recorded(&self) {
        self.recorded.notify_waiters();
    }

    /// Waits until events are recorded on this node; those of other nodes only tell where they begin tasks. Armed before
    /// one looks, so that nothing comes in between.
    pub fn recorded(&self) -> Notified<'_> {
        self.recorded.notified()
    }

    /// Cancelled when the database is closed.
    pub(super) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Passes signals on to other processes, and theirs to ours, until stopped.
    #[expect(
        clippy::disallowed_methods,
        reason = "the signal lives as long as the pool, outside any request or task"
    )]
    pub(super) fn connect(self: &Arc<Self>, between: Between) {
        let (sender, receiver) = (self.clone(), self.clone());
        let (to, from) = (between.clone(), between);
        tokio::spawn(async move {
            let stop = sender.stop.clone();
            stop.run_until_cancelled(sender.send(&to)).await;
        });
        tokio::spawn(async move {
            let stop = receiver.stop.clone();
            stop.run_until_cancelled(receiver.listen(&from)).await;
        });
    }

    async fn send(&self, to: &Between) {
        loop {
            self.outgoing.notified().await;
            if let Err(error) = to.tell().await {
                tracing::warn!(%error, "could not tell other nodes of new tasks; they will find them by polling");
            }
            tokio::time::sleep(DEBOUNCE).await;
        }
    }

    async fn listen(&self, from: &Between) {
        loop {
            let heard = || {
                self.workers.notify_one();
                self.recorded.notify_waiters();
            };
            let Err(error) = from.listen(heard).await;
            tracing::warn!(%error, "lost the signals of other nodes; polling until they are back");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

/// What carries signals between processes.
#[derive(Clone)]
pub(super) enum Between {
    Postgres(PgPool),
    Redis(Broker),
}

impl Between {
    async fn tell(&self) -> anyhow::Result<()> {
        match self {
            Between::Postgres(pool) => {
                sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(pool).await?;
                Ok(())
            }
            Between::Redis(broker) => broker.publish().await,
        }
    }

    async fn listen(&self, heard: impl Fn()) -> anyhow::Result<Infallible> {
        match self {
            Between::Postgres(pool) => {
                let mut listener = PgListener::connect_with(pool).await?;
                listener.listen(CHANNEL).await?;
                loop {
                    listener.recv().await?;
                    heard();
                }
            }
            Between::Redis(broker) => broker.listen(heard).await,
        }
    }
}
