//! What scoring costs: ten thousand applications by the default rule, each in a fresh sandbox through the host's own call
//! path, on one core; beside it the same rule, compiled natively, on the same inputs.

use std::hint::black_box;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use mortise_host::clock::Clock;
use mortise_host::hooks::{Call, Hooks, Kind};
use mortise_host::ids::TenantId;
use mortise_host::json_resume;
use mortise_host::scoring::{ScoredCandidate, ScoredJob, ScoringInput, WeightedSkill};
use mortise_host::unified_resume::UnifiedResume;
use mortise_host::wasm::{Plugins, Settings};
use mortise_sdk::resume::{self, ParsedResume};
use mortise_sdk::{Candidate, Job, Json};
use mortise_tests::{binary, samples};
use skills_score::Settings as RuleSettings;

const APPLICATIONS: usize = 10_000;
const BATCH: usize = 50;
const ROUNDS: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let cache = tempfile::tempdir()?;
    let settings = Settings {
        cache_dir: cache.path().to_owned(),
        artifact_key: [1; 32],
        compiler: Some(binary::mortise()),
        // One core, as the goal says.
        threads: 1,
        ..Settings::default()
    };
    let plugins = Plugins::open(settings)?;
    plugins.warm().await?;
    let clock = Clock::system();
    let tenant = TenantId::new(&clock);
    let rule = plugins.named(Kind::ScoringRule, "mortise/skills-score");
    let (rule, _) = rule.context("the default rule is not installed")?;
    let inputs = inputs()?;
    let natives: Vec<_> = inputs.iter().map(native).collect();

    let (mut ours, mut theirs, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Made before the clock starts: in the server they come from the database.
        let input = |index| ScoringInput::clone(&inputs[index % inputs.len()]);
        let batch = |number| (number * BATCH..(number + 1) * BATCH).map(input).collect::<Vec<_>>();
        let batches: Vec<_> = (0..APPLICATIONS / BATCH).map(batch).collect();
        let given = batches.clone();
        let mut values = Vec::with_capacity(APPLICATIONS);
        let began = Instant::now();
        for batch in batches {
            let call = Call { tenant, invocation: clock.uuid(), dry_run: false };
            for ran in plugins.score_all(&rule, call, Arc::default(), batch).await {
                values.push(ran.result.map_err(|failure| anyhow::anyhow!("{failure:?}"))?.value);
            }
        }
        ours.push(began.elapsed());

        let began = Instant::now();
        for index in 0..APPLICATIONS {
            let (candidate, job) = &natives[index % natives.len()];
            let score = skills_score::score(black_box(candidate), black_box(job), &RuleSettings::default());
            let score = score.map_err(|error| anyhow::anyhow!("{error:?}"))?;
            if round == 0 {
                anyhow::ensure!(
                    score.value.to_bits() == values[index].to_bits(),
                    "{} and {}",
                    score.value,
                    values[index]
                );
            }
            black_box(score);
        }
        theirs.push(began.elapsed());

        // What a rule inside the server would do as well: hash what it is given, to be replayed by, and read the record.
        let began = Instant::now();
        for input in given.into_iter().flatten() {
            let (candidate, job) = native(&input);
            black_box((input.hash(), skills_score::score(&candidate, &job, &RuleSettings::default())))
                .1
                .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        }
        whole.push(began.elapsed());
    }
    let times = [
        ("  compiled natively, with the input's hash and conversion", median(whole)),
        ("  the function alone, on records made ready", median(theirs)),
        ("  in the sandbox, through the host", median(ours)),
    ];
    report(&mut std::io::stdout(), &times)
}

/// Each beside the first.
fn report(out: &mut impl Write, times: &[(&str, Duration)]) -> anyhow::Result<()> {
    let title = format!("{APPLICATIONS} applications by the default rule, one core");
    writeln!(out, "{title:<58}{:>12}{:>12}{:>10}{:>16}", "all", "each", "ratio", "goal")?;
    let first = times.first().map_or(Duration::ZERO, |(_, time)| *time);
    for (place, (name, time)) in times.iter().enumerate() {
        let each = format!("{:.1} us", time.as_secs_f64() * 1e6 / APPLICATIONS as f64);
        let all = format!("{:.2} s", time.as_secs_f64());
        let ratio = format!("{:.2} x", time.as_secs_f64() / first.as_secs_f64());
        let goal = if place + 1 == times.len() { "< 2 s, <= 4 x" } else { "" };
        writeln!(out, "{name:<58}{all:>12}{each:>12}{ratio:>10}{goal:>16}")?;
    }
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The samples' people, each for each of a few jobs.
fn inputs() -> anyhow::Result<Vec<ScoringInput>> {
    let skill = |name: &str, aliases: &[&str], required| WeightedSkill {
        name: name.into(),
        weight: 0.5,
        required,
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
    };
    let job = |title: &str, skills: Vec<WeightedSkill>| ScoredJob {
        id: "job".into(),
        title: title.into(),
        skills,
        experience_level: Some("senior".into()),
        min_years: Some(6.0),
        location: Some("Berlin, DE".into()),
        remote: Some("hybrid".into()),
        ..ScoredJob::default()
    };
    let jobs = [
        job(
            "Civil engineer",
            vec![
                skill("AutoCAD", &["auto cad"], true),
                skill("Project management", &["projektmanagement"], true),
                skill("Python", &["python3"], false),
                skill("Excel", &["microsoft excel", "ms excel"], false),
            ],
        ),
        job("Mechanic", vec![skill("Welding", &["schweissen"], true), skill("Hydraulics", &[], false)]),
        job(
            "Backend engineer",
            vec![
                skill("Rust", &["rustlang"], true),
                skill("PostgreSQL", &["postgres", "psql"], true),
                skill("Kubernetes", &["k8s"], false),
                skill("JavaScript", &["js", "ecmascript", "es6"], false),
                skill("SQL", &[], false),
            ],
        ),
    ];
    let mut inputs = Vec::new();
    for name in samples::names() {
        let resume = json_resume::to_unified(samples::gold(&name)).map_err(anyhow::Error::msg)?;
        for job in &jobs {
            let candidate = ScoredCandidate {
                id: name.clone(),
                resume: resume.clone(),
                years_of_experience: Some(7.5),
                experience_level: Some("senior".into()),
                ..ScoredCandidate::default()
            };
            inputs.push(ScoringInput { candidate, job: job.clone(), answers: Vec::new() });
        }
    }
    Ok(inputs)
}

/// The same as the rule's author has it.
fn native(input: &ScoringInput) -> (Candidate, Job) {
    let ScoringInput { candidate, job, .. } = input;
    let skills = job.skills.iter().map(|skill| mortise_sdk::WeightedSkill {
        name: skill.name.clone(),
        weight: skill.weight,
        required: skill.required,
        aliases: skill.aliases.clone(),
    });
    let who = Candidate {
        id: candidate.id.clone(),
        resume: parsed(&candidate.resume),
        years_of_experience: candidate.years_of_experience,
        experience_level: candidate.experience_level.clone(),
        tags: candidate.tags.clone(),
        custom_fields: Json::from_text("{}"),
    };
    let what = Job {
        id: job.id.clone(),
        title: job.title.clone(),
        description: job.description.clone(),
        skills: skills.collect(),
        experience_level: job.experience_level.clone(),
        min_years: job.min_years,
        location: job.location.clone(),
        remote: job.remote.clone(),
        employment_type: job.employment_type.clone(),
        custom_fields: Json::from_text("{}"),
    };
    (who, what)
}

/// What the rule looks at.
fn parsed(unified: &UnifiedResume) -> ParsedResume {
    let place = unified.basics.location.as_ref().map(|place| resume::Location {
        city: place.city.clone(),
        region: place.region.clone(),
        country_code: place.country_code.clone(),
        ..resume::Location::default()
    });
    let basics = resume::Basics {
        label: unified.basics.label.clone(),
        summary: unified.basics.summary.clone(),
        location: place,
        ..resume::Basics::default()
    };
    let work = unified.work.iter().map(|post| resume::Work {
        position: post.position.clone(),
        summary: post.summary.clone(),
        highlights: post.highlights.clone(),
        ..resume::Work::default()
    });
    let education = unified.education.iter().map(|study| resume::Education {
        area: study.area.clone(),
        study_type: study.study_type.clone(),
        courses: study.courses.clone(),
        ..resume::Education::default()
    });
    let skills = unified.skills.iter().map(|skill| resume::Skill {
        name: skill.name.clone(),
        level: skill.level.clone(),
        keywords: skill.keywords.clone(),
    });
    let projects = unified.projects.iter().map(|project| resume::Project {
        description: project.description.clone(),
        highlights: project.highlights.clone(),
        technologies: project.technologies_used.clone(),
        ..resume::Project::default()
    });
    let languages = unified.languages.iter().map(|spoken| resume::Language {
        language: spoken.language.clone(),
        fluency: spoken.fluency.clone(),
    });
    let certificates = unified.certificates.iter().map(|certificate| resume::Certificate {
        name: certificate.name.clone(),
        ..resume::Certificate::default()
    });
    ParsedResume {
        basics,
        work: work.collect(),
        education: education.collect(),
        skills: skills.collect(),
        projects: projects.collect(),
        languages: languages.collect(),
        certificates: certificates.collect(),
        ..ParsedResume::default()
    }
}
