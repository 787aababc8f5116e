//! Studies: the degree where one is asked for, else whether what was studied has to do with the job.

use mortise_sdk::resume::Education;
use mortise_sdk::{Candidate, Job};
use serde::Deserialize;

use crate::parts::{Finding, Part, capital};
use crate::settings::Settings;
use crate::words::{Key, Texts};

/// From the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Degree {
    /// Of a school.
    Secondary,
    /// Of two years.
    Associate,
    /// The first of a university.
    Bachelor,
    /// The second.
    Master,
    /// The third.
    Doctorate,
}

impl Degree {
    fn as_str(self) -> &'static str {
        match self {
            Degree::Secondary => "secondary",
            Degree::Associate => "associate",
            Degree::Bachelor => "bachelor",
            Degree::Master => "master",
            Degree::Doctorate => "doctorate",
        }
    }
}

/// How degrees are named, the highest first; a name counts as whole words.
const NAMES: [(Degree, &[&str]); 5] = [
    (
        Degree::Doctorate,
        &[
            "doctorate",
            "doctor",
            "doctoral",
            "phd",
            "ph d",
            "dphil",
            "md",
            "edd",
            "dr",
            "doktor",
            "promotion",
        ],
    ),
    (
        Degree::Master,
        &[
            "master", "masters", "magister", "msc", "m sc", "ma", "m a", "mba", "meng", "med", "mfa", "llm",
            "diplom", "maitrise",
        ],
    ),
    (
        Degree::Bachelor,
        &[
            "bachelor",
            "bachelors",
            "bsc",
            "b sc",
            "bs",
            "b s",
            "ba",
            "b a",
            "beng",
            "btech",
            "bba",
            "llb",
            "bfa",
            "licence",
            "licenciatura",
            "laurea",
        ],
    ),
    (
        Degree::Associate,
        &["associate", "associates", "aa", "a a", "aas", "bts", "dut", "hnd", "foundation degree"],
    ),
    (
        Degree::Secondary,
        &["secondary", "high school", "abitur", "baccalaureat", "ged", "a levels", "matura", "diploma"],
    ),
];

#[derive(Deserialize)]
struct JobFields {
    #[serde(default)]
    degree: Option<Degree>,
}

pub(crate) fn part(candidate: &Candidate, job: &Job, settings: &Settings) -> Option<Part> {
    // Whatever else the field may hold, it is not a degree that could be asked for.
    let asked =
        job.custom_fields.read::<JobFields>().ok().and_then(|fields| fields.degree).or(settings.degree);
    match asked {
        Some(degree) => Some(Part::of(settings.education, reached(candidate, degree))),
        None => Some(Part { is_extra: true, ..Part::of(settings.education, related(candidate, job)) }),
    }
}

fn reached(candidate: &Candidate, asked: Degree) -> Finding {
    let wanted = asked.as_str();
    let studies = candidate.resume.education.iter().enumerate();
    let best = studies.filter_map(|(index, study)| Some((degree(study)?, index))).max_by(|one, other| {
        // Of equal degrees the one named first.
        one.0.cmp(&other.0).then(other.1.cmp(&one.1))
    });
    match best {
        None => {
            let message = format!("No degree is named; {wanted} is asked for.");
            Finding::new("degree_unknown", 0.0, message)
        }
        Some((degree, index)) => {
            let (code, worth) = if degree >= asked { ("degree_reached", 1.0) } else { ("degree_below", 0.3) };
            let message = format!("{} where {wanted} is asked for.", capital(degree.as_str()));
            Finding::new(code, worth, message).because_of(format!("/education/{index}/studyType"))
        }
    }
}

fn degree(study: &Education) -> Option<Degree> {
    let mut texts = Texts::new();
    texts.add((), study.study_type.as_deref()?);
    let is_named =
        |names: &&[&str]| names.iter().filter_map(|name| Key::of(name)).any(|key| texts.find(&key).is_some());
    NAMES.iter().find(|(_, names)| is_named(names)).map(|(degree, _)| *degree)
}

/// Words of a title that say nothing of a subject.
const HOLLOW: [&str; 14] = [
    "and",
    "for",
    "the",
    "with",
    "senior",
    "junior",
    "lead",
    "head",
    "chief",
    "staff",
    "intern",
    "trainee",
    "assistant",
    "manager",
];

fn related(candidate: &Candidate, job: &Job) -> Finding {
    let mut studied = Texts::new();
    for (index, study) in candidate.resume.education.iter().enumerate() {
        for (field, text) in [("area", &study.area), ("studyType", &study.study_type)] {
            if let Some(text) = text {
                studied.add((index, field), text);
            }
        }
    }
    let subjects = job.skills.iter().flat_map(|skill| std::iter::once(&skill.name).chain(&skill.aliases));
    let subjects = subjects.filter_map(|name| Key::of(name)).filter(|key| !key.is_short());
    let title = job.title.split(|c: char| !c.is_alphanumeric());
    let title =
        title.filter(|word| !HOLLOW.contains(&word.to_lowercase().as_str())).filter_map(Key::beginning);
    let found = subjects.chain(title).find_map(|key| studied.find(&key));
    match found {
        Some((index, field)) => {
            let message = "Studied what the job is about.".to_owned();
            Finding::new("education_related", 1.0, message).because_of(format!("/education/{index}/{field}"))
        }
        None if candidate.resume.education.is_empty() => {
            Finding::new("education_unknown", 0.0, "The résumé names no studies.".to_owned())
        }
        None => Finding::new("education_other", 0.5, "Studied something else.".to_owned())
            .because_of("/education".to_owned()),
    }
}
