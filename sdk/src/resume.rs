//! A parsed résumé. Every field is optional; dates are ISO 8601 of any precision (`2019`, `2019-06`, `2019-06-30`).

use crate::text::Rect;

/// A postal place, as far as the résumé tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Location {
    /// Address.
    pub address: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country_code: Option<String>,
}

/// An account on a network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// For instance `LinkedIn`.
    pub network: Option<String>,
    /// Username.
    pub username: Option<String>,
    /// Url.
    pub url: Option<String>,
}

/// The person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basics {
    /// Name.
    pub name: Option<String>,
    /// The professional headline under the name.
    pub label: Option<String>,
    /// Emails.
    pub emails: Vec<String>,
    /// Phones.
    pub phones: Vec<String>,
    /// Url.
    pub url: Option<String>,
    /// Summary.
    pub summary: Option<String>,
    /// Location.
    pub location: Option<Location>,
    /// Profiles.
    pub profiles: Vec<Profile>,
}

/// One post.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// Company.
    pub company: Option<String>,
    /// Position.
    pub position: Option<String>,
    /// Location.
    pub location: Option<String>,
    /// Url.
    pub url: Option<String>,
    /// Start date.
    pub start_date: Option<String>,
    /// Absent while the post is current.
    pub end_date: Option<String>,
    /// Is current.
    pub is_current: bool,
    /// Summary.
    pub summary: Option<String>,
    /// Highlights.
    pub highlights: Vec<String>,
}

/// One course of study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Education {
    /// Institution.
    pub institution: Option<String>,
    /// Area.
    pub area: Option<String>,
    /// Study type.
    pub study_type: Option<String>,
    /// Location.
    pub location: Option<String>,
    /// Url.
    pub url: Option<String>,
    /// Start date.
    pub start_date: Option<String>,
    /// End date.
    pub end_date: Option<String>,
    /// Score.
    pub score: Option<String>,
    /// Courses.
    pub courses: Vec<String>,
}

/// A group of skills, or one skill with its level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skill {
    /// Heading of the group, if the résumé has one.
    pub name: Option<String>,
    /// Level.
    pub level: Option<String>,
    /// Keywords.
    pub keywords: Vec<String>,
}

/// A language and how well it is spoken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Language {
    /// Language.
    pub language: Option<String>,
    /// Fluency.
    pub fluency: Option<String>,
}

/// One project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// Name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Role.
    pub role: Option<String>,
    /// Url.
    pub url: Option<String>,
    /// Start date.
    pub start_date: Option<String>,
    /// End date.
    pub end_date: Option<String>,
    /// Highlights.
    pub highlights: Vec<String>,
    /// Technologies.
    pub technologies: Vec<String>,
}

/// One certificate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Certificate {
    /// Name.
    pub name: Option<String>,
    /// Issuer.
    pub issuer: Option<String>,
    /// Date.
    pub date: Option<String>,
    /// Url.
    pub url: Option<String>,
}

/// One publication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Publication {
    /// Name.
    pub name: Option<String>,
    /// Publisher.
    pub publisher: Option<String>,
    /// Release date.
    pub release_date: Option<String>,
    /// Url.
    pub url: Option<String>,
    /// Summary.
    pub summary: Option<String>,
}

/// One award.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Award {
    /// Title.
    pub title: Option<String>,
    /// Awarder.
    pub awarder: Option<String>,
    /// Date.
    pub date: Option<String>,
    /// Summary.
    pub summary: Option<String>,
}

/// One voluntary post.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Volunteer {
    /// Organization.
    pub organization: Option<String>,
    /// Position.
    pub position: Option<String>,
    /// Location.
    pub location: Option<String>,
    /// Url.
    pub url: Option<String>,
    /// Start date.
    pub start_date: Option<String>,
    /// End date.
    pub end_date: Option<String>,
    /// Summary.
    pub summary: Option<String>,
    /// Highlights.
    pub highlights: Vec<String>,
}

/// One interest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interest {
    /// Name.
    pub name: Option<String>,
    /// Keywords.
    pub keywords: Vec<String>,
}

/// Someone who vouches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    /// Name.
    pub name: Option<String>,
    /// Reference.
    pub reference: Option<String>,
}

/// A section none of the lists above fits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomSection {
    /// Title.
    pub title: String,
    /// Content.
    pub content: String,
}

/// Where a value was read, and how sure the parser is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// JSON Pointer (RFC 6901) into the UnifiedResume this record becomes, for instance `/work/0/position`.
    pub pointer: String,
    /// Page number from 1; absent where the format has no pages.
    pub page: Option<u32>,
    /// Rect.
    pub rect: Option<Rect>,
    /// 0 to 1: the share of such fields that are right.
    pub confidence: f32,
}

/// The whole résumé: what a parser answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedResume {
    /// Basics.
    pub basics: Basics,
    /// Work.
    pub work: Vec<Work>,
    /// Education.
    pub education: Vec<Education>,
    /// Skills.
    pub skills: Vec<Skill>,
    /// Languages.
    pub languages: Vec<Language>,
    /// Projects.
    pub projects: Vec<Project>,
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// Publications.
    pub publications: Vec<Publication>,
    /// Awards.
    pub awards: Vec<Award>,
    /// Volunteer.
    pub volunteer: Vec<Volunteer>,
    /// Interests.
    pub interests: Vec<Interest>,
    /// References.
    pub references: Vec<Reference>,
    /// Custom sections.
    pub custom_sections: Vec<CustomSection>,
    /// BCP 47 tag of the language the résumé is written in.
    pub language: Option<String>,
    /// Evidence.
    pub evidence: Vec<Evidence>,
    /// Sentences for a person about what was doubtful.
    pub warnings: Vec<String>,
    /// Anything else, as a JSON object.
    pub extra_json: Option<String>,
}
