//! Candidates: people who may be hired, one row a person and tenant. Decides what a profile makes of a candidate, and
//! what becomes of two that are one person.

pub mod actions;
pub mod contact;
pub mod details;
pub mod duplicates;
pub mod experience;
pub mod importing;
pub mod indexing;
pub mod listing;
pub mod names;
pub mod profiles;
pub mod routes;
pub mod searching;
pub(crate) mod store;
pub mod tasks;
pub mod views;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sqlx::types::Json;

use super::audit::Audited;
use crate::clock::Time;
use crate::ids::{CandidateId, MemberId, ResumeId};
use crate::unified_resume::{Location, UnifiedResume};

pub use contact::{Contact, ContactKind};
pub use details::{Details, Field, Tags};
pub use experience::Level;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Candidate {
    pub id: CandidateId,
    pub name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub headline: Option<String>,
    pub location: Option<Json<Location>>,
    /// Where the candidate came from, in the tenant's words.
    pub source: Option<String>,
    pub tags: Option<Json<Tags>>,
    pub custom_fields: Option<Json<Map<String, Value>>>,
    /// What a person set, so that no résumé overwrites it.
    pub edited: Option<Json<BTreeSet<Field>>>,
    /// The résumé last read successfully, as people corrected it.
    pub profile: Option<Json<UnifiedResume>>,
    pub profile_resume_id: Option<ResumeId>,
    /// Of the profile's posts, as far as they say when.
    pub experience_months: Option<i64>,
    pub experience_level: Option<Level>,
    /// Who this candidate turned out to be; always one that is not merged itself.
    pub merged_into: Option<CandidateId>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
    pub version: i64,
}

/// A candidate with all ways to reach them.
#[derive(Clone, Debug)]
pub struct Dossier {
    pub candidate: Candidate,
    pub contacts: Vec<Contact>,
}

impl Candidate {
    /// A candidate nothing is known of yet.
    pub fn new(id: CandidateId, source: Option<String>, created_by: Option<MemberId>, now: Time) -> Self {
        Self {
            id,
            name: None,
            given_name: None,
            family_name: None,
            headline: None,
            location: None,
            source,
            tags: None,
            custom_fields: None,
            edited: None,
            profile: None,
            profile_resume_id: None,
            experience_months: None,
            experience_level: None,
            merged_into: None,
            created_by,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            version: 1,
        }
    }

    /// Whether a person set it, so that résumés leave it as it is.
    pub fn is_edited(&self, field: Field) -> bool {
        self.edited.as_ref().is_some_and(|edited| edited.contains(&field))
    }

    pub fn mark(&mut self, field: Field, is_edited: bool) {
        let edited = self.edited.get_or_insert_default();
        if is_edited {
            edited.insert(field);
        } else {
            edited.remove(&field);
        }
    }

    fn has_own_name(&self) -> bool {
        self.is_edited(Field::Name) || self.given_name.is_some() || self.family_name.is_some()
    }

    /// Takes over what a résumé says. Name, headline and place stay where the résumé has none, or a person set them.
    pub fn take_profile(&mut self, resume: ResumeId, profile: UnifiedResume, now: Time) {
        self.know_profile(profile, now);
        self.profile_resume_id = Some(resume);
    }

    /// The same of a profile that comes without its résumé.
    pub fn know_profile(&mut self, profile: UnifiedResume, now: Time) {
        let basics = &profile.basics;
        if !self.has_own_name() {
            self.name = basics.name.clone().or(self.name.take());
        }
        if !self.is_edited(Field::Headline) {
            self.headline = basics.label.clone().or(self.headline.take());
        }
        if !self.is_edited(Field::Location) {
            self.location = basics.location.clone().map(Json).or(self.location.take());
        }
        self.experience_months = experience::months(&profile.work, now);
        self.experience_level = self.experience_months.map(Level::of);
        self.profile = Some(Json(profile));
        self.updated_at = now;
    }

    /// No résumé is left to tell more.
    pub fn lose_profile(&mut self, now: Time) {
        self.experience_months = None;
        self.experience_level = None;
        self.profile = None;
        self.profile_resume_id = None;
        self.updated_at = now;
    }

    /// Takes over from somebody who is the same person what is not known here.
    pub fn absorb(&mut self, other: &Candidate) {
        if !self.has_own_name() && (other.has_own_name() || self.name.is_none()) {
            self.given_name.clone_from(&other.given_name);
            self.family_name.clone_from(&other.family_name);
            self.name.clone_from(&other.name);
            self.mark(Field::Name, other.is_edited(Field::Name));
        }
        if self.headline.is_none() {
            self.headline.clone_from(&other.headline);
            self.mark(Field::Headline, other.is_edited(Field::Headline));
        }
        if self.location.is_none() {
            self.location.clone_from(&other.location);
            self.mark(Field::Location, other.is_edited(Field::Location));
        }
        if self.source.is_none() {
            self.source.clone_from(&other.source);
        }
        for (key, tag) in other.tags.iter().flat_map(|tags| &tags.0) {
            self.tags.get_or_insert_default().entry(key.clone()).or_insert_with(|| tag.clone());
        }
        for (key, value) in other.custom_fields.iter().flat_map(|fields| &fields.0) {
            let fields = self.custom_fields.get_or_insert_with(|| Json(Map::new()));
            fields.entry(key).or_insert_with(|| value.clone());
        }
        // What either of both had decided on stays decided.
        for field in [Field::Emails, Field::Phones, Field::Links] {
            let is_edited = self.is_edited(field) || other.is_edited(field);
            self.mark(field, is_edited);
        }
    }
}

impl Audited for Dossier {
    const PERSONAL: &'static [&'static str] = &[
        "name",
        "given_name",
        "family_name",
        "headline",
        "location",
        "emails",
        "phones",
        "links",
        "tags",
        "custom_fields",
    ];

    fn audited(&self) -> Value {
        let Candidate { name, given_name, family_name, headline, location, source, .. } = &self.candidate;
        let values = |kind| self.contacts_of(kind).map(|contact| &contact.value).collect::<Vec<_>>();
        json!({
            "name": name, "given_name": given_name, "family_name": family_name, "headline": headline,
            "location": location.as_ref().map(|location| &location.0), "source": source,
            "tags": self.candidate.tags.iter().flat_map(|tags| tags.0.values()).collect::<Vec<_>>(),
            "custom_fields": self.candidate.custom_fields.as_ref().map(|fields| &fields.0),
            "emails": values(ContactKind::Email), "phones": values(ContactKind::Phone),
            "links": values(ContactKind::Link), "profile_resume_id": self.candidate.profile_resume_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;
    use uuid::Uuid;

    use super::{Candidate, Details, Dossier, Field};
    use crate::clock::Time;
    use crate::ids::{CandidateId, ResumeId};
    use crate::unified_resume::{Basics, UnifiedResume};

    fn now() -> Time {
        "2026-03-02T09:00:00Z".parse().expect("it is a time")
    }

    fn somebody() -> Candidate {
        Candidate::new(CandidateId::from_uuid(Uuid::nil()), None, None, now())
    }

    fn resume(name: &str, label: &str) -> UnifiedResume {
        let basics = Basics { name: Some(name.into()), label: Some(label.into()), ..Basics::default() };
        UnifiedResume { basics, ..UnifiedResume::default() }
    }

    #[test]
    fn what_a_person_set_stays_until_they_clear_it() {
        let (id, some) = (ResumeId::from_uuid(Uuid::nil()), |text: &str| Some(Some(text.to_owned())));
        let mut dossier = Dossier { candidate: somebody(), contacts: Vec::new() };
        dossier.set(Details { headline: some("Countess"), ..Details::default() }).expect("it is a line");

        dossier.candidate.take_profile(id, resume("Ada King", "Analyst"), now());
        assert_eq!(dossier.candidate.headline.as_deref(), Some("Countess"));
        assert_eq!(dossier.candidate.name.as_deref(), Some("Ada King"));

        let names = Details { given_name: some("Ada"), family_name: some("Lovelace"), ..Details::default() };
        dossier.set(names).expect("they are lines");
        dossier.set(Details { headline: Some(None), ..Details::default() }).expect("it is nothing");
        assert_eq!(dossier.candidate.headline, None);
        dossier.candidate.take_profile(id, resume("A. King", "Analyst"), now());
        assert_eq!(dossier.candidate.headline.as_deref(), Some("Analyst"));
        assert_eq!(dossier.candidate.name.as_deref(), Some("Ada Lovelace"));

        let none = Details { given_name: Some(None), family_name: Some(None), ..Details::default() };
        dossier.set(none).expect("they are nothing");
        assert_eq!(dossier.candidate.name.as_deref(), Some("A. King"));
    }

    #[test]
    fn of_two_that_are_one_person_the_first_keeps_what_it_has() {
        let (mut one, mut other) = (somebody(), somebody());
        one.name = Some("Ada".into());
        one.tags = Some(Json([("rust".into(), "Rust".into())].into()));
        (other.name, other.headline) = (Some("A. Lovelace".into()), Some("Analyst".into()));
        other.mark(Field::Headline, true);
        other.tags = Some(Json([("rust".into(), "RUST".into()), ("sql".into(), "SQL".into())].into()));

        one.absorb(&other);

        assert_eq!(one.name.as_deref(), Some("Ada"));
        assert_eq!(one.headline.as_deref(), Some("Analyst"));
        assert!(one.is_edited(Field::Headline));
        let tags = one.tags.expect("there are some");
        assert_eq!(tags.values().collect::<Vec<_>>(), ["Rust", "SQL"]);
    }
}
