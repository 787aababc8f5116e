//! The index that candidates are found by: one entry a candidate, the same on both databases. Decides what is found by what,
//! and what comes first. Holds nothing that could be read: words stand in it as digests that differ from tenant to tenant.

pub mod actions;
pub mod document;
pub mod expression;
pub mod finding;
pub mod highlight;
pub mod query;
pub mod routes;
pub mod skills;
pub(crate) mod store;
