//! The way in: turns a credential into a `Caller`, makes tenants with their first owner,
//! and changes the server's secret key.

pub mod authenticate;
pub mod entrance;
pub mod founding;
pub mod routes;
pub mod secrets;
pub mod standing;
