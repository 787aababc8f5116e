//! Jobs by full text, skills under all their names, and place: the same answers on either database.

use mortise_tests::actor::Actor;
use mortise_tests::rows;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::listed;

/// Three jobs, and who made them.
async fn jobs(server: &Server) -> Actor {
    let owner = server.tenant("acme").await;
    let jobs = [
        json!({
            "title": "Site Reliability Engineer", "reference": "SRE-7", "tags": ["Night shift"],
            "descriptions": [
                { "text": "You keep Théodore's servers up.", "language": "en" },
                { "text": "Sie halten Server am Laufen, auch größere.", "language": "de" },
            ],
            "skills": [{ "name": "JavaScript" }, { "name": "Kubernetes", "importance": "nice" }],
            "location": { "workplace": "remote", "remote_policy": "Anywhere in Europe" },
        }),
        json!({
            "title": "Engineer on Site", "responsibilities": ["Pouring concrete", "Reliability of scaffolds"],
            "skills": [{ "name": "Node.js" }],
            "location": { "workplace": "on_site", "address": "Torstraße 1", "city": "Berlin", "country": "DE" },
        }),
        json!({
            "title": "Chef", "descriptions": [{ "text": "東京 style" }],
            "location": { "city": "Bad Ems", "region": "Rheinland-Pfalz", "country": "DE" },
        }),
    ];
    for job in jobs {
        owner.post("/v1/jobs", job).await.expect(201);
    }
    owner
}

/// The titles that are found, newest first.
async fn found(actor: &Actor, query: &str) -> Vec<String> {
    listed(actor, &format!("/v1/jobs?{query}"), "title").await
}

const SRE: &str = "Site Reliability Engineer";
const SITE: &str = "Engineer on Site";
const CHEF: &str = "Chef";

#[tokio::test]
async fn jobs_are_found_by_words_phrases_and_what_is_not_wanted() {
    let server = Server::start().await;
    let owner = jobs(&server).await;

    for (q, expected) in [
        ("engineer", vec![SITE, SRE]),
        ("ENGINEER reliability", vec![SITE, SRE]),
        ("\"site reliability\"", vec![SRE]),
        ("\"reliability engineer\" -chef", vec![SRE]),
        ("engineer -reliability", vec![]),
        ("engineer -\"site reliability\"", vec![SITE]),
        ("-engineer", vec![CHEF]),
        ("engine", vec![]),
        ("SRE-7", vec![SRE]),
        ("theodore", vec![SRE]),
        ("grossere", vec![SRE]),
        ("concrete", vec![SITE]),
        ("\"concrete reliability\"", vec![]),
        ("kubernetes", vec![SRE]),
        ("\"night shift\"", vec![SRE]),
        ("europe", vec![SRE]),
        ("berlin", vec![SITE]),
        ("\"東京\"", vec![CHEF]),
        ("skill place", vec![]),
        ("100%_\\' or 1=1", vec![]),
    ] {
        let query = reqwest::Url::parse_with_params("http://x/", [("q", q)]).expect("it is an address");
        assert_eq!(found(&owner, query.query().expect("it has one")).await, expected, "{q}");
    }
    for (query, fault) in [
        ("q=%22%22", ("q", "nothing_to_search")),
        ("location=%2D", ("location", "nothing_to_search")),
        (&*format!("q={}", "x".repeat(501)), ("q", "too_long")),
        (&*format!("q={}", "x+".repeat(41)), ("q", "too_long")),
        (&*"skill=x&".repeat(51), ("skill", "too_many")),
    ] {
        let answer = owner.get(&format!("/v1/jobs?{query}")).await.expect(422);
        assert_eq!(answer.fault(), (fault.0.into(), fault.1.into()), "{query}");
    }
}

#[tokio::test]
async fn jobs_are_found_by_place_and_by_skills_under_all_their_names() {
    let server = Server::start().await;
    let owner = jobs(&server).await;

    for (query, expected) in [
        ("location=berlin", vec![SITE]),
        ("location=DE", vec![CHEF, SITE]),
        ("location=ems+bad", vec![CHEF]),
        ("location=pfalz", vec![CHEF]),
        ("location=torstrasse", vec![SITE]),
        ("location=europe", vec![]),
        ("workplace=remote&q=engineer", vec![SRE]),
        ("skill=js", vec![SRE]),
        ("skill=node", vec![SITE]),
        ("skill=JavaScript&skill=k8s", vec![SRE]),
        ("skill=js&skill=node", vec![]),
        ("skill=java", vec![]),
        ("q=engineer&skill=js&location=berlin", vec![]),
        ("status=draft&q=chef&country=DE", vec![CHEF]),
    ] {
        assert_eq!(found(&owner, query).await, expected, "{query}");
    }
    let alias = json!({ "alias": "ecma", "skill": "js" });
    owner.post("/v1/skill-aliases", alias).await.expect(201);
    assert_eq!(found(&owner, "skill=ecma").await, [SRE]);
    let search =
        json!({ "subject": "jobs", "name": "Berlin", "query": { "q": "engineer", "location": "berlin" } });
    owner.post("/v1/saved-searches", search).await.expect(201);
}

#[tokio::test]
async fn what_is_found_follows_the_job() {
    let server = Server::start().await;
    let owner = jobs(&server).await;
    let chef = listed(&owner, "/v1/jobs?q=chef", "id").await.remove(0);
    let path = format!("/v1/jobs/{chef}");

    owner.patch(&path, json!({ "title": "Cook", "skills": [{ "name": "Sushi" }] }), "*").await.expect(200);
    assert_eq!(found(&owner, "q=chef").await, [""; 0]);
    assert_eq!(found(&owner, "q=cook&skill=sushi").await, ["Cook"]);
    super::set_status(&owner, &chef, "open").await.expect(200);
    assert_eq!(found(&owner, "q=cook&status=open").await, ["Cook"]);
    owner.patch(&path, json!({ "title": "Cook on call" }), "*").await.expect(200);
    let changes = "updated_after=2026-01-01T00:00:00Z&q=";
    assert_eq!(found(&owner, &format!("{changes}cook")).await, ["Cook on call"]);
    assert_eq!(found(&owner, &format!("{changes}-cook")).await.len(), 2);
    let unwanted = listed(&owner, "/v1/jobs?q=sre", "id").await.remove(0);
    owner.delete(&format!("/v1/jobs/{unwanted}"), Some("*")).await.expect(204);
    assert_eq!(found(&owner, "q=reliability").await, [SITE]);
    assert_eq!(found(&owner, &format!("{changes}reliability&include_deleted=true")).await.len(), 2);
    let globex = server.tenant("globex").await;
    assert_eq!(found(&globex, "q=cook").await, [""; 0]);
}

#[tokio::test]
async fn pages_of_what_is_found_go_on() {
    let server = Server::start().await;
    let owner = jobs(&server).await;

    let first = owner.get("/v1/jobs?q=engineer&limit=1").await.expect(200).json();
    let cursor = first["next_cursor"].as_str().expect("there is more");
    assert_eq!(first["data"][0]["title"], SITE);
    assert_eq!(found(&owner, &format!("q=engineer&limit=1&cursor={cursor}")).await, [SRE]);
    let other = owner.get(&format!("/v1/jobs?q=chef&cursor={cursor}")).await;
    assert_eq!(other.expect(422).fault().0, "cursor");
}

#[tokio::test]
async fn jobs_of_an_earlier_version_are_found_within_the_hour() {
    let server = Server::start().await;
    let owner = jobs(&server).await;
    let schedules = mortise_host::worker::schedules().expect("the patterns are sound");
    mortise_host::tasks::fire(server.services(), &schedules).await.expect("the database answers");
    let url = server.services().config.database_url();
    rows::change(&url, "update jobs set words = null").await.expect("the database answers");
    let before: Value = owner.get("/v1/jobs").await.expect(200).json();
    assert_eq!(found(&owner, "q=engineer").await, [""; 0]);
    assert_eq!(found(&owner, "q=-engineer").await.len(), 3);

    server.clock.advance(std::time::Duration::from_secs(3_601));
    mortise_host::tasks::fire(server.services(), &schedules).await.expect("the database answers");
    server.run_tasks().await;

    assert_eq!(found(&owner, "q=engineer").await, [SITE, SRE]);
    assert_eq!(owner.get("/v1/jobs").await.expect(200).json(), before, "it is no change of theirs");
}
