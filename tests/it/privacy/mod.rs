//! What is known of people: what they agreed to, how long they are kept, how they are erased.

mod consents;
mod erasures;
pub(crate) mod everywhere;
pub(crate) mod exports;
mod retention;
