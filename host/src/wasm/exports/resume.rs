//! A parsed résumé on its way in, and a stored one on its way out.

use serde_json::{Map, Value};

use super::text::rect;
use super::{at_most, object};
use crate::hooks::Failure;
use crate::unified_resume as ours;
use crate::unified_resume::{Evidence, ReadResume, UnifiedResume};
use crate::wasm::bindings::resume as wit;
use crate::wasm::failure::bad_result;

const MAX_ENTRIES: usize = 5_000;
const MAX_EVIDENCE: usize = 50_000;
const MAX_WARNINGS: usize = 1_000;

pub(crate) fn accept(parsed: wit::ParsedResume) -> Result<ReadResume, Failure> {
    let lists = [
        ("work entries", parsed.work.len()),
        ("education entries", parsed.education.len()),
        ("skills", parsed.skills.len()),
        ("languages", parsed.languages.len()),
        ("projects", parsed.projects.len()),
        ("certificates", parsed.certificates.len()),
        ("publications", parsed.publications.len()),
        ("awards", parsed.awards.len()),
        ("volunteer entries", parsed.volunteer.len()),
        ("interests", parsed.interests.len()),
        ("references", parsed.references.len()),
        ("custom sections", parsed.custom_sections.len()),
    ];
    for (what, count) in lists {
        at_most(what, count, MAX_ENTRIES)?;
    }
    at_most("pieces of evidence", parsed.evidence.len(), MAX_EVIDENCE)?;
    at_most("warnings", parsed.warnings.len(), MAX_WARNINGS)?;
    let evidence: Result<_, _> = parsed.evidence.into_iter().map(evidence).collect();
    let resume = UnifiedResume {
        basics: basics(parsed.basics),
        work: parsed.work.into_iter().map(work).collect(),
        education: parsed.education.into_iter().map(education).collect(),
        skills: parsed.skills.into_iter().map(skill).collect(),
        projects: parsed.projects.into_iter().map(project).collect(),
        publications: parsed.publications.into_iter().map(publication).collect(),
        certificates: parsed.certificates.into_iter().map(certificate).collect(),
        languages: parsed.languages.into_iter().map(language).collect(),
        references: parsed.references.into_iter().map(reference).collect(),
        volunteer: parsed.volunteer.into_iter().map(volunteer).collect(),
        awards: parsed.awards.into_iter().map(award).collect(),
        interests: parsed.interests.into_iter().map(interest).collect(),
        custom_sections: parsed.custom_sections.into_iter().map(custom_section).collect(),
        other: extra(parsed.extra_json)?,
        ..UnifiedResume::default()
    };
    Ok(ReadResume { resume, evidence: evidence?, language: parsed.language, warnings: parsed.warnings })
}

fn evidence(evidence: wit::Evidence) -> Result<Evidence, Failure> {
    let pointer = evidence.pointer;
    if !(0.0..=1.0).contains(&evidence.confidence) {
        return Err(bad_result(format!(
            "the confidence of `{pointer}` is {}, not within 0 and 1",
            evidence.confidence
        )));
    }
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err(bad_result(format!("`{pointer}` is not a JSON Pointer")));
    }
    if evidence.page == Some(0) {
        return Err(bad_result(format!("the evidence of `{pointer}` is on page 0")));
    }
    let place = match evidence.box_ {
        None => None,
        Some(place) => {
            Some(rect(place).ok_or_else(|| bad_result(format!("the box of `{pointer}` is not finite")))?)
        }
    };
    Ok(Evidence { pointer, page: evidence.page, rect: place, confidence: evidence.confidence })
}

/// What the record has no place for; a key the résumé has itself stays with the résumé.
fn extra(json: Option<String>) -> Result<Map<String, Value>, Failure> {
    let mut extra = object(json)?;
    if !extra.is_empty() {
        let known = serde_json::to_value(UnifiedResume::default()).expect("a résumé is plain data");
        extra.retain(|key, _| known.get(key).is_none());
    }
    Ok(extra)
}

fn basics(basics: wit::Basics) -> ours::Basics {
    let mut emails = basics.emails.into_iter();
    let mut phones = basics.phones.into_iter();
    ours::Basics {
        name: basics.name,
        label: basics.label,
        email: emails.next(),
        phone: phones.next(),
        url: basics.url,
        summary: basics.summary,
        location: basics.location.map(|place| ours::Location {
            address: place.address,
            postal_code: place.postal_code,
            city: place.city,
            country_code: place.country_code,
            region: place.region,
            ..ours::Location::default()
        }),
        profiles: basics
            .profiles
            .into_iter()
            .map(|profile| ours::Profile {
                network: profile.network,
                username: profile.username,
                url: profile.url,
                ..ours::Profile::default()
            })
            .collect(),
        other_emails: emails.collect(),
        other_phones: phones.collect(),
        ..ours::Basics::default()
    }
}

/// Fields of the same name and type, moved from one record to the other; the rest is said in full.
macro_rules! moved {
    ($($(#[$doc:meta])* $function:ident: $type:ident { $($field:ident),* $(; $to:ident = $from:ident)* })*) => {$(
        $(#[$doc])*
        fn $function(from: wit::$type) -> ours::$type {
            ours::$type { $($field: from.$field,)* $($to: from.$from,)* ..ours::$type::default() }
        }
    )*};
}

moved! {
    work: Work { company, position, location, url, start_date, end_date, is_current, summary, highlights }
    education: Education { institution, area, study_type, location, url, start_date, end_date, courses; gpa = score }
    skill: Skill { name, level, keywords }
    project: Project { name, description, role, url, start_date, end_date, highlights; technologies_used = technologies }
    publication: Publication { name, publisher, release_date, url, summary }
    certificate: Certificate { name, issuer, date, url }
    language: Language { language, fluency }
    reference: Reference { name, reference }
    volunteer: Volunteer { organization, position, location, url, start_date, end_date, summary, highlights }
    award: Award { title, awarder, date, summary }
    interest: Interest { name, keywords }
}

fn custom_section(section: wit::CustomSection) -> ours::CustomSection {
    ours::CustomSection {
        title: Some(section.title),
        content: Some(section.content),
        ..ours::CustomSection::default()
    }
}
