//! A parsed résumé. Every field is optional; dates are ISO 8601 of any precision (`2019`, `2019-06`, `2019-06-30`).

use crate::text::Rect;

/// A postal place, as far as the résumé tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Location {
    /// Street and house number, or the whole address as one line.
    pub address: Option<String>,
    /// As written.
    pub postal_code: Option<String>,
    /// Town or city.
    pub city: Option<String>,
    /// State, canton, province, county.
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country_code: Option<String>,
}

/// An account on a network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// For instance `LinkedIn`.
    pub network: Option<String>,
    /// The name on that network.
    pub username: Option<String>,
    /// A web address, as written.
    pub url: Option<String>,
}

/// The person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basics {
    /// As written.
    pub name: Option<String>,
    /// The professional headline under the name.
    pub label: Option<String>,
    /// E-mail addresses, most prominent first.
    pub emails: Vec<String>,
    /// Telephone numbers, as written.
    pub phones: Vec<String>,
    /// A web address, as written.
    pub url: Option<String>,
    /// Free text.
    pub summary: Option<String>,
    /// Where, as written.
    pub location: Option<Location>,
    /// Accounts on networks.
    pub profiles: Vec<Profile>,
}

/// One post.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// The employer.
    pub company: Option<String>,
    /// The job title.
    pub position: Option<String>,
    /// Where, as written.
    pub location: Option<String>,
    /// A web address, as written.
    pub url: Option<String>,
    /// The first day known, month or year.
    pub start_date: Option<String>,
    /// Absent while the post is current.
    pub end_date: Option<String>,
    /// Whether the post is still held.
    pub is_current: bool,
    /// Free text.
    pub summary: Option<String>,
    /// What was done, an entry a bullet.
    pub highlights: Vec<String>,
}

/// One course of study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Education {
    /// The school or university.
    pub institution: Option<String>,
    /// What was studied.
    pub area: Option<String>,
    /// Study type.
    pub study_type: Option<String>,
    /// Where, as written.
    pub location: Option<String>,
    /// A web address, as written.
    pub url: Option<String>,
    /// The first day known, month or year.
    pub start_date: Option<String>,
    /// The last day known, month or year.
    pub end_date: Option<String>,
    /// The grade, as written.
    pub score: Option<String>,
    /// Courses taken.
    pub courses: Vec<String>,
}

/// A group of skills, or one skill with its level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skill {
    /// Heading of the group, if the résumé has one.
    pub name: Option<String>,
    /// How well, as written.
    pub level: Option<String>,
    /// One entry each.
    pub keywords: Vec<String>,
}

/// A language and how well it is spoken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Language {
    /// The language, as written.
    pub language: Option<String>,
    /// How well, as written.
    pub fluency: Option<String>,
}

/// One project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// As written.
    pub name: Option<String>,
    /// What it was about.
    pub description: Option<String>,
    /// The person's part in it.
    pub role: Option<String>,
    /// A web address, as written.
    pub url: Option<String>,
    /// The first day known, month or year.
    pub start_date: Option<String>,
    /// The last day known, month or year.
    pub end_date: Option<String>,
    /// What was done, an entry a bullet.
    pub highlights: Vec<String>,
    /// What it was made with.
    pub technologies: Vec<String>,
}

/// One certificate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Certificate {
    /// As written.
    pub name: Option<String>,
    /// Who gave it.
    pub issuer: Option<String>,
    /// When.
    pub date: Option<String>,
    /// A web address, as written.
    pub url: Option<String>,
}

/// One publication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Publication {
    /// As written.
    pub name: Option<String>,
    /// Where it appeared.
    pub publisher: Option<String>,
    /// When it appeared.
    pub release_date: Option<String>,
    /// A web address, as written.
    pub url: Option<String>,
    /// Free text.
    pub summary: Option<String>,
}

/// One award.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Award {
    /// As written.
    pub title: Option<String>,
    /// Who gave it.
    pub awarder: Option<String>,
    /// When.
    pub date: Option<String>,
    /// Free text.
    pub summary: Option<String>,
}

/// One voluntary post.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Volunteer {
    /// For whom.
    pub organization: Option<String>,
    /// The job title.
    pub position: Option<String>,
    /// Where, as written.
    pub location: Option<String>,
    /// A web address, as written.
    pub url: Option<String>,
    /// The first day known, month or year.
    pub start_date: Option<String>,
    /// The last day known, month or year.
    pub end_date: Option<String>,
    /// Free text.
    pub summary: Option<String>,
    /// What was done, an entry a bullet.
    pub highlights: Vec<String>,
}

/// One interest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interest {
    /// As written.
    pub name: Option<String>,
    /// One entry each.
    pub keywords: Vec<String>,
}

/// Someone who vouches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    /// As written.
    pub name: Option<String>,
    /// What they say, or how to reach them.
    pub reference: Option<String>,
}

/// A section none of the lists above fits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomSection {
    /// As written.
    pub title: String,
    /// The section's text.
    pub content: String,
}

/// Where a value was read, and how sure the parser is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// JSON Pointer (RFC 6901) into the UnifiedResume this record becomes, for instance `/work/0/position`.
    pub pointer: String,
    /// Page number from 1; absent where the format has no pages.
    pub page: Option<u32>,
    /// Where on the page.
    pub rect: Option<Rect>,
    /// 0 to 1: the share of such fields that are right.
    pub confidence: f32,
}

/// The whole résumé: what a parser answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedResume {
    /// The person.
    pub basics: Basics,
    /// Posts, latest first.
    pub work: Vec<Work>,
    /// Courses of study, latest first.
    pub education: Vec<Education>,
    /// Skills, grouped as the résumé groups them.
    pub skills: Vec<Skill>,
    /// Languages spoken.
    pub languages: Vec<Language>,
    /// Projects.
    pub projects: Vec<Project>,
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// Publications.
    pub publications: Vec<Publication>,
    /// Awards.
    pub awards: Vec<Award>,
    /// Voluntary posts.
    pub volunteer: Vec<Volunteer>,
    /// Interests.
    pub interests: Vec<Interest>,
    /// People who vouch.
    pub references: Vec<Reference>,
    /// Sections none of the lists above fits.
    pub custom_sections: Vec<CustomSection>,
    /// BCP 47 tag of the language the résumé is written in.
    pub language: Option<String>,
    /// Where the values were read.
    pub evidence: Vec<Evidence>,
    /// Sentences for a person about what was doubtful.
    pub warnings: Vec<String>,
    /// Anything else, as a JSON object.
    pub extra_json: Option<String>,
}
