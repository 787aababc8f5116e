//! Merges: two candidates who are one person become one, whatever either of them has.

use std::time::Duration;

use mortise_tests::actor::{Actor, Answer, send};
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use super::resumes::read_well;
use crate::hiring::{apply, open_job, put};

async fn make(actor: &Actor, candidate: Value) -> String {
    actor.post("/v1/candidates", candidate).await.expect(201).text("id")
}

async fn merge(actor: &Actor, survivor: &str, duplicate: &str) -> Answer {
    let other = json!({ "candidate_id": duplicate });
    actor.post(&format!("/v1/candidates/{survivor}/merges"), other).await
}

async fn candidate(actor: &Actor, id: &str) -> Value {
    actor.get(&format!("/v1/candidates/{id}")).await.expect(200).json()
}

/// Where the candidate's address leads; nothing is followed.
async fn leads_to(server: &Server, actor: &Actor, id: &str) -> String {
    let client =
        Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client needs nothing");
    let request = client.get(format!("{}/v1/candidates/{id}", server.url())).bearer_auth(actor.key());
    let answer = send(request).await.expect(308);
    assert_eq!(answer.text("code"), "moved");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    answer.header("location").expect("it says where to").to_owned()
}

#[tokio::test]
async fn the_one_that_stays_takes_over_what_the_other_has() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let one = json!({
        "name": "Ada Lovelace", "emails": ["ada@example.com"], "phones": ["+44 20 7946 0000"], "tags": ["Maths"],
    });
    let one = make(&owner, one).await;
    let resume = samples::text_resume("Ada King", "ada@example.org");
    let resume = read_well(&server, &owner, "cv.txt", resume).await;
    let two = owner.get(&resume).await.text("candidate_id");
    let path = format!("/v1/candidates/{two}");
    let more = json!({
        "headline": "Countess", "phones": ["44 20 79460000", "+1 202-555-0143"], "tags": ["MATHS", "Poetry"],
        "source": "referral",
    });
    owner.patch(&path, more, "*").await.expect(200);
    let ada = server.member(&owner, "ada@example.com", &[("candidate", None)]).await;
    owner.put(&format!("{path}/member"), json!({ "member_id": ada.member_id }), None).await.expect(204);
    server.clock.advance(Duration::from_secs(60));

    let merged = merge(&owner, &one, &two).await.expect(201);

    assert_eq!(merged.header("location"), Some(&*format!("/v1/candidates/{one}")));
    let expected = json!({
        "candidate_id": one, "merged_candidate_id": two, "moved_resumes": 1, "moved_applications": 0, "moved_notes": 0,
    });
    assert_eq!(merged.json(), expected);
    let now = candidate(&owner, &one).await;
    assert_eq!((&now["name"], &now["headline"]), (&json!("Ada Lovelace"), &json!("Countess")));
    assert_eq!(now["emails"], json!(["ada@example.com", "ada@example.org"]));
    assert_eq!(now["phones"], json!(["+44 20 7946 0000", "+1 202-555-0143"]));
    assert_eq!((&now["tags"], &now["source"]), (&json!(["Maths", "Poetry"]), &json!("referral")));
    assert_eq!((&now["profile"]["basics"]["name"], &now["version"]), (&json!("Ada King"), &json!(2)));
    assert_eq!(owner.get(&resume).await.expect(200).text("candidate_id"), one);
    assert_eq!(ada.actor.get("/v1/me/profile").await.expect(200).text("id"), one);
    // The other leads there, in words and in lists.
    assert_eq!(leads_to(&server, &owner, &two).await, format!("/v1/candidates/{one}"));
    assert_eq!(candidate(&owner, &two).await, now);
    let list = owner.get("/v1/candidates?include_deleted=true").await.expect(200).json();
    let tombstone = &list["data"][0];
    assert_eq!((&tombstone["id"], &tombstone["merged_into"]), (&json!(two), &json!(one)));
    assert_eq!(
        (&tombstone["deleted_at"], &tombstone["name"]),
        (&json!("2026-03-02T09:01:00Z"), &Value::Null)
    );
    assert_eq!(
        owner.get("/v1/candidates").await.expect(200).json()["data"].as_array().map(Vec::len),
        Some(1)
    );
    owner.patch(&path, json!({ "name": "Back" }), "*").await.expect(404);
    merge(&owner, &one, &two).await.expect(404);
    // What comes for the other's address comes to the one.
    let again = samples::text_resume("Ada King", "ada@example.org");
    let again = read_well(&server, &owner, "cv.txt", again).await;
    assert_eq!(owner.get(&again).await.expect(200).text("candidate_id"), one);

    assert_eq!(server.events().await.iter().filter(|kind| *kind == "candidate.merged").count(), 1);
    let payload =
        server.texts("select cast(payload as text) from events where type = 'candidate.merged'").await;
    let payload: Value = serde_json::from_str(&payload[0]).expect("it is JSON");
    assert_eq!(payload, json!({ "candidate_id": one, "merged_candidate_id": two, "version": 2 }));
    let log = owner.get(&format!("/v1/audit-log?object_id={one}&action=candidate.merged")).await.expect(200);
    assert_eq!(log.json()["data"][0]["after"], json!({ "merged_candidate_id": two }));
}

#[tokio::test]
async fn the_profile_is_what_was_read_last_of_either() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut ids = Vec::new();
    for name in ["Ada Byron", "Ada King", "Ada Lovelace"] {
        let email = format!("{}@example.com", name[4..].to_lowercase());
        let resume = read_well(&server, &owner, "cv.txt", samples::text_resume(name, &email)).await;
        ids.push(owner.get(&resume).await.text("candidate_id"));
        server.clock.advance(Duration::from_secs(60));
    }

    merge(&owner, &ids[1], &ids[0]).await.expect(201);
    assert_eq!(candidate(&owner, &ids[1]).await["name"], "Ada King");
    merge(&owner, &ids[1], &ids[2]).await.expect(201);

    let now = candidate(&owner, &ids[1]).await;
    assert_eq!(
        (&now["name"], &now["profile"]["basics"]["name"]),
        (&json!("Ada Lovelace"), &json!("Ada Lovelace"))
    );
    let resumes = owner.get(&format!("/v1/candidates/{}/resumes", ids[1])).await.expect(200).json();
    assert_eq!(resumes["data"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn who_was_merged_before_leads_to_the_last() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut ids = Vec::new();
    for name in ["Ann", "Ben", "Cat"] {
        ids.push(make(&owner, json!({ "name": name })).await);
    }

    merge(&owner, &ids[1], &ids[2]).await.expect(201);
    server.clock.advance(Duration::from_secs(60));
    merge(&owner, &ids[0], &ids[1]).await.expect(201);

    for gone in &ids[1..] {
        assert_eq!(leads_to(&server, &owner, gone).await, format!("/v1/candidates/{}", ids[0]));
    }
    // Copies elsewhere learn of it.
    let changes = "/v1/candidates?updated_after=2026-03-02T09:00:00Z&include_deleted=true";
    let changes = owner.get(changes).await.expect(200).json();
    let told: Vec<_> =
        (0..3).map(|index| (&changes["data"][index]["id"], &changes["data"][index]["merged_into"])).collect();
    assert_eq!(
        told,
        [(&json!(ids[0]), &Value::Null), (&json!(ids[1]), &json!(ids[0])), (&json!(ids[2]), &json!(ids[0]))]
    );
    assert_eq!(changes["data"][2]["deleted_at"], "2026-03-02T09:00:00Z");
    owner.delete(&format!("/v1/candidates/{}", ids[0]), Some("*")).await.expect(204);
    for gone in &ids {
        owner.get(&format!("/v1/candidates/{gone}")).await.expect(404);
    }
}

#[tokio::test]
async fn what_only_one_may_have_stands_in_the_way() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (one, two) =
        (make(&owner, json!({ "name": "Ann" })).await, make(&owner, json!({ "name": "Anne" })).await);
    for (id, email) in [(&one, "ann@example.com"), (&two, "anne@example.com")] {
        let member = server.member(&owner, email, &[("candidate", None)]).await;
        let link = json!({ "member_id": member.member_id });
        owner.put(&format!("/v1/candidates/{id}/member"), link, None).await.expect(204);
    }
    let job = open_job(&owner, "Analyst").await;
    apply(&owner, &one, &job).await;
    let of_two = apply(&owner, &two, &job).await;

    assert_eq!(merge(&owner, &one, &two).await.expect(409).text("code"), "both_in_the_running");
    put(&owner, &of_two, "withdrawal", json!({ "reason": "another_offer" })).await.expect(200);
    assert_eq!(merge(&owner, &one, &two).await.expect(409).text("code"), "both_are_members");
    assert_eq!(
        (&candidate(&owner, &one).await["version"], &candidate(&owner, &two).await["name"]),
        (&json!(1), &json!("Anne"))
    );
    owner.delete(&format!("/v1/candidates/{two}/member"), None).await.expect(204);

    let merged = merge(&owner, &one, &two).await.expect(201);
    assert_eq!(merged.json()["moved_applications"], 1);
}

#[tokio::test]
async fn applications_go_along_and_attempts_are_counted_on() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (one, two) =
        (make(&owner, json!({ "name": "Ann" })).await, make(&owner, json!({ "name": "Anne" })).await);
    let (shared, other) = (open_job(&owner, "Analyst").await, open_job(&owner, "Poet").await);
    let first = apply(&owner, &two, &shared).await;
    put(&owner, &first, "rejection", json!({ "reason": "no_show" })).await.expect(200);
    apply(&owner, &two, &other).await;
    server.clock.advance(Duration::from_secs(60));
    let second = apply(&owner, &one, &shared).await;

    assert_eq!(merge(&owner, &one, &two).await.expect(201).json()["moved_applications"], 2);

    let applications = owner.get(&format!("/v1/applications?candidate_id={one}")).await.expect(200).json();
    assert_eq!(applications["data"].as_array().map(Vec::len), Some(3), "{applications:#}");
    for (application, attempt) in [(&first, 1), (&second, 2)] {
        let application = owner.get(&format!("/v1/applications/{application}")).await.expect(200).json();
        assert_eq!((&application["candidate_id"], &application["attempt"]), (&json!(one), &json!(attempt)));
    }
    owner.delete(&format!("/v1/candidates/{one}"), Some("*")).await.expect(409);
}

#[tokio::test]
async fn nobody_is_merged_with_themselves_or_with_strangers() {
    let server = Server::start().await;
    let (owner, other) = (server.tenant("acme").await, server.tenant("other").await);
    let ann = make(&owner, json!({ "name": "Ann" })).await;
    let theirs = make(&other, json!({ "name": "Ann" })).await;

    let same = merge(&owner, &ann, &ann).await.expect(422);
    assert_eq!(same.fault(), ("#/candidate_id".into(), "same_candidate".into()));
    merge(&owner, &ann, &theirs).await.expect(404);
    merge(&owner, &theirs, &ann).await.expect(404);
    merge(&owner, &ann, "cand_01k7z1v5jafz8rk3m2w9y6t4qd").await.expect(404);
    merge(&owner, &ann, "ann").await.expect(422);

    assert_eq!(candidate(&owner, &ann).await["version"], 1);
    assert_eq!(candidate(&other, &theirs).await["version"], 1);
}

#[tokio::test]
async fn of_two_merges_crosswise_one_is_made() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let (one, two) =
        (make(&owner, json!({ "name": "Ann" })).await, make(&owner, json!({ "name": "Anne" })).await);

    let (first, second) = tokio::join!(merge(&owner, &one, &two), merge(&owner, &two, &one));

    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 404], "{first:?} {second:?}");
    assert_eq!(
        owner.get("/v1/candidates").await.expect(200).json()["data"].as_array().map(Vec::len),
        Some(1)
    );
}
