//! The rule through its trait, with a made-up host.

use mortise_sdk::resume::{Basics, Education, Location, ParsedResume, Project, Skill, Work};
use mortise_sdk::testing::Host;
use mortise_sdk::{CallContext, Candidate, Job, Json, PluginError, ScoreResult, ScoringRule, WeightedSkill};
use serde_json::{Value, json};

use super::SkillsScore;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn skill(name: &str, weight: f32, required: bool, aliases: &[&str]) -> WeightedSkill {
    let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    WeightedSkill { name: name.to_owned(), weight, required, aliases }
}

fn job() -> Job {
    Job {
        title: "Backend Engineer".to_owned(),
        skills: vec![
            skill("Rust", 1.0, true, &["rustlang"]),
            skill("PostgreSQL", 0.5, true, &["postgres"]),
            skill("Kubernetes", 0.5, false, &["k8s"]),
        ],
        experience_level: some("senior"),
        min_years: Some(6.0),
        location: some("Berlin, Berlin, DE"),
        remote: some("hybrid"),
        ..Job::default()
    }
}

fn candidate() -> Candidate {
    let location = Location { city: some("Berlin"), country_code: some("DE"), ..Location::default() };
    let post = Work {
        position: some("Engineer"),
        highlights: vec!["Moved billing to Postgres and wrote it in Go".to_owned()],
        ..Work::default()
    };
    let study =
        Education { area: some("Software Engineering"), study_type: some("M.Sc."), ..Education::default() };
    let resume = ParsedResume {
        basics: Basics { location: Some(location), ..Basics::default() },
        work: vec![post],
        education: vec![study],
        skills: vec![Skill {
            name: some("Languages"),
            keywords: vec!["rust".to_owned()],
            ..Skill::default()
        }],
        ..ParsedResume::default()
    };
    Candidate {
        resume,
        years_of_experience: Some(9.0),
        experience_level: some("senior"),
        custom_fields: Json::from_text("{}"),
        ..Candidate::default()
    }
}

fn score_with(settings: Value, candidate: &Candidate, job: &Job) -> Result<ScoreResult, PluginError> {
    let host = Host::new().with_config(settings);
    host.run(|| SkillsScore::score(&CallContext::default(), candidate, job, &[]))
}

fn score(candidate: &Candidate, job: &Job) -> ScoreResult {
    score_with(json!({}), candidate, job).expect("it can be scored")
}

#[track_caller]
fn sums(score: &ScoreResult) {
    let sum: f64 = score.contributions.iter().map(|part| part.value).sum();
    assert!((sum - score.value).abs() < 1e-9, "{score:#?}");
    assert!((0.0..=100.0).contains(&score.value), "{score:#?}");
    assert!(score.contributions.iter().all(|part| part.message.ends_with('.')), "{score:#?}");
}

fn part<'a>(score: &'a ScoreResult, code: &str) -> &'a mortise_sdk::Contribution {
    score.contributions.iter().find(|part| part.code == code).unwrap_or_else(|| panic!("{code}: {score:#?}"))
}

#[test]
fn every_part_says_what_it_is_worth_and_where_it_was_read() {
    let score = score(&candidate(), &job());

    sums(&score);
    // Half of the skills is Rust, a quarter PostgreSQL, which is only mentioned; Kubernetes is a bonus that is not there.
    assert_eq!(score.contributions[0].value, 30.0);
    assert_eq!(score.contributions[0].evidence, ["/skills/0/keywords/0"]);
    assert_eq!(score.contributions[1].value, 12.0);
    assert_eq!(score.contributions[1].evidence, ["/work/0/highlights/0"]);
    assert_eq!((score.contributions[2].code.as_str(), score.contributions[2].value), ("skill_missing", 0.0));
    assert_eq!(part(&score, "years_reached").value, 15.0);
    assert_eq!(part(&score, "level_reached").value, 10.0);
    assert_eq!(part(&score, "location_city").evidence, ["/basics/location/city"]);
    assert_eq!(part(&score, "education_related").evidence, ["/education/0/area"]);
    assert_eq!((score.value, score.label.as_deref()), (82.0, Some("strong")));
}

#[test]
fn what_a_job_does_not_ask_is_shared_among_the_rest() {
    let only_skills = Job { title: "X".to_owned(), skills: job().skills, ..Job::default() };
    let both = score(&candidate(), &only_skills);
    sums(&both);
    let all: f64 =
        both.contributions.iter().filter(|part| part.code.starts_with("skill")).map(|part| part.value).sum();
    // Of 65 parts 60 are the skills', of which 70 % are there.
    assert!((all - 100.0 * 60.0 / 65.0 * 0.7).abs() < 0.02, "{both:#?}");

    let nothing = Job { title: "Engineer".to_owned(), ..Job::default() };
    let refused = score_with(json!({}), &candidate(), &nothing).expect_err("there is nothing to compare");
    assert_eq!(refused.code, "nothing_asked");
}

#[test]
fn required_skills_that_are_missing_cost_points_and_never_more_than_there_are() {
    let mut asked = job();
    asked.skills[0] = skill("Erlang", 1.0, true, &[]);
    let short = score(&candidate(), &asked);
    sums(&short);
    // Two thirds of what is required.
    assert_eq!(part(&short, "required_missing").value, -13.33);
    assert!(part(&short, "required_missing").message.contains("Erlang"));

    let nobody = Candidate { custom_fields: Json::from_text("{}"), ..Candidate::default() };
    let nothing = score(&nobody, &asked);
    sums(&nothing);
    assert_eq!((nothing.value, nothing.label.as_deref()), (0.0, Some("weak")));
    assert!(nothing.contributions.iter().all(|part| part.value == 0.0 && part.value.is_sign_positive()));
    let kind = score_with(json!({ "missing_required": 0 }), &candidate(), &asked).expect("it can be scored");
    assert!(kind.contributions.iter().all(|part| part.code != "required_missing"));
}

#[test]
fn skills_are_found_by_their_other_names_and_short_ones_only_where_skills_are_listed() {
    let found = |asked: WeightedSkill| {
        let job = Job { skills: vec![asked], ..Job::default() };
        score(&candidate(), &job).contributions[0].code.clone()
    };
    assert_eq!(found(skill("Ferris", 1.0, false, &["RUST"])), "skill_match");
    assert_eq!(found(skill("Go", 1.0, false, &["golang"])), "skill_missing", "a verb, for all one knows");

    let mut listing = candidate();
    listing.resume.projects.push(Project { technologies: vec!["Go".to_owned()], ..Project::default() });
    let job = Job { skills: vec![skill("Go", 1.0, false, &[])], ..Job::default() };
    let listed = score(&listing, &job);
    assert_eq!(listed.contributions[0].evidence, ["/projects/0/technologiesUsed/0"]);
}

#[test]
fn years_level_and_place_count_in_steps() {
    let (mut who, asked) = (candidate(), job());
    who.years_of_experience = Some(3.0);
    who.experience_level = some("mid");
    who.resume.basics.location = Some(Location { country_code: some("DE"), ..Location::default() });
    let lower = score(&who, &asked);
    sums(&lower);
    assert_eq!(part(&lower, "years_short").value, 7.5);
    assert_eq!(part(&lower, "years_short").message, "3 years of work of the 6 years asked for.");
    assert_eq!(part(&lower, "level_below").value, 5.0);
    assert_eq!(part(&lower, "location_country").value, 4.0);

    who.years_of_experience = None;
    who.experience_level = None;
    who.resume.basics.location = None;
    let unknown = score(&who, &asked);
    for code in ["years_unknown", "level_unknown", "location_unknown"] {
        assert_eq!(part(&unknown, code).value, 0.0);
    }
    let anywhere = score(&who, &Job { remote: some("remote"), ..asked });
    assert_eq!(part(&anywhere, "location_remote").value, 10.0);
}

#[test]
fn a_degree_is_asked_for_by_the_settings_or_the_job() {
    let only =
        json!({ "skills": 0, "years": 0, "level": 0, "location": 0, "education": 1, "degree": "bachelor" });
    let reached = score_with(only.clone(), &candidate(), &job()).expect("it can be scored");
    sums(&reached);
    assert_eq!((reached.value, reached.contributions[0].code.as_str()), (100.0, "degree_reached"));

    let doctor = Job { custom_fields: Json::from_text(r#"{"degree":"doctorate","team":7}"#), ..job() };
    let below = score_with(only, &candidate(), &doctor).expect("it can be scored");
    assert_eq!((below.value, below.contributions[0].code.as_str()), (30.0, "degree_below"));
    assert_eq!(below.contributions[0].evidence, ["/education/0/studyType"]);
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    for settings in [
        json!({ "skills": -1 }),
        json!({ "skills": 0, "years": 0, "level": 0, "location": 0, "education": 0 }),
        json!({ "missing_required": 101 }),
        json!({ "talent": 1 }),
        json!({ "degree": "nobel" }),
    ] {
        let refused = score_with(settings.clone(), &candidate(), &job()).expect_err("it is refused");
        assert_eq!(refused.kind, mortise_sdk::ErrorKind::Config, "{settings}");
    }
}

#[test]
fn the_same_input_gives_the_same_score_bit_for_bit() {
    let bits = |score: ScoreResult| -> Vec<u64> {
        score.contributions.iter().map(|part| part.value.to_bits()).chain([score.value.to_bits()]).collect()
    };
    assert_eq!(bits(score(&candidate(), &job())), bits(score(&candidate(), &job())));
}
