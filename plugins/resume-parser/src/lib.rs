//! Reads a résumé from its text and layout.

mod fields;
pub mod section;

pub use section::Section;
