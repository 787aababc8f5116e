//! Who may do what: signing in, sessions, keys, members, roles, departments, and what is kept of every change.

mod api_keys;
mod audit;
mod defects;
mod departments;
mod escalation;
mod hygiene;
mod identity_providers;
mod members;
mod roles;
mod secrets;
mod sessions;
mod sign_in;
mod tokens;
