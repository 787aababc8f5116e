//! The few fragments of SQL that differ between the engines, and the name of the engine.
//! Everything else is one text for both.

/// Which database this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Sqlite,
}

/// Names the tenant of this transaction to the row-level security policies (PostgreSQL only; SQLite has none).
/// Bound to the transaction, so that a pooled connection never carries it on. Without compilation to machine code: for
/// statements as short as ours it takes a hundred times as long as running them.
pub(super) const SET_TENANT: &str =
    "select set_config('app.tenant_id', $1, true), set_config('jit', 'off', true)";

/// Lets this transaction see the system's rows of every tenant (PostgreSQL only).
pub(super) const SET_SYSTEM: &str =
    "select set_config('app.system', 'on', true), set_config('jit', 'off', true)";

pub(super) const CLEAR_SYSTEM: &str = "select set_config('app.system', '', true)";

/// Waits for its turn among the transactions of one tenant that decide who may do what, until this one ends (PostgreSQL
/// only; SQLite has one writer at a time anyway). What is read after it is what the one before has left.
pub(super) const TAKE_TURN: &str = "select pg_advisory_xact_lock(hashtextextended($1, 0))";
