//! The job's skills: which of them the résumé lists, which it mentions, and what it costs when required ones are missing.

use mortise_sdk::{Candidate, Job, ParsedResume, WeightedSkill};

use crate::parts::{Finding, Part};
use crate::settings::Settings;
use crate::words::{Key, Texts};

/// Named as a skill.
const LISTED: f64 = 1.0;
/// Stands in what somebody did.
const MENTIONED: f64 = 0.8;

/// Where in a résumé a text stands; a JSON Pointer only when it is asked for.
#[derive(Clone, Copy)]
enum Place {
    SkillName(usize),
    SkillKeyword(usize, usize),
    Language(usize),
    Certificate(usize),
    Technology(usize, usize),
    Tag,
    Position(usize),
    WorkSummary(usize),
    WorkHighlight(usize, usize),
    ProjectDescription(usize),
    ProjectHighlight(usize, usize),
    Course(usize, usize),
    Label,
    Summary,
}

impl Place {
    /// None for what does not stand in the résumé.
    fn pointer(self) -> Option<String> {
        Some(match self {
            Place::SkillName(index) => format!("/skills/{index}/name"),
            Place::SkillKeyword(index, word) => format!("/skills/{index}/keywords/{word}"),
            Place::Language(index) => format!("/languages/{index}/language"),
            Place::Certificate(index) => format!("/certificates/{index}/name"),
            Place::Technology(index, word) => format!("/projects/{index}/technologiesUsed/{word}"),
            Place::Tag => return None,
            Place::Position(index) => format!("/work/{index}/position"),
            Place::WorkSummary(index) => format!("/work/{index}/summary"),
            Place::WorkHighlight(index, line) => format!("/work/{index}/highlights/{line}"),
            Place::ProjectDescription(index) => format!("/projects/{index}/description"),
            Place::ProjectHighlight(index, line) => format!("/projects/{index}/highlights/{line}"),
            Place::Course(index, course) => format!("/education/{index}/courses/{course}"),
            Place::Label => "/basics/label".to_owned(),
            Place::Summary => "/basics/summary".to_owned(),
        })
    }

    /// For a person.
    fn described(self) -> &'static str {
        match self {
            Place::SkillName(_) | Place::SkillKeyword(..) => "among the skills",
            Place::Language(_) => "among the languages",
            Place::Certificate(_) => "among the certificates",
            Place::Technology(..) => "among what a project was made with",
            Place::Tag => "among the candidate's tags",
            Place::Position(_) | Place::WorkSummary(_) | Place::WorkHighlight(..) => "mentioned in a post",
            Place::ProjectDescription(_) | Place::ProjectHighlight(..) => "mentioned in a project",
            Place::Course(..) => "among the courses",
            Place::Label | Place::Summary => "mentioned in the introduction",
        }
    }
}

pub(crate) fn part(candidate: &Candidate, job: &Job, weight: f64) -> Option<Part> {
    if job.skills.is_empty() {
        return None;
    }
    let (listed, mentioned) = (listed(candidate), mentioned(&candidate.resume));
    let findings = job.skills.iter().map(|skill| finding(skill, &listed, &mentioned)).collect();
    Some(Part { weight, findings, is_extra: false })
}

fn finding(skill: &WeightedSkill, listed: &Texts<Place>, mentioned: &Texts<Place>) -> Finding {
    let keys: Vec<Key> =
        std::iter::once(&skill.name).chain(&skill.aliases).filter_map(|name| Key::of(name)).collect();
    let among = |texts: &Texts<Place>, with_short: bool| {
        keys.iter().filter(|key| with_short || !key.is_short()).find_map(|key| texts.find(key))
    };
    let found = among(listed, true).map(|place| (place, LISTED));
    let found = found.or_else(|| among(mentioned, false).map(|place| (place, MENTIONED)));
    let name = &skill.name;
    let (code, degree, message) = match found {
        Some((place, degree)) => ("skill_match", degree, format!("{name}: {}.", place.described())),
        None if skill.required => ("skill_missing", 0.0, format!("{name} is required and not found.")),
        None => ("skill_missing", 0.0, format!("{name} is not found.")),
    };
    let evidence = found.and_then(|(place, _)| place.pointer()).into_iter().collect();
    Finding { code, weight: weight(skill), degree, message, evidence }
}

fn weight(skill: &WeightedSkill) -> f64 {
    let weight = f64::from(skill.weight);
    if weight.is_finite() && weight > 0.0 { weight } else { 0.0 }
}

/// Hundredths of a point that required skills cost which are not there, and why.
pub(crate) fn penalty(job: &Job, parts: &[Part], settings: &Settings) -> Option<(u64, String)> {
    // The part of the skills is the first, where it is there.
    let findings = &parts.first()?.findings;
    if findings.len() != job.skills.len()
        || !findings.iter().all(|finding| finding.code.starts_with("skill_"))
    {
        return None;
    }
    let required = job.skills.iter().zip(findings).filter(|(skill, _)| skill.required);
    let asked: f64 = required.clone().map(|(skill, _)| weight(skill)).sum();
    let missing: Vec<_> = required.filter(|(_, finding)| finding.degree == 0.0).collect();
    let short: f64 = missing.iter().map(|(skill, _)| weight(skill)).sum();
    if asked <= 0.0 || short <= 0.0 {
        return None;
    }
    let names: Vec<&str> = missing.iter().map(|(skill, _)| skill.name.as_str()).collect();
    let points = (settings.missing_required * 100.0 * short / asked).round() as u64;
    (points > 0).then(|| (points, format!("Required and not found: {}.", names.join(", "))))
}

fn listed(candidate: &Candidate) -> Texts<Place> {
    let resume = &candidate.resume;
    let mut texts = Texts::new();
    for (index, skill) in resume.skills.iter().enumerate() {
        add(&mut texts, Place::SkillName(index), skill.name.as_deref());
        for (word, keyword) in skill.keywords.iter().enumerate() {
            texts.add(Place::SkillKeyword(index, word), keyword);
        }
    }
    for (index, language) in resume.languages.iter().enumerate() {
        add(&mut texts, Place::Language(index), language.language.as_deref());
    }
    for (index, certificate) in resume.certificates.iter().enumerate() {
        add(&mut texts, Place::Certificate(index), certificate.name.as_deref());
    }
    for (index, project) in resume.projects.iter().enumerate() {
        for (word, technology) in project.technologies.iter().enumerate() {
            texts.add(Place::Technology(index, word), technology);
        }
    }
    candidate.tags.iter().for_each(|tag| texts.add(Place::Tag, tag));
    texts
}

fn mentioned(resume: &ParsedResume) -> Texts<Place> {
    let mut texts = Texts::new();
    for (index, post) in resume.work.iter().enumerate() {
        add(&mut texts, Place::Position(index), post.position.as_deref());
        add(&mut texts, Place::WorkSummary(index), post.summary.as_deref());
        for (line, highlight) in post.highlights.iter().enumerate() {
            texts.add(Place::WorkHighlight(index, line), highlight);
        }
    }
    for (index, project) in resume.projects.iter().enumerate() {
        add(&mut texts, Place::ProjectDescription(index), project.description.as_deref());
        for (line, highlight) in project.highlights.iter().enumerate() {
            texts.add(Place::ProjectHighlight(index, line), highlight);
        }
    }
    for (index, study) in resume.education.iter().enumerate() {
        for (course, name) in study.courses.iter().enumerate() {
            texts.add(Place::Course(index, course), name);
        }
    }
    add(&mut texts, Place::Label, resume.basics.label.as_deref());
    add(&mut texts, Place::Summary, resume.basics.summary.as_deref());
    texts
}

fn add(texts: &mut Texts<Place>, place: Place, text: Option<&str>) {
    if let Some(text) = text {
        texts.add(place, text);
    }
}
