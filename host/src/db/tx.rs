//! One transaction of one tenant on either engine. The macros expand one query for both drivers;
//! nothing outside `db/` knows which engine it is on.

use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::error::ErrorKind;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqliteConnection, Transaction};

use super::later::{self, Later};
use super::writer::Writing;
use super::{Db, Engine, Pools, Wake, dialect};
use crate::caller::{Caller, Once};
use crate::error::{Error, Result};
use crate::ids::TenantId;

/// The driver's transaction, and what it inserts at its end. Only the macros look inside.
pub(crate) enum Inner {
    Postgres(Transaction<'static, Postgres>, Later<Postgres>),
    Sqlite(OnSqlite, Later<Sqlite>),
}

/// A statement of SQLite sees one commit, as one of PostgreSQL's does in a transaction of its default isolation. So what
/// only reads needs no BEGIN and no end: each would be another turn to the connection's thread.
pub(crate) enum OnSqlite {
    Writing(Writing),
    Reading(PoolConnection<Sqlite>),
}

impl OnSqlite {
    pub(crate) fn is_writing(&self) -> bool {
        matches!(self, OnSqlite::Writing(_))
    }
}

/// As long as a statement of SQLite takes, nearly always.
const SOON: Duration = Duration::from_micros(100);

/// Waits for a statement on SQLite. Its thread answers in a few microseconds, and to sleep and be woken takes several times as
/// long, for which everybody waits who wants to write next: so whoever writes, which is one at a time, stays awake for a
/// moment.
pub(crate) async fn soon<F: Future>(is_writing: bool, statement: F) -> F::Output {
    let mut statement = pin!(statement);
    poll_fn(|context| {
        let mut poll = statement.as_mut().poll(context);
        if is_writing {
            let until = Instant::now() + SOON;
            while poll.is_pending() && Instant::now() < until {
                std::hint::spin_loop();
                poll = statement.as_mut().poll(context);
            }
        }
        poll
    })
    .await
}

impl Deref for OnSqlite {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            OnSqlite::Writing(transaction) => transaction,
            OnSqlite::Reading(connection) => connection,
        }
    }
}

impl DerefMut for OnSqlite {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            OnSqlite::Writing(transaction) => transaction,
            OnSqlite::Reading(connection) => connection,
        }
    }
}

/// A transaction bound to one tenant, and to whoever acts in it.
pub struct Tx {
    pub(crate) inner: Inner,
    caller: Caller,
    wake: Arc<Wake>,
    writes: bool,
    has_tasks: bool,
    has_events: bool,
}

/// A transaction of the system's own, over the rows of all tenants.
pub struct SystemTx {
    pub(crate) inner: Inner,
    wake: Arc<Wake>,
    writes: bool,
    has_tasks: bool,
}

/// Runs one expression on the transaction's connection, type-checked once per engine:
/// `on!(tx, |c| sqlx::query("…").bind(id).execute(c).await)`.
macro_rules! on {
    ($tx:expr, |$c:ident| $body:expr) => {
        match &mut $tx.inner {
            $crate::db::Inner::Postgres(transaction, _) => {
                let $c = &mut **transaction;
                $body
            }
            $crate::db::Inner::Sqlite(transaction, _) => {
                let is_writing = transaction.is_writing();
                let $c = &mut **transaction;
                $crate::db::soon(is_writing, async { $body }).await
            }
        }
    };
}
pub(crate) use on;

/// The same for expressions that end the function early: those wait for SQLite like everybody else.
macro_rules! on_connection {
    ($tx:expr, |$c:ident| $body:expr) => {
        match &mut $tx.inner {
            $crate::db::Inner::Postgres(transaction, _) => {
                let $c = &mut **transaction;
                $body
            }
            $crate::db::Inner::Sqlite(transaction, _) => {
                let $c = &mut **transaction;
                $body
            }
        }
    };
}
pub(crate) use on_connection;

/// Chooses between two texts with the same parameters, where the engines differ:
/// `sql!(tx, postgres: "…", sqlite: "…")`.
macro_rules! sql {
    ($tx:expr, postgres: $postgres:expr, sqlite: $sqlite:expr) => {
        match &$tx.inner {
            $crate::db::Inner::Postgres(..) => $postgres,
            $crate::db::Inner::Sqlite(..) => $sqlite,
        }
    };
}
pub(crate) use sql;

/// Whose rows a transaction sees.
#[derive(Clone, Copy)]
enum Scope {
    Tenant(TenantId),
    System,
}

impl Scope {
    /// Begins, and says it to the row-level security policies, in one turn to the server. Bound to the transaction, so that a
    /// pooled connection never carries it on.
    fn begin(self) -> AssertSqlSafe<String> {
        // An id is hexadecimal digits and dashes, whatever it is.
        AssertSqlSafe(match self {
            Scope::Tenant(tenant) => {
                format!("begin; set local app.tenant_id = '{}'", tenant.uuid())
            }
            Scope::System => "begin; set local app.system = 'on'".into(),
        })
    }
}

/// On a connection that is still there: the server may have been gone since one was used, and all of them with it. To ask
/// first would be a turn more for each.
async fn begin_on_postgres(pool: &PgPool, scope: Scope) -> sqlx::Result<Transaction<'static, Postgres>> {
    for _ in 0..pool.size() {
        match pool.begin_with(scope.begin()).await {
            Err(error @ (sqlx::Error::Io(_) | sqlx::Error::Database(_))) => {
                tracing::debug!(%error, "a connection to the database was lost");
            }
            begun => return begun,
        }
    }
    pool.begin_with(scope.begin()).await
}

/// A note of another run of the request stands, see [`Tx::note`].
fn is_without_token(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error
        .is_some_and(|error| error.kind() == ErrorKind::NotNullViolation && error.message().contains("token"))
}

impl Inner {
    async fn begin(db: &Db, scope: Scope) -> Result<Self> {
        Ok(match &db.pools {
            Pools::Postgres(pool) => Self::on_postgres(begin_on_postgres(pool, scope).await?),
            Pools::Sqlite { write, .. } => Self::on_sqlite(OnSqlite::Writing(write.begin().await?)),
        })
    }

    async fn begin_read(db: &Db, scope: Scope) -> Result<Self> {
        Ok(match &db.pools {
            Pools::Postgres(pool) => Self::on_postgres(begin_on_postgres(pool, scope).await?),
            Pools::Sqlite { read, .. } => Self::on_sqlite(OnSqlite::Reading(read.acquire().await?)),
        })
    }

    fn on_postgres(transaction: Transaction<'static, Postgres>) -> Self {
        Inner::Postgres(transaction, Later::default())
    }

    fn on_sqlite(transaction: OnSqlite) -> Self {
        Inner::Sqlite(transaction, Later::default())
    }

    fn add(&mut self, text: &'static str) -> later::Row<'_> {
        match self {
            Inner::Postgres(_, later) => later::Row::Postgres(later.add(text)),
            Inner::Sqlite(_, later) => later::Row::Sqlite(later.add(text)),
        }
    }

    async fn write_inserts(&mut self) -> sqlx::Result<()> {
        match self {
            Inner::Postgres(transaction, later) => std::mem::take(later).write(transaction).await,
            Inner::Sqlite(_, later) if later.is_empty() => Ok(()),
            Inner::Sqlite(transaction, later) => {
                soon(true, std::mem::take(later).write(transaction, None)).await
            }
        }
    }

    fn forget_inserts(&mut self) {
        match self {
            Inner::Postgres(_, later) => *later = Later::default(),
            Inner::Sqlite(_, later) => *later = Later::default(),
        }
    }

    /// Runs what is left to be inserted, and commits. What has only read on PostgreSQL ends as its connection is given back:
    /// nobody waits for that.
    async fn commit(self, writes: bool) -> sqlx::Result<()> {
        match self {
            Inner::Postgres(..) if !writes => Ok(()),
            Inner::Postgres(mut transaction, later) => {
                later.write(&mut transaction).await?;
                transaction.commit().await
            }
            Inner::Sqlite(OnSqlite::Writing(transaction), later) => transaction.commit(later).await,
            Inner::Sqlite(OnSqlite::Reading(mut connection), later) => {
                later.write(&mut connection, None).await
            }
        }
    }

    fn engine(&self) -> Engine {
        match self {
            Inner::Postgres(..) => Engine::Postgres,
            Inner::Sqlite(..) => Engine::Sqlite,
        }
    }
}

impl Tx {
    pub(super) async fn begin(db: &Db, caller: &Caller) -> Result<Self> {
        Ok(Self::of(Inner::begin(db, Scope::Tenant(caller.tenant)).await?, caller, db, true))
    }

    pub(super) async fn begin_read(db: &Db, caller: &Caller) -> Result<Self> {
        Ok(Self::of(Inner::begin_read(db, Scope::Tenant(caller.tenant)).await?, caller, db, false))
    }

    fn of(inner: Inner, caller: &Caller, db: &Db, writes: bool) -> Self {
        let (caller, wake) = (caller.clone(), db.wake.clone());
        Self { inner, caller, wake, writes, has_tasks: false, has_events: false }
    }

    /// The tenant every statement of this transaction names.
    pub fn tenant(&self) -> TenantId {
        self.caller.tenant
    }

    /// Whose doing this is.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    pub fn engine(&self) -> Engine {
        self.inner.engine()
    }

    /// Workers are told of new tasks once this commits.
    pub(crate) fn wake_on_commit(&mut self) {
        self.has_tasks = true;
    }

    /// Whoever waits for events is told once this commits.
    pub(crate) fn tell_on_commit(&mut self) {
        self.has_events = true;
    }

    /// Inserts what nothing in this transaction reads: before it commits, in one turn with all that is added so. The text is
    /// an `insert` that gives nothing back.
    pub(crate) fn insert_later(&mut self, text: &'static str) -> later::Row<'_> {
        self.inner.add(text)
    }

    /// Inserts now what was to be inserted later, for what refers to it.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn write_inserts(&mut self) -> Result<()> {
        Ok(self.inner.write_inserts().await?)
    }

    /// One after the other: for transactions that read who may do what and then decide on it.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_turn(&mut self) -> Result<()> {
        let turn = format!("access {}", self.tenant().uuid());
        if let Inner::Postgres(transaction, _) = &mut self.inner {
            sqlx::query(dialect::TAKE_TURN).bind(turn).execute(&mut **transaction).await?;
        }
        Ok(())
    }

    /// Remembers how things are now: [`Tx::undo_part`] comes back to it. One at a time.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_part(&mut self) -> Result<()> {
        self.write_inserts().await?;
        on!(self, |c| sqlx::query("savepoint part").execute(c).await.map(drop))?;
        Ok(())
    }

    /// What was done since [`Tx::begin_part`] is as done as the rest.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_part(&mut self) -> Result<()> {
        self.write_inserts().await?;
        on!(self, |c| sqlx::query("release savepoint part").execute(c).await.map(drop))?;
        Ok(())
    }

    /// What was done since [`Tx::begin_part`] has not happened; the rest has.
    ///
    /// # Errors
    /// The database's.
    pub async fn undo_part(&mut self) -> Result<()> {
        self.inner.forget_inserts();
        on!(self, |c| sqlx::query("rollback to savepoint part").execute(c).await.map(drop))?;
        self.keep_part().await
    }

    /// Notes that the change is made. Of two who make the same at once, the second waits here for the first, and fails: there is
    /// no note without a token.
    fn note(&mut self, once: &Once) {
        let tenant = self.tenant();
        self.insert_later(
            "insert into idempotency_keys
                (tenant_id, principal, operation, key, fingerprint, state, token, created_at, expires_at)
             values ($1, $2, $3, $4, $5, 'committed', $6, $7, $8)
             on conflict (tenant_id, principal, operation, key) do update
             set fingerprint = excluded.fingerprint, state = excluded.state, status = null, headers = null, body = null,
                 created_at = excluded.created_at, expires_at = excluded.expires_at,
                 token = case when idempotency_keys.token = excluded.token
                              or idempotency_keys.expires_at <= excluded.created_at then excluded.token end",
        )
        .bind(tenant)
        .bind(once.principal.as_str())
        .bind(once.operation.as_str())
        .bind(once.key.as_str())
        .bind(once.fingerprint.as_slice())
        .bind(once.token)
        .bind(once.created_at)
        .bind(once.expires_at);
    }

    /// Commits, and with it notes under the request's `Idempotency-Key` that its change is made.
    ///
    /// # Errors
    /// `Unavailable` or `Internal`; `Conflict` when the same request was done meanwhile: then nothing of this transaction has
    /// happened.
    pub async fn commit(mut self) -> Result<()> {
        let once = self.caller.origin.idempotency.clone().filter(|_| self.writes);
        if let Some(once) = &once {
            self.note(once);
        }
        self.inner.commit(self.writes).await.map_err(|error| {
            if once.is_some() && is_without_token(&error) { Error::done_elsewhere() } else { error.into() }
        })?;
        if self.has_tasks {
            self.wake.wake();
        }
        if self.has_events {
            self.wake.tell_recorded();
        }
        Ok(())
    }
}

impl SystemTx {
    pub(super) async fn begin(db: &Db) -> Result<Self> {
        let inner = Inner::begin(db, Scope::System).await?;
        Ok(Self { inner, wake: db.wake.clone(), writes: true, has_tasks: false })
    }

    pub(super) async fn begin_read(db: &Db) -> Result<Self> {
        let inner = Inner::begin_read(db, Scope::System).await?;
        Ok(Self { inner, wake: db.wake.clone(), writes: false, has_tasks: false })
    }

    pub fn engine(&self) -> Engine {
        self.inner.engine()
    }

    /// Goes on as a transaction of one tenant: what the system found is changed for that tenant.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn into_tenant(self, caller: &Caller) -> Result<Tx> {
        let Self { mut inner, wake, writes, has_tasks } = self;
        if let Inner::Postgres(transaction, _) = &mut inner {
            let tenant = caller.tenant.uuid().to_string();
            sqlx::query(dialect::BECOME_TENANT).bind(tenant).execute(&mut **transaction).await?;
        }
        Ok(Tx { inner, caller: caller.clone(), wake, writes, has_tasks, has_events: false })
    }

    /// Tenants after this one in the order of their ids, for work that goes through all of them; the nil id begins.
    ///
    /// # Errors
    /// The database's.
    pub async fn tenants_after(&mut self, after: TenantId, limit: i64) -> Result<Vec<TenantId>> {
        Ok(on!(self, |c| sqlx::query_scalar("select id from tenants where id > $1 order by id limit $2")
            .bind(after)
            .bind(limit)
            .fetch_all(c)
            .await)?)
    }

    pub(crate) fn wake_on_commit(&mut self) {
        self.has_tasks = true;
    }

    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit(self) -> Result<()> {
        self.inner.commit(self.writes).await?;
        if self.has_tasks {
            self.wake.wake();
        }
        Ok(())
    }
}
