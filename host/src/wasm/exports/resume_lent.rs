//! A stored résumé as a plugin sees it.

use crate::unified_resume as ours;
use crate::wasm::bindings::resume as wit;

pub(crate) fn lend(resume: &ours::UnifiedResume) -> wit::ParsedResume {
    wit::ParsedResume {
        basics: basics(&resume.basics),
        work: resume.work.iter().map(work).collect(),
        education: resume.education.iter().map(education).collect(),
        skills: resume.skills.iter().map(skill).collect(),
        languages: resume.languages.iter().map(language).collect(),
        projects: resume.projects.iter().map(project).collect(),
        certificates: resume.certificates.iter().map(certificate).collect(),
        publications: resume.publications.iter().map(publication).collect(),
        awards: resume.awards.iter().map(award).collect(),
        volunteer: resume.volunteer.iter().map(volunteer).collect(),
        interests: resume.interests.iter().map(interest).collect(),
        references: resume.references.iter().map(reference).collect(),
        custom_sections: resume.custom_sections.iter().map(custom_section).collect(),
        language: None,
        evidence: Vec::new(),
        warnings: Vec::new(),
        extra_json: (!resume.other.is_empty())
            .then(|| serde_json::to_string(&resume.other).expect("JSON values are JSON")),
    }
}

fn basics(basics: &ours::Basics) -> wit::Basics {
    let all = |first: &Option<String>, rest: &[String]| first.iter().chain(rest).cloned().collect();
    wit::Basics {
        name: basics.name.clone(),
        label: basics.label.clone(),
        emails: all(&basics.email, &basics.other_emails),
        phones: all(&basics.phone, &basics.other_phones),
        url: basics.url.clone(),
        summary: basics.summary.clone(),
        location: basics.location.as_ref().map(|place| wit::Location {
            address: place.address.clone(),
            postal_code: place.postal_code.clone(),
            city: place.city.clone(),
            region: place.region.clone(),
            country_code: place.country_code.clone(),
        }),
        profiles: basics
            .profiles
            .iter()
            .map(|profile| wit::Profile {
                network: profile.network.clone(),
                username: profile.username.clone(),
                url: profile.url.clone(),
            })
            .collect(),
    }
}

/// Fields of the same name and type, copied from one record to the other.
macro_rules! copied {
    ($($function:ident: $type:ident { $($field:ident),* $(; $to:ident = $from:ident)* })*) => {$(
        fn $function(from: &ours::$type) -> wit::$type {
            wit::$type { $($field: from.$field.clone(),)* $($to: from.$from.clone(),)* }
        }
    )*};
}

copied! {
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

fn custom_section(section: &ours::CustomSection) -> wit::CustomSection {
    wit::CustomSection {
        title: section.title.clone().unwrap_or_default(),
        content: section.content.clone().unwrap_or_default(),
    }
}
