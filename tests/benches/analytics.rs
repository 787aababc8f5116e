//! Every figure over a million applications, over HTTP: on SQLite, and on PostgreSQL with `MORTISE_TEST_DATABASE_URL`.
//! `MORTISE_BENCH_APPLICATIONS` for another number. Rows are written by SQL, then each question is asked a few times; prints
//! a table of the median and the slowest.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Context;
use mortise_host::clock::Clock;
use mortise_host::resources::access::founding;
use mortise_host::start::Node;
use mortise_tests::binary;
use mortise_tests::database::TestDatabase;
use mortise_tests::server::config;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

const VARIABLE: &str = "MORTISE_BENCH_APPLICATIONS";
/// Applications a job.
const OF_A_JOB: usize = 500;
const ROUNDS: usize = 5;
/// Over HTTP, the slowest round of each.
const GOAL: Duration = Duration::from_secs(1);

const QUESTIONS: [&str; 22] = [
    "time-to-fill",
    "time-to-fill?estimator=km",
    "time-to-fill?group_by=month",
    "time-to-hire",
    "time-to-hire?start=first_contact",
    "time-to-hire?group_by=source",
    "stage-conversion",
    "stage-conversion?population=all&reached=actual",
    "stage-conversion?group_by=month",
    "stage-conversion?group_by=job",
    "stage-conversion?from=2025-06-01&to=2025-07-01",
    "stage-conversion?as_of=2025-06-01",
    "stage-conversion?job_id={job}",
    "time-in-stage",
    "time-in-stage?unit=application&estimator=km",
    "time-in-stage?job_id={job}",
    "sources",
    "sources?attribution=first_touch",
    "sources?group_by=month",
    "offers",
    "offers?group_by=source",
    "overview",
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let count = std::env::var(VARIABLE).ok().map_or(Ok(1_000_000), |count| count.parse())?;
    let mut out = std::io::stdout();
    // The database of the variable, or the embedded one.
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir()?;
    let mut settings = config(folder.path(), &database);
    settings.log = "error".into();
    let clock = Clock::system();
    let node = Node {
        config: settings,
        clock: clock.clone(),
        serves: true,
        works: false,
        compiler: Some(binary::mortise()),
    };
    let node = node.start().await?;
    let founded = founding::found(&node.services.db, &clock, "bench", "owner@bench.example").await?;
    let url = database.url(folder.path()).context("there is a database")?;
    let began = Instant::now();
    let job = fill(&url, count).await?;
    let name = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    writeln!(out, "{name}, {count} applications (written in {:.0} s)", began.elapsed().as_secs_f64())?;
    writeln!(out, "{:<52}{:>12}{:>12}", "GET /v1/analytics/…", "median", "slowest")?;
    let mut worst = Duration::ZERO;
    let address = node.address().context("it serves")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    for question in QUESTIONS {
        let question = question.replace("{job}", &job);
        let url = format!("http://{address}/v1/analytics/{question}");
        let mut times = Vec::new();
        // The first warms the caches.
        for round in 0..=ROUNDS {
            let began = Instant::now();
            let answer =
                client.get(&url).bearer_auth(founded.key.reveal()).send().await?.error_for_status()?;
            answer.bytes().await?;
            if round > 0 {
                times.push(began.elapsed());
            }
        }
        times.sort_unstable();
        let shown = |time: Duration| format!("{:.3} s", time.as_secs_f64());
        writeln!(out, "{question:<52}{:>12}{:>12}", shown(times[ROUNDS / 2]), shown(times[ROUNDS - 1]))?;
        worst = worst.max(times[ROUNDS - 1]);
    }
    let verdict = if worst < GOAL { "met" } else { "missed" };
    writeln!(out, "goal: every figure below {GOAL:?}: {verdict} ({worst:.3?})")?;
    node.stop().await;
    Ok(())
}

/// Writes jobs, candidates, applications and what happened to them over two years; answers a job's id.
async fn fill(url: &str, count: usize) -> anyhow::Result<String> {
    let jobs = count.div_ceil(OF_A_JOB);
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await?;
        let mut transaction = connection.begin().await?;
        for statement in statements(&SQLITE, jobs, count) {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        sqlx::raw_sql("analyze").execute(&mut connection).await?;
        let id: Vec<u8> =
            sqlx::query_scalar("select id from jobs order by id limit 1").fetch_one(&mut connection).await?;
        return Ok(typed(sqlx::types::Uuid::from_slice(&id)?));
    }
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql("select set_config('app.system', 'on', false)").execute(&mut connection).await?;
    let tenant: String =
        sqlx::query_scalar("select id::text from tenants").fetch_one(&mut connection).await?;
    sqlx::query("select set_config('app.tenant_id', $1, false)")
        .bind(&tenant)
        .execute(&mut connection)
        .await?;
    for statement in statements(&POSTGRES, jobs, count) {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        // What triggers run was planned for empty tables; and the years over which these things happen clean up, too.
        sqlx::raw_sql("vacuum analyze").execute(&mut connection).await?;
    }
    let id: sqlx::types::Uuid =
        sqlx::query_scalar("select id from jobs order by id limit 1").fetch_one(&mut connection).await?;
    Ok(typed(id))
}

fn typed(id: sqlx::types::Uuid) -> String {
    mortise_host::ids::JobId::from_uuid(id).to_string()
}

/// How the engines say the same.
struct Dialect {
    /// An id of a table's kind and a number.
    id: fn(kind: u8, number: &str) -> String,
    /// An instant so many seconds after the beginning.
    at: fn(seconds: &str) -> String,
    /// A pseudo-random number of 0 to 99 that a number and a salt decide.
    chance: fn(number: &str, salt: u32) -> String,
    /// Rows `n` of 1 to this many.
    series: fn(count: usize) -> String,
}

const SQLITE: Dialect = Dialect {
    id: |kind, number| format!("unhex(printf('%02x%030x', {kind}, {number}))"),
    at: |seconds| format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', 1704067200 + {seconds}, 'unixepoch')"),
    chance: |number, salt| format!("((({number}) * 2654435761 + {salt} * 40503) / 65536 % 100)"),
    series: |count| {
        format!(
            "(with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count}) select n from numbers)"
        )
    },
};

const POSTGRES: Dialect = Dialect {
    id: |kind, number| {
        format!("(lpad(to_hex({kind}), 2, '0') || lpad(to_hex(({number})::bigint), 30, '0'))::uuid")
    },
    at: |seconds| format!("to_timestamp(1704067200 + {seconds})"),
    chance: |number, salt| format!("((({number})::bigint * 2654435761 + {salt} * 40503) / 65536 % 100)"),
    series: |count| format!("(select n::bigint as n from generate_series(1, {count}) n)"),
};

/// Two years, and how long a stage takes at most, in seconds.
const SPAN: usize = 2 * 365 * 86_400;
const STAY: usize = 14 * 86_400;

const KINDS: [&str; 5] = ["applied", "screening", "interview", "offer", "hired"];

fn statements(dialect: &Dialect, jobs: usize, count: usize) -> Vec<String> {
    let Dialect { id, at, chance, series } = dialect;
    let tenant = "(select id from tenants)";
    let job_of = format!("((n * 7919) % {jobs} + 1)");
    let every = SPAN / count.max(1);
    let spacing = every.max(1);
    let applied = format!("n * {spacing}");
    let mut made = vec![
        format!(
            "insert into jobs (tenant_id, id, title, status, descriptions, responsibilities, skills, interview_process,
                 questions, tags, custom_fields, is_evergreen, terms, created_at, updated_at, version)
             select {tenant}, {}, 'Job ' || n, 'open', '[]', '[]', '[]', '[]', '[]', '[]', '{{}}', 0, '[]', {}, {}, 1
             from {} numbers",
            id(1, "n"),
            at("0"),
            at("0"),
            series(jobs)
        ),
        format!(
            "insert into job_status_changes (tenant_id, id, job_id, from_status, to_status, actor_kind, occurred_at)
             select {tenant}, {}, {}, null, 'open', 'member', {} from {} numbers",
            id(2, "n"),
            id(1, "n"),
            at("0"),
            series(jobs)
        ),
        format!(
            "insert into candidates (tenant_id, id, name, source, created_at, updated_at, version)
             select {tenant}, {}, 'Candidate ' || n,
                 case when {c} < 40 then 'LinkedIn' when {c} < 60 then 'Referral' when {c} < 80 then 'Careers page' end,
                 {t}, {t}, 1
             from {} numbers",
            id(3, "n"),
            series(count),
            c = chance("n", 1),
            t = at(&applied)
        ),
    ];
    for (rank, kind) in KINDS.iter().enumerate() {
        made.push(format!(
            "insert into job_stages (tenant_id, id, job_id, name, kind, position, created_at)
             select {tenant}, {}, {}, '{kind}', '{kind}', {rank}, {} from {} numbers",
            id(4, &format!("(n * 8 + {rank})")),
            id(1, "n"),
            at("0"),
            series(jobs)
        ));
    }
    // How far each gets: to rank 0 of 50 in 100, 1 of 25, 2 of 15, 3 of 10.
    let far = chance("n", 2);
    let rank =
        format!("(case when {far} < 50 then 0 when {far} < 75 then 1 when {far} < 90 then 2 else 3 end)");
    let fate = chance("n", 3);
    let outcome = format!(
        "(case when {rank} = 3 and {fate} < 60 then 'hired' when {fate} < 70 then 'rejected'
               when {fate} < 80 then 'withdrawn' else 'active' end)"
    );
    made.push(format!(
        "insert into applications (tenant_id, id, candidate_id, job_id, attempt, outcome, stage_id, source, answers, tags,
             custom_fields, applied_at, stage_since, created_at, updated_at, version)
         select {tenant}, {}, {}, {}, 1, {outcome}, {},
             case when {c} < 40 then 'LinkedIn' when {c} < 60 then 'Referral' when {c} < 80 then 'Careers page' end,
             '{{}}', '[]', '{{}}', {t}, {t}, {t}, {t}, 1
         from {} numbers",
        id(5, "n"),
        id(3, "n"),
        id(1, &job_of),
        id(4, &format!("({job_of} * 8 + {rank})")),
        series(count),
        c = chance("n", 4),
        t = at(&applied)
    ));
    let step = |number: usize, kind: &str, rank_then: &str, kind_then: &str, condition: &str| {
        let stay = format!("{applied} + {number} * ({} + 1) * {}", chance("n", 5), STAY / 100);
        format!(
            "insert into application_changes (tenant_id, id, application_id, job_id, kind, stage_id, stage_kind, stage_rank,
                 actor_kind, occurred_at, recorded_at)
             select {tenant}, {}, {}, {}, '{kind}', {}, {kind_then}, {rank_then}, 'member', {t}, {t}
             from {} numbers where {condition}",
            id(6, &format!("(n * 8 + {number})")),
            id(5, "n"),
            id(1, &job_of),
            id(4, &format!("({job_of} * 8 + {rank_then})")),
            series(count),
            t = at(&stay)
        )
    };
    made.push(step(0, "applied", "0", "'applied'", "true"));
    for (number, kind) in KINDS.iter().enumerate().skip(1).take(3) {
        made.push(step(
            number,
            "moved",
            &number.to_string(),
            &format!("'{kind}'"),
            &format!("{rank} >= {number}"),
        ));
    }
    let kind_of_rank = format!(
        "(case {rank} when 0 then 'applied' when 1 then 'screening' when 2 then 'interview' else 'offer' end)"
    );
    made.push(step(4, "hired", "4", "'hired'", &format!("{outcome} = 'hired'")));
    for kind in ["rejected", "withdrawn"] {
        made.push(step(5, kind, &rank, &kind_of_rank, &format!("{outcome} = '{kind}'")));
    }
    let offered = format!("{applied} + 3 * {STAY}");
    made.push(format!(
        "insert into offers (tenant_id, id, application_id, number, status, terms, sent_at, decided_at, created_at, updated_at,
             version)
         select {tenant}, {}, {}, 1,
             case {outcome} when 'hired' then 'accepted' when 'active' then 'sent' else 'declined' end, '{{}}', {s},
             case {outcome} when 'active' then null else {d} end, {s}, {s}, 1
         from {} numbers where {rank} = 3",
        id(7, "n"),
        id(5, "n"),
        series(count),
        s = at(&offered),
        d = at(&format!("({offered} + 86400)"))
    ));
    for (kind, number, after) in [("opened", 0, "0"), ("filled", 1, "4 * 1209600")] {
        made.push(format!(
            "insert into opening_changes (tenant_id, id, opening_id, job_id, kind, application_id, actor_kind, occurred_at)
             select {tenant}, {}, {}, {}, '{kind}', {}, 'member', {} from {} numbers where {outcome} = 'hired'",
            id(9, &format!("(n * 2 + {number})")),
            id(8, "n"),
            id(1, &job_of),
            id(5, "n"),
            at(&format!("{applied} + {after}")),
            series(count)
        ));
    }
    // Changes refer to openings.
    let openings = format!(
        "insert into openings (tenant_id, id, job_id, opened_at, filled_at, application_id, created_at, updated_at, version)
         select {tenant}, {}, {}, {o}, {f}, {}, {o}, {o}, 1 from {} numbers where {outcome} = 'hired'",
        id(8, "n"),
        id(1, &job_of),
        id(5, "n"),
        series(count),
        o = at(&applied),
        f = at(&format!("{applied} + 4 * {STAY}"))
    );
    made.insert(made.len() - 2, openings);
    made
}
