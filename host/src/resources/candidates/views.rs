//! Candidates as they are sent and received.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::duplicates::{self, Duplicate, Reason};
use super::searching::{FacetCount, Facets};
use super::{Candidate, Contact, ContactKind, Details, Dossier, Level};
use crate::http::body::given;
use crate::http::page::Page;
use crate::ids::{CandidateId, MemberId, ResumeId};
use crate::unified_resume::{Location, UnifiedResume};

/// A candidate in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateSummary {
    pub id: CandidateId,
    #[schema(example = "Ada Lovelace")]
    pub name: Option<String>,
    /// As a person gave it; résumés name people whole.
    #[schema(example = "Ada")]
    pub given_name: Option<String>,
    #[schema(example = "Lovelace")]
    pub family_name: Option<String>,
    #[schema(example = "Analyst")]
    pub headline: Option<String>,
    pub location: Option<Location>,
    /// Where the candidate came from, in the tenant's words.
    #[schema(example = "careers page")]
    pub source: Option<String>,
    #[schema(example = json!(["speaks Dutch"]))]
    pub tags: Vec<String>,
    /// Values by the keys of the tenant's custom fields.
    #[schema(value_type = Object, example = json!({ "notice_period": "3 months" }))]
    pub custom_fields: Map<String, Value>,
    /// Months in which the candidate worked, by the dates of the profile's posts, until the profile was last read or
    /// corrected. Posts at the same time count once; a year alone stands for its middle; a post without an end that is
    /// not current counts for one month. `null` without a profile, or when none of its posts says when it began.
    #[schema(example = 87)]
    pub experience_months: Option<i64>,
    /// By years of work: `entry` under 1, `junior` under 3, `mid` under 6, `senior` under 10, else `lead`.
    pub experience_level: Option<Level>,
    /// The member who brought the candidate in.
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Only of what was deleted: then nothing of the person is left here.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Only of what was deleted: the candidate this one turned out to be.
    pub merged_into: Option<CandidateId>,
    /// Only with `q`: where its words stand, as HTML with `<mark>` around them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "… runs <mark>kubernetes</mark> for …")]
    pub highlight: Option<String>,
    pub version: i64,
}

/// A candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateView {
    #[serde(flatten)]
    pub summary: CandidateSummary,
    #[schema(example = json!(["ada@example.com"]))]
    pub emails: Vec<String>,
    #[schema(example = json!(["+44 20 7946 0000"]))]
    pub phones: Vec<String>,
    #[schema(example = json!(["https://www.linkedin.com/in/ada"]))]
    pub links: Vec<String>,
    /// The résumé last read successfully, as people corrected it.
    pub profile: Option<UnifiedResume>,
    /// Which résumé the profile was read from.
    pub profile_resume_id: Option<ResumeId>,
}

/// A page of candidates.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidatePage {
    #[serde(flatten)]
    pub page: Page<CandidateSummary>,
    /// Only with `facets`: for each kind the values and how many have them, the most frequent first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Vec<FacetCount>>>)]
    pub facets: Option<Facets>,
}

/// Somebody who may be the same person.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateView {
    pub candidate: CandidateSummary,
    /// What both share.
    pub reasons: Vec<Reason>,
    /// How likely it is, from 0 to 1: the more reasons, the likelier.
    #[schema(example = 0.9)]
    pub score: f64,
}

/// The likeliest first, twenty at most.
#[derive(Debug, Serialize, ToSchema)]
pub struct Duplicates {
    pub data: Vec<DuplicateView>,
}

impl CandidateSummary {
    pub(super) fn of(candidate: Candidate) -> Self {
        let Candidate {
            id,
            name,
            given_name,
            family_name,
            headline,
            location,
            source,
            tags,
            custom_fields,
            edited: _,
            profile: _,
            profile_resume_id: _,
            experience_months,
            experience_level,
            merged_into,
            created_by,
            created_at,
            updated_at,
            deleted_at,
            version,
        } = candidate;
        let is_there = deleted_at.is_none();
        let tags = tags.filter(|_| is_there).map(|tags| tags.0.into_values().collect());
        Self {
            id,
            name: name.filter(|_| is_there),
            given_name: given_name.filter(|_| is_there),
            family_name: family_name.filter(|_| is_there),
            headline: headline.filter(|_| is_there),
            location: location.filter(|_| is_there).map(|location| location.0),
            source: source.filter(|_| is_there),
            tags: tags.unwrap_or_default(),
            custom_fields: custom_fields.filter(|_| is_there).map(|fields| fields.0).unwrap_or_default(),
            experience_months: experience_months.filter(|_| is_there),
            experience_level: experience_level.filter(|_| is_there),
            created_by,
            created_at,
            updated_at,
            deleted_at,
            merged_into,
            highlight: None,
            version,
        }
    }
}

impl CandidateView {
    pub(crate) fn of(dossier: Dossier) -> Self {
        let Dossier { mut candidate, contacts } = dossier;
        let of_kind = |kind| {
            let of_kind = contacts.iter().filter(|contact: &&Contact| contact.kind == kind);
            of_kind.map(|contact| contact.value.clone()).collect()
        };
        Self {
            emails: of_kind(ContactKind::Email),
            phones: of_kind(ContactKind::Phone),
            links: of_kind(ContactKind::Link),
            profile: candidate.profile.take().map(|profile| profile.0),
            profile_resume_id: candidate.profile_resume_id,
            summary: CandidateSummary::of(candidate),
        }
    }

    /// For the candidate's own eyes: without what those who hire note for themselves.
    pub(super) fn of_oneself(mut dossier: Dossier) -> Self {
        let candidate = &mut dossier.candidate;
        candidate.source = None;
        candidate.tags = None;
        candidate.custom_fields = None;
        Self::of(dossier)
    }
}

impl DuplicateView {
    pub(super) fn of(duplicate: Duplicate) -> Self {
        let Duplicate { candidate, reasons } = duplicate;
        Self {
            candidate: CandidateSummary::of(candidate),
            score: duplicates::score(&reasons),
            reasons: reasons.into_iter().collect(),
        }
    }
}

/// Where a candidate lives, as in the profile.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CandidateLocation {
    #[schema(max_length = 200)]
    address: Option<String>,
    #[schema(max_length = 200)]
    postal_code: Option<String>,
    #[schema(max_length = 200, example = "London")]
    city: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "GB")]
    country_code: Option<String>,
    #[schema(max_length = 200)]
    region: Option<String>,
}

impl From<CandidateLocation> for Location {
    fn from(location: CandidateLocation) -> Self {
        let CandidateLocation { address, postal_code, city, country_code, region } = location;
        Self { address, postal_code, city, country_code, region, other: Map::new() }
    }
}

/// A new candidate: at least a name, or a way to reach them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCandidate {
    /// Made of the given and the family name when absent.
    #[schema(max_length = 200, example = "Ada Lovelace")]
    name: Option<String>,
    #[schema(max_length = 100, example = "Ada")]
    given_name: Option<String>,
    #[schema(max_length = 100, example = "Lovelace")]
    family_name: Option<String>,
    #[schema(max_length = 200, example = "Analyst")]
    headline: Option<String>,
    location: Option<CandidateLocation>,
    /// At most 20; each may be one candidate's only.
    #[schema(max_items = 20, example = json!(["ada@example.com"]))]
    emails: Option<Vec<String>>,
    /// At most 20, of 6 to 17 digits each.
    #[schema(max_items = 20, example = json!(["+44 20 7946 0000"]))]
    phones: Option<Vec<String>>,
    /// At most 20 http or https addresses of at most 500 characters.
    #[schema(max_items = 20, example = json!(["https://www.linkedin.com/in/ada"]))]
    links: Option<Vec<String>>,
    /// At most 100 of at most 100 characters, each kept once whatever its case.
    #[schema(max_items = 100, example = json!(["speaks Dutch"]))]
    tags: Option<Vec<String>>,
    /// Values by the keys of the tenant's custom fields; those that are required have to be there.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({}))]
    custom_fields: Map<String, Value>,
    /// Where the candidate came from, in your words.
    #[schema(max_length = 200, example = "referral")]
    source: Option<String>,
}

impl NewCandidate {
    pub(super) fn details(self) -> (Details, Map<String, Value>) {
        let Self {
            name,
            given_name,
            family_name,
            headline,
            location,
            emails,
            phones,
            links,
            tags,
            custom_fields,
            source,
        } = self;
        // An empty list says nothing: only a change says that there shall be none.
        let some = |list: Option<Vec<String>>| list.filter(|list| !list.is_empty()).map(Some);
        let details = Details {
            name: name.map(Some),
            given_name: given_name.map(Some),
            family_name: family_name.map(Some),
            headline: headline.map(Some),
            location: location.map(|location| Some(location.into())),
            source: source.map(Some),
            emails: some(emails),
            phones: some(phones),
            links: some(links),
            tags,
        };
        (details, custom_fields)
    }
}

/// Changes to a candidate. What is absent stays, `null` clears, a list replaces the one before it. Name, headline,
/// location, e-mail addresses, phone numbers and links that you set are left alone by later résumés until you clear them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateChanges {
    /// Made of the given and the family name when these change and it does not.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200, example = "Ada King")]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 100)]
    given_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 100)]
    family_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200, example = "Countess")]
    headline: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<CandidateLocation>)]
    location: Option<Option<CandidateLocation>>,
    /// At most 20; each may be one candidate's only.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    emails: Option<Option<Vec<String>>>,
    /// At most 20, of 6 to 17 digits each.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    phones: Option<Option<Vec<String>>>,
    /// At most 20 http or https addresses of at most 500 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    links: Option<Option<Vec<String>>>,
    /// At most 100 of at most 100 characters, each kept once whatever its case.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 100, example = json!(["speaks Dutch"]))]
    tags: Option<Option<Vec<String>>>,
    /// What is absent in it stays, `null` takes one away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>, example = json!({}))]
    custom_fields: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    source: Option<Option<String>>,
}

impl CandidateChanges {
    pub(super) fn details(self) -> (Details, Option<Option<Map<String, Value>>>) {
        let Self {
            name,
            given_name,
            family_name,
            headline,
            location,
            emails,
            phones,
            links,
            tags,
            custom_fields,
            source,
        } = self;
        let location = location.map(|location| location.map(Location::from));
        let tags = tags.map(Option::unwrap_or_default);
        let details = Details {
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
        };
        (details, custom_fields)
    }
}

/// Changes to one's own profile. What is absent stays, `null` clears, a list replaces the one before it. The e-mail
/// address is changed by whoever hires.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnProfileChanges {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 100, example = "Ada")]
    given_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 100, example = "Lovelace")]
    family_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200, example = "Countess")]
    headline: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<CandidateLocation>)]
    location: Option<Option<CandidateLocation>>,
    /// At most 20, of 6 to 17 digits each.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    phones: Option<Option<Vec<String>>>,
    /// At most 20 http or https addresses of at most 500 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    links: Option<Option<Vec<String>>>,
}

impl OwnProfileChanges {
    pub(super) fn details(self) -> Details {
        let Self { given_name, family_name, headline, location, phones, links } = self;
        let location = location.map(|location| location.map(Location::from));
        Details { given_name, family_name, headline, location, phones, links, ..Details::default() }
    }
}
