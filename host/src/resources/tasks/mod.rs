//! Tasks as a tenant's admin sees them: what waits, what runs, what failed for good and may be tried again. The queue itself
//! is not here.

pub mod actions;
pub mod routes;
