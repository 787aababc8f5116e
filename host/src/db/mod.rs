//! How we keep things: opens and migrates either database, begins transactions.
//! A transaction names its caller and the permission it needs; without both there is none.

mod checkpoints;
mod dialect;
mod later;
mod migrations;
mod open;
pub(crate) mod rows;
mod statistics;
mod tx;
mod wake;
mod writer;

use std::sync::Arc;

use sqlx::{PgPool, SqlitePool};

use crate::caller::Caller;
use crate::error::Result;
use crate::grants::Reach;
use crate::permissions::Permission;

pub use dialect::Engine;
pub(crate) use tx::{Inner, on, on_connection, soon, sql};
pub use tx::{SystemTx, Tx};
pub use wake::Wake;
use writer::Writer;

/// A handle on the database, cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    wake: Arc<Wake>,
}

#[derive(Clone)]
enum Pools {
    Postgres(PgPool),
    /// SQLite has one writer; readers see the last commit and never wait for it.
    Sqlite {
        read: SqlitePool,
        write: Writer,
    },
}

impl Db {
    /// Begins a transaction that may write, for the caller's tenant as a whole.
    ///
    /// # Errors
    /// `Forbidden` without the permission; `Unavailable` when the database does not answer.
    pub async fn begin(&self, caller: &Caller, permission: Permission) -> Result<Tx> {
        caller.require(permission)?;
        Tx::begin(self, caller).await
    }

    /// Begins a transaction that only reads, for the caller's tenant; each of its statements sees the latest commit.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn read(&self, caller: &Caller, permission: Permission) -> Result<Tx> {
        caller.require(permission)?;
        Tx::begin_read(self, caller).await
    }

    /// Begins a transaction over what is kept for the caller whatever they may do.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn begin_own(&self, caller: &Caller) -> Result<Tx> {
        Tx::begin(self, caller).await
    }

    /// As [`Db::begin_own`], for reading only.
    ///
    /// # Errors
    /// As [`Db::begin_own`].
    pub async fn read_own(&self, caller: &Caller) -> Result<Tx> {
        Tx::begin_read(self, caller).await
    }

    /// Begins a transaction that may write what belongs to departments, and answers where: everything it touches is
    /// to be held against that.
    ///
    /// # Errors
    /// `Forbidden` when the permission holds nowhere; `Unavailable` as [`Db::begin`].
    pub async fn begin_within(&self, caller: &Caller, permission: Permission) -> Result<(Tx, Reach)> {
        let reach = caller.reach(permission)?;
        Ok((Tx::begin(self, caller).await?, reach))
    }

    /// As [`Db::begin_within`], for reading only.
    ///
    /// # Errors
    /// As [`Db::begin_within`].
    pub async fn read_within(&self, caller: &Caller, permission: Permission) -> Result<(Tx, Reach)> {
        let reach = caller.reach(permission)?;
        Ok((Tx::begin_read(self, caller).await?, reach))
    }

    /// Begins a transaction that sees every tenant's system rows (keys by prefix, tasks, files to sweep). Only for
    /// authentication, the task queue, the sweeper and tenant creation.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn begin_system(&self) -> Result<SystemTx> {
        SystemTx::begin(self).await
    }

    /// As [`Db::begin_system`], for reading only.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn read_system(&self) -> Result<SystemTx> {
        SystemTx::begin_read(self).await
    }

    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Postgres(_) => Engine::Postgres,
            Pools::Sqlite { .. } => Engine::Sqlite,
        }
    }

    /// The signal that there are new tasks: in this process, and through PostgreSQL to the others.
    pub fn wake(&self) -> &Arc<Wake> {
        &self.wake
    }

    /// Answers if the database does.
    ///
    /// # Errors
    /// `Unavailable` when it does not.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.read_system().await?;
        on!(tx, |c| sqlx::query("select 1").execute(c).await.map(drop))?;
        tx.commit().await
    }

    /// Waits for transactions under way and closes; SQLite folds its log into the file.
    pub async fn close(&self) {
        self.wake.stop();
        match &self.pools {
            Pools::Postgres(pool) => pool.close().await,
            Pools::Sqlite { read, write } => {
                read.close().await;
                if let Err(error) = write.close().await {
                    tracing::warn!(%error, "could not tidy the database up");
                }
            }
        }
    }
}
