//! What candidates are found by: keeps their entry in the index as they are, inside whatever changes them.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{Candidate, Contact, Dossier, store};
use crate::db::{Engine, Tx};
use crate::error::Result;
use crate::fields;
use crate::ids::{CandidateId, TenantId};
use crate::resources::search::document::{Document, Facet, Field};
use crate::resources::search::store::Entry;
use crate::resources::search::{self, highlight};
use crate::unified_resume::UnifiedResume;
use crate::words;

/// Writes the candidate's entry anew; takes it out when they are gone.
///
/// # Errors
/// The database's.
pub async fn refresh(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let Some(candidate) = store::find(tx, id).await? else { return search::store::delete(tx, id).await };
    let contacts = store::list_contacts(tx, id).await?;
    let text = store::find_text(tx, id).await?;
    search::store::index(tx, &document(&candidate, &contacts, text)).await
}

/// The entries of new candidates, who have no résumé; [`search::store::index_new`] writes them.
pub(super) fn entries(engine: Engine, tenant: TenantId, dossiers: &[Dossier]) -> Vec<Entry> {
    let entry = |dossier: &Dossier| document(&dossier.candidate, &dossier.contacts, None);
    let documents: Vec<_> = dossiers.iter().map(entry).collect();
    search::store::entries(engine, tenant, &documents)
}

fn document(candidate: &Candidate, contacts: &[Contact], text: Option<String>) -> Document {
    let empty = UnifiedResume::default();
    let profile = candidate.profile.as_ref().map_or(&empty, |profile| &profile.0);
    let mut document = Document {
        candidate: candidate.id,
        created_at: candidate.created_at,
        updated_at: candidate.updated_at,
        experience_months: candidate.experience_months,
        front: Vec::new(),
        middle: Vec::new(),
        rest: Vec::new(),
        texts: Vec::new(),
        properties: Vec::new(),
        facets: BTreeSet::new(),
    };
    let present = profile.work.first().and_then(|post| post.position.clone());
    document.front.extend([&candidate.name, &candidate.headline, &present].into_iter().flatten().cloned());
    document.skills(profile);
    document.posts(profile);
    document.studies(profile);
    document.place(candidate);
    document.languages(profile);
    document.words_of_the_tenant(candidate);
    document.rest.extend(contacts.iter().map(|contact| contact.value.clone()));
    match text {
        Some(text) => document.rest.push(text),
        None => collect(&serde_json::to_value(profile).unwrap_or_default(), &mut document.rest),
    }
    document
}

impl Document {
    fn skills(&mut self, profile: &UnifiedResume) {
        for skill in &profile.skills {
            for name in skill.name.iter().chain(&skill.keywords) {
                let key = words::key(name);
                if !key.is_empty() && key.len() <= 100 {
                    self.properties.push((Field::Skill, key.clone()));
                    self.facets.insert((Facet::Skill, key));
                }
                self.middle.push(name.clone());
            }
        }
    }

    fn posts(&mut self, profile: &UnifiedResume) {
        for post in &profile.work {
            for (field, text) in [(Field::Title, &post.position), (Field::Company, &post.company)] {
                if let Some(text) = text {
                    self.texts.push((field, text.clone()));
                    self.middle.push(text.clone());
                }
            }
        }
    }

    fn studies(&mut self, profile: &UnifiedResume) {
        for study in &profile.education {
            let parts = [
                (Field::School, &study.institution),
                (Field::Degree, &study.study_type),
                (Field::Degree, &study.area),
            ];
            for (field, text) in parts {
                if let Some(text) = text {
                    self.texts.push((field, text.clone()));
                    self.middle.push(text.clone());
                }
            }
        }
    }

    fn place(&mut self, candidate: &Candidate) {
        let Some(place) = &candidate.location else { return };
        for part in [&place.address, &place.postal_code, &place.city, &place.region].into_iter().flatten() {
            self.texts.push((Field::Place, part.clone()));
            self.rest.push(part.clone());
        }
        if let Some(city) = place.city.as_deref().map(words::key).filter(|city| !city.is_empty()) {
            self.facets.insert((Facet::Location, city));
        }
        if let Some(country) = place.country_code.as_deref().map(words::key).filter(|code| !code.is_empty()) {
            self.texts.push((Field::Place, country.clone()));
            self.properties.push((Field::Country, country.clone()));
            self.facets.insert((Facet::Country, country));
        }
    }

    fn languages(&mut self, profile: &UnifiedResume) {
        for language in profile.languages.iter().filter_map(|language| language.language.as_ref()) {
            let key = words::key(language);
            if !key.is_empty() {
                self.properties.push((Field::Language, key.clone()));
                self.facets.insert((Facet::Language, key));
            }
        }
    }

    fn words_of_the_tenant(&mut self, candidate: &Candidate) {
        if let Some(level) = candidate.experience_level {
            let level = fields::word(level);
            self.properties.push((Field::Level, level.clone()));
            self.facets.insert((Facet::ExperienceLevel, level));
        }
        if let Some(source) = &candidate.source {
            self.properties.push((Field::Source, source.to_lowercase()));
            self.facets.insert((Facet::Source, source.to_lowercase()));
        }
        for tag in candidate.tags.iter().flat_map(|tags| tags.0.keys()) {
            self.properties.push((Field::Tag, tag.clone()));
            self.facets.insert((Facet::Tag, tag.clone()));
        }
        for (key, value) in candidate.custom_fields.iter().flat_map(|kept| &kept.0) {
            for value in custom_values(value) {
                self.properties.push((Field::Custom, custom(key, &value)));
                self.rest.push(value);
            }
        }
    }
}

/// A custom field's value as it is looked for.
pub(super) fn custom(key: &str, value: &str) -> String {
    format!("{key}={}", value.trim().to_lowercase())
}

fn custom_values(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(custom_values).collect(),
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

/// Every text of a document, but what the record says of itself.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(fields) => {
            fields.iter().filter(|(key, _)| *key != "meta").for_each(|(_, value)| collect(value, texts));
        }
        _ => {}
    }
}

/// Where a query's words stand in what is known of each: first in the headline, then in the profile, then in the résumé's text,
/// which is read only where it has to be, and last in the name.
///
/// # Errors
/// The database's.
pub(super) async fn snippets(
    tx: &mut Tx,
    query: &search::query::Query,
    candidates: &[&Candidate],
) -> Result<HashMap<CandidateId, String>> {
    let (mut snippets, mut others) = (HashMap::new(), Vec::new());
    for candidate in candidates {
        let mut profile = Vec::new();
        if let Some(known) = &candidate.profile {
            collect(&serde_json::to_value(&known.0).unwrap_or_default(), &mut profile);
        }
        let known = candidate.headline.as_deref().into_iter().chain(profile.iter().map(String::as_str));
        match highlight::snippet(query, known) {
            Some(snippet) => drop(snippets.insert(candidate.id, snippet)),
            None => others.push(candidate),
        }
    }
    let with_text = others.iter().filter(|candidate| candidate.profile_resume_id.is_some());
    let with_text: Vec<_> = with_text.map(|candidate| candidate.id).collect();
    let texts = store::list_texts(tx, &with_text).await?;
    for candidate in others {
        let text = texts.get(&candidate.id).map(String::as_str);
        let snippet = highlight::snippet(query, text.into_iter().chain(candidate.name.as_deref()));
        snippets.extend(snippet.map(|snippet| (candidate.id, snippet)));
    }
    Ok(snippets)
}
