//! Plugins for Mortise: implement one trait, export it with one macro, build for `wasm32-wasip2`.
#![warn(missing_docs)]

mod error;
pub mod resume;
pub mod text;

pub use error::{ErrorKind, PluginError};
pub use text::{ExtractedText, Link, Page, PageLayout, Rect, Span};
