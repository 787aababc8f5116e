//! What a person may say of a candidate, and what it does to what résumés say: a field that a person set is theirs
//! until they clear it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::contact::{self, Contact, ContactKind};
use super::{Dossier, names};
use crate::error::{Error, Result};
use crate::fields;
use crate::unified_resume::Location;

/// A field that a résumé fills in as long as no person has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Name,
    Headline,
    Location,
    Emails,
    Phones,
    Links,
}

impl Field {
    pub fn of(kind: ContactKind) -> Self {
        match kind {
            ContactKind::Email => Field::Emails,
            ContactKind::Phone => Field::Phones,
            ContactKind::Link => Field::Links,
        }
    }
}

/// Tags by what they are compared by: as they were written.
pub type Tags = BTreeMap<String, String>;

/// Fields of a candidate. What is absent stays, `None` inside clears.
#[derive(Debug, Default)]
pub struct Details {
    pub name: Option<Option<String>>,
    pub given_name: Option<Option<String>>,
    pub family_name: Option<Option<String>>,
    pub headline: Option<Option<String>>,
    pub location: Option<Option<Location>>,
    pub source: Option<Option<String>>,
    pub emails: Option<Option<Vec<String>>>,
    pub phones: Option<Option<Vec<String>>>,
    pub links: Option<Option<Vec<String>>>,
    pub tags: Option<Vec<String>>,
}

const LONGEST_NAME: usize = 200;
const LONGEST_PART: usize = 100;
const LONGEST_LINE: usize = 200;

impl Dossier {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        let Details {
            name,
            given_name,
            family_name,
            headline,
            location,
            source,
            emails,
            phones,
            links,
            tags,
        } = details;
        self.set_name(name, given_name, family_name)?;
        let candidate = &mut self.candidate;
        if let Some(headline) = headline {
            candidate.headline = fields::optional_line("#/headline", headline, LONGEST_LINE)?;
            candidate.mark(Field::Headline, candidate.headline.is_some());
        }
        if let Some(location) = location {
            let location = location.map(|location| place("#/location", location)).transpose()?;
            candidate.location = location.filter(|place| *place != Location::default()).map(Json);
            candidate.mark(Field::Location, candidate.location.is_some());
        }
        if let Some(source) = source {
            candidate.source = fields::optional_line("#/source", source, LONGEST_LINE)?;
        }
        if let Some(tags) = tags {
            let tags = fields::tags("#/tags", tags)?;
            candidate.tags = Some(Json(tags.into_iter().map(|tag| (tag_key(&tag), tag)).collect()));
        }
        self.set_contacts(ContactKind::Email, "#/emails", emails)?;
        self.set_contacts(ContactKind::Phone, "#/phones", phones)?;
        self.set_contacts(ContactKind::Link, "#/links", links)
    }

    fn set_name(
        &mut self,
        name: Option<Option<String>>,
        given: Option<Option<String>>,
        family: Option<Option<String>>,
    ) -> Result<()> {
        let candidate = &mut self.candidate;
        let is_parted = given.is_some() || family.is_some();
        if let Some(given) = given {
            candidate.given_name = fields::optional_line("#/given_name", given, LONGEST_PART)?;
        }
        if let Some(family) = family {
            candidate.family_name = fields::optional_line("#/family_name", family, LONGEST_PART)?;
        }
        if name.is_none() && !is_parted {
            return Ok(());
        }
        let given = fields::optional_line("#/name", name.flatten(), LONGEST_NAME)?;
        candidate.mark(Field::Name, given.is_some());
        let parts = names::full(candidate.given_name.as_deref(), candidate.family_name.as_deref());
        let read = || candidate.profile.as_ref().and_then(|profile| profile.basics.name.clone());
        candidate.name = given.or(parts).or_else(read);
        Ok(())
    }

    fn set_contacts(
        &mut self,
        kind: ContactKind,
        pointer: &str,
        given: Option<Option<Vec<String>>>,
    ) -> Result<()> {
        let Some(given) = given else { return Ok(()) };
        self.candidate.mark(Field::of(kind), given.is_some());
        let listed = contact::listed(kind, pointer, &given.unwrap_or_default())?;
        self.contacts.retain(|contact| contact.kind != kind);
        self.contacts.extend(listed);
        Ok(())
    }

    /// # Errors
    /// `Invalid` when nothing says who it is.
    pub fn require_somebody(&self) -> Result<()> {
        if self.candidate.name.is_some() || !self.contacts.is_empty() {
            return Ok(());
        }
        Err(Error::invalid("#/name", "missing", "give a name, or a way to reach the candidate"))
    }

    pub fn contacts_of(&self, kind: ContactKind) -> impl Iterator<Item = &Contact> {
        self.contacts.iter().filter(move |contact| contact.kind == kind)
    }
}

/// A tag as it is compared.
pub fn tag_key(tag: &str) -> String {
    tag.trim().to_lowercase()
}

fn place(pointer: &str, given: Location) -> Result<Location> {
    let line = |name: &str, text| fields::optional_line(&format!("{pointer}/{name}"), text, LONGEST_LINE);
    let Location { address, postal_code, city, country_code, region, other } = given;
    let country_code = country_code.map(|code| code.trim().to_uppercase()).filter(|code| !code.is_empty());
    let is_code = |code: &String| code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase());
    if country_code.as_ref().is_some_and(|code| !is_code(code)) {
        let detail = "two letters of ISO 3166-1, for instance DE";
        return Err(Error::invalid(format!("{pointer}/countryCode"), "invalid_country_code", detail));
    }
    Ok(Location {
        address: line("address", address)?,
        postal_code: line("postalCode", postal_code)?,
        city: line("city", city)?,
        country_code,
        region: line("region", region)?,
        other,
    })
}
