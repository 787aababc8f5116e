//! Mortise: a headless, multi-tenant applicant tracking system whose logic can be replaced.

pub mod blobs;
pub mod caller;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod hooks;
pub mod ids;
pub mod json_resume;
pub mod services;
pub mod tasks;
pub mod text;
pub mod unified_resume;
