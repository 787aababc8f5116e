//! Subject exports: everything that is known of a person, as one archive to hand over to them. Reads what every other noun
//! keeps of a candidate, also what was deleted and is not erased yet; changes nothing.

pub mod actions;
pub mod archive;
pub mod routes;
pub(crate) mod store;

use serde_json::Value;

use crate::resources::resumes::Resume;

/// What the archive holds beside files.
pub struct Known {
    /// Name of the document in the archive, and what it says.
    pub documents: Vec<(&'static str, Value)>,
    pub resumes: Vec<KnownResume>,
}

/// A résumé, and what was read from it.
pub struct KnownResume {
    pub resume: Resume,
    /// As the API shows it.
    pub view: Value,
    /// Its plain text; none while it was not read.
    pub text: Option<String>,
    /// What a parser read, as people corrected it, and where it read it.
    pub reading: Option<Value>,
}
