//! From the lines of a section to its entries and their fields.

pub(crate) mod body;
pub(crate) mod cards;
mod margin;
pub(crate) mod rows;
pub(crate) mod score;
pub(crate) mod segment;
pub(crate) mod slots;
pub(crate) mod template;
mod wrap;
