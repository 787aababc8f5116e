//! Plugins for Mortise: implement one trait, export it with one macro, build for `wasm32-wasip2`.
//! The README beside this crate walks through each of the four kinds.
#![deny(missing_docs)]

#[expect(unsafe_code, reason = "an allocator; each piece has its SAFETY note")]
mod arena;
#[expect(
    unsafe_code,
    missing_docs,
    reason = "generated from the contract; the hand-written part is one function with its SAFETY note"
)]
mod bindings;
pub mod clock;
mod config;
mod context;
mod convert;
mod document;
mod error;
mod exports;
pub mod flow;
#[cfg(target_arch = "wasm32")]
mod host;
pub mod http;
pub mod inference;
mod json;
pub mod kv;
mod logging;
mod plugin;
pub mod resume;
pub mod scoring;
pub mod secrets;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod text;
pub mod webhook;

pub use arena::Arena;
pub use config::{config, setting};
pub use context::CallContext;
pub use document::Document;
pub use error::{ErrorKind, HostError, HostErrorKind, PluginError};
pub use json::Json;
pub use log;
pub use plugin::{ResumeParser, ScoringRule, TextExtractor, WebhookTransform};
pub use resume::ParsedResume;
pub use scoring::{Answer, Candidate, Contribution, Job, ScoreResult, WeightedSkill};
pub use text::{ExtractedText, Link, Page, PageLayout, Rect, Span};
pub use webhook::{Decision, Delivery, Event};

#[cfg(not(target_arch = "wasm32"))]
use testing::fake as host;

/// What the export macros expand to. No part of it is meant to be named by a plugin.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::{resume_parser, scoring_rule, text_extractor, webhook_transform};
    pub use crate::exports::Exported;
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
