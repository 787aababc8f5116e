//! A résumé can be read again, and what was read before stays until the new reading succeeds.

use std::time::Duration;

use mortise_tests::documents;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::json;

use super::resumes::{read, read_well};

#[tokio::test]
async fn a_resume_is_read_again() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume =
        read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    let before = owner.get(&resume).await.json();
    server.clock.advance(Duration::from_secs(60));

    let answer = owner
        .post(&format!("{resume}/parses"), json!({ "parser": "mortise/resume-parser" }))
        .await
        .expect(202);

    assert_eq!(answer.text("status"), "pending");
    assert_eq!(answer.header("location"), Some(&*resume));
    owner.get(&format!("{resume}/unified")).await.expect(200);
    server.run_tasks().await;
    let after = owner.get(&resume).await.json();
    assert_eq!(after["status"], "success");
    assert_eq!(after["parse"]["parser"]["id"], "mortise/resume-parser");
    assert_ne!(after["parse"]["id"], before["parse"]["id"]);
    assert_eq!(after["candidate_id"], before["candidate_id"]);
}

#[tokio::test]
async fn without_a_body_the_tenants_own_parser_reads() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume =
        read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;

    let request = owner.request(reqwest::Method::POST, &format!("{resume}/parses"));
    mortise_tests::actor::send(request).await.expect(202);

    server.run_tasks().await;
    assert_eq!(owner.get(&resume).await.text("status"), "success");
}

#[tokio::test]
async fn an_unknown_parser_is_refused() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume =
        read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;

    for parser in ["acme/none", "mortise/pdf-text", "", "\u{0}", "../../etc"] {
        let answer = owner.post(&format!("{resume}/parses"), json!({ "parser": parser })).await.expect(422);

        let code = if parser.contains('\0') { "null_character" } else { "unknown_parser" };
        assert_eq!(answer.json()["errors"][0]["code"], code, "{parser:?}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "#/parser");
    }
    assert_eq!(owner.get(&resume).await.text("status"), "success", "nothing has changed");
}

#[tokio::test]
async fn a_resume_under_way_is_not_read_twice() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let text = samples::text_resume("Ada Lovelace", "ada@example.com");
    let id = owner.upload("cv.txt", text).await.expect(202).text("id");

    let answer = owner.post(&format!("/v1/resumes/{id}/parses"), json!({})).await.expect(409);

    assert_eq!(answer.text("code"), "reading_under_way");
}

#[tokio::test]
async fn a_failed_resume_can_be_read_again_and_fails_again() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let resume = read(&server, &owner, "cv.pdf", documents::scanned_pdf()).await;
    let path = format!("/v1/resumes/{}", resume["id"].as_str().expect("an id is a text"));

    let answer = owner.post(&format!("{path}/parses"), json!({})).await.expect(202);
    assert!(answer.json()["error"].is_null(), "{answer:?}");
    server.run_tasks().await;

    let again = owner.get(&path).await.json();
    assert_eq!(again["status"], "failed");
    assert_eq!(again["error"], resume["error"]);
}

#[tokio::test]
async fn a_task_that_runs_twice_reads_once() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    read_well(&server, &owner, "cv.txt", samples::text_resume("Ada Lovelace", "ada@example.com")).await;
    let events = server.events().await;

    let ran = server.run_tasks().await;

    assert_eq!(ran, [""; 0]);
    assert_eq!(server.events().await, events);
}

#[tokio::test]
async fn all_resumes_are_read_again_or_those_that_failed() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let ada = read_well(&server, &owner, "ada.txt", samples::text_resume("Ada", "ada@example.com")).await;
    let bob = read_well(&server, &owner, "bob.txt", samples::text_resume("Bob", "bob@example.com")).await;
    let empty = owner.upload("empty.pdf", documents::scanned_pdf()).await.expect(202).text("id");
    let empty = format!("/v1/resumes/{empty}");
    server.run_tasks().await;
    assert_eq!(owner.get(&empty).await.text("status"), "failed");
    let parse = async |resume: &str| owner.get(resume).await.json()["parse"]["id"].clone();
    let before = [parse(&ada).await, parse(&bob).await, parse(&empty).await];
    owner
        .patch(&format!("{ada}/unified"), json!({ "basics": { "label": "Countess" } }), "*")
        .await
        .expect(200);
    server.clock.advance(Duration::from_secs(60));

    let begun = owner.post("/v1/parses", json!({ "which": "failed" })).await.expect(202);
    let task = owner.get(&format!("/v1/tasks/{}", begun.text("task_id"))).await.expect(200);
    assert_eq!(task.text("kind"), "resumes.read_all_again");
    let ran = server.run_tasks().await;

    assert_eq!(ran, ["resumes.read_all_again", "resumes.read"]);
    assert_eq!([parse(&ada).await, parse(&bob).await], before[..2]);

    server.clock.advance(Duration::from_secs(60));
    owner.post("/v1/parses", json!({})).await.expect(202);
    server.run_tasks().await;

    for (resume, before) in [(&ada, &before[0]), (&bob, &before[1])] {
        assert_ne!(parse(resume).await, *before);
        assert_eq!(owner.get(resume).await.text("status"), "success");
    }
    assert_eq!(owner.get(&empty).await.text("status"), "failed");
    let unified = owner.get(&format!("{ada}/unified")).await.expect(200).json();
    assert_eq!(unified["basics"]["label"], "Countess", "what people corrected stays");
    let unknown = owner.post("/v1/parses", json!({ "parser": "acme/none" })).await.expect(422);
    assert_eq!(unknown.fault().0, "#/parser");
    // Nobody else's are read.
    let other = server.tenant("globex").await;
    other.post("/v1/parses", json!({})).await.expect(202);
    assert_eq!(server.run_tasks().await, ["resumes.read_all_again"]);
}
