//! Values of rows that a statement reads from one parameter, as JSON. Both engines take the same texts.

use chrono::SecondsFormat;
use uuid::Uuid;

use crate::clock::Time;

/// Thirty-two digits, which PostgreSQL reads as a uuid and SQLite's `unhex` as its bytes.
pub(crate) fn id(id: Uuid) -> String {
    id.simple().to_string()
}

/// As sqlx writes it into SQLite, where times are compared as texts.
pub(crate) fn time(time: Time) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, false)
}
