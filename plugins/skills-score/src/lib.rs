//! The default scoring rule: what a job asks for beside what a résumé says, part by part. Points are whole hundredths that
//! are shared out, so that the reasons always sum to the score.

mod education;
mod parts;
mod place;
mod points;
mod settings;
mod skills;
mod words;

use mortise_sdk::{Answer, CallContext, Candidate, Contribution, Job, PluginError, ScoreResult, ScoringRule};

pub use education::Degree;
pub use settings::Settings;

use parts::{Finding, Part};

/// The plugin.
pub struct SkillsScore;

impl ScoringRule for SkillsScore {
    fn score(
        _: &CallContext,
        candidate: &Candidate,
        job: &Job,
        _: &[Answer],
    ) -> Result<ScoreResult, PluginError> {
        score(candidate, job, &mortise_sdk::config::<Settings>()?)
    }
}

mortise_sdk::export_scoring_rule!(SkillsScore);

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ARENA: mortise_sdk::Arena = mortise_sdk::Arena::new();

/// What all parts together may be worth, in hundredths of a point.
const WHOLE: u64 = 10_000;

/// Scores a candidate for a job.
///
/// # Errors
/// The settings weigh nothing, or the job asks for nothing that could be compared.
pub fn score(candidate: &Candidate, job: &Job, settings: &Settings) -> Result<ScoreResult, PluginError> {
    settings.check()?;
    let parts = asked(candidate, job, settings);
    if parts.iter().all(|part| part.is_extra) {
        return Err(PluginError::unsupported(
            "nothing_asked",
            "The job names no skill, level, years or place that a résumé could be compared with.",
        ));
    }
    let weights: Vec<f64> = parts.iter().map(|part| part.weight).collect();
    let shares = points::share(WHOLE, &weights);
    let mut contributions = Vec::new();
    let mut total = 0;
    for (part, share) in parts.iter().zip(shares) {
        let weights: Vec<f64> = part.findings.iter().map(|finding| finding.weight).collect();
        for (finding, worth) in part.findings.iter().zip(points::share(share, &weights)) {
            let points = points::of(worth, finding.degree);
            total += points;
            contributions.push(contribution(finding, points::shown(points)));
        }
    }
    if let Some((penalty, message)) = skills::penalty(job, &parts, settings) {
        // There is nothing below nothing.
        let taken = penalty.min(total);
        if taken > 0 {
            total -= taken;
            contributions.push(Contribution::new("required_missing", -points::shown(taken), message));
        }
    }
    let value = points::shown(total);
    let label = match total {
        8_000.. => "strong",
        6_000.. => "good",
        4_000.. => "partial",
        _ => "weak",
    };
    Ok(ScoreResult { value, contributions, label: Some(label.to_owned()), extra_json: None })
}

/// The parts of which the job asks something and which weigh something.
fn asked(candidate: &Candidate, job: &Job, settings: &Settings) -> Vec<Part> {
    let parts = [
        skills::part(candidate, job, settings.skills),
        parts::years(candidate, job, settings.years),
        parts::level(candidate, job, settings.level),
        place::part(candidate, job, settings.location),
        education::part(candidate, job, settings),
    ];
    parts.into_iter().flatten().filter(|part| part.weight > 0.0 && !part.findings.is_empty()).collect()
}

fn contribution(finding: &Finding, value: f64) -> Contribution {
    Contribution {
        code: finding.code.to_owned(),
        value,
        message: finding.message.clone(),
        evidence: finding.evidence.clone(),
    }
}

#[cfg(test)]
mod tests;
