//! Runs: what every call of a plugin cost and how it ended. Kept for a month.

pub(crate) mod store;
pub mod tasks;
