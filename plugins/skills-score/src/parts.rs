//! What a part of the score is made of; and the two parts that are numbers: years and level.

use mortise_sdk::{Candidate, Job};

/// A part of the score: what it weighs beside the others, and what was found.
pub(crate) struct Part {
    pub(crate) weight: f64,
    pub(crate) findings: Vec<Finding>,
    /// It counts beside others, but alone it is no reason to score anybody.
    pub(crate) is_extra: bool,
}

/// One thing asked for, and how far it is there.
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    /// Beside the others of its part.
    pub(crate) weight: f64,
    /// 0 to 1.
    pub(crate) degree: f64,
    pub(crate) message: String,
    pub(crate) evidence: Vec<String>,
}

impl Part {
    /// Of one thing.
    pub(crate) fn of(weight: f64, finding: Finding) -> Self {
        Self { weight, findings: vec![finding], is_extra: false }
    }
}

impl Finding {
    pub(crate) fn new(code: &'static str, degree: f64, message: String) -> Self {
        Self { code, weight: 1.0, degree, message, evidence: Vec::new() }
    }

    pub(crate) fn because_of(mut self, pointer: String) -> Self {
        self.evidence.push(pointer);
        self
    }
}

pub(crate) fn years(candidate: &Candidate, job: &Job, weight: f64) -> Option<Part> {
    let asked = f64::from(job.min_years.filter(|years| years.is_finite() && *years > 0.0)?);
    let finding = match candidate.years_of_experience.map(f64::from) {
        None => Finding::new(
            "years_unknown",
            0.0,
            format!("The résumé does not say how long; {} are asked for.", years_of(asked)),
        ),
        Some(years) if years >= asked => Finding::new(
            "years_reached",
            1.0,
            format!("{} of work, {} asked for.", years_of(years), years_of(asked)),
        ),
        Some(years) => {
            let message = format!("{} of work of the {} asked for.", years_of(years), years_of(asked));
            Finding::new("years_short", years / asked, message)
        }
    };
    let has_posts = !candidate.resume.work.is_empty();
    Some(Part::of(weight, if has_posts { finding.because_of("/work".to_owned()) } else { finding }))
}

/// `1 year`, `2.5 years`.
fn years_of(years: f64) -> String {
    let tenths = (years * 10.0).round() / 10.0;
    if tenths == 1.0 { "1 year".to_owned() } else { format!("{tenths} years") }
}

const LEVELS: [&str; 6] = ["entry", "junior", "mid", "senior", "lead", "executive"];

pub(crate) fn level(candidate: &Candidate, job: &Job, weight: f64) -> Option<Part> {
    let place = |level: &str| LEVELS.iter().position(|known| *known == level);
    let asked = job.experience_level.as_deref()?;
    let wanted = place(asked)?;
    let finding = match candidate.experience_level.as_deref().and_then(place) {
        None => Finding::new("level_unknown", 0.0, format!("The level is not known; {asked} is asked for.")),
        Some(level) if level >= wanted => Finding::new(
            "level_reached",
            1.0,
            format!("{} where {asked} is asked for.", capital(LEVELS[level])),
        ),
        Some(level) => {
            let degree = if level + 1 == wanted { 0.5 } else { 0.0 };
            let message = format!("{} where {asked} is asked for.", capital(LEVELS[level]));
            Finding::new("level_below", degree, message)
        }
    };
    Some(Part::of(weight, finding))
}

/// As a sentence begins.
pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
