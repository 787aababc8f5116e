//! What the tests stand on: a real server on either database, actors that speak HTTP, builders of documents.
//! Everything goes through the API, so it cannot lie about it.

pub mod actor;
pub mod binary;
pub mod database;
pub mod documents;
pub mod false_registry;
pub mod guests;
pub mod load;
pub mod node;
pub mod object_store;
pub mod outside;
pub mod receiver;
pub mod redact;
pub mod redis;
pub mod registry;
pub mod rows;
pub mod samples;
pub mod server;
pub mod smtp;
pub mod templates;
