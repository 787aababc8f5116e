//! The résumé in one shape (UnifiedResume) and where each of its values was read.
//! Plain data, lenient by design: nothing true is refused because something else is missing.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::text::Rect;

/// What a parser answered, as the host keeps it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadResume {
    pub resume: UnifiedResume,
    pub evidence: Vec<Evidence>,
    /// BCP 47 tag of the language it is written in.
    pub language: Option<String>,
    pub warnings: Vec<String>,
}

/// Where a value was read, and how sure the parser is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// JSON Pointer (RFC 6901) into the UnifiedResume.
    pub pointer: String,
    /// From 1; absent where the format has no pages.
    pub page: Option<u32>,
    pub rect: Option<Rect>,
    /// 0 to 1.
    pub confidence: f32,
}

/// A résumé in one shape, whatever file it came from: the earlier system's shape with every field optional, extended by JSON Resume's
/// volunteer, awards and interests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UnifiedResume {
    pub meta: Meta,
    pub basics: Basics,
    pub work: Vec<Work>,
    pub education: Vec<Education>,
    pub skills: Vec<Skill>,
    pub projects: Vec<Project>,
    pub publications: Vec<Publication>,
    pub certificates: Vec<Certificate>,
    pub languages: Vec<Language>,
    pub references: Vec<Reference>,
    pub volunteer: Vec<Volunteer>,
    pub awards: Vec<Award>,
    pub interests: Vec<Interest>,
    pub custom_sections: Vec<CustomSection>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// About the record itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    pub schema_version: Option<String>,
    pub source: Option<String>,
    pub created_at: Option<String>,
    pub last_modified: Option<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// The person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Basics {
    pub name: Option<String>,
    pub label: Option<String>,
    pub image: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub url: Option<String>,
    pub summary: Option<String>,
    pub location: Option<Location>,
    pub profiles: Vec<Profile>,
    pub other_emails: Vec<String>,
    pub other_phones: Vec<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// A postal place. `country_code` is ISO 3166-1 alpha-2.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Location {
    pub address: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    pub country_code: Option<String>,
    pub region: Option<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// An account on a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    pub network: Option<String>,
    pub username: Option<String>,
    pub url: Option<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// One post. Dates are ISO 8601 of any precision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Work {
    pub company: Option<String>,
    pub position: Option<String>,
    pub location: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub is_current: bool,
    pub summary: Option<String>,
    pub highlights: Vec<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// One course of study.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Education {
    pub institution: Option<String>,
    pub area: Option<String>,
    pub study_type: Option<String>,
    pub location: Option<String>,
    pub url: Option<String>,
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub gpa: Option<String>,
    pub courses: Vec<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// A skill, or a group of them with its members as keywords.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Skill {
    pub category: Option<String>,
    pub name: Option<String>,
    pub level: Option<String>,
    pub keywords: Vec<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// One project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Project {
    pub name: Option<String>,
    pub description: Option<String>,
    pub role: Option<String>,
    pub other_roles: Vec<String>,
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub url: Option<String>,
    pub repository_url: Option<String>,
    pub technologies_used: Vec<String>,
    pub highlights: Vec<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// One publication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Publication {
    pub name: Option<String>,
    pub publisher: Option<String>,
    pub release_date: Option<String>,
    pub url: Option<String>,
    pub summary: Option<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// One certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Certificate {
    pub name: Option<String>,
    pub issuer: Option<String>,
    pub date: Option<String>,
    pub url: Option<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// A language and how well it is spoken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Language {
    pub language: Option<String>,
    pub fluency: Option<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// Someone who vouches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Reference {
    pub name: Option<String>,
    pub reference: Option<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// One voluntary post.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Volunteer {
    pub organization: Option<String>,
    pub position: Option<String>,
    pub location: Option<String>,
    pub url: Option<String>,
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub summary: Option<String>,
    pub highlights: Vec<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// One award.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Award {
    pub title: Option<String>,
    pub date: Option<String>,
    pub awarder: Option<String>,
    pub summary: Option<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// One interest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Interest {
    pub name: Option<String>,
    pub keywords: Vec<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}

/// A section none of the lists fits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CustomSection {
    pub title: Option<String>,
    pub content: Option<String>,
    /// Whatever else the record held; kept as it came.
    #[serde(flatten)]
    #[schema(ignore)]
    pub other: Map<String, Value>,
}
