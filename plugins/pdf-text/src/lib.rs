//! pdf-text
