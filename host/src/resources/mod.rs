//! The product, one folder a noun, in an order: a noun may use only those before it.

pub mod tenants;

pub mod members;

pub mod api_keys;

pub mod events;

pub mod files;

pub mod plugin_runs;

pub mod candidates;

pub mod resumes;
