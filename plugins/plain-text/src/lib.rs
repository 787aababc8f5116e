//! plain-text
