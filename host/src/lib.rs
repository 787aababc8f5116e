//! Mortise: a headless, multi-tenant applicant tracking system whose logic can be replaced.
//!
//! The modules stand in the order in which one may use the other; README.md has the map.

// Plain words, no I/O.
pub mod access_token;
pub mod caller;
pub mod clock;
pub mod config;
pub mod digest;
pub mod error;
pub mod fields;
pub mod grants;
pub mod ids;
pub mod json_resume;
pub mod keys;
pub mod null_characters;
pub mod permissions;
pub mod scoring;
pub mod sealed;
pub mod text;
pub mod token;
pub mod transforming;
pub mod typed_values;
pub mod unified_resume;
pub mod words;

// How we keep things, and what we ask plugins.
pub mod batches;
pub mod blobs;
pub mod broker;
pub mod components;
pub mod db;
pub mod hooks;
pub mod inference;
pub mod mailer;
pub mod oci;
pub mod outbound;
pub mod rate_limits;

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

/// Many threads make and free many small texts, which the system's own allocator takes several times as long for.
/// Without huge pages: with them a server at rest is twice as large.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
