//! Candidates: people who may be hired, one row a person and tenant. Decides what a profile makes of a candidate.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use std::collections::BTreeSet;

use sqlx::types::Json;

use crate::clock::Time;
use crate::fields::normalise_email;
use crate::ids::{CandidateId, MemberId, ResumeId};
use crate::unified_resume::{Location, UnifiedResume};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Candidate {
    pub id: CandidateId,
    pub name: Option<String>,
    pub headline: Option<String>,
    pub location: Option<Json<Location>>,
    /// Where the candidate came from, in the tenant's words.
    pub source: Option<String>,
    /// The résumé last read successfully.
    pub profile: Option<Json<UnifiedResume>>,
    pub profile_resume_id: Option<ResumeId>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// One way to reach a candidate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::FromRow)]
pub struct Contact {
    pub kind: ContactKind,
    /// As it is compared: an e-mail in lower case, a phone's digits.
    pub key: String,
    /// As the candidate wrote it.
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ContactKind {
    Email,
    Phone,
}

/// Contacts kept of one résumé: more is a mailing list, not a person.
const MAX_CONTACTS: usize = 20;

impl Candidate {
    /// A candidate nothing is known of yet.
    pub fn new(id: CandidateId, source: Option<String>, created_by: Option<MemberId>, now: Time) -> Self {
        Self {
            id,
            name: None,
            headline: None,
            location: None,
            source,
            profile: None,
            profile_resume_id: None,
            created_by,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// Takes over what a résumé says. Name, headline and place stay where the résumé has none.
    pub fn take_profile(&mut self, resume: ResumeId, profile: UnifiedResume, now: Time) {
        let basics = &profile.basics;
        self.name = basics.name.clone().or(self.name.take());
        self.headline = basics.label.clone().or(self.headline.take());
        self.location = basics.location.clone().map(Json).or(self.location.take());
        self.profile = Some(Json(profile));
        self.profile_resume_id = Some(resume);
        self.updated_at = now;
    }
}

/// The ways to reach a person that a résumé names, each once, e-mail addresses first.
pub fn contacts(resume: &UnifiedResume) -> Vec<Contact> {
    let basics = &resume.basics;
    let emails = basics.email.iter().chain(&basics.other_emails).filter_map(|value| {
        Some(Contact { kind: ContactKind::Email, key: normalise_email(value)?, value: value.trim().into() })
    });
    let phones = basics.phone.iter().chain(&basics.other_phones).filter_map(|value| {
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        let plausible = (6..=17).contains(&digits.len()) && value.len() <= 60;
        plausible.then(|| Contact { kind: ContactKind::Phone, key: digits, value: value.trim().into() })
    });
    let mut seen = BTreeSet::new();
    emails.chain(phones).filter(|c| seen.insert((c.kind, c.key.clone()))).take(MAX_CONTACTS).collect()
}
