//! What a rule is given about an application, made of what is stored: the same rows always make the same input.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::{Map, Value};

use super::blind;
use crate::db::Tx;
use crate::digest::sha256_hex;
use crate::error::Result;
use crate::fields::word;
use crate::ids::{CandidateId, JobId};
use crate::resources::applications::Application;
use crate::resources::candidates::{Candidate, Contact};
use crate::resources::jobs::Job;
use crate::resources::jobs::content::{Importance, JobLevel, JobLocation};
use crate::resources::plugin_bindings::{self, Rule};
use crate::resources::search::skills;
use crate::resources::{candidates, jobs, resumes};
use crate::scoring::{Answer, ScoredCandidate, ScoredJob, ScoringInput, WeightedSkill};
use crate::unified_resume::UnifiedResume;

/// A job as its applications are scored, and by which rules.
pub(crate) struct Asked {
    pub(crate) job: Job,
    pub(crate) scored: ScoredJob,
    pub(crate) rules: Vec<Rule>,
}

/// What is known of jobs, so that those of one batch are read once.
#[derive(Default)]
pub(crate) struct AskedJobs(HashMap<JobId, Asked>);

impl AskedJobs {
    /// # Errors
    /// `NotFound` when the job is gone.
    pub(crate) async fn get(&mut self, tx: &mut Tx, id: JobId) -> Result<&Asked> {
        if let Entry::Vacant(place) = self.0.entry(id) {
            let job = jobs::store::get(tx, id).await?;
            let scored = scored_job(tx, &job).await?;
            let rules = plugin_bindings::rules(plugin_bindings::store::list_scoring(tx).await?, id);
            place.insert(Asked { job, scored, rules });
        }
        Ok(&self.0[&id])
    }
}

/// Somebody who applied, as far as they are scored.
pub(crate) struct Applicant {
    pub(crate) candidate: Candidate,
    contacts: Vec<Contact>,
    /// What the application's own résumé says, else the candidate's profile; none before anything was read.
    resume: Option<UnifiedResume>,
}

/// None when the candidate is gone.
///
/// # Errors
/// The database's.
pub(crate) async fn applicant(tx: &mut Tx, application: &Application) -> Result<Option<Applicant>> {
    let Some(mut candidate) = candidates::store::find(tx, application.candidate_id).await? else {
        return Ok(None);
    };
    let profile = candidate.profile.take().map(|profile| profile.0);
    let own = match application.resume_id.filter(|id| candidate.profile_resume_id != Some(*id)) {
        Some(id) => match resumes::store::find(tx, id).await? {
            Some(resume) => match resume.parse_id {
                Some(parse) => {
                    let read = resumes::store::find_parse(tx, parse).await?.and_then(|parse| parse.unified);
                    read.map(|unified| resume.corrected(&unified.0))
                }
                None => None,
            },
            None => None,
        },
        None => None,
    };
    let contacts = candidates::store::list_contacts(tx, candidate.id).await?;
    Ok(Some(Applicant { candidate, contacts, resume: own.or(profile) }))
}

/// None while there is nothing to score by.
pub(crate) fn input(
    application: &Application,
    applicant: &Applicant,
    asked: &Asked,
    rule: &Rule,
) -> Option<ScoringInput> {
    let Applicant { candidate, contacts, resume } = applicant;
    let resume = resume.clone()?;
    // Months of work: far from where a single loses whole ones.
    #[expect(clippy::cast_precision_loss, reason = "months of a life")]
    let years = candidate.experience_months.map(|months| months as f32 / 12.0);
    let scored = ScoredCandidate {
        id: opaque(candidate.id, &rule.plugin),
        resume,
        years_of_experience: years,
        experience_level: candidate.experience_level.map(word),
        tags: candidate.tags.iter().flat_map(|tags| tags.0.values().cloned()).collect(),
        custom_fields: candidate.custom_fields.as_ref().map(|fields| fields.0.clone()).unwrap_or_default(),
    };
    let answers = answers(&asked.job, &application.answers);
    let mut input = ScoringInput { candidate: scored, job: asked.scored.clone(), answers };
    if rule.is_blind {
        blind::withhold(&mut input, &blind::Identity::of(candidate, contacts));
    }
    Some(input)
}

/// The same person is the same to one plugin, and nobody's id to any.
fn opaque(candidate: CandidateId, plugin: &str) -> String {
    sha256_hex(format!("{plugin} {candidate}").as_bytes())[..32].into()
}

fn answers(job: &Job, given: &Map<String, Value>) -> Vec<Answer> {
    let asked = job.questions.iter();
    asked
        .filter_map(|question| {
            let value = given.get(&question.key)?.clone();
            Some(Answer { question_id: question.key.clone(), question: question.label.clone(), value })
        })
        .collect()
}

async fn scored_job(tx: &mut Tx, job: &Job) -> Result<ScoredJob> {
    let mut skills = Vec::new();
    for skill in &job.skills.0 {
        let names = skills::names(tx, &skill.name).await?;
        skills.push(WeightedSkill {
            name: skill.name.clone(),
            weight: f32::from(skill.weight) / 10.0,
            required: skill.importance == Importance::Required,
            // The first is how the job calls it.
            aliases: names.into_iter().skip(1).collect(),
        });
    }
    let place = job.location.as_ref().map(|location| &location.0);
    Ok(ScoredJob {
        id: job.id.to_string(),
        title: job.title.clone(),
        description: job.description().map(str::to_owned),
        skills,
        experience_level: job.experience_level.map(word),
        min_years: min_years(job),
        location: place.and_then(address),
        remote: place.and_then(|place| place.workplace).map(word),
        employment_type: job.employment_type.map(word),
        custom_fields: job.custom_fields.0.clone(),
    })
}

/// A custom field `min_years` says how long; else the level does, as candidates' levels are made of years.
fn min_years(job: &Job) -> Option<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "what is no number of years asks for none")]
    let said = job.custom_fields.get("min_years").and_then(Value::as_f64).map(|years| years as f32);
    said.filter(|years| years.is_finite() && *years >= 0.0).or_else(|| {
        job.experience_level.map(|level| match level {
            JobLevel::Entry => 0.0,
            JobLevel::Junior => 1.0,
            JobLevel::Mid => 3.0,
            JobLevel::Senior => 6.0,
            JobLevel::Lead | JobLevel::Executive => 10.0,
        })
    })
}

/// City, region and country, as far as they are known.
fn address(place: &JobLocation) -> Option<String> {
    let parts = [&place.city, &place.region, &place.country];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
