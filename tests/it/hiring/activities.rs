//! A candidate's feed: what happened to them and was written about them, as far as somebody may see it.

use std::time::Duration;

use mortise_tests::actor::Actor;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{apply, candidate, move_to, open_job_with, put, refused, word};

const MINUTE: Duration = Duration::from_secs(60);

async fn feed(actor: &Actor, candidate: &str, query: &str) -> Value {
    actor.get(&format!("/v1/candidates/{candidate}/activities{query}")).await.expect(200).json()
}

fn types(feed: &Value) -> Vec<String> {
    feed["data"].as_array().expect("a feed is a list").iter().map(|one| word(&one["type"])).collect()
}

/// Ada, whose application in Sales came as far as an interview, and who was rejected in Engineering.
struct Hiring {
    server: Server,
    owner: Actor,
    sales: String,
    ada: String,
    application: String,
}

impl Hiring {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let department = async |name: &str| {
            owner.post("/v1/departments", json!({ "name": name })).await.expect(201).text("id")
        };
        let (sales, engineering) = (department("Sales").await, department("Engineering").await);
        let ada = candidate(&owner, "Ada Lovelace").await;
        let later = || server.clock.advance(MINUTE);
        later();
        let seller = open_job_with(&owner, json!({ "title": "Seller", "department_id": sales })).await;
        let welder = open_job_with(&owner, json!({ "title": "Welder", "department_id": engineering })).await;
        let application = apply(&owner, &ada, &seller).await;
        later();
        let other = apply(&owner, &ada, &welder).await;
        later();
        put(&owner, &other, "rejection", json!({ "reason": "not_qualified" })).await.expect(200);
        later();
        move_to(&owner, &application, "interview").await.expect(200);
        later();
        for (subject, id, body, is_private) in [
            ("candidate_id", &ada, "Called her.", false),
            ("application_id", &application, "Sells well.", false),
            ("application_id", &other, "Burns herself.", false),
            ("candidate_id", &ada, "Between us.", true),
        ] {
            let note = json!({ (subject): id, "body": body, "is_private": is_private });
            owner.post("/v1/notes", note).await.expect(201);
            later();
        }
        let me = owner.get("/v1/me").await.expect(200).json()["member"]["id"].clone();
        let new = json!({
            "kind": "phone", "starts_at": "2026-03-09T10:00:00Z", "duration_minutes": 30, "interviewers": [me],
        });
        owner.post(&format!("/v1/applications/{application}/interviews"), new).await.expect(201);
        later();
        let offer = json!({ "terms": { "title": "Seller" } });
        owner.post(&format!("/v1/applications/{application}/offers"), offer).await.expect(201);
        Self { server, owner, sales, ada, application }
    }
}

#[tokio::test]
async fn everything_that_happened_to_a_candidate_is_told_the_latest_first() {
    let Hiring { server, owner, ada, application, .. } = Hiring::start().await;

    let whole = feed(&owner, &ada, "").await;

    let expected = [
        "offer.created",
        "interview.scheduled",
        "note",
        "note",
        "note",
        "note",
        "application.stage_changed",
        "application.rejected",
        "application.created",
        "application.created",
        "candidate.created",
    ];
    assert_eq!(types(&whole), expected);
    let told = whole["data"].as_array().expect("a list");
    let notes: Vec<_> =
        told.iter().filter(|one| one["type"] == "note").map(|one| word(&one["note"]["body"])).collect();
    assert_eq!(notes, ["Between us.", "Burns herself.", "Sells well.", "Called her."]);
    assert_eq!((&told[4]["subject_id"], &told[6]["subject_id"]), (&json!(application), &json!(application)));
    assert_eq!((&told[6]["occurred_at"], &told[6]["note"]), (&json!("2026-03-02T09:04:00Z"), &Value::Null));
    assert!(
        word(&told[6]["data"]["stage_id"]).starts_with("stage_")
            && word(&told[2]["actor"]["id"]).starts_with("member_")
    );
    assert_eq!(told[10]["subject_id"], ada);

    // A résumé is read and becomes part of it; what happens to others does not.
    server.clock.advance(MINUTE);
    let text = samples::text_resume("Ada Lovelace", "ada.lovelace@example.com");
    owner.upload("ada.txt", text).await.expect(202);
    owner.upload("ben.txt", samples::text_resume("Ben", "ben@example.com")).await.expect(202);
    server.run_tasks().await;
    let mut newest = types(&feed(&owner, &ada, "").await);
    newest.truncate(newest.len() - expected.len());
    newest.sort();
    assert!(
        newest.contains(&"resume.parsed".to_owned()) && newest.contains(&"candidate.updated".to_owned()),
        "{newest:?}"
    );
    assert_eq!(newest.iter().filter(|kind| *kind == "resume.parsed").count(), 1, "{newest:?}");
}

#[tokio::test]
async fn a_feed_is_read_page_by_page_whatever_happens_meanwhile() {
    let Hiring { server: _server, owner, ada, application, .. } = Hiring::start().await;
    let whole = feed(&owner, &ada, "").await["data"].clone();
    let (mut pieces, mut cursor) = (Vec::new(), String::new());

    loop {
        let page = feed(&owner, &ada, &format!("?limit=3{cursor}")).await;
        pieces.extend(page["data"].as_array().expect("a list").clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        // Something new at the front moves nothing further back.
        let note = json!({ "application_id": application, "body": "Meanwhile." });
        owner.post("/v1/notes", note).await.expect(201);
    }

    assert_eq!(Value::from(pieces), whole);
    let other = candidate(&owner, "Ben").await;
    let first = feed(&owner, &ada, "?limit=1").await;
    let path = format!("/v1/candidates/{other}/activities?cursor={}", word(&first["next_cursor"]));
    assert_eq!(owner.get(&path).await.expect(422).fault(), ("cursor".into(), "wrong_cursor".into()));
}

#[tokio::test]
async fn a_feed_shows_what_the_reader_may_see() {
    let Hiring { server, owner, sales, ada, application } = Hiring::start().await;
    let of_sales = server.member(&owner, "sales@acme.example", &[("viewer", Some(&sales))]).await.actor;
    let manager = server.member(&owner, "boss@acme.example", &[("hiring_manager", Some(&sales))]).await.actor;
    let role = json!({ "name": "Looks", "permissions": ["candidate:read"] });
    let role = owner.post("/v1/roles", role).await.expect(201).text("id");
    let looks = json!({ "email": "looks@acme.example", "roles": [{ "role_id": role }] });
    let looks = owner.post("/v1/members", looks).await.expect(201).text("invitation_token");
    let looks = server.accept(&looks, "looks@acme.example").await.actor;
    let stranger = server.tenant("globex").await;
    let below = ["note", "note", "application.stage_changed", "application.created", "candidate.created"];

    let seen = feed(&of_sales, &ada, "").await;
    assert_eq!(types(&seen), [&["interview.scheduled"][..], &below].concat(), "offers are not a viewer's");
    let shown = seen.to_string();
    assert!(!shown.contains("Between us.") && !shown.contains("Burns herself."), "{shown}");
    assert_eq!(
        types(&feed(&manager, &ada, "").await),
        [&["offer.created", "interview.scheduled"][..], &below].concat()
    );
    assert_eq!(types(&feed(&looks, &ada, "").await), ["candidate.created"]);
    let path = format!("/v1/candidates/{ada}/activities");
    refused(stranger.get(&path).await, 404, "not_found");
    // Who applied elsewhere only is not there at all.
    put(&owner, &application, "withdrawal", json!({ "reason": "other" })).await.expect(200);
    owner.delete(&format!("/v1/applications/{application}"), Some("*")).await.expect(204);
    refused(of_sales.get(&path).await, 404, "not_found");
}
