//! Subject exports: everything that is known of a person, as one archive to hand over to them. Reads what every other noun
//! keeps of a candidate, also what was deleted and is not erased yet; changes nothing.

pub mod actions;
pub mod archive;
pub mod routes;
pub(crate) mod store;

use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::clock::Time;
use crate::resources::emails;
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

/// An e-mail to them or about them.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Message {
    pub kind: emails::Kind,
    pub state: emails::State,
    /// The address, masked.
    pub recipient: String,
    pub created_at: Time,
    pub sent_at: Option<Time>,
}

/// Something told about them to another program.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Disclosure {
    pub event_type: String,
    pub delivered_at: Option<Time>,
    pub url: String,
}

impl Disclosure {
    /// Whom it was told to is the host: the rest of an address may be a password.
    pub fn shown(&self) -> Value {
        let recipient = Url::parse(&self.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        json!({ "recipient": recipient, "about": self.event_type, "delivered_at": self.delivered_at })
    }
}
