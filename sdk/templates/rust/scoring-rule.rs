//! Points for years of work, and for each of the job's skills that the résumé names.

use mortise_sdk::resume::Skill;
use mortise_sdk::{
    Answer, CallContext, Candidate, Contribution, Job, PluginError, ScoreResult, ScoringRule, WeightedSkill,
    log,
};
use serde::Deserialize;

/// What years may give, and what skills may give.
const HALF: f64 = 50.0;

/// What a tenant's admin may set; mortise-plugin.toml says the same to the server.
#[derive(Deserialize)]
struct Settings {
    #[serde(default = "usual_points")]
    points_per_year: f64,
}

fn usual_points() -> f64 {
    5.0
}

struct Plugin;

impl ScoringRule for Plugin {
    fn score(_: &CallContext, who: &Candidate, job: &Job, _: &[Answer]) -> Result<ScoreResult, PluginError> {
        let settings: Settings = mortise_sdk::config()?;
        let mut reasons = Vec::new();
        if let Some(years) = who.years_of_experience {
            let points = (f64::from(years) * settings.points_per_year).min(HALF);
            reasons.push(
                Contribution::new("years", points, format!("{} full years of work.", years.floor()))
                    .because_of("/work"),
            );
        }
        for wanted in &job.skills {
            if let Some(index) = who.resume.skills.iter().position(|skill| names(skill, wanted)) {
                let points = HALF / job.skills.len() as f64;
                let message = format!("Knows {}.", wanted.name);
                reasons
                    .push(Contribution::new("skill", points, message).because_of(format!("/skills/{index}")));
            }
        }
        log::info!("{} reasons", reasons.len());
        Ok(ScoreResult::from_contributions(reasons))
    }
}

/// Whether an entry of the résumé names the skill, by its name or by another spelling.
fn names(skill: &Skill, wanted: &WeightedSkill) -> bool {
    let same = |word: &String| {
        wanted.aliases.iter().chain([&wanted.name]).any(|name| name.eq_ignore_ascii_case(word))
    };
    skill.name.iter().chain(&skill.keywords).any(same)
}

mortise_sdk::export_scoring_rule!(Plugin);

/// `cargo test` needs no sandbox: the host's functions are answered by one of the test's own.
#[cfg(test)]
mod tests {
    use mortise_sdk::testing::Host;

    use super::*;

    #[test]
    fn years_give_half_of_the_points_at_most() {
        let host = Host::new().with_config(serde_json::json!({ "points_per_year": 10 }));
        let who = Candidate { years_of_experience: Some(40.0), ..Candidate::default() };
        let score = host.run(|| Plugin::score(&CallContext::default(), &who, &Job::default(), &[])).unwrap();
        assert_eq!(score.value, 50.0);
    }
}
