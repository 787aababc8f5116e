//! Mortise: a headless, multi-tenant applicant tracking system whose logic can be replaced.
//!
//! The modules stand in the order in which one may use the other; README.md has the map.

// Plain words, no I/O.
pub mod caller;
pub mod clock;
pub mod config;
pub mod error;
pub mod ids;
pub mod json_resume;
pub mod keys;
pub mod null_characters;
pub mod text;
pub mod unified_resume;

// How we keep things, and what we ask plugins.
pub mod blobs;
pub mod db;
pub mod hooks;

// The handles everyone is given.
pub mod services;

// How work arrives: a request, or a row.
pub mod http;
pub mod tasks;

// The product.
pub mod resources;

// Runs plugins.
pub mod wasm;

// The only code that knows everything.
pub mod commands;
pub mod router;
pub mod start;
pub mod worker;
