//! Candidates that come in many at once: what a row says, held to the rules for one made by hand, and few statements for
//! many of them. A row may be what the API answers of a candidate, profile and all; what it says of itself is left aside.

pub(crate) mod store;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sqlx::types::Json;

use super::views::NewCandidate;
use super::{Candidate, Contact, ContactKind, Details, Dossier, actions, contact, indexing};
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields;
use crate::grants::Reach;
use crate::http::body;
use crate::ids::{CandidateId, MemberId};
use crate::resources::audit::{self, Audited, Change};
use crate::resources::custom_fields::{self, CustomField};
use crate::resources::{events, search};
use crate::services::Services;
use crate::unified_resume::UnifiedResume;

/// What the server says of a candidate, and nobody else.
const OF_THE_SERVER: [&str; 11] = [
    "id",
    "experience_months",
    "experience_level",
    "profile_resume_id",
    "created_by",
    "created_at",
    "updated_at",
    "deleted_at",
    "merged_into",
    "highlight",
    "version",
];

/// What a row says of a candidate.
#[derive(Debug)]
pub(crate) struct Given {
    details: Details,
    custom_fields: Map<String, Value>,
    profile: Option<UnifiedResume>,
    /// Those that the profile names itself.
    contacts: Vec<Contact>,
}

/// Whether a row stands for a candidate who was deleted.
pub(crate) fn is_deleted(row: &Map<String, Value>) -> bool {
    row.get("deleted_at").is_some_and(|time| !time.is_null())
}

/// Reads a row: the fields of a new candidate, and `profile`.
///
/// # Errors
/// `Invalid`, naming the place.
pub(crate) fn read(mut row: Map<String, Value>) -> Result<Given> {
    OF_THE_SERVER.iter().for_each(|key| drop(row.remove(*key)));
    let profile: Option<UnifiedResume> = match row.remove("profile") {
        None | Some(Value::Null) => None,
        Some(profile) => Some(body::read_value(profile).map_err(|error| error.below("#/profile"))?),
    };
    let contacts = profile.as_ref().map(|profile| leave_to(profile, &mut row)).unwrap_or_default();
    let new: NewCandidate = body::read_value(Value::Object(row))?;
    let (details, custom_fields) = new.details();
    Ok(Given { details, custom_fields, profile, contacts })
}

/// What the profile says need not be said by a person, and so stays open to what the next résumé says; answers the ways to
/// reach the candidate that it names.
fn leave_to(profile: &UnifiedResume, row: &mut Map<String, Value>) -> Vec<Contact> {
    let basics = &profile.basics;
    let is_whole = ["given_name", "family_name"].iter().all(|part| row.get(*part).is_none_or(Value::is_null));
    let said = [
        ("name", basics.name.clone().filter(|_| is_whole).map(Value::from)),
        ("headline", basics.label.clone().map(Value::from)),
        ("location", basics.location.as_ref().map(|place| json!(place))),
    ];
    for (key, said) in said {
        if said.is_some() && row.get(key) == said.as_ref() {
            row.remove(key);
        }
    }
    let mut contacts = contact::of_resume(profile);
    for (key, kind) in
        [("emails", ContactKind::Email), ("phones", ContactKind::Phone), ("links", ContactKind::Link)]
    {
        let named: Vec<_> = contacts.iter().filter(|contact| contact.kind == kind).collect();
        let values: Vec<_> = named.iter().map(|contact| &contact.value).collect();
        if !values.is_empty() && row.get(key) == Some(&json!(values)) {
            row.remove(key);
        } else {
            contacts.retain(|contact| contact.kind != kind);
        }
    }
    contacts
}

impl Given {
    /// Its e-mail addresses as they are compared, but those that are none.
    pub(crate) fn email_keys(&self) -> Vec<String> {
        let named = self.contacts.iter().filter(|contact| contact.kind == ContactKind::Email);
        let given = self.details.emails.iter().flatten().flatten();
        let given = given.filter_map(|text| fields::normalise_email(text));
        let keys: BTreeSet<_> = named.map(|contact| contact.key.clone()).chain(given).collect();
        keys.into_iter().collect()
    }

    /// The new candidate it makes, not kept yet.
    ///
    /// # Errors
    /// `Invalid`, naming every place.
    pub(crate) fn dossier(
        self,
        id: CandidateId,
        created_by: Option<MemberId>,
        now: Time,
        definitions: &[CustomField],
    ) -> Result<Dossier> {
        let Given { details, custom_fields, profile, contacts } = self;
        let mut candidate = Candidate::new(id, None, created_by, now);
        if let Some(profile) = profile {
            candidate.know_profile(profile, now);
        }
        let mut dossier = Dossier { candidate, contacts };
        let fields = custom_fields::fitted(definitions, custom_fields);
        let set = dossier.set(details).and_then(|()| match dossier.candidate.profile {
            Some(_) => Ok(()),
            None => dossier.require_somebody(),
        });
        match (set, fields) {
            (Ok(()), Ok(fields)) => {
                dossier.candidate.custom_fields = Some(Json(fields));
                Ok(dossier)
            }
            (Err(Error::Invalid(faults)), Err(Error::Invalid(others))) => {
                Err(Error::Invalid([faults, others].concat()))
            }
            (Err(error), _) | (Ok(()), Err(error)) => Err(error),
        }
    }
}

/// Keeps new candidates, none of whose e-mail addresses another has.
///
/// # Errors
/// `Conflict` when somebody made one with such an address at the same moment: the whole change is to be tried again.
pub(crate) async fn insert_all(tx: &mut Tx, services: &Services, dossiers: &[Dossier]) -> Result<()> {
    let clock = &services.clock;
    let (engine, tenant) = (tx.engine(), tx.tenant());
    let inserted = async {
        store::insert_all(tx, dossiers).await?;
        store::insert_contacts(tx, dossiers).await
    };
    // While the database does that, the words they are found by are gathered.
    let (inserted, entries) = tokio::join!(inserted, async { indexing::entries(engine, tenant, dossiers) });
    if !inserted? {
        let detail = "a candidate with the same e-mail address was made at the same moment".into();
        return Err(Error::Conflict { code: "candidate_made_meanwhile", detail });
    }
    let made = |dossier: &Dossier| {
        let Candidate { id, version, .. } = dossier.candidate;
        (id.to_string(), json!({ "candidate_id": id, "version": version }))
    };
    events::record_all(tx, clock, events::Kind::CandidateCreated, dossiers.iter().map(made)).await?;
    let changes = dossiers.iter().map(|dossier| (dossier.candidate.id.to_string(), Change::made(dossier)));
    audit::record_all(tx, clock, "candidate.created", changes).await?;
    search::store::index_new(tx, entries).await
}

/// Adds to a candidate what a row says: lines replace those there are, lists and custom fields are added to; a profile is
/// taken by whoever has none. Answers whether anything changed.
///
/// # Errors
/// `NotFound` where the permission does not reach; `Invalid`; `Conflict`.
pub(crate) async fn add_to(
    tx: &mut Tx,
    services: &Services,
    reach: &Reach,
    id: CandidateId,
    given: Given,
) -> Result<bool> {
    actions::hold(tx, id).await?;
    let candidate = actions::get_within(tx, reach, id).await?;
    let before = actions::open(tx, candidate).await?;
    let mut dossier = before.clone();
    let Given { details, custom_fields, profile, contacts } = given;
    if let Some(profile) = profile.filter(|_| before.candidate.profile.is_none()) {
        dossier.candidate.know_profile(profile, services.clock.now());
    }
    dossier.set(added(&before, details, &contacts))?;
    if !custom_fields.is_empty() {
        let fields = actions::changed_fields(tx, &before.candidate, Some(custom_fields)).await?;
        dossier.candidate.custom_fields = Some(Json(fields));
    }
    let is_same = before.audited() == dossier.audited()
        && before.candidate.profile.is_some() == dossier.candidate.profile.is_some();
    if !is_same {
        actions::save(services, tx, &before, &mut dossier).await?;
    }
    Ok(!is_same)
}

/// The same details with lists that begin with what is there.
fn added(before: &Dossier, details: Details, named: &[Contact]) -> Details {
    let longer = |kind: ContactKind, given: Option<Option<Vec<String>>>| {
        let named = named.iter().filter(|contact| contact.kind == kind).map(|contact| contact.value.clone());
        let new: Vec<_> = given.flatten().unwrap_or_default().into_iter().chain(named).collect();
        let present = before.contacts_of(kind).map(|contact| contact.value.clone());
        (!new.is_empty()).then(|| Some(present.chain(new).collect()))
    };
    let tags = details.tags.filter(|tags| !tags.is_empty()).map(|tags| {
        let present = before.candidate.tags.iter().flat_map(|tags| tags.0.values().cloned());
        present.chain(tags).collect()
    });
    Details {
        emails: longer(ContactKind::Email, details.emails),
        phones: longer(ContactKind::Phone, details.phones),
        links: longer(ContactKind::Link, details.links),
        tags,
        ..details
    }
}
