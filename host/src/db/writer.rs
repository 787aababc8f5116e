//! The one connection that writes to SQLite, and whose turn it is. Not a pool: that would hand the connection on in two turns of
//! the scheduler, for which everybody waits. Changes that come one behind the other are committed together: most of what a
//! commit costs is writing pages that the next one writes again.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Sqlite, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::checkpoints::Committed;
use super::later::Later;
use super::tx::soon;

/// How long a change waits for those before it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer(Arc<Mutex<Held>>);

struct Held {
    committed: Committed,
    options: SqliteConnectOptions,
    connection: SqliteConnection,
    /// SQLite has begun a transaction: it holds what `made` waits for, and the change under way.
    is_open: bool,
    under_way: UnderWay,
    /// Changes that are made and not committed; each is told whether it was.
    made: Vec<oneshot::Sender<bool>>,
}

/// How the change under way is taken back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum UnderWay {
    Nothing,
    /// With the transaction, which it began.
    First,
    /// Up to its savepoint; those before it stay.
    Further,
}

impl Writer {
    pub(super) async fn open(options: SqliteConnectOptions, committed: Committed) -> sqlx::Result<Self> {
        let connection = options.connect().await?;
        let (under_way, made) = (UnderWay::Nothing, Vec::new());
        let held = Held { committed, options, connection, is_open: false, under_way, made };
        Ok(Self(Arc::new(Mutex::new(held))))
    }

    async fn turn(&self) -> sqlx::Result<OwnedMutexGuard<Held>> {
        let turn = tokio::time::timeout(PATIENCE, self.0.clone().lock_owned()).await;
        turn.map_err(|_| sqlx::Error::PoolTimedOut)
    }

    /// Begins a change. The right to write is taken at once: a transaction that turned from reading to writing would fail when
    /// another wrote in between.
    pub(super) async fn begin(&self) -> sqlx::Result<Writing> {
        let mut writing = Writing { turn: Some(self.turn().await?), writer: self.clone() };
        writing.held().begin().await?;
        Ok(writing)
    }

    /// Commits what is made, whoever waits for it.
    async fn flush(self) {
        if let Ok(mut turn) = self.turn().await {
            turn.flush().await;
        }
    }

    /// Brings the schema up to date, which has transactions of its own.
    pub(super) async fn migrate(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut turn = self.turn().await?;
        turn.flush().await;
        migrator.run(&mut turn.connection).await
    }

    /// Waits for the change under way, leaves what the next start plans its queries by, and folds the log into the file.
    pub(super) async fn close(&self) -> sqlx::Result<()> {
        let mut turn = self.turn().await?;
        turn.flush().await;
        sqlx::query("pragma optimize").execute(&mut turn.connection).await?;
        sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut turn.connection).await.map(drop)
    }
}

impl Held {
    async fn begin(&mut self) -> sqlx::Result<()> {
        if self.is_open {
            // Before it is: nobody may be there any more when it has begun. The same below.
            self.under_way = UnderWay::Further;
            return soon(true, sqlx::query("savepoint change").execute(&mut self.connection)).await.map(drop);
        }
        (self.is_open, self.under_way) = (true, UnderWay::First);
        match soon(true, begin(&mut self.connection)).await {
            Err(sqlx::Error::WorkerCrashed) => {
                self.connection = self.options.connect().await?;
                begin(&mut self.connection).await
            }
            begun => begun,
        }
    }

    /// The change under way is made once its last statements are run: the transaction holds it, and it is not taken back alone
    /// any more.
    async fn keep(&mut self, last: Later<Sqlite>) -> sqlx::Result<oneshot::Receiver<bool>> {
        // Before it is, again: whoever goes now has made it.
        let under_way = std::mem::replace(&mut self.under_way, UnderWay::Nothing);
        let end = (under_way == UnderWay::Further).then_some("release change");
        let kept = soon(true, last.write(&mut self.connection, end)).await;
        kept.inspect_err(|_| self.under_way = under_way)?;
        let (told, is_committed) = oneshot::channel();
        self.made.push(told);
        Ok(is_committed)
    }

    /// The change under way has not happened.
    async fn take_back(&mut self) {
        match self.under_way {
            UnderWay::Nothing => {}
            UnderWay::First => self.forget().await,
            UnderWay::Further => {
                let undo = sqlx::raw_sql("rollback to change; release change");
                match undo.execute(&mut self.connection).await {
                    Ok(_) => self.under_way = UnderWay::Nothing,
                    // On some errors, as of a full disk, SQLite takes back the transaction as a whole.
                    Err(error) => {
                        tracing::warn!(%error, "changes were lost with one that failed");
                        self.forget().await;
                    }
                }
            }
        }
    }

    /// Commits what is made, if anything is.
    async fn flush(&mut self) {
        if !self.is_open {
            return;
        }
        match soon(true, sqlx::query("commit").execute(&mut self.connection)).await {
            Ok(_) => {
                self.is_open = false;
                self.committed.tell();
                self.tell(true);
            }
            Err(error) => {
                tracing::warn!(%error, "changes could not be committed");
                self.forget().await;
            }
        }
    }

    /// Nothing of the transaction has happened.
    async fn forget(&mut self) {
        // It fails when there is nothing to roll back, and then that is well.
        if let Err(error) = sqlx::query("rollback").execute(&mut self.connection).await {
            tracing::debug!(%error, "nothing was rolled back");
        }
        (self.is_open, self.under_way) = (false, UnderWay::Nothing);
        self.tell(false);
    }

    fn tell(&mut self, is_committed: bool) {
        for waiting in self.made.drain(..) {
            // Whoever is gone asks no more.
            let _ = waiting.send(is_committed);
        }
    }
}

async fn begin(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::query("begin immediate").execute(connection).await.map(drop)
}

/// A change. Dropped before it is committed, it has not happened.
pub(crate) struct Writing {
    /// Until the change ends.
    turn: Option<OwnedMutexGuard<Held>>,
    writer: Writer,
}

impl Writing {
    fn held(&mut self) -> &mut Held {
        self.turn.as_mut().expect("the change has not ended")
    }

    /// Runs the change's last statements. When this returns, the change is in the file, with those that were made while it waited for its turn to commit: turns go
    /// round, so whoever was waiting makes their change before.
    ///
    /// # Errors
    /// The database's; then nothing has happened.
    pub(super) async fn commit(mut self, last: Later<Sqlite>) -> sqlx::Result<()> {
        let mut is_committed = self.held().keep(last).await?;
        let mut unattended = Unattended(Some(self.writer.clone()));
        self.turn = None;
        let told = tokio::select! {
            biased;
            told = &mut is_committed => told,
            turn = self.writer.turn() => {
                let mut turn = turn?;
                // Nobody gives up in the middle of it.
                spawn(async move { turn.flush().await });
                is_committed.await
            }
        };
        unattended.0 = None;
        // Nobody told: the runtime ends.
        if told.unwrap_or(false) { Ok(()) } else { Err(sqlx::Error::WorkerCrashed) }
    }
}

/// Whoever made a change and goes before it is committed leaves this to see to it.
struct Unattended(Option<Writer>);

impl Drop for Unattended {
    fn drop(&mut self) {
        if let Some(writer) = self.0.take() {
            spawn(writer.flush());
        }
    }
}

impl Drop for Writing {
    /// Nobody has the connection before what is left has been taken back.
    fn drop(&mut self) {
        if let Some(mut turn) = self.turn.take().filter(|turn| turn.under_way != UnderWay::Nothing) {
            spawn(async move { turn.take_back().await });
        }
    }
}

/// Runs to its end whoever asked for it; when the process ends, SQLite takes back what was not committed.
fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(work);
    }
}

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.turn.as_ref().expect("the change has not ended").connection
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.held().connection
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;
    use std::time::Duration;

    use futures::FutureExt;
    use sqlx::sqlite::SqliteConnectOptions;
    use tempfile::TempDir;

    use super::{Committed, Later, Writer, Writing};

    /// A file with a table of numbers.
    async fn writer(folder: &TempDir) -> Writer {
        let url = format!("sqlite:{}", folder.path().join("numbers.db").display());
        let options = SqliteConnectOptions::from_str(&url).expect("it is one").create_if_missing(true);
        let writer = Writer::open(options, Committed::default()).await.expect("it opens");
        let mut first = writer.begin().await.expect("nobody else writes");
        let table = "create table numbers (number integer primary key)";
        sqlx::query(table).execute(&mut *first).await.expect("it is a table");
        first.commit(Later::default()).await.expect("it is committed");
        writer
    }

    async fn begin(writer: &Writer, number: i64) -> Writing {
        let mut writing = writer.begin().await.expect("the turn comes");
        let insert = sqlx::query("insert into numbers (number) values ($1)").bind(number);
        insert.execute(&mut *writing).await.expect("it is a new number");
        writing
    }

    async fn numbers(writer: &Writer) -> Vec<i64> {
        let mut reading = writer.begin().await.expect("the turn comes");
        let all = sqlx::query_scalar("select number from numbers order by number");
        all.fetch_all(&mut *reading).await.expect("the table is there")
    }

    #[tokio::test]
    async fn a_change_that_is_given_up_takes_no_other_with_it() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let writer = writer(&folder).await;
        let first = begin(&writer, 1).await;
        let given_up = async { drop(begin(&writer, 2).await) };
        let failed = async {
            let mut writing = begin(&writer, 3).await;
            let again = sqlx::query("insert into numbers (number) values (3)").execute(&mut *writing).await;
            again.expect_err("there is a 3");
        };
        let last = async { begin(&writer, 4).await.commit(Later::default()).await };
        // They wait for their turns when the first one commits.
        let (given_up, failed, last) = (given_up.boxed(), failed.boxed(), last.boxed());
        let others = async { tokio::join!(given_up, failed, last) };
        tokio::pin!(others);
        assert!(others.as_mut().now_or_never().is_none(), "the first has the turn");

        let (first, (.., last)) = tokio::join!(first.commit(Later::default()), others);

        first.expect("it is committed");
        last.expect("it is committed");
        assert_eq!(numbers(&writer).await, [1, 4]);
    }

    #[tokio::test]
    async fn what_is_made_is_committed_although_nobody_waits_for_it() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let writer = writer(&folder).await;
        let first = begin(&writer, 1).await;
        let second = begin(&writer, 2);
        tokio::pin!(second);
        assert!(second.as_mut().now_or_never().is_none(), "the first has the turn");

        let given_up = tokio::time::timeout(Duration::from_millis(50), first.commit(Later::default())).await;

        given_up.expect_err("the second has the turn and does not give it up");
        second.await.commit(Later::default()).await.expect("it is committed");
        let another = writer_again(&folder).await;
        assert_eq!(numbers(&another).await, [1, 2]);
    }

    /// The same file, through another connection: what is seen there is committed.
    async fn writer_again(folder: &TempDir) -> Writer {
        let url = format!("sqlite:{}", folder.path().join("numbers.db").display());
        let options = SqliteConnectOptions::from_str(&url).expect("it is one");
        Writer::open(options, Committed::default()).await.expect("it opens")
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_took_back_is_told_to_everybody_in_it() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let writer = writer(&folder).await;
        let first = begin(&writer, 1).await;
        let second = async {
            let mut writing = begin(&writer, 2).await;
            // As it does by itself when the disk is full.
            sqlx::query("rollback").execute(&mut *writing).await.expect("there is a transaction");
        };
        let second = second.boxed();
        tokio::pin!(second);
        assert!(second.as_mut().now_or_never().is_none(), "the first has the turn");

        let (first, ()) = tokio::join!(first.commit(Later::default()), second);

        first.expect_err("it was lost");
        begin(&writer, 3).await.commit(Later::default()).await.expect("the next one begins anew");
        assert_eq!(numbers(&writer).await, [3]);
    }
}
