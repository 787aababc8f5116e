//! A database that an older version filled, and what this version makes of it: everything is there, counts, is found, and
//! goes on.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use mortise_host::caller::Caller;
use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::db::Db;
use mortise_host::ids::{ApplicationId, CandidateId, JobId, MemberId, OfferId, ResumeId, TenantId};
use mortise_host::permissions::{Permission, Permissions};
use mortise_host::resources::api_keys::actions::{NewKey, insert};
use mortise_host::start::{Node, Running};
use mortise_host::{tasks, worker};
use mortise_tests::actor::Actor;
use mortise_tests::binary;
use mortise_tests::database::TestDatabase;
use mortise_tests::server;
use serde_json::{Value, json};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use super::sources;
use crate::hiring::{history, listed, move_to};

/// The first schema that hires.
const OLD: i64 = 3;

/// What each of two tenants had then. `#7#` is an id, `~` the tenant's name.
const ROWS: [&str; 37] = [
    "insert into tenants values (#0#, '~', '~', 'Europe/Berlin', '{}', '2025-01-01T00:00:00+00:00', '2025-01-01T00:00:00+00:00', 1)",
    "insert into members (tenant_id, id, email, name, status, created_at, updated_at, version)
     values (#0#, #1#, 'owner@~.example', 'Olga Owner', 'active', '2025-01-01T00:00:00+00:00', '2025-01-01T00:00:00+00:00', 1)",
    "insert into roles (tenant_id, id, name, built_in, permissions, created_at, updated_at, version)
     values (#0#, #2#, 'Owner', 'owner', '[]', '2025-01-01T00:00:00+00:00', '2025-01-01T00:00:00+00:00', 1)",
    "insert into role_assignments (tenant_id, id, member_id, role_id, created_at)
     values (#0#, #3#, #1#, #2#, '2025-01-01T00:00:00+00:00')",
    "insert into departments (tenant_id, id, name, created_at, updated_at, version)
     values (#0#, #4#, 'Wood', '2025-01-01T00:00:00+00:00', '2025-01-01T00:00:00+00:00', 1)",
    "insert into contacts (tenant_id, id, department_id, name, created_at, updated_at, version)
     values (#0#, #5#, #4#, 'Grace Hopper', '2025-01-01T00:00:00+00:00', '2025-01-01T00:00:00+00:00', 1)",
    "insert into custom_fields (tenant_id, id, subject, key, label, kind, options, is_required, created_at, updated_at, version)
     values (#0#, #6#, 'candidate', 'shirt', 'Shirt', 'text', '[]', 0, '2025-01-01T00:00:00+00:00', '2025-01-01T00:00:00+00:00', 1)",
    "insert into jobs (tenant_id, id, reference, title, department_id, status, employment_type, location, descriptions,
         responsibilities, skills, interview_process, questions, tags, custom_fields, hiring_manager_id, is_evergreen, terms,
         opened_at, created_by, created_at, updated_at, version)
     values (#0#, #10#, 'REQ-1', 'Joiner', #4#, 'open', 'full_time', '{\"city\": \"Berlin\", \"country\": \"DE\"}',
         '[{\"text\": \"You fit tenons.\", \"language\": \"en\"}]', '[]',
         '[{\"name\": \"Chisels\", \"weight\": 5, \"importance\": \"required\"}]', '[]', '[]', '[\"wood\"]', '{}', #1#, 0,
         '[\"status:open\", \"type:full_time\", \"city:berlin\"]', '2025-01-05T00:00:00+00:00', #1#,
         '2025-01-05T00:00:00+00:00', '2025-01-05T00:00:00+00:00', 2)",
    "insert into job_status_changes (tenant_id, id, job_id, to_status, actor_kind, occurred_at)
     values (#0#, #11#, #10#, 'draft', 'member', '2025-01-05T00:00:00+00:00')",
    "insert into job_status_changes (tenant_id, id, job_id, from_status, to_status, actor_kind, occurred_at)
     values (#0#, #12#, #10#, 'draft', 'open', 'member', '2025-01-05T00:00:00.000001+00:00')",
    "insert into job_stages (tenant_id, id, job_id, name, kind, position, created_at)
     values (#0#, #20#, #10#, 'Applied', 'applied', 0, '2025-01-05T00:00:00+00:00')",
    "insert into job_stages (tenant_id, id, job_id, name, kind, position, created_at)
     values (#0#, #21#, #10#, 'Screening', 'screening', 1, '2025-01-05T00:00:00+00:00')",
    "insert into job_stages (tenant_id, id, job_id, name, kind, position, created_at)
     values (#0#, #22#, #10#, 'Hired', 'hired', 2, '2025-01-05T00:00:00+00:00')",
    "insert into candidates (tenant_id, id, name, name_key, headline, location, source, profile, profile_resume_id, experience_months, tags,
         custom_fields, edited, created_by, created_at, updated_at, version)
     values (#0#, #30#, 'Ada Lovelace', 'ada lovelace', 'Analyst', '{\"city\": \"London\", \"countryCode\": \"GB\"}', 'Fair',
         '{\"basics\": {\"name\": \"Ada Lovelace\"}, \"skills\": [{\"name\": \"Rust\"}]}', #41#, 60, '{\"chess\": \"Chess\"}',
         '{\"shirt\": \"M\"}', '[\"name\"]', #1#, '2025-01-08T00:00:00+00:00', '2025-01-08T00:00:00+00:00', 4)",
    "insert into candidates (tenant_id, id, name, name_key, created_at, updated_at, version)
     values (#0#, #31#, 'Bob Baker', 'baker bob', '2025-01-09T00:00:00+00:00', '2025-01-09T00:00:00+00:00', 1)",
    "insert into candidates (tenant_id, id, name, created_at, updated_at, deleted_at, version)
     values (#0#, #32#, null, '2025-01-09T00:00:00+00:00', '2025-01-10T00:00:00+00:00', '2025-01-10T00:00:00+00:00', 2)",
    "insert into candidate_contacts (tenant_id, candidate_id, kind, key, value, position)
     values (#0#, #30#, 'email', 'ada@example.com', 'Ada@Example.com', 0)",
    "insert into files (tenant_id, id, blob_key, state, size, sha256, created_at, updated_at)
     values (#0#, #40#, '~/ada.pdf', 'stored', 3, 'abc', '2025-01-08T00:00:00+00:00', '2025-01-08T00:00:00+00:00')",
    "insert into resumes (tenant_id, id, candidate_id, file_id, file_name, media_type, size, sha256, status, created_at,
         updated_at, version)
     values (#0#, #41#, #30#, #40#, 'ada.txt', 'text/plain', 3, 'abc', 'success', '2025-01-08T00:00:00+00:00',
         '2025-01-08T00:00:00+00:00', 2)",
    "insert into resume_texts (tenant_id, resume_id, extractor, pages, text, layout, created_at)
     values (#0#, #41#, '{}', 1, 'Ada knows the difference engine', '{}', '2025-01-08T00:00:00+00:00')",
    "insert into applications (tenant_id, id, candidate_id, job_id, attempt, outcome, stage_id, source, answers, tags,
         custom_fields, decided_at, applied_at, stage_since, created_at, updated_at, version)
     values (#0#, #50#, #30#, #10#, 1, 'hired', #22#, 'Fair', '{}', '[]', '{}', '2025-02-04T00:00:00+00:00',
         '2025-01-10T00:00:00+00:00', '2025-02-04T00:00:00+00:00', '2025-01-10T00:00:00+00:00', '2025-02-04T00:00:00+00:00', 3)",
    "insert into applications (tenant_id, id, candidate_id, job_id, attempt, outcome, stage_id, answers, tags, custom_fields,
         applied_at, stage_since, created_at, updated_at, version)
     values (#0#, #51#, #31#, #10#, 1, 'active', #20#, '{}', '[]', '{}', '2025-01-12T00:00:00+00:00',
         '2025-01-12T00:00:00+00:00', '2025-01-12T00:00:00+00:00', '2025-01-12T00:00:00+00:00', 1)",
    "insert into application_changes (tenant_id, id, application_id, job_id, kind, stage_id, stage_kind, stage_rank, actor_kind,
         occurred_at, recorded_at)
     values (#0#, #60#, #50#, #10#, 'applied', #20#, 'applied', 0, 'member', '2025-01-10T00:00:00+00:00', '2025-01-10T00:00:00+00:00')",
    "insert into application_changes (tenant_id, id, application_id, job_id, kind, stage_id, stage_kind, stage_rank, actor_kind,
         occurred_at, recorded_at)
     values (#0#, #61#, #50#, #10#, 'moved', #21#, 'screening', 1, 'member', '2025-01-15T00:00:00+00:00', '2025-01-15T00:00:00+00:00')",
    "insert into application_changes (tenant_id, id, application_id, job_id, kind, stage_id, stage_kind, stage_rank, actor_kind,
         occurred_at, recorded_at)
     values (#0#, #62#, #50#, #10#, 'hired', #22#, 'hired', 2, 'member', '2025-02-04T00:00:00+00:00', '2025-02-04T00:00:00+00:00')",
    "insert into application_changes (tenant_id, id, application_id, job_id, kind, stage_id, stage_kind, stage_rank, actor_kind,
         occurred_at, recorded_at)
     values (#0#, #63#, #51#, #10#, 'applied', #20#, 'applied', 0, 'member', '2025-01-12T00:00:00+00:00', '2025-01-12T00:00:00+00:00')",
    "insert into openings (tenant_id, id, job_id, opened_at, filled_at, application_id, created_at, updated_at, version)
     values (#0#, #70#, #10#, '2025-01-05T00:00:00+00:00', '2025-02-04T00:00:00+00:00', #50#, '2025-01-05T00:00:00+00:00',
         '2025-02-04T00:00:00+00:00', 2)",
    "insert into openings (tenant_id, id, job_id, opened_at, created_at, updated_at, version)
     values (#0#, #71#, #10#, '2025-01-05T00:00:00+00:00', '2025-01-05T00:00:00+00:00', '2025-01-05T00:00:00+00:00', 1)",
    "insert into opening_changes (tenant_id, id, opening_id, job_id, kind, actor_kind, occurred_at)
     values (#0#, #72#, #70#, #10#, 'opened', 'member', '2025-01-05T00:00:00+00:00')",
    "insert into opening_changes (tenant_id, id, opening_id, job_id, kind, application_id, actor_kind, occurred_at)
     values (#0#, #73#, #70#, #10#, 'filled', #50#, 'member', '2025-02-04T00:00:00+00:00')",
    "insert into opening_changes (tenant_id, id, opening_id, job_id, kind, actor_kind, occurred_at)
     values (#0#, #74#, #71#, #10#, 'opened', 'member', '2025-01-05T00:00:00+00:00')",
    "insert into interviews (tenant_id, id, application_id, kind, starts_at, duration_minutes, status, reschedules, created_at,
         updated_at, version)
     values (#0#, #80#, #50#, 'phone', '2025-01-20T09:00:00+00:00', 30, 'scheduled', 0, '2025-01-15T00:00:00+00:00',
         '2025-01-15T00:00:00+00:00', 1)",
    "insert into interviewers (tenant_id, interview_id, member_id) values (#0#, #80#, #1#)",
    "insert into evaluations (tenant_id, id, interview_id, member_id, rating, recommendation, attributes, created_at, updated_at,
         version)
     values (#0#, #81#, #80#, #1#, 5, 'strong_yes', '[]', '2025-01-20T10:00:00+00:00', '2025-01-20T10:00:00+00:00', 1)",
    "insert into offers (tenant_id, id, application_id, number, status, terms, sent_at, decided_at, created_at, updated_at, version)
     values (#0#, #90#, #50#, 1, 'accepted', '{\"title\": \"Joiner\"}', '2025-01-30T00:00:00+00:00', '2025-02-03T00:00:00+00:00',
         '2025-01-29T00:00:00+00:00', '2025-02-03T00:00:00+00:00', 3)",
    "insert into notes (tenant_id, id, candidate_id, body, is_private, created_by, created_at, updated_at, version)
     values (#0#, #91#, #30#, 'Called.', 0, #1#, '2025-01-11T00:00:00+00:00', '2025-01-11T00:00:00+00:00', 1)",
    "insert into events (tenant_id, id, type, subject_id, actor, payload, occurred_at)
     values (#0#, #92#, 'candidate.created', 'cand', '{\"type\": \"operator\"}', '{}', '2025-01-08T00:00:00+00:00')",
];

const TENANTS: [&str; 2] = ["acme", "globex"];

/// The id of a tenant's thing.
fn id(tenant: usize, number: u64) -> Uuid {
    Uuid::parse_str(&format!("01930000-{tenant:04x}-7000-8000-{number:012x}")).expect("it is an id")
}

/// A statement as an engine takes it.
fn row(text: &str, tenant: usize, is_sqlite: bool) -> String {
    let text = text.replace('~', TENANTS[tenant]);
    let mut made = String::new();
    for (index, part) in text.split('#').enumerate() {
        if index % 2 == 0 {
            made.push_str(part);
            continue;
        }
        let id = id(tenant, part.parse().expect("between two marks stands a number"));
        let written = if is_sqlite { format!("x'{}'", id.simple()) } else { format!("'{id}'") };
        made.push_str(&written);
    }
    made
}

async fn fill_sqlite(url: &str, folder: &Path) {
    let options = SqliteConnectOptions::from_str(url).expect("it is an address").create_if_missing(true);
    let mut connection: SqliteConnection = options.connect().await.expect("the database opens");
    older(&folder.join("sqlite")).await.run(&mut connection).await.expect("the old migrations run");
    for (tenant, _) in TENANTS.iter().enumerate() {
        for text in ROWS {
            let text = row(text, tenant, true);
            let done = sqlx::query(AssertSqlSafe(text.clone())).execute(&mut connection).await;
            done.unwrap_or_else(|error| panic!("{error}: {text}"));
        }
    }
    connection.close().await.expect("the database closes");
}

async fn fill_postgres(url: &str, folder: &Path) {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    older(&folder.join("postgres")).await.run(&mut connection).await.expect("the old migrations run");
    for (tenant, _) in TENANTS.iter().enumerate() {
        let mut transaction = connection.begin().await.expect("the database answers");
        sqlx::query("select set_config('app.tenant_id', $1, true)")
            .bind(id(tenant, 0).to_string())
            .execute(&mut *transaction)
            .await
            .expect("the tenant is named");
        for text in ROWS {
            let text = row(text, tenant, false);
            let done = sqlx::query(AssertSqlSafe(text.clone())).execute(&mut *transaction).await;
            done.unwrap_or_else(|error| panic!("{error}: {text}"));
        }
        transaction.commit().await.expect("the rows are kept");
    }
    connection.close().await.expect("the database closes");
}

/// The migrations an older version had.
async fn older(folder: &Path) -> Migrator {
    let all = Migrator::new(folder).await.expect("the folder holds migrations");
    let old = all.iter().filter(|migration| migration.version <= OLD).cloned().collect();
    Migrator::with_migrations(old)
}

/// This version on what the older one left.
struct Upgraded {
    node: Running,
    /// The owner of each tenant.
    owners: [Actor; 2],
    clock: Clock,
    _folder: TempDir,
    _database: TestDatabase,
}

impl Upgraded {
    async fn start() -> Self {
        let (folder, database) = (tempfile::tempdir().expect("there is room"), TestDatabase::new().await);
        let config = server::config(folder.path(), &database);
        let (url, migrations) = (config.database_url(), sources::root().join("migrations"));
        if database.is_postgres() {
            fill_postgres(&url, &migrations).await;
        } else {
            fill_sqlite(&url, &migrations).await;
        }
        let db = Db::open(&config).await.expect("the database opens");
        assert!(!db.is_migrated().await.expect("it answers"));
        db.migrate().await.expect("the new migrations run on what is there");
        assert!(db.is_migrated().await.expect("it answers"));
        db.close().await;
        let clock = Clock::manual(server::start_of_time());
        let node = start(config, clock.clone()).await;
        let owners = [owner(&node, &clock, 0).await, owner(&node, &clock, 1).await];
        Self { node, owners, clock, _folder: folder, _database: database }
    }

    /// Whatever waits, and comes up by itself within some hours.
    async fn work(&self) -> Vec<&'static str> {
        let schedules = worker::schedules().expect("they are sound");
        for wait in [0, 2 * 60 * 60] {
            self.clock.advance(Duration::from_secs(wait));
            tasks::fire(&self.node.services, &schedules).await.expect("the queue works");
        }
        tasks::run_due(&self.node.services, &Arc::new(worker::registry())).await.expect("the queue works")
    }
}

async fn start(config: Config, clock: Clock) -> Running {
    let node = Node { config, clock, serves: true, works: false, compiler: Some(binary::mortise()) };
    node.start().await.expect("the server starts")
}

async fn owner(node: &Running, clock: &Clock, tenant: usize) -> Actor {
    let operator = Caller::operator(TenantId::from_uuid(id(tenant, 0)));
    let mut tx = node.services.db.begin(&operator, Permission::TenantOwn).await.expect("it answers");
    let new = NewKey { name: "owner".into(), permissions: Permissions::ALL, expires_at: None };
    let made = insert(&mut tx, clock, MemberId::from_uuid(id(tenant, 1)), new).await;
    tx.commit().await.expect("it answers");
    let key = made.expect("the owner may have a key").1;
    let url = format!("http://{}", node.address().expect("it serves"));
    Actor::new(url, Some(key.reveal()))
}

fn near(value: &Value, expected: f64) {
    let is_near = value.as_f64().is_some_and(|value| (value - expected).abs() < 0.001);
    assert!(is_near, "{value} is not {expected}");
}

#[tokio::test]
async fn what_an_older_version_wrote_is_there_counts_and_is_found() {
    let upgraded = Upgraded::start().await;
    let ran = upgraded.work().await;
    assert!(ran.contains(&"candidates.index") && ran.contains(&"jobs.index"), "{ran:?}");

    for (tenant, owner) in upgraded.owners.iter().enumerate() {
        let path = |kind: &str, id: String| format!("/v1/{kind}/{id}");
        let ada = CandidateId::from_uuid(id(tenant, 30)).to_string();
        let job = JobId::from_uuid(id(tenant, 10)).to_string();
        let hired = ApplicationId::from_uuid(id(tenant, 50)).to_string();

        let read = owner.get(&path("candidates", ada.clone())).await.expect(200).json();
        assert_eq!((&read["name"], &read["emails"]), (&json!("Ada Lovelace"), &json!(["Ada@Example.com"])));
        assert_eq!((&read["tags"], &read["custom_fields"]), (&json!(["Chess"]), &json!({ "shirt": "M" })));
        assert_eq!(listed(owner, "/v1/candidates", "name").await, ["Bob Baker", "Ada Lovelace"]);
        for query in
            ["q=analyst", "q=difference+engine", "skill=rust&location=london", "tag=chess", "custom.shirt=M"]
        {
            let found = listed(owner, &format!("/v1/candidates?{query}"), "id").await;
            assert_eq!(found, [&*ada], "{query}");
        }
        assert_eq!(listed(owner, "/v1/candidates?q=baker", "name").await, ["Bob Baker"]);

        let read = owner.get(&path("jobs", job.clone())).await.expect(200).json();
        assert_eq!((&read["reference"], &read["office_ids"]), (&json!("REQ-1"), &json!([])));
        for query in ["q=tenons", "skill=chisels", "location=berlin", "status=open&employment_type=full_time"]
        {
            assert_eq!(listed(owner, &format!("/v1/jobs?{query}"), "id").await, [&*job], "{query}");
        }
        assert_eq!(listed(owner, &format!("/v1/jobs/{job}/openings"), "status").await, ["filled", "open"]);
        assert_eq!(listed(owner, &format!("/v1/jobs/{job}/history"), "to_status").await, ["draft", "open"]);
        assert_eq!(history(owner, &hired).await, ["applied", "moved", "hired"]);
        let interviews = listed(owner, &format!("/v1/applications/{hired}/interviews"), "id").await;
        let evaluations = format!("/v1/interviews/{}/evaluations", interviews[0]);
        assert_eq!(listed(owner, &evaluations, "recommendation").await, ["strong_yes"]);
        let offer = OfferId::from_uuid(id(tenant, 90)).to_string();
        assert_eq!(owner.get(&path("offers", offer)).await.expect(200).text("status"), "accepted");
        let resume = ResumeId::from_uuid(id(tenant, 41)).to_string();
        assert_eq!(owner.get(&path("resumes", resume)).await.expect(200).text("candidate_id"), ada);
        assert_eq!(listed(owner, &format!("/v1/notes?candidate_id={ada}"), "body").await, ["Called."]);
        assert_eq!(listed(owner, "/v1/departments", "name").await, ["Wood"]);
        assert_eq!(listed(owner, "/v1/contacts", "name").await, ["Grace Hopper"]);
        let events = owner.get("/v1/events").await.expect(200).json();
        assert_eq!(events["data"][0]["timestamp"], "2025-01-08T00:00:00.000000Z", "{events:#}");

        // Figures count what happened before there were any.
        let total = async |figure: &str| {
            owner.get(&format!("/v1/analytics/{figure}")).await.expect(200).json()["total"].clone()
        };
        let to_hire = total("time-to-hire").await;
        assert_eq!((&to_hire["time_to_hire"]["n"], &to_hire["censored"]), (&json!(1), &json!(1)));
        // From applying to accepting the offer, a day before the move.
        near(&to_hire["time_to_hire"]["mean"], 24.0);
        let to_fill = total("time-to-fill").await;
        assert_eq!((&to_fill["gross"]["n"], &to_fill["censored"]), (&json!(1), &json!(1)));
        near(&to_fill["gross"]["mean"], 29.0);
        let sources = total("sources").await;
        assert_eq!((&sources["applications"], &sources["hires"]), (&json!(2), &json!(1)));
        assert_eq!(sources["sources"][0]["label"], "Fair");
        let offers = total("offers").await;
        assert_eq!(offers["accepted"], 1, "{offers:#}");
    }
}

#[tokio::test]
async fn what_an_older_version_wrote_goes_on() {
    let upgraded = Upgraded::start().await;
    upgraded.work().await;
    assert!(!upgraded.work().await.contains(&"candidates.index"), "once is enough");

    for (tenant, owner) in upgraded.owners.iter().enumerate() {
        let (job, bob) = (JobId::from_uuid(id(tenant, 10)), CandidateId::from_uuid(id(tenant, 31)));
        let active = ApplicationId::from_uuid(id(tenant, 51)).to_string();
        let office = owner.post("/v1/offices", json!({ "name": "Berlin" })).await.expect(201).text("id");

        move_to(owner, &active, "screening").await.expect(200);
        let changes = json!({ "office_ids": [office], "title": "Master joiner" });
        owner.patch(&format!("/v1/jobs/{job}"), changes, "\"2\"").await.expect(200);
        owner
            .patch(&format!("/v1/candidates/{bob}"), json!({ "headline": "Turner" }), "\"1\"")
            .await
            .expect(200);

        assert_eq!(history(owner, &active).await, ["applied", "moved"]);
        assert_eq!(listed(owner, &format!("/v1/jobs?office_id={office}&q=master"), "id").await.len(), 1);
        assert_eq!(listed(owner, "/v1/candidates?q=turner", "name").await, ["Bob Baker"]);
        let conversion = owner.get("/v1/analytics/stage-conversion?population=all").await.expect(200).json();
        let reached: Vec<_> = conversion["total"]["stages"].as_array().expect("a list").iter().collect();
        assert_eq!((&reached[0]["reached"], &reached[1]["reached"]), (&json!(2), &json!(2)));
    }
}
