//! The log of events: read from a place on, nothing missed, nothing twice.

use std::collections::BTreeSet;
use std::time::Duration;

use mortise_host::caller::Caller;
use mortise_host::clock::Clock;
use mortise_host::permissions::Permission;
use mortise_host::resources::events::{self, Kind};
use mortise_tests::actor::Actor;
use mortise_tests::server::{Server, start_of_time};
use serde_json::{Value, json};

use super::happen;

/// Subjects of what is read after a cursor, and the next one.
async fn read(owner: &Actor, query: &str) -> (Vec<String>, String) {
    let part = owner.get(&format!("/v1/events?{query}")).await.expect(200).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let subjects = part["data"].as_array().into_iter().flatten().map(|event| text(&event["subject_id"]));
    (subjects.collect(), text(&part["next_cursor"]))
}

#[tokio::test]
async fn what_happened_is_read_in_order_and_read_on() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(happen(&owner).await);
    }

    let (mut seen, mut cursor) = read(&owner, "limit=2").await;
    while seen.len() < 5 {
        let (more, next) = read(&owner, &format!("limit=2&after={cursor}")).await;
        assert!(!more.is_empty() && more.len() <= 2);
        seen.extend(more);
        cursor = next;
    }
    assert_eq!(seen, made);

    // At the end there is a place to go on from, too.
    let (nothing, end) = read(&owner, &format!("after={cursor}")).await;
    assert!(nothing.is_empty());
    let next = happen(&owner).await;
    assert_eq!(read(&owner, &format!("after={end}")).await.0, [next]);
    assert_eq!(read(&owner, "limit=200").await.0.len(), 6);
    let first = owner.get("/v1/events?limit=1").await.expect(200);
    assert!(first.header("link").is_some_and(|link| link.contains("after=") && link.contains("limit=1")));
    assert_eq!(first.json()["has_more"], true);
}

#[tokio::test]
async fn an_event_says_who_did_what_to_what() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let candidate = happen(&owner).await;

    let event = owner.get("/v1/events").await.expect(200).json()["data"][0].clone();

    assert_eq!(event["type"], "candidate.created");
    assert_eq!(event["subject_id"], candidate);
    assert_eq!(event["timestamp"], "2026-03-02T09:00:00.000000Z");
    assert_eq!(event["actor"]["type"], "api_key");
    assert_eq!(event["data"], json!({ "candidate_id": candidate, "version": 1 }));
    assert!(event["id"].as_str().is_some_and(|id| id.starts_with("event_")));
}

#[tokio::test]
async fn the_log_is_filtered_by_type_subject_and_time() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (ada, grace) = (happen(&owner).await, happen(&owner).await);
    server.clock.advance(Duration::from_secs(60));
    owner.patch(&format!("/v1/candidates/{ada}"), json!({ "headline": "Engineer" }), "*").await.expect(200);

    let subjects = async |query: &str| read(&owner, query).await.0;
    assert_eq!(subjects("type=candidate.updated").await, std::slice::from_ref(&ada));
    assert_eq!(subjects("type=candidate.updated&type=candidate.created").await.len(), 3);
    assert_eq!(subjects(&format!("subject_id={grace}")).await, std::slice::from_ref(&grace));
    assert_eq!(subjects(&format!("subject_id={ada}&type=job.created")).await, [""; 0]);
    assert_eq!(subjects("occurred_after=2026-03-02T09:00:30Z").await, std::slice::from_ref(&ada));
    // What is left out is not looked at again.
    let (nothing, end) = read(&owner, "type=job.created").await;
    assert!(nothing.is_empty());
    assert!(subjects(&format!("after={end}")).await.is_empty());
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = Server::start().await;
    let (acme, globex) = (server.tenant("acme").await, server.tenant("globex").await);
    happen(&acme).await;
    let (_, foreign) = read(&acme, "limit=1").await;

    for (query, place) in [
        ("type=candidate.eaten".to_owned(), "type"),
        ("limit=0".to_owned(), "limit"),
        ("limit=201".to_owned(), "limit"),
        ("wait=31".to_owned(), "wait"),
        ("after=nonsense".to_owned(), "after"),
        (format!("after={foreign}"), "after"),
        ("occurred_after=%2B10000-01-01T00:00:00Z".to_owned(), "occurred_after"),
    ] {
        let answer = globex.get(&format!("/v1/events?{query}")).await.expect(422);
        assert_eq!(answer.fault().0, place, "{query}: {answer:?}");
    }
    for query in ["wait=soon", "colour=red", "limit=-1"] {
        globex.get(&format!("/v1/events?{query}")).await.expect(422);
    }
    assert!(read(&globex, "limit=1").await.0.is_empty());
}

/// Ids sort by the time they were made, the log by when it could first be read.
#[tokio::test]
async fn an_event_that_is_older_than_what_was_read_comes_after_it() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let first = happen(&owner).await;
    let (seen, cursor) = read(&owner, "").await;
    assert_eq!(seen, std::slice::from_ref(&first));

    // Of a node whose clock is behind.
    let behind = Clock::manual(start_of_time() - Duration::from_secs(3600));
    let caller = Caller::operator(founded.tenant.id);
    let mut tx = server.services().db.begin(&caller, Permission::CandidateWrite).await.expect("it begins");
    events::record(&mut tx, &behind, Kind::JobDeleted, "job_late", json!({})).await.expect("it is recorded");
    tx.commit().await.expect("it commits");

    assert_eq!(read(&owner, &format!("after={cursor}")).await.0, ["job_late"]);
    assert_eq!(read(&owner, "").await.0, [first, "job_late".to_owned()], "the order never changes");
}

/// SQLite has one writer, so there nothing commits late.
#[tokio::test]
async fn a_transaction_that_commits_late_is_not_missed() {
    let server = Server::start().await;
    if !server.database().is_postgres() {
        return;
    }
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let services = server.services();
    let caller = Caller::operator(founded.tenant.id);
    let mut late = services.db.begin(&caller, Permission::CandidateWrite).await.expect("it begins");
    events::record(&mut late, &services.clock, Kind::JobDeleted, "job_late", json!({}))
        .await
        .expect("recorded");

    let meanwhile = happen(&owner).await;
    let (seen, cursor) = read(&owner, "").await;
    assert_eq!(seen, [meanwhile], "what has not committed is not there");
    late.commit().await.expect("it commits");

    assert_eq!(read(&owner, &format!("after={cursor}")).await.0, ["job_late"]);
}

#[tokio::test]
async fn readers_at_the_same_time_see_the_same_order() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for _ in 0..20 {
        happen(&owner).await;
    }

    let all = futures::future::join_all((0..8).map(|_| read(&owner, "limit=200"))).await;

    let (first, _) = read(&owner, "limit=200").await;
    assert_eq!(first.len(), 20);
    assert!(all.iter().all(|(seen, _)| *seen == first), "{all:?}");
}

/// A reader that was not told would wait much longer than this test does.
#[tokio::test]
async fn whoever_waits_is_answered_when_something_happens() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (_, cursor) = read(&owner, "").await;

    let waiting = format!("wait=25&after={cursor}");
    let both = async { tokio::join!(read(&owner, &waiting), happen(&owner)) };
    let ((seen, _), made) = tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .expect("it was told before its time was up");

    assert_eq!(seen, [made]);
    let (nothing, same) = read(&owner, "wait=1&type=job.created").await;
    assert!(nothing.is_empty() && !same.is_empty());
}

#[tokio::test]
async fn every_type_has_a_meaning_a_schema_and_a_true_example() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    let types = owner.get("/v1/event-types").await.expect(200).json()["data"].clone();

    let mut words = BTreeSet::new();
    for described in types.as_array().expect("it is a list") {
        let word = described["type"].as_str().expect("it is a text");
        assert!(words.insert(word.to_owned()), "{word} twice");
        assert!(described["description"].as_str().is_some_and(|text| text.ends_with('.')), "{word}");
        assert_eq!(described["example"]["type"], word);
        assert_eq!(faults(described, &described["example"]["data"]), [""; 0], "{word}");
        let empty = faults(described, &json!({}));
        assert!(!empty.is_empty(), "the schema of {word} takes anything");
    }
    let every: BTreeSet<_> = Kind::EVERY.iter().map(|kind| kind.as_str().to_owned()).collect();
    assert_eq!(words, every);
    let document = server.nobody().get("/openapi.json").await.expect(200).json();
    let told: BTreeSet<_> = document["webhooks"].as_object().expect("it is there").keys().cloned().collect();
    assert_eq!(told, every);
}

/// Against its type's schema, and for fields that it does not name.
pub(crate) fn faults(described: &Value, data: &Value) -> Vec<String> {
    let mut schema = described["schema"].clone();
    schema["additionalProperties"] = false.into();
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    validator.iter_errors(data).map(|error| error.to_string()).collect()
}

#[tokio::test]
async fn the_log_needs_its_own_permission() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let recruiter = server.member(&owner, "bob@acme.example", &[("recruiter", None)]).await.actor;
    let program = server.member(&owner, "hris@acme.example", &[("integration", None)]).await.actor;

    recruiter.get("/v1/events").await.expect(403);
    recruiter.get("/v1/event-types").await.expect(403);
    program.get("/v1/events").await.expect(200);
}
