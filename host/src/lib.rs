//! Mortise.
