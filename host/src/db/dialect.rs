//! The few fragments of SQL that differ between the engines, and the name of the engine.
//! Everything else is one text for both.

/// Which database this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Sqlite,
}

/// Said on each new connection (PostgreSQL only): no compilation to machine code. For statements as short as ours it takes a
/// hundred times as long as running them.
pub(super) const ON_CONNECT: &str = "set jit = off";

/// From the system's rows of every tenant to those of one (PostgreSQL only; SQLite has no row-level security).
pub(super) const BECOME_TENANT: &str =
    "select set_config('app.system', '', true), set_config('app.tenant_id', $1, true)";

/// Waits for its turn among the transactions of one tenant that decide who may do what, until this one ends (PostgreSQL
/// only; SQLite has one writer at a time anyway). What is read after it is what the one before has left.
pub(super) const TAKE_TURN: &str = "select pg_advisory_xact_lock(hashtextextended($1, 0))";
