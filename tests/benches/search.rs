//! Search over a million candidates with profiles, over HTTP: full text with two filters, the first page. On SQLite, and on
//! PostgreSQL with `MORTISE_TEST_DATABASE_URL`; `MORTISE_BENCH_CANDIDATES` for another number. Candidates are made as an
//! import with their profiles makes them; words are as unevenly frequent as in a language. Prints a table of the median, the 99th
//! percentile and the slowest of each question, and the worst of them against the goal.

use std::fmt::Write as _;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Context;
use mortise_host::clock::Clock;
use mortise_host::resources::access::founding;
use mortise_host::services::Services;
use mortise_host::start::Node;
use mortise_host::unified_resume::{Basics, Education, Location, Skill, UnifiedResume, Work};
use mortise_tests::actor::Actor;
use mortise_tests::binary;
use mortise_tests::database::TestDatabase;
use mortise_tests::load;
use mortise_tests::server::config;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use sqlx::{Connection, PgConnection, SqliteConnection};

const VARIABLE: &str = "MORTISE_BENCH_CANDIDATES";
const AT_ONCE: usize = 20_000;
const ASKED: usize = 500;
/// Of the first page, for 99 in 100.
const GOAL: Duration = Duration::from_millis(50);
/// Two ask at once.
const CONNECTIONS: usize = 2;

const SKILLS: [&str; 24] = [
    "sql",
    "python",
    "javascript",
    "java",
    "excel",
    "aws",
    "docker",
    "react",
    "linux",
    "c++",
    "typescript",
    "git",
    "kubernetes",
    "go",
    "php",
    "ruby",
    "rust",
    "scala",
    "terraform",
    "haskell",
    "elixir",
    "cobol",
    "fortran",
    "ada",
];
const CITIES: [(&str, &str); 12] = [
    ("London", "GB"),
    ("Paris", "FR"),
    ("Berlin", "DE"),
    ("Madrid", "ES"),
    ("Rome", "IT"),
    ("Vienna", "AT"),
    ("Lisbon", "PT"),
    ("Zurich", "CH"),
    ("Ghent", "BE"),
    ("Graz", "AT"),
    ("Turku", "FI"),
    ("Galway", "IE"),
];
const TITLES: [&str; 12] = [
    "Software Engineer",
    "Nurse",
    "Accountant",
    "Sales Manager",
    "Teacher",
    "Data Analyst",
    "Electrician",
    "Product Manager",
    "Welder",
    "Machine Learning Engineer",
    "Joiner",
    "Organist",
];
const SCHOOLS: [&str; 6] = [
    "University of Leeds",
    "TU Wien",
    "Sorbonne",
    "Politecnico di Milano",
    "Ghent University",
    "Aalto University",
];

/// What is asked, `{skill}` and so on drawn anew each time.
const QUESTIONS: [(&str, &str); 8] = [
    ("a word and two filters", "q={word}&skill={skill}&location={city}"),
    ("a common word and two filters", "q=engineer&skill=sql&location=london"),
    ("a phrase, a skill, years", "q=%22machine+learning%22&skill={skill}&min_years=3"),
    ("words, one excluded, two filters", "q={word}+{other}+-nurse&country=DE&experience_level=senior"),
    ("a rare word and two filters", "q={rare}&skill={skill}&country=AT"),
    ("two skills and a title", "q={word}&skill={skill}&skill=python&title=engineer"),
    ("nothing that matches", "q={rare}&skill=ada&location=galway"),
    ("newest first", "q=manager&skill={skill}&location={city}&sort=-created_at"),
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let count = std::env::var(VARIABLE).ok().map_or(Ok(1_000_000), |count| count.parse())?;
    let mut out = std::io::stdout();
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir()?;
    let mut settings = config(folder.path(), &database);
    settings.log = "error".into();
    (settings.rate_reads_per_second, settings.rate_writes_per_second) = (0, 0);
    let clock = Clock::system();
    let compiler = Some(binary::mortise());
    let node = Node { config: settings, clock: clock.clone(), serves: true, works: false, compiler };
    let node = node.start().await?;
    let address = node.address().context("it serves")?;
    let founded = founding::found(&node.services.db, &clock, "bench", "owner@bench.example").await?;
    let key = founded.key.reveal();
    let began = Instant::now();
    fill(&node.services, &Actor::new(format!("http://{address}"), Some(key.clone())), count).await?;
    let url = database.url(folder.path()).context("there is a database")?;
    analyze(&url).await?;
    let name = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let seconds = began.elapsed().as_secs_f64();
    writeln!(out, "{name}, {count} candidates (made in {seconds:.0} s, {:.0}/s)", count as f64 / seconds)?;
    writeln!(out, "{:<36}{:>12}{:>12}{:>12}", "GET /v1/candidates?…", "median", "p99", "slowest")?;
    let mut draw = StdRng::seed_from_u64(7);
    let mut worst = Duration::ZERO;
    for (what, question) in QUESTIONS {
        let mut left = ASKED;
        let asked = load::drive(address, CONNECTIONS, || {
            left = left.checked_sub(1)?;
            let question = drawn(question, &mut draw);
            Some(format!(
                "GET /v1/candidates?{question} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n"
            ))
        });
        let asked = asked.await?;
        let shown = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        let quantile = |share| shown(asked.quantile(share));
        writeln!(out, "{what:<36}{:>12}{:>12}{:>12}", quantile(0.5), quantile(0.99), quantile(1.0))?;
        worst = worst.max(asked.quantile(0.99));
    }
    let verdict = if worst < GOAL { "met" } else { "missed" };
    writeln!(out, "goal: p99 below {GOAL:?} for every question: {verdict} ({worst:.1?})")?;
    node.stop().await;
    Ok(())
}

fn drawn(question: &str, draw: &mut StdRng) -> String {
    question
        .replace("{word}", &word(draw, 500))
        .replace("{other}", &word(draw, 500))
        .replace("{rare}", &format!("word{}", draw.random_range(15_000..20_000)))
        .replace("{skill}", SKILLS[uneven(draw, SKILLS.len())])
        .replace("{city}", &CITIES[uneven(draw, CITIES.len())].0.to_lowercase())
        .replace("c++", "c%2B%2B")
}

/// A number below `most`, small ones more often than great ones, as words are in a language.
fn uneven(draw: &mut StdRng, most: usize) -> usize {
    let share: f64 = draw.random();
    (((most + 1) as f64).powf(share) as usize - 1).min(most - 1)
}

fn word(draw: &mut StdRng, most: usize) -> String {
    format!("word{}", uneven(draw, most))
}

/// By an import of several files, as candidates come from another system.
async fn fill(services: &Services, owner: &Actor, count: usize) -> anyhow::Result<()> {
    let mut draw = StdRng::seed_from_u64(1);
    for first in (0..count).step_by(AT_ONCE) {
        let mut file = String::new();
        for number in first..count.min(first + AT_ONCE) {
            writeln!(file, "{}", json!({ "profile": profile(number, &mut draw) }))?;
        }
        let accepted = owner.import("candidates.ndjson", file, &[("kind", "candidates")]).await.expect(202);
        let import = load::run_import(services, owner, &accepted.text("id")).await?;
        anyhow::ensure!(import["rows"]["failed"] == 0 && import["rows"]["skipped"] == 0, "{import:#}");
    }
    Ok(())
}

fn profile(number: usize, draw: &mut StdRng) -> UnifiedResume {
    let (city, country) = CITIES[uneven(draw, CITIES.len())];
    let title = TITLES[uneven(draw, TITLES.len())];
    let before = TITLES[uneven(draw, TITLES.len())];
    let began = draw.random_range(1995..2024);
    let words = |draw: &mut StdRng, count: usize| {
        (0..count).map(|_| word(draw, 20_000)).collect::<Vec<_>>().join(" ")
    };
    let skills = (0..6).map(|_| SKILLS[uneven(draw, SKILLS.len())]);
    let skills = skills.map(|name| Skill { name: Some(name.into()), ..Skill::default() }).collect();
    let post = |draw: &mut StdRng, position: &str, from: i32, to: Option<i32>| Work {
        company: Some(format!("Company {}", draw.random_range(0..5_000))),
        position: Some(position.into()),
        start_date: Some(format!("{from}-03")),
        end_date: to.map(|to| format!("{to}-02")),
        summary: Some(words(draw, 25)),
        ..Work::default()
    };
    UnifiedResume {
        basics: Basics {
            name: Some(format!("{} Candidate {number}", word(draw, 2_000))),
            email: Some(format!("candidate{number}@example.com")),
            label: Some(title.into()),
            summary: Some(words(draw, 20)),
            location: Some(Location {
                city: Some(city.into()),
                country_code: Some(country.into()),
                ..Location::default()
            }),
            ..Basics::default()
        },
        work: vec![post(draw, title, began, None), post(draw, before, began - 3, Some(began))],
        education: vec![Education {
            institution: Some(SCHOOLS[uneven(draw, SCHOOLS.len())].into()),
            ..Education::default()
        }],
        skills,
        ..UnifiedResume::default()
    }
}

async fn analyze(url: &str) -> anyhow::Result<()> {
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await?;
        sqlx::raw_sql("analyze").execute(&mut connection).await?;
    } else {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::raw_sql("vacuum analyze").execute(&mut connection).await?;
    }
    Ok(())
}
