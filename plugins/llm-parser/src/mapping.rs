//! From the model's answer to a résumé: field by field held against the text, entries of which nothing is left dropped.

use mortise_sdk::resume::{
    Award, Basics, Certificate, Education, Interest, Language, Location, ParsedResume, Profile, Project,
    Publication, Reference, Skill, Volunteer, Work,
};

use crate::answer::{self, Answer};
use crate::checking::Checking;
use crate::index::Index;

/// Entries of a list: more than any résumé has, and less than would take long.
const MOST: usize = 200;

/// The résumé with its evidence, and how many values were dropped.
pub(crate) fn resume(answer: Answer, index: &Index) -> (ParsedResume, usize) {
    let mut checking = Checking::new(index);
    let checks = &mut checking;
    let mut resume = ParsedResume {
        basics: Basics {
            name: checks.text("/basics/name", answer.name),
            label: checks.text("/basics/label", answer.label),
            emails: several(checks, answer.emails, "email", "otherEmails", Checking::email),
            phones: several(checks, answer.phones, "phone", "otherPhones", Checking::phone),
            url: checks.url("/basics/url", answer.url),
            summary: checks.prose("/basics/summary", answer.summary),
            location: answer.location.and_then(|place| location(checks, place)),
            profiles: entries(checks, "/basics/profiles", answer.profiles, profile),
        },
        work: entries(checks, "/work", answer.work, work),
        education: entries(checks, "/education", answer.education, education),
        skills: entries(checks, "/skills", answer.skills, skill),
        languages: entries(checks, "/languages", answer.languages, language),
        projects: entries(checks, "/projects", answer.projects, project),
        certificates: entries(checks, "/certificates", answer.certificates, certificate),
        publications: entries(checks, "/publications", answer.publications, publication),
        awards: entries(checks, "/awards", answer.awards, award),
        volunteer: entries(checks, "/volunteer", answer.volunteer, volunteer),
        interests: entries(checks, "/interests", answer.interests, interest),
        references: entries(checks, "/references", answer.references, reference),
        language: answer.language.filter(|tag| is_language(tag)),
        ..ParsedResume::default()
    };
    resume.evidence = checking.evidence;
    (resume, checking.dropped)
}

/// Something of which the first has a field of its own.
fn several<'a>(
    checks: &mut Checking<'a>,
    values: Vec<String>,
    first: &str,
    others: &str,
    check: fn(&mut Checking<'a>, &str, String) -> Option<String>,
) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for value in values.into_iter().take(MOST) {
        if kept.iter().any(|known| known.eq_ignore_ascii_case(value.trim())) {
            continue;
        }
        let pointer = match kept.len() {
            0 => format!("/basics/{first}"),
            more => format!("/basics/{others}/{}", more - 1),
        };
        kept.extend(check(checks, &pointer, value));
    }
    kept
}

fn entries<A, B: Default + PartialEq>(
    checks: &mut Checking<'_>,
    list: &str,
    answers: Vec<A>,
    read: fn(&mut Checking<'_>, &str, A) -> B,
) -> Vec<B> {
    let mut kept = Vec::new();
    checks.go_to_start();
    for answer in answers.into_iter().take(MOST) {
        let noted = checks.evidence.len();
        let entry = read(checks, &format!("{list}/{}", kept.len()), answer);
        if entry == B::default() {
            checks.forget(noted);
        } else {
            kept.push(entry);
        }
    }
    checks.go_to_start();
    kept
}

fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().is_some_and(|part| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    first
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn location(checks: &mut Checking<'_>, place: answer::Location) -> Option<Location> {
    let answer::Location { address, postal_code, city, region, country, country_code } = place;
    checks.go_to(&[city.as_ref(), address.as_ref(), region.as_ref()]);
    let code =
        country_code.filter(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let location = Location {
        address: checks.text("/basics/location/address", address),
        postal_code: checks.text("/basics/location/postalCode", postal_code),
        city: checks.text("/basics/location/city", city),
        region: checks.text("/basics/location/region", region),
        country_code: code.and_then(|code| {
            let words = country.filter(|country| !country.trim().is_empty()).unwrap_or_else(|| code.clone());
            checks.derived("/basics/location/countryCode", code.to_ascii_uppercase(), &words)
        }),
    };
    (location != Location::default()).then_some(location)
}

fn profile(checks: &mut Checking<'_>, at: &str, profile: answer::Profile) -> Profile {
    let answer::Profile { network, username, url } = profile;
    let url = checks.url(&format!("{at}/url"), url);
    let username = checks.text(&format!("{at}/username"), username);
    // LinkedIn stands in linkedin.com/in/…, where it need not stand anywhere else.
    let network = network.filter(|_| url.is_some() || username.is_some());
    let is_host = |network: &str| {
        url.as_ref().is_some_and(|url| url.to_lowercase().contains(&network.trim().to_lowercase()))
    };
    let network = match network {
        Some(network) if is_host(&network) => {
            Some(network.trim().to_owned()).filter(|network| !network.is_empty())
        }
        network => checks.text(&format!("{at}/network"), network),
    };
    Profile { network, username, url }
}

fn work(checks: &mut Checking<'_>, at: &str, work: answer::Work) -> Work {
    checks.go_to(&[work.position.as_ref(), work.company.as_ref()]);
    let end_date = checks.date(&format!("{at}/endDate"), work.end_date);
    let entry = Work {
        company: checks.text(&format!("{at}/company"), work.company),
        position: checks.text(&format!("{at}/position"), work.position),
        location: checks.text(&format!("{at}/location"), work.location),
        url: checks.url(&format!("{at}/url"), work.url),
        start_date: checks.date(&format!("{at}/startDate"), work.start_date),
        is_current: false,
        summary: checks.prose(&format!("{at}/summary"), work.summary),
        highlights: checks.proses(&format!("{at}/highlights"), work.highlights),
        end_date,
    };
    // Of a post of which nothing stands there it is not said that it is held.
    let is_current = work.is_current && entry.end_date.is_none() && entry != Work::default();
    Work { is_current, ..entry }
}

fn education(checks: &mut Checking<'_>, at: &str, education: answer::Education) -> Education {
    checks.go_to(&[education.area.as_ref(), education.institution.as_ref()]);
    Education {
        institution: checks.text(&format!("{at}/institution"), education.institution),
        area: checks.text(&format!("{at}/area"), education.area),
        study_type: checks.text(&format!("{at}/studyType"), education.study_type),
        location: checks.text(&format!("{at}/location"), education.location),
        url: None,
        start_date: checks.date(&format!("{at}/startDate"), education.start_date),
        end_date: checks.date(&format!("{at}/endDate"), education.end_date),
        score: checks.text(&format!("{at}/gpa"), education.score),
        courses: checks.texts(&format!("{at}/courses"), education.courses),
    }
}

/// A heading without skills is none.
fn skill(checks: &mut Checking<'_>, at: &str, skill: answer::Skill) -> Skill {
    checks.go_to(&[skill.name.as_ref(), skill.keywords.first()]);
    let keywords = checks.texts(&format!("{at}/keywords"), skill.keywords);
    if keywords.is_empty() {
        return Skill::default();
    }
    Skill { name: checks.text(&format!("{at}/name"), skill.name), level: None, keywords }
}

fn language(checks: &mut Checking<'_>, at: &str, language: answer::Language) -> Language {
    checks.go_to(&[language.language.as_ref()]);
    let spoken = checks.text(&format!("{at}/language"), language.language);
    if spoken.is_none() {
        return Language::default();
    }
    Language { language: spoken, fluency: checks.text(&format!("{at}/fluency"), language.fluency) }
}

fn project(checks: &mut Checking<'_>, at: &str, project: answer::Project) -> Project {
    checks.go_to(&[project.name.as_ref(), project.description.as_ref()]);
    Project {
        name: checks.text(&format!("{at}/name"), project.name),
        description: checks.prose(&format!("{at}/description"), project.description),
        role: checks.text(&format!("{at}/role"), project.role),
        url: checks.url(&format!("{at}/url"), project.url),
        start_date: checks.date(&format!("{at}/startDate"), project.start_date),
        end_date: checks.date(&format!("{at}/endDate"), project.end_date),
        highlights: checks.proses(&format!("{at}/highlights"), project.highlights),
        technologies: checks.texts(&format!("{at}/technologiesUsed"), project.technologies),
    }
}

fn certificate(checks: &mut Checking<'_>, at: &str, certificate: answer::Certificate) -> Certificate {
    checks.go_to(&[certificate.name.as_ref()]);
    Certificate {
        name: checks.text(&format!("{at}/name"), certificate.name),
        issuer: checks.text(&format!("{at}/issuer"), certificate.issuer),
        date: checks.date(&format!("{at}/date"), certificate.date),
        url: None,
    }
}

fn publication(checks: &mut Checking<'_>, at: &str, publication: answer::Publication) -> Publication {
    checks.go_to(&[publication.name.as_ref()]);
    Publication {
        name: checks.text(&format!("{at}/name"), publication.name),
        publisher: checks.text(&format!("{at}/publisher"), publication.publisher),
        release_date: checks.date(&format!("{at}/releaseDate"), publication.release_date),
        url: checks.url(&format!("{at}/url"), publication.url),
        summary: None,
    }
}

fn award(checks: &mut Checking<'_>, at: &str, award: answer::Award) -> Award {
    checks.go_to(&[award.title.as_ref()]);
    Award {
        title: checks.text(&format!("{at}/title"), award.title),
        awarder: checks.text(&format!("{at}/awarder"), award.awarder),
        date: checks.date(&format!("{at}/date"), award.date),
        summary: None,
    }
}

fn volunteer(checks: &mut Checking<'_>, at: &str, volunteer: answer::Volunteer) -> Volunteer {
    checks.go_to(&[volunteer.position.as_ref(), volunteer.organization.as_ref()]);
    Volunteer {
        organization: checks.text(&format!("{at}/organization"), volunteer.organization),
        position: checks.text(&format!("{at}/position"), volunteer.position),
        location: checks.text(&format!("{at}/location"), volunteer.location),
        url: None,
        start_date: checks.date(&format!("{at}/startDate"), volunteer.start_date),
        end_date: checks.date(&format!("{at}/endDate"), volunteer.end_date),
        summary: checks.prose(&format!("{at}/summary"), volunteer.summary),
        highlights: checks.proses(&format!("{at}/highlights"), volunteer.highlights),
    }
}

fn interest(checks: &mut Checking<'_>, at: &str, interest: String) -> Interest {
    Interest { name: checks.text(&format!("{at}/name"), Some(interest)), keywords: Vec::new() }
}

fn reference(checks: &mut Checking<'_>, at: &str, reference: answer::Reference) -> Reference {
    checks.go_to(&[reference.name.as_ref()]);
    Reference {
        name: checks.text(&format!("{at}/name"), reference.name),
        reference: checks.prose(&format!("{at}/reference"), reference.reference),
    }
}
