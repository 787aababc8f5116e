//! Reads a résumé from its text and layout.

pub mod section;

pub use section::Section;
