//! Grammars for the fields of a résumé: pure functions over one line of text.
//! Each module knows one kind of value in English, German, French, Spanish,
//! Italian, Dutch and Portuguese, and never looks at layout.

pub(crate) mod contacts;
pub(crate) mod dates;
pub(crate) mod degrees;
pub(crate) mod headings;
pub(crate) mod languages;
pub(crate) mod organisations;
pub(crate) mod phones;
pub(crate) mod places;
pub(crate) mod titles;

mod fold;
mod lexicons;
mod table;
