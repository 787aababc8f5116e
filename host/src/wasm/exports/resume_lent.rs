//! A stored résumé as a plugin sees it.

use crate::unified_resume as ours;
use crate::wasm::bindings::resume as wit;

pub(crate) fn lend(resume: ours::UnifiedResume) -> wit::ParsedResume {
    wit::ParsedResume {
        basics: basics(resume.basics),
        work: each(resume.work, work),
        education: each(resume.education, education),
        skills: each(resume.skills, skill),
        languages: each(resume.languages, language),
        projects: each(resume.projects, project),
        certificates: each(resume.certificates, certificate),
        publications: each(resume.publications, publication),
        awards: each(resume.awards, award),
        volunteer: each(resume.volunteer, volunteer),
        interests: each(resume.interests, interest),
        references: each(resume.references, reference),
        custom_sections: each(resume.custom_sections, custom_section),
        language: None,
        evidence: Vec::new(),
        warnings: Vec::new(),
        extra_json: (!resume.other.is_empty())
            .then(|| serde_json::to_string(&resume.other).expect("JSON values are JSON")),
    }
}

fn each<From, To>(all: Vec<From>, lend: fn(From) -> To) -> Vec<To> {
    all.into_iter().map(lend).collect()
}

fn basics(basics: ours::Basics) -> wit::Basics {
    let all = |first: Option<String>, rest: Vec<String>| first.into_iter().chain(rest).collect();
    wit::Basics {
        name: basics.name,
        label: basics.label,
        emails: all(basics.email, basics.other_emails),
        phones: all(basics.phone, basics.other_phones),
        url: basics.url,
        summary: basics.summary,
        location: basics.location.map(location),
        profiles: each(basics.profiles, profile),
    }
}

/// Fields of the same name and type, moved from one record to the other.
macro_rules! moved {
    ($($function:ident: $type:ident { $($field:ident),* $(; $to:ident = $from:ident)* })*) => {$(
        fn $function(from: ours::$type) -> wit::$type {
            wit::$type { $($field: from.$field,)* $($to: from.$from,)* }
        }
    )*};
}

moved! {
    location: Location { address, postal_code, city, region, country_code }
    profile: Profile { network, username, url }
    work: Work { company, position, location, url, start_date, end_date, is_current, summary, highlights }
    education: Education { institution, area, study_type, location, url, start_date, end_date, courses; score = gpa }
    skill: Skill { name, level, keywords }
    project: Project { name, description, role, url, start_date, end_date, highlights; technologies = technologies_used }
    publication: Publication { name, publisher, release_date, url, summary }
    certificate: Certificate { name, issuer, date, url }
    language: Language { language, fluency }
    reference: Reference { name, reference }
    volunteer: Volunteer { organization, position, location, url, start_date, end_date, summary, highlights }
    award: Award { title, awarder, date, summary }
    interest: Interest { name, keywords }
}

fn custom_section(section: ours::CustomSection) -> wit::CustomSection {
    wit::CustomSection {
        title: section.title.unwrap_or_default(),
        content: section.content.unwrap_or_default(),
    }
}
